"""No pattern can be made slow: long texts of beginnings that never end take time in proportion to their length."""

import random
import time

import pytest
from tests.pace import turns

from sekisho.core.normalise import normalise
from sekisho.guards import agency, attack, closure, code, heads, persons, privacy, secrets
from sekisho.guards.closure import Character, Choice, Repeat, Sequence
from sekisho.guards.scanner import Scanner

GUARDS = (privacy.privacy, secrets.secrets, attack.attack, agency.agency, code.code, persons.persons)
MEGABYTE = 1_000_000
SHORT = 100_000
MANY_TIMES = 30.0  # a hundred times as much where time grows with the square of the length; ten times if it is linear
FEW = 8  # a repeat of more than this is a long one
LADDER = (8, 16, 24, 32, 40, 100, 1_000, 20_000)  # characters: where time doubles with each, the first tell
ONE_MATCH = 60  # turns that a match in the longest of them may take; linear ones take less than one
QUICK_S = 0.01  # not worth measuring how fast the machine is
SLACK = 500  # turns of the loop in tests/pace.py, half a second on a quiet machine


def spent(scanner, text):
    begin = time.process_time()
    scanner.scan(text)
    return time.process_time() - begin


def linear(scanner, short, long):
    """Whether the long text takes no more than it should beside the short one, which is read before and after it."""
    before, much, after = (turns(spent(scanner, text)) for text in (short, long, short))
    return much < MANY_TIMES * max(before, after) + SLACK


def beginnings(guard):
    """Each example without its last character, over and over: what begins and does not end."""
    texts = [normalise(example.found)[:-1] for example in guard.examples if example.found]
    return [text for text in texts if text]


def filled(parts, size):
    whole = "".join(parts)
    return (whole * (size // len(whole) + 1))[:size]


class Quadratic:
    """What a scanner must not be."""

    def scan(self, text):
        for _ in range(len(text) // 150):
            sum(map(ord, text[: len(text) // 150]))


def test_what_grows_with_the_square_of_the_length_would_be_noticed():
    assert not linear(Quadratic(), "a" * SHORT, "a" * MEGABYTE)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_megabyte_of_beginnings_takes_ten_times_as_long_as_a_tenth_of_it(guard):
    scanner = Scanner(guard.rules, growing=False)
    parts = beginnings(guard)
    assert linear(scanner, filled(parts, SHORT), filled(parts, MEGABYTE))


REPEATED = (
    "a",
    "0",
    "１",
    " ",
    "\n",
    "の",
    "@",
    "-",
    "(",
    '"',
    "a@",
    "0-",
    "山",
    "=",
    "ア",
    "あ。",
    "eyJ",
    "://",
    "%41",
    "QUJD",
)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_one_thing_over_and_over_is_read_in_linear_time(guard):
    scanner = Scanner(guard.rules, growing=False)
    for one in REPEATED:
        text = normalise(filled([one], SHORT))
        assert linear(scanner, text[: SHORT // 10], text), one


def sample(node):
    """A short member of a language: the first character of each class, each repeat as seldom as may be."""
    match node:
        case Character():
            return chr(heads._ranges(node)[0][0])
        case Choice():
            return min((sample(option) for option in node.options), key=len)
        case Repeat():
            return sample(node.part) * node.low
    return "".join(map(sample, node.parts))


def pumped(node, before=""):
    """For each repeat that may be long: what leads to it, and each thing that may be repeated."""
    match node:
        case Choice():
            for option in node.options:
                yield from pumped(option, before)
        case Repeat(high=high, part=part):
            if high is None or high > FEW:
                options = part.options if isinstance(part, Choice) else (part,)
                yield from ((before, unit) for unit in dict.fromkeys(map(sample, options)) if unit)
            yield from pumped(part, before)
        case Sequence(parts=parts):
            for part in parts:
                yield from pumped(part, before)
                before += sample(part)


def attacks(rule):
    """Texts that lead a pattern into one of its repeats and never out again."""
    return list(dict.fromkeys(pumped(closure.parse(rule.source))))


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_no_repeat_of_a_shipped_pattern_takes_longer_than_its_text_is_long(guard):
    for rule in guard.rules:
        for before, unit in attacks(rule):
            for count in LADDER:
                text = before + unit * (count // len(unit) + 1) + "\x00"
                begun = time.process_time()
                rule.pattern.match(text)
                spent = time.process_time() - begun
                assert spent < QUICK_S or turns(spent) < ONE_MATCH, (rule.id, before, unit, count)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_megabyte_of_repeats_takes_ten_times_as_long_as_a_tenth_of_it(guard):
    scanner = Scanner(guard.rules, growing=False)
    parts = [before + unit * (200 // len(unit)) for rule in guard.rules for before, unit in attacks(rule)]
    random.Random(1).shuffle(parts)
    assert linear(scanner, normalise(filled(parts, SHORT)), normalise(filled(parts, MEGABYTE)))
