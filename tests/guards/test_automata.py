import re

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.core.decode import ENCODINGS
from sekisho.core.normalise import normalise
from sekisho.guards import automata as module
from sekisho.guards import sets
from sekisho.guards.automata import Finder, Growing
from sekisho.guards.half import of_all, prefixes
from sekisho.guards.privacy import privacy
from sekisho.guards.rule import Rule
from sekisho.guards.scanner import Scanner
from sekisho.guards.secrets import secrets


def rule(name, source):
    return Rule(name, "g", "privacy.x", 0.9, source)


LARGE = rule("large", "(?:[一-鿿ぁ-ん]{1,24}[a-z0-9]{1,24}、){1,24}")


@pytest.mark.parametrize("megabytes", [1, 2, 3, 4, 5])
def test_an_automaton_that_does_not_fit_into_memory_is_refused_at_the_start(megabytes, monkeypatch):
    monkeypatch.setattr(module, "CLOSURE_MEMORY", megabytes << 20)
    with pytest.raises(ValueError, match="does not fit into 1 MB" if megabytes > 2 else "does not fit"):
        Scanner([LARGE], ())


@pytest.mark.parametrize("megabytes", [6, 7, 8, 16])
def test_an_automaton_that_is_let_in_is_never_too_large_for_re2(megabytes, monkeypatch, capfd):
    def options(memory):
        chosen = module.engine.Options()
        chosen.max_mem = memory
        chosen.log_errors = True  # RE2 says so when it falls back to its slow engine
        return chosen

    monkeypatch.setattr(module, "CLOSURE_MEMORY", megabytes << 20)
    monkeypatch.setattr(module, "options", options)
    assert Scanner([LARGE], ()).alive("一二あa、" * 9) == (0, 0)
    monkeypatch.setattr(module, "_STATES_PER_INSTRUCTION", 0)
    monkeypatch.setattr(module, "CLOSURE_MEMORY", 1 << 20)
    assert capfd.readouterr().err == ""
    assert Scanner([LARGE], ()).alive("一二あa、" * 9) == (0, 0)
    assert "out of memory" in capfd.readouterr().err  # so silence above means something


def test_patterns_that_do_not_compile_into_their_memory_are_refused(monkeypatch):
    monkeypatch.setattr(module, "CLOSURE_MEMORY", 64 << 10)
    with pytest.raises(ValueError, match="RE2 does not take the prefixes"):
        Scanner([LARGE], ())
    monkeypatch.setattr(sets, "SET_MEMORY", 64 << 10)
    with pytest.raises(ValueError, match="RE2 does not take the patterns"):
        Scanner([rule("counted", "(?:[一-鿿ぁ-ん]{1,9}[a-z0-9]{1,9}、){9}")], (), growing=False)


def test_prefixes_that_begin_at_places_are_refused_where_they_do_not_fit_into_memory(monkeypatch):
    headed = "(?<![A-Za-z0-9])(?:ab|cd)(?:[一-鿿ぁ-ん]{1,24}[a-z0-9]{1,24}、){1,9}"
    assert Growing([headed]).earliest("。ab一二a", 0) == (1, 1)
    monkeypatch.setattr(sets, "SET_MEMORY", 64 << 10)
    with pytest.raises(ValueError, match="RE2 does not take the patterns, alone or together"):
        Growing([headed])


SOURCES = [
    *(rule.source for rule in (*privacy.rules, *secrets.rules)),
    *(encoding.run for encoding in ENCODINGS),
]
FINDER = Finder(SOURCES)
EXAMPLES = [example for guard in (privacy, secrets) for example in guard.examples if example.found is not None]
NUMBERS = {rule.id: number for number, rule in enumerate((*privacy.rules, *secrets.rules))}
AROUND = st.text(st.sampled_from("山田中の東京都 aB1-。\n"), max_size=80)


@settings(max_examples=5, deadline=None)
@given(before=AROUND, after=AROUND)
def test_what_a_rule_finds_is_never_overlooked(before, after):
    # Not one case for each example: Hypothesis's settings nest once for each case of a function, and fail near 900.
    for example in EXAMPLES:
        value = f"{before}。{normalise(example.text)}{after}"
        number = NUMBERS[example.rule]
        if re.compile(SOURCES[number], re.ASCII).search(value):
            for text in (value, value + "a" * 9 * len(value)):  # the second is dense
                look = FINDER.look(text, text.encode())
                assert number in {index for index, _ in (*look.everywhere, *look.headed)}, example


