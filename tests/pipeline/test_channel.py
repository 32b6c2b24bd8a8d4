import re
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.pipeline.making import (
    BAD,
    CATEGORIES,
    FRAGMENTS,
    INSPECTOR,
    KEY,
    LONG,
    MARK,
    MASKING,
    NAME,
    PEM,
    PHONE,
    cut,
    examiner,
    profile,
    rule,
    table,
    texts,
)

from sekisho.core.exchange import Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.core.verdict import Verdict
from sekisho.guards.agency import agency
from sekisho.guards.code import code
from sekisho.guards.inspector import Inspector
from sekisho.guards.persons import persons
from sekisho.guards.privacy import privacy
from sekisho.guards.protocol import load
from sekisho.guards.rule_guard import RuleGuard
from sekisho.guards.secrets import secrets
from sekisho.pipeline import placeholders
from sekisho.pipeline.channel import Channel
from sekisho.policy.taxonomy import taxonomy

VERDICTS = st.fixed_dictionaries({category: st.sampled_from(Verdict) for category in CATEGORIES})
MESSAGE = Message(Stage.EXIT, "assistant", "", ("text",))


def channel(rules=None):
    return examiner(profile(exit=MASKING if rules is None else rules), table()).channel(MESSAGE)


def whole(text, rules=None, extra=()):
    made = channel(rules)
    made.add(extra)
    made.take(text)
    return made.finish(), made


def streamed(chunks, rules=None):
    made = channel(rules)
    pieces = [piece for chunk in chunks for piece in made.feed(chunk)]
    return pieces + made.finish(), made


def out(pieces):
    return "".join(piece.text for piece in pieces)


@settings(max_examples=600, deadline=None)
@given(st.data(), texts(), VERDICTS)
def test_a_stream_says_what_the_whole_text_says_however_it_is_cut(data, text, rules):
    expected, once = whole(text, rules)
    pieces, made = streamed(data.draw(cut(text)), rules)
    assert out(pieces) == out(expected)
    assert (made.ended is None) == (once.ended is None)
    if once.ended is None:
        assert made.judged == once.judged


@settings(max_examples=100, deadline=None)
@given(texts(), VERDICTS)
def test_a_whole_text_that_was_looked_at_already_says_the_same(text, rules):
    expected, once = whole(text, rules)
    made, looked = channel(rules), Text(text)
    matches = INSPECTOR.scanner(Stage.EXIT).scan(looked.normalised.value, encoded=looked.encoded)
    assert made.pass_whole(looked, matches) == expected
    assert (made.judged, made.ended) == (once.judged, once.ended)


@settings(max_examples=300, deadline=None)
@given(st.data(), texts(), VERDICTS)
def test_no_code_point_of_a_masked_or_refused_span_goes_out_and_every_other_does(data, text, rules):
    _, once = whole(text, rules)
    pieces, made = streamed(data.draw(cut(text)), rules)
    hidden = [one.finding for one in once.judged if one.verdict >= Verdict.MASK]
    position = 0
    for piece in pieces:
        assert piece.start == position
        position = piece.end
        if piece.plain:
            assert piece.text == text[piece.start : piece.end]
            assert not any(finding.start < piece.end and piece.start < finding.end for finding in hidden)
    if made.ended is None:
        assert position == len(text)


@settings(max_examples=300, deadline=None)
@given(st.data(), texts(), VERDICTS)
def test_findings_of_other_guards_and_a_rising_ceiling_change_nothing_either(data, text, rules):
    spans = data.draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=3))
    category = st.sampled_from(CATEGORIES)
    extra = [Finding(min(span), max(span), data.draw(category), 0.9, "other") for span in spans]
    expected, _ = whole(text, rules, extra)
    made = channel(rules)
    made.add(extra)
    made.ceiling = 0
    pieces = []
    for chunk in data.draw(cut(text)):
        made.take(chunk)
        made.ceiling = data.draw(st.integers(made.ceiling, made.length))
        pieces += made.release()
        assert all(piece.end <= made.ceiling for piece in pieces)
    assert out(pieces + made.finish()) == out(expected)


@given(st.data(), st.sampled_from([PHONE, KEY, LONG, PEM, NAME, BAD]))
def test_a_secret_is_never_begun(data, secret):
    """Even where it is the last thing of the text."""
    made = channel()
    chunks = data.draw(cut("これは" + secret))
    before = "".join(out(made.feed(chunk)) for chunk in chunks)
    assert before in "これは" or before.startswith("これは[")
    titles = [f"[{taxonomy()[name].title['ja']}]" for name in CATEGORIES]
    assert before + out(made.finish()) in ("これは", *(f"これは{title}" for title in titles))


def test_what_stands_before_a_match_is_remembered_though_it_is_out():
    """A number behind 第 is none for this rule; 第 went out long before."""
    inspector = Inspector(
        (RuleGuard("one", frozenset(Stage), (rule("privacy.phone", "(?<!第)QQ[0-9]{2}"),)),), budget_s=5.0
    )
    for before, found in (("第", False), ("\u200b第", False), ("一第", False), ("五", True), ("第五", True)):
        made = examiner(profile(exit=MASKING), inspector=inspector).channel(MESSAGE)
        pieces = made.feed(before)
        assert out(pieces) == before
        pieces += [piece for character in "QQ12。" for piece in made.feed(character)]
        assert out(pieces + made.finish()) == before + ("[電話番号]" if found else "QQ12") + "。"


