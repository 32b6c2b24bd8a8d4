import base64
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.core.decode import ENCODINGS
from sekisho.core.normalise import settled
from sekisho.core.text import Text
from sekisho.core.view import View
from sekisho.guards import scanner
from sekisho.guards.attack import attack
from sekisho.guards.privacy import privacy
from sekisho.guards.rule import Rule
from sekisho.guards.scanner import Patterns, Scanner, _match
from sekisho.guards.secrets import secrets

OPEN, CLOSE = "<<[ab]", "end[0-9]{2,4}"


def rule(name, source, check=None):
    return Rule(name, "g", "privacy.x", 0.9, source, "", check)


def odd(found):
    return 0.5 if sum(map(ord, found)) % 2 else None


SWALLOW = Rule(
    "s",
    "g",
    "secret.y",
    0.9,
    OPEN,
    f"(?:{OPEN})(?:[\\s\\S]*?(?P<closed>{CLOSE})|[\\s\\S]*)",
    None,
    True,
    CLOSE,
)
RULES = [
    rule("digits", "(?<![0-9])[0-9]{3,4}(?:-[0-9]{1,3})?(?![0-9])"),
    rule("checked", "[ab]{2,5}", odd),
    rule("labelled", "no[.:](?P<x>[0-9]{2,3})"),
    rule("before", "[ab](?=か)"),
    rule("not_before", "か(?! a)"),
    SWALLOW,
]
SCANNER = Scanner(RULES, ())
TEXTS = st.text(st.sampled_from("ab01-<<end2no.:か゛\u3099 \u200b１"), max_size=40)


def told(match, view):
    start, end = view.received(match.found_start, match.found_end)
    return (start, end, match.rule.id, match.score)


def streamed(pieces):
    """The findings of a text that grows, as a hold-back buffer finds them."""
    held, base, before, found = "", 0, "", []
    for number, piece in enumerate([*pieces, ""]):
        held += piece
        view: View = Text(held).normalised
        value, shift = before + view.value, len(before)
        matches = [(m, *view.received(m.start - shift, m.end - shift)) for m in SCANNER.scan(value, shift)]
        hold = len(held)
        if number < len(pieces):
            alive = min([SCANNER.alive(value, shift).match, *(m.start for m, _, _ in matches if not m.ended)])
            hold = min(settled(held), view.received(alive - shift, alive - shift)[0])
            while inside := [start for _, start, end in matches if start < hold < end]:
                hold = min(inside)
        for match, _, end in matches:
            if match.rule and end <= hold:
                first, last = view.received(match.found_start - shift, match.found_end - shift)
                found.append((base + first, base + last, match.rule.id, match.score))
        if hold:
            before = Text(held[:hold]).normalised.value[-1:] or before
            held, base = held[hold:], base + hold
    return sorted(found)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.data())
