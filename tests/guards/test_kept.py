"""What is remembered of words."""

import time
import tracemalloc

import pytest
from tests.pace import turns

from sekisho.core.exchange import Stage
from sekisho.core.text import Text
from sekisho.guards.kept import LONGEST, kept
from sekisho.guards.names import names
from sekisho.guards.protocol import Context

CONTEXT = Context(Stage.ENTRY, "user", "office")


async def found(text):
    return await names.inspect(Text(text), CONTEXT)


def test_of_a_short_word_it_is_said_once_and_of_a_long_one_each_time():
    asked = []

    def work(word):
        asked.append(word)
        return len(word)

    say = kept(work)
    for word in ("a", "b" * LONGEST, "c" * (LONGEST + 1)) * 2:
        assert say(word) == len(word)
    assert [len(one) for one in asked] == [1, LONGEST, LONGEST + 1, LONGEST + 1]


def test_of_more_words_than_are_kept_each_is_said_rightly(monkeypatch):
    monkeypatch.setattr("sekisho.guards.kept.MOST", 3)
    asked = []

    def work(word):
        asked.append(word)
        return word.upper()

    say = kept(work)
    assert [say(word) for word in "abcabcdad"] == [*"ABCABCDAD"]
    assert asked == [*"abcda"]


@pytest.mark.parametrize("word", ["さくらの", "山田太郎", "アキラ", "Kokota", "kokota"])
async def test_a_text_that_is_one_word_is_not_remembered(word):
    await found(word)
    tracemalloc.start()
    try:
        for number in range(3):
            await found(word * 4_000 + "んのたろう"[number])
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert left < 500_000


async def test_a_long_word_in_latin_letters_is_not_read_in_all_ways():
    begun = time.process_time()
    assert len(await found("Mr. K" + "ok" * 20_000 + "o さん")) == 1
    assert turns(time.process_time() - begun) < 1_000


async def test_a_word_that_is_longer_than_the_dictionary_takes_breaks_nothing():
    assert await found("A" * 40_000 + " A" * 3) == []
    assert len(await found("A" * 40_000 + "。山田太郎です。")) == 1


async def test_names_in_latin_letters_among_kanji_take_no_longer_each_than_few():
    """Whether a text is Japanese is asked of it once, and not for each name."""
    await found("田々Ko" * 1_000)
    spent = []
    for count in (4_000, 32_000):
        begun = time.process_time()
        await found("田々Ko" * count)
        spent.append((time.process_time() - begun) / count)
    assert spent[1] < 2.5 * spent[0]