def test_a_ceiling_inside_a_letter_with_its_mark_lets_neither_out():
    made = channel()
    made.take("一か\u3099x")
    made.ceiling = 2
    assert out(made.release()) == "一"


@given(st.data())
def test_an_open_key_goes_on_until_it_is_closed(data):
    body = "".join(data.draw(st.lists(st.sampled_from(["MII1", "\n", "0", "。", "END"]), max_size=8)))
    made = channel()
    assert out(made.feed("一。-----BEGIN PRIVATE KEY-----\n")) == "一。"
    for chunk in data.draw(cut(body)):
        assert made.feed(chunk) == []
    assert out(made.feed("-----END PRIVATE KEY-----。") + made.finish()) == "[秘密鍵]。"


def test_clean_text_is_let_out_at_once():
    made = channel()
    for chunk in ("今日は", "よい天気", "です。"):
        made.take(chunk)
        made.release()
    assert made.waiting == 0


def test_a_note_that_overlaps_a_masked_span_does_not_widen_it():
    text = f"前置き {PHONE} あとがき"
    rules = {"privacy": Verdict.MASK, "harm": Verdict.ANNOTATE}
    pieces, made = whole(text, rules, [Finding(0, len(text), "harm.illegal", 0.9, "other")])
    assert out(pieces) == "前置き [電話番号] あとがき"
    assert [one.verdict for one in made.judged][:2] == [Verdict.ANNOTATE, Verdict.MASK]


def test_a_refusal_inside_a_masked_stretch_that_holds_a_placeholder_still_ends_the_text():
    text = "abcdef [PHONE_1] ghi"
    extra = [Finding(0, len(text), "privacy.pension", 0.9, "other"), Finding(2, 4, "harm.illegal", 0.9, "other")]
    pieces, made = whole(text, MASKING, extra)
    assert out(pieces) == ""
    assert made.ended is not None
    assert made.ended.verdict is Verdict.REFUSE


def test_the_worst_of_several_endings_counts():
    text = f"{NAME} {BAD}"
    pieces, made = whole(text, {"privacy": Verdict.HOLD, "harm": Verdict.REFUSE})
    assert out(pieces) == ""
    assert made.ended is not None
    assert made.ended.verdict is Verdict.REFUSE


def test_a_finding_around_a_placeholder_masks_what_is_not_the_callers_own():
    pieces, _ = whole("番号 [PHONE_1] です", MASKING, [Finding(0, 15, "privacy.pension", 0.9, "other")])
    assert out(pieces) == f"[基礎年金番号]{PHONE}[基礎年金番号]"


def test_thousands_of_spans_that_overlap_one_another_are_no_depth():
    made = channel()
    made.add([Finding(at, at + 3, "privacy.phone", 0.9, "other") for at in range(5000)])
    made.take("x" * 4000)
    assert made.release() == []


class Counting:
    """A scanner that counts the characters it is asked to read."""

    def __init__(self, scanner):
        self._scanner, self.read = scanner, 0

    def scan(self, value, start=0):
        self.read += len(value)
        return self._scanner.scan(value, start)

    def alive(self, value, start=0):
        self.read += len(value)
        return self._scanner.alive(value, start)

    def begins(self, letter):
        return self._scanner.begins(letter)


def spent(begin, pieces):
    """Characters that are read of a held text, and processor time, where it comes in so many pieces."""
    scanner = Counting(INSPECTOR.scanner(Stage.EXIT))
    made = Channel(scanner, channel()._decisions)
    begun = time.process_time()
    for chunk in [begin, *["MIIEvQIBADANBgkqhkiG"] * pieces]:
        made.feed(chunk)
    made.finish()
    return scanner.read, time.process_time() - begun


def test_four_times_a_held_text_takes_about_four_times_as_long():
    """An unfinished key and an endless Base64 run: what is held must not be read again for each piece."""
    for begin in ("-----BEGIN PRIVATE KEY-----\n", "x=" + "A" * 16):
        (few, few_s), (many, many_s) = (spent(begin, pieces) for pieces in (1_000, 4_000))
        assert many < 5 * few
        assert many_s < 12 * few_s


def test_the_fragments_of_these_tests_are_what_they_are_meant_to_be():
    found = {one.finding.category for text in FRAGMENTS for one in whole(text)[1].judged}
    assert found == set(CATEGORIES)
    assert out(whole("[ phone-1 ]は" + MARK)[0]) == PHONE + "は" + MARK


RULED = (privacy, secrets, agency, code, persons)  # and attack, which says nothing at the exit
REAL = Inspector((*load(["attack"]), *RULED), budget_s=60, rules=(placeholders.rule(),))
CONTEXT = (
    "電話番号は",
    "my phone number is ",
    "年金の番号などは",
    "妻が昨日から",
    "password: ",
    "か",
    "は",
    "\u3099",
    "gh",
)
EXAMPLES = sorted({example.text for guard in RULED for example in guard.examples})
EVERYTHING = dict.fromkeys(("privacy", "secret", "agency", "code", "person"), Verdict.MASK)