def test_a_text_in_pieces_has_the_findings_of_the_whole_text(text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    view = Text(text).normalised
    assert streamed(pieces) == sorted(told(m, view) for m in SCANNER.scan(view.value) if m.rule)


@given(TEXTS, TEXTS)
def test_no_match_of_a_longer_text_begins_in_what_was_dead(text, more):
    value = Text(text).normalised.value
    alive = SCANNER.alive(value).match
    before = {(m.start, m.end) for m in SCANNER.scan(value) if m.rule}
    for match in SCANNER.scan(value + more):
        if match.rule and match.start < alive and not match.rule.swallows:
            assert (match.start, match.end) in before


@given(TEXTS, TEXTS)
def test_no_finding_of_a_longer_text_begins_before_what_may_have_begun(text, more):
    value = Text(text).normalised.value
    begun = SCANNER.alive(value).finding
    before = {(m.start, m.end) for m in SCANNER.scan(value) if m.rule}
    for match in SCANNER.scan(value + more):
        if match.rule and match.found_start < begun and not match.rule.swallows:
            assert (match.start, match.end) in before


def test_a_group_x_is_the_finding_and_the_match_is_its_context():
    match = next(m for m in SCANNER.scan("no:12") if m.rule and m.rule.id == "labelled")
    assert (match.start, match.end, match.found_start, match.found_end) == (0, 5, 3, 5)


def test_a_look_behind_sees_what_stands_before_the_start():
    assert [m for m in SCANNER.scan("0123", 1) if m.rule and m.rule.id == "digits"] == []


def test_what_opens_runs_to_its_close_or_to_the_end():
    closed = [m for m in SCANNER.scan("x<<a secret end123 y") if m.rule is SWALLOW]
    assert [(m.start, m.end, m.ended) for m in closed] == [(1, 18, True)]
    unclosed = [m for m in SCANNER.scan("x<<a secret") if m.rule is SWALLOW]
    assert [(m.start, m.end, m.ended) for m in unclosed] == [(1, 11, False)]


def test_a_close_that_may_still_grow_is_alive():
    value = "<<a z end12"
    assert SCANNER.alive(value).match == value.index("end")


def test_encoded_words_are_found_within_encodings_and_span_the_whole_run():
    scanner = Scanner([rule("word", "secret plan")])
    once = base64.b64encode(b"the secret plan is here").decode()
    twice = base64.b64encode(once.encode()).decode()
    for run, note in ((once, "base64/word"), (twice, "base64/base64/word"), (b"the secret plan".hex(), "hex/word")):
        match = next(m for m in scanner.scan(f"見て {run} 。") if m.rule)
        assert (match.found_start, match.found_end, match.note) == (3, 3 + len(run), note)


def test_a_scanner_without_rules_finds_nothing():
    assert Scanner([], ()).scan("abc") == []
    assert Scanner([], ()).alive("abc") == (3, 3)


RUNS = st.lists(
    st.sampled_from(["鍵", "=", "\n", "-", "d41d8cd98f00b204", "aWdub3JlIHJ1bGVz", "%41%42%43%44", "\\u0041" * 4])
)


ENCODED = Scanner([])


@given(RUNS.map("".join))
def test_encoded_stretches_are_those_of_the_whole_text(value):
    expected = [(e.name, *m.span()) for e in ENCODINGS for m in re.compile(e.run, re.ASCII).finditer(value)]
    assert sorted((m.note, m.start, m.end) for m in ENCODED.scan(value)) == sorted(expected)


SHARED = Patterns(RULES, ())
SHARES = [
    (Scanner(mine, (), growing=False), Scanner(mine, growing=False, among=SHARED)) for mine in (RULES[:2], RULES[2:])
]


@given(TEXTS)
def test_scanners_that_share_an_automaton_find_what_they_would_alone(text):
    value = Text(text).normalised.value
    for alone, together in SHARES:
        assert sorted(map(repr, together.scan(value))) == sorted(map(repr, alone.scan(value)))


def test_a_pattern_that_may_be_empty_within_its_context_comes_to_an_end():
    scanner = Scanner([rule("maybe", "(?<=a)b?")], (), growing=False)
    assert [(m.start, m.end) for m in scanner.scan("xab")] == [(2, 3)]


GUARDS = (privacy, secrets, attack)
ALL = [rule for guard in GUARDS for rule in guard.rules]
EVERYTHING = Scanner(ALL, (), growing=False)
SAID = st.sampled_from([example.text for guard in GUARDS for example in guard.examples])
BETWEEN = st.text(st.sampled_from("この転入届は山田東京です。\n 019aZ_-:("), max_size=12)


def one_by_one(rule, value):
    """The matches of a rule without any automaton: its pattern is tried at every place."""
    at = 0
    while (found := rule.pattern.search(value, at)) is not None:
        match = _match(rule, value, found.start())
        if match is not None:
            yield match
        at = max(found.start() + 1, match.end if match else 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(BETWEEN, SAID), max_size=4), BETWEEN)
def test_automata_change_nothing_of_what_is_found(parts, end):
    value = Text("".join(word for part in parts for word in part) + end).normalised.value
    alone = [match for rule in ALL for match in one_by_one(rule, value)]
    assert sorted(map(repr, EVERYTHING.scan(value))) == sorted(map(repr, alone))


def test_a_match_is_not_looked_for_where_its_look_behind_forbids_it(monkeypatch):
    tried = []
    monkeypatch.setattr(scanner, "_match", lambda rule, value, at: tried.append(at) or _match(rule, value, at))
    made = Scanner([rule("mail", "(?<![a-z])[a-z]{2,}@(?:[a-z]+[.])*jp(?![a-z])")], ())
    text = "b@c.jpa " + "a" * 500 + "@b.jp" + "a" * 500 + "@b.jpx ccc@d.jp"
    assert [text[one.start : one.end] for one in made.scan(text)] == ["ccc@d.jp"]
    assert len(tried) == 3  # and not at each letter
