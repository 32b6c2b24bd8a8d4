"""The adapters are tried with stand-ins that speak as the packages do; the packages themselves stay optional."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.evaluation import peers
from sekisho.evaluation.items import Item, ItemSet, Span
from sekisho.evaluation.peers import PEERS, Peer, ends, hidden, installed, rows
from sekisho.policy.taxonomy import taxonomy

BY_NAME = {peer.package: peer for peer in PEERS}


def places(text, *spans):
    labels = frozenset(span.category for span in spans)
    return ItemSet("s", (Item("1", text, labels, spans, Stage.ENTRY, hard=False),), by_place=True)


def peer(start, kinds=None, usual=""):
    return Peer("click", frozenset({"privacy"}), kinds or {"TEL": "privacy.phone"}, start, usual)


def test_every_word_of_a_peer_is_a_category_or_counts_for_nothing():
    kinds = {kind for one in PEERS for kind in (*one.kinds.values(), one.usual)} - {""}
    assert kinds <= set(taxonomy())
    assert all(kind.split(".")[0] in one.areas for one in PEERS for kind in one.kinds.values() if kind)


def test_what_is_absent_is_not_listed(monkeypatch):
    absent = Peer("no-such-package-here", frozenset({"privacy"}), {}, lambda: iter)
    present = peer(lambda: lambda text: iter(()))
    monkeypatch.setattr(peers, "PEERS", (absent, present))
    assert installed() == [present]


def test_a_row_names_set_and_version_and_counts_what_has_a_kind():
    given = places("call 12345 now", Span(5, 10, "privacy.phone"))
    (row,) = rows(peer(lambda: lambda text: iter([(5, 10, "TEL"), (0, 4, "URL")])), [given])
    assert row.name.startswith("s: click 8.")
    assert (row.precision.value, row.recall.value) == (1, 1)


def test_an_area_alone_agrees_with_every_kind_of_it():
    given = places("call 12345 now", Span(5, 10, "privacy.phone"))
    (row,) = rows(peer(lambda: lambda text: iter([(5, 10, "?")]), usual="privacy"), [given])
    assert row.recall.value == 1


def test_sets_of_other_areas_and_about_whole_texts_are_not_shown():
    other = places("x", Span(0, 1, "secret.token"))
    whole = ItemSet("t", other.items, by_place=False)
    assert rows(peer(lambda: pytest.fail("not to be loaded")), [other, whole]) == []


def test_a_peer_that_fails_is_named():
    def broken(text):
        raise RuntimeError("no model")

    with pytest.raises(ConfigurationError, match=r"peer click 8\..*: fails: RuntimeError: no model"):
        rows(peer(lambda: broken), [places("x", Span(0, 1, "privacy.phone"))])


@given(st.lists(st.tuples(st.text("ab あ", min_size=1), st.text("01", min_size=1)), max_size=5))
def test_what_was_hidden_is_found_again(parts):
    text = "".join(plain + secret for plain, secret in parts)
    masked = "".join(plain + "******" for plain, _ in parts)
    assert [text[start:end] for start, end, _ in hidden(text, masked)] == [secret for _, secret in parts]


def test_a_token_that_breaks_off_is_taken_whole():
    assert ends("鍵はghp_abc12です", 5) == 11
    assert ends("pass 'ab'", 8) == 8


def stand_in(monkeypatch, **modules):
    given = {name.replace("__", "."): module for name, module in modules.items()}
    monkeypatch.setattr(peers, "_loaded", given.__getitem__)


def test_datafog_is_asked_for_patterns_and_told_not_to_report_home(monkeypatch):
    monkeypatch.setenv("DATAFOG_NO_TELEMETRY", "0")
    found = SimpleNamespace(entities=[SimpleNamespace(start=0, end=5, type="EMAIL")])
    stand_in(
        monkeypatch, datafog__engine=SimpleNamespace(scan=lambda text, engine: found if engine == "regex" else None)
    )
    assert list(BY_NAME["datafog"].start()("a@b.c")) == [(0, 5, "EMAIL")]
    assert peers.os.environ["DATAFOG_NO_TELEMETRY"] == "1"


def test_scrubadub_is_asked_in_the_texts_language_and_merged_findings_are_taken_apart(monkeypatch):
    class Scrubber:
        def __init__(self, locale):
            self.locale = locale

        def iter_filth(self, text):
            yield SimpleNamespace(beg=0, end=1, type=self.locale)
            yield SimpleNamespace(filths=[SimpleNamespace(beg=1, end=2, type="email")])

    stand_in(monkeypatch, scrubadub=SimpleNamespace(Scrubber=Scrubber))
    watch = BY_NAME["scrubadub"].start()
    assert [list(watch(text)) for text in ("電話", "telephone")] == [
        [(0, 1, "ja_JP"), (1, 2, "email")],
        [(0, 1, "en_GB"), (1, 2, "email")],
    ]


def test_detect_secrets_reads_a_file_and_its_values_are_looked_up_in_their_lines(monkeypatch):
    class Collection:
        def scan_file(self, name):
            self.lines = Path(name).read_text("utf-8").split("\n")

        def __iter__(self):
            for number, line in enumerate(self.lines, 1):
                yield "text.txt", SimpleNamespace(line_number=number, secret_value=line[-2:], type="Private Key")

    settings = SimpleNamespace(default_settings=nullcontext)
    module = SimpleNamespace(SecretsCollection=Collection)
    stand_in(monkeypatch, detect_secrets=module, detect_secrets__settings=settings)
    text = "鍵 xy\nまた xy"
    assert list(BY_NAME["detect-secrets"].start()(text)) == [(2, 4, "Private Key"), (8, 10, "Private Key")]


def test_llm_guard_is_kept_from_writing_and_its_asterisks_become_places(monkeypatch):
    levels = []
    scanner = SimpleNamespace(scan=lambda text: (text.replace("abc", "******"), False, 1.0))
    stand_in(
        monkeypatch,
        llm_guard__util=SimpleNamespace(configure_logger=levels.append),
        llm_guard__input_scanners=SimpleNamespace(Secrets=lambda: scanner),
    )
    assert list(BY_NAME["llm-guard"].start()("鍵はabcです")) == [(2, 5, "secret")]
    assert levels == ["ERROR"]
