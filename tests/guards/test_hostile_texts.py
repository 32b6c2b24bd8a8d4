"""No pattern can be made slow: long texts of beginnings that never end take time in proportion to their length."""

import time

import pytest
from tests.pace import turns

from sekisho.core.normalise import normalise
from sekisho.guards import agency, attack, code, persons, privacy, secrets
from sekisho.guards.scanner import Scanner

GUARDS = (privacy.privacy, secrets.secrets, attack.attack, agency.agency, code.code, persons.persons)
MEGABYTE = 1_000_000
SHORT = 100_000
MANY_TIMES = 30.0  # a hundred times as much where time grows with the square of the length; ten times if it is linear
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
