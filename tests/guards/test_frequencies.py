import math

from sekisho.guards import frequencies
from sekisho.guards.frequencies import LEAST, LONGEST, TABLE, frequency


def test_the_table_holds_short_texts_that_are_not_rare():
    lines = [line.rpartition("\t") for line in TABLE.read_text("utf-8").splitlines()]
    assert len(lines) > 3000
    assert all(1 <= len(text) <= LONGEST and 1e6 * LEAST - 1 <= int(number) <= 1e6 for text, _, number in lines)
    assert all(math.isclose(frequency(text), int(number) / 1e6) for text, _, number in lines)


def test_longer_texts_are_rarer_than_what_they_begin_with():
    for text in ("the patient has ", "お電話番号は", "0000-0000", "qzx", "鬱鬱"):
        told = [frequency(text[:size]) for size in range(1, len(text) + 1)]
        assert told == sorted(told, reverse=True)
        assert told[-1] > 0
    assert frequency("") == 1.0


def test_the_table_is_read_again_after_it_was_given_back():
    before = frequency("tel")
    frequencies.forget()
    assert frequency("tel") == before
