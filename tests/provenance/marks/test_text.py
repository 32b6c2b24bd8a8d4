import json
import stat
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.pipeline.identity import ulid
from sekisho.provenance.marks import stripped
from sekisho.provenance.marks.selectors import C2PA, written
from sekisho.provenance.marks.text import SIZE, Marker, found

MARKER = Marker(b"k" * 32)
EXCHANGE = ulid(1_800_000_000_000)
ANSWER = "住民票は、市役所の窓口で取れます。手数料は300円です。"
PROSE = st.text(st.characters(exclude_categories=["Cs"])).map(stripped).filter(lambda text: "\ufeff" not in text)


def marked(text=ANSWER, exchange=EXCHANGE):
    return text + MARKER.behind(text, exchange)


@given(PROSE)
def test_a_mark_is_found_again_and_taken_away_without_a_trace(text):
    sent = marked(text)
    assert stripped(sent).rstrip("\n") == text.rstrip("\n")
    if sent != text:
        (mark,) = MARKER.found(sent)
        assert (mark.kind, mark.exchange, mark.ours, mark.unchanged) == ("sekisho", EXCHANGE, True, True)
        assert sent[: mark.start].rstrip("\n") == text.rstrip("\n")
        assert mark.end == len(sent)


@given(st.integers(0, 2**48 - 1))
def test_the_name_of_any_exchange_survives(now_ms):
    name = ulid(now_ms)
    assert MARKER.found(marked(exchange=name))[0].exchange == name


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_normalisation_keeps_the_mark_and_the_letters(form):
    (mark,) = MARKER.found(unicodedata.normalize(form, marked("ﾊﾝｶｸとＷｉｄｅ、が・ぱ。")))
    assert mark.unchanged


@pytest.mark.parametrize(
    "on_the_way",
    [
        lambda text: f"引用します:\n> {text}\n以上です。",
        lambda text: text.replace("、", " , ").replace("。", ".\n\n"),
        lambda text: json.loads(json.dumps({"x": text}))["x"],
        lambda text: text.replace("\ufeff", ""),  # editors that drop it
        lambda text: text.encode("utf-16").decode("utf-16"),
        lambda text: "別の回答です。" + marked("別の回答です。") + text,
    ],
)
def test_quoting_and_spacing_leave_the_mark_valid(on_the_way):
    mark = MARKER.found(on_the_way(marked()))[-1]
    assert mark.ours
    assert mark.unchanged


def test_a_mark_on_another_text_is_noticed():
    mark = MARKER.found("市役所は閉鎖されました。" + MARKER.behind(ANSWER, EXCHANGE))[0]
    assert mark.ours
    assert not mark.unchanged
    edited = MARKER.found(marked().replace("300円", "900円"))[0]
    assert edited.ours
    assert not edited.unchanged


@given(st.integers(0, SIZE - 1), st.integers(1, 255))
def test_a_mark_with_any_byte_changed_is_not_ours(at, difference):
    payload = bytearray(MARKER._payload(ANSWER, EXCHANGE))
    payload[at] ^= difference
    assert not any(mark.ours for mark in MARKER.found(ANSWER + written(bytes(payload))))


def test_a_mark_of_another_checkpoint_is_told_from_ours():
    (mark,) = found(marked(), b"x" * 32)
    assert (mark.kind, mark.exchange, mark.ours) == ("sekisho", EXCHANGE, False)


def test_marks_of_others_are_found_and_not_looked_into():
    kinds = [mark.kind for mark in MARKER.found("a" + written(C2PA + b"\x01data") + "b" + written(b"data") + "c")]
    assert kinds == ["c2pa", "other"]
    assert MARKER.found("❤️ 葛\U000e0100城") == []


@pytest.mark.parametrize("text", ["", " \n", "```python\nx = 1\n", "~~~\n```\nx", "````\n```\n"])
def test_nothing_is_put_into_code_that_is_not_closed(text):
    assert MARKER.behind(text, EXCHANGE) == ""


@pytest.mark.parametrize(
    "text",
    [
        "```\nx = 1\n```",
        "詳しくは https://example.jp/a",
        "| a | b |",
        "---",
        "**太字。**",
        "式 $$x$$",
        "x:\n\n    code",
    ],
)
def test_what_a_mark_could_spoil_is_kept_apart_from_it(text):
    assert MARKER.behind(text, EXCHANGE).startswith("\n\n\ufeff")


def test_behind_prose_no_line_is_added():
    assert MARKER.behind(ANSWER, EXCHANGE).startswith("\ufeff")
    assert MARKER.behind("```\nx\n```\nThat is all.", EXCHANGE).startswith("\ufeff")


def test_a_mark_costs_fewer_than_two_hundred_bytes():
    assert len(MARKER.behind(ANSWER, EXCHANGE)) == SIZE + 1
    assert len(MARKER.behind(ANSWER, EXCHANGE).encode()) < 200


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    assert Marker.open(tmp_path) == Marker.open(tmp_path)
    assert stat.S_IMODE((tmp_path / "mark.key").stat().st_mode) == 0o600
    assert str(Marker.open(tmp_path).key) not in repr(Marker.open(tmp_path))
    (tmp_path / "mark.key").write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="damaged"):
        Marker.open(tmp_path)