PREFIXES = [
    "ab{2}|cd",
    "(?<![A-Za-z0-9])x[a-z]{1,3}",
    "山(?:田|本)さん",
    "(?<![0-9])[〇一0-9]{2}-",
    "[^a0-9]z",
    "い?う",
    "(?:山田|b)は?(?P<x>[01]{2}|田)円?",
    "(?P<x>cc)d",
    "[^\n]?う(?P<x>山)",
]
BEGUN, KNOWN = [], []
for (number, _), half in of_all(PREFIXES).items():
    grown = prefixes(PREFIXES[number])
    BEGUN.append((re2.compile(f"(?:{grown.begun})\\z"), half))
    KNOWN += [BEGUN[-1], (re2.compile(f"(?:{grown.context or grown.begun})\\z"), half)]
GROWING = Growing(PREFIXES)


@settings(max_examples=300)
@given(st.text(st.sampled_from("abcdxz山田本はさん〇一01円-いう。\n"), max_size=12), st.integers(0, 3))
def test_the_earliest_places_are_the_first_from_which_the_rest_is_a_prefix(value, start):
    def first(some):
        for at in range(start, len(value)):
            before = value[at - 1].encode()[-1] if at else 0
            if any(end.match(value[at:]) for end, half in some if not half.placed or before not in half.never):
                return at
        return len(value)

    start = min(start, len(value))
    assert GROWING.earliest(value, start) == (first(KNOWN), first(BEGUN))


def test_what_may_begin_at_any_word_does_not_let_others_begin_there():
    growing = Growing(["(?<![A-Za-z0-9])[A-Za-z0-9]{1,9}@", "(?<![A-Za-z0-9])(?:tin|pin)[^@]{0,9}(?P<x>[0-9])"])
    assert growing.earliest("to thin, ", 0) == (9, 9)
    assert growing.earliest("to tin, ", 0) == (3, 8)
    assert growing.earliest("to tin, 1", 0) == (3, 3)


def test_a_look_for_what_is_alive_that_reads_too_much_goes_on_where_it_stopped(monkeypatch):
    growing = Growing(["(?<![A-Za-z0-9])b[a-z\\n]*!"])
    value = "bcd\n" * 50 + "。"
    assert growing.earliest(value, 0) == (len(value), len(value))
    monkeypatch.setattr(module, "READ", 1000)
    first = growing.earliest(value, 0)
    assert 0 < first.match == first.finding < growing.earliest(value, first.match).match


def test_a_pattern_that_begins_at_any_digit_does_not_make_every_digit_a_place():
    finder = Finder(["[0-9]{1,4} [A-Z]", "(?<![0-9])[0-9]{3}-", "(?<![0-9])[一二]{3}-"])
    value = "電話は" * 9 + "123-4567 A、一二一-"
    look = finder.look(value, value.encode())
    assert {index for index, _ in look.everywhere} == {0}
    told = {index: [value.encode()[at:].decode()[0] for at in places] for (index, _), places in look.headed.items()}
    assert told == {1: ["1"], 2: ["一"]}


def test_heads_of_one_character_and_longer_ones_are_told_in_order():
    finder = Finder(["(?:家|東京家)[^。]{0,3}市|乙家乙"])
    value = "東京家乙家乙、市"
    encoded = value.encode()
    look = finder.look(value, encoded)
    assert not look.everywhere
    assert [[len(encoded[:at].decode()) for at in places] for places in look.headed.values()] == [[3, 4]]


def test_what_is_farther_from_what_it_needs_than_a_match_is_long_is_not_looked_for():
    finder = Finder(["(?:母|父)[^。]{0,9}糖尿病", "母[^。]*糖尿病"])
    far = "母" + "あ" * 400 + "糖尿病です。"
    for value, found in (("母は糖尿病です。", {0, 1}), (far, {1}), ("母です。", set()), ("糖尿病の母。", set())):
        assert {index for index, _ in finder.look(value, value.encode()).headed} == found


def test_what_searches_is_made_anew_with_no_state_of_the_one_before(monkeypatch):
    monkeypatch.setattr(module, "SEARCHED", 3)
    finder = Finder(["x[0-9]{1,300}y"])
    key = next(iter(finder.keys))
    first = finder.search(key)
    assert finder.search(key) is first
    assert finder.search(key) is first
    assert finder.search(key) is not first
    assert finder.search(key).search("ab x12y").span() == (3, 7)
    assert finder.search(key)._regexp is not first._regexp