def test_of_no_example_of_a_rule_a_stream_sends_any_of_the_finding():
    scanner = REAL.scanner(Stage.EXIT)
    for text in EXAMPLES:
        value = Text(text).normalised.value
        for match in scanner.scan(value):
            if match.rule is None or match.rule.swallows:
                continue
            first, last = match.found_start + 1, match.end
            for end in {first, min(first + 1, last), (first + last) // 2, last}:
                assert scanner.alive(value[:end]).finding <= match.found_start, (match, value[:end])


def test_a_letter_that_gets_an_accent_later_does_not_spoil_the_match_before_it():
    made = real()
    pieces = made.feed("Discord: yamabiko#4821e") + made.feed("\u0301 x")
    assert out(pieces + made.finish()) == "Discord: [利用者名(アカウント)]e\u0301 x"


def real():
    return examiner(profile(exit=EVERYTHING), table(), REAL).channel(MESSAGE)


@settings(max_examples=150, deadline=None)
@given(
    st.data(),
    st.lists(st.one_of(*map(st.sampled_from, (EXAMPLES, FRAGMENTS, CONTEXT))), max_size=5).map("".join),
)
def test_the_rules_that_come_with_sekisho_do_not_depend_on_the_cut_either(data, text):
    once, made = real(), real()
    once.take(text)
    expected = out(once.finish())
    pieces = [piece for chunk in data.draw(cut(text)) for piece in made.feed(chunk)] + made.finish()
    assert out(pieces) == expected
    assert made.judged == once.judged
    hidden = [one.finding for one in once.judged if one.verdict >= Verdict.MASK]
    plain = [piece for piece in pieces if piece.plain]
    assert not [one for one in hidden for piece in plain if one.start < piece.end and piece.start < one.end]


MEMBERS = st.sampled_from(sorted({rule.source for guard in RULED for rule in guard.rules})).flatmap(
    lambda source: st.from_regex(re.compile(source, re.ASCII), fullmatch=True)
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(CONTEXT), MEMBERS, st.sampled_from(CONTEXT))
def test_nor_do_generated_members_of_their_patterns(data, before, member, behind):
    text = before + member + behind
    once, made = real(), real()
    once.take(text)
    expected = out(once.finish())
    assert out([piece for chunk in data.draw(cut(text)) for piece in made.feed(chunk)] + made.finish()) == expected
    assert made.judged == once.judged


def test_context_goes_out_at_once_and_the_finding_behind_it_never():
    made = channel()
    assert out(made.feed("password:")) == "password:"
    assert made.kept == len("password:")
    assert made.feed("hun") == []
    assert out(made.feed("ter22 。") + made.finish()) == "[パスワード] 。"
    assert [(one.finding.start, one.finding.end) for one in made.judged] == [(9, 17)]


def two_rules(one, other):
    rules = (rule("privacy.phone", one), rule("privacy.pension", other))
    inspector = Inspector((RuleGuard("two", frozenset(Stage), rules),), budget_s=60)
    return examiner(profile(exit=MASKING), inspector=inspector).channel(MESSAGE)


def test_context_of_one_rule_that_is_the_finding_of_another_waits():
    made = two_rules("甲乙は(?P<x>[一二三]{3})", "乙は一?[^一二三]")
    assert [out(made.feed(chunk)) for chunk in "甲乙は一二三。"] == ["甲", "", "", "", "", "", "乙は[電話番号]。"]
    made = two_rules("甲乙は(?P<x>[一二三]{3})", "乙は一?[^一二三]")
    assert [out(made.feed(chunk)) for chunk in "甲乙は一。"] == ["甲", "", "", "", ""]
    assert out(made.finish()) == "[基礎年金番号]"


def test_a_refusal_behind_context_that_is_out_cuts_where_the_whole_text_is_cut():
    rules = {"secret": Verdict.REFUSE}
    pieces, made = streamed(["あpassword:", "hunter", "22 x"], rules)
    assert out(pieces) == out(whole("あpassword:hunter22 x", rules)[0]) == "あpassword:"
    assert made.ended is not None


def test_a_kana_goes_out_at_once_unless_a_finding_may_begin_with_a_form_of_it():
    made = two_rules("が[一二三]{3}", "の(?P<x>ど[一二])")
    said = [out(made.feed(chunk)) for chunk in ("は", "か", "\u3099", "一二三", "のて", "のと", "\u3099", "一。")]
    assert said == ["は", "", "", "", "[電話番号]のて", "の", "", "[基礎年金番号]。"]


def test_a_finding_that_is_there_waits_although_what_goes_on_in_it_is_context():
    made = two_rules("甲乙丙丁", "丙[^。]{0,9}は(?P<x>[一二]{3})")
    assert [out(made.feed(chunk)) for chunk in ("甲乙丙丁戊", "は", "己。庚")] == ["", "", "[電話番号]戊は己。庚"]
