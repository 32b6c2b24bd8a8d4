import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.provenance.passages.alignment import BLOCK, aligned
from sekisho.provenance.passages.letters import Letters

ABC = "abcdefghijklmnopqrstuvwxyzあいうえおかきくけこ漢字検証"
CHANCE = random.Random(4)


def words(letters, seed):
    return "".join(random.Random(seed).choices(ABC, k=letters))


def compared(given, stored):
    return aligned(Letters.of(given), Letters.of(stored))


def same(found, text):
    """The letters that are called the same."""
    return ["".join(map(chr, Letters.of(text).codes[one.start : one.end].tolist())) for one in found.same]


def test_a_piece_in_another_text_is_found_with_its_exact_ends():
    stored = words(600, 1)
    piece = stored[100:180]
    given = words(300, 2) + piece + words(300, 3)
    found = compared(given, stored)
    assert found is not None
    assert found.letters <= 88
    assert any(piece in one for one in same(found, given))
    assert 0.1 < found.given < 0.2
    assert 0.1 < found.stored < 0.2


def test_the_whole_text_is_the_same_from_end_to_end():
    found = compared(words(500, 1), words(500, 1))
    assert (found.same, found.letters, found.given, found.stored) == (((0, 500),), 500, 1.0, 1.0)


@pytest.mark.parametrize("share", [0.1, 0.2])
def test_an_edited_text_is_found_though_nothing_long_is_left(share):
    stored = words(900, 5)
    chance = random.Random(6)
    given = "".join(chance.choice(ABC) if chance.random() < share else one for one in stored)
    found = compared(given, stored)
    assert found is not None
    assert found.given > 0.9
    assert found.letters < len(given)


def test_shuffled_parts_are_all_found():
    stored = words(800, 7)
    parts = [stored[at : at + 100] for at in range(0, 800, 100)]
    given = "".join(random.Random(8).sample(parts, len(parts)))
    found = compared(given, stored)
    assert found.letters > 780
    assert found.stored > 0.97


def test_unrelated_texts_and_short_phrases_do_not_convince():
    assert compared(words(900, 1), words(900, 2)) is None
    phrase = words(30, 3)
    assert compared(words(400, 1) + phrase + words(400, 4), words(500, 2) + phrase) is None
    assert compared("", words(50, 1)) is None
    assert compared(words(50, 1), "") is None
    assert compared("短い", "短い") is None


def test_a_short_text_convinces_only_nearly_whole():
    stored = words(600, 9)
    assert compared(stored[50:80], stored) is not None
    assert compared(stored[50:70] + words(20, 1), stored) is None


@pytest.mark.parametrize("text", ["あ" * 20_000, "abcdefghijklm" * 1500, "。" * 5000])
def test_texts_that_repeat_themselves_end_soon(text):
    compared(text, text)  # a test that takes longer than its time fails


def test_a_guess_is_told_right_only_by_whole_blocks():
    """Of a number behind known words, no digit can be tried alone: only a block of four that is right shows."""
    stored = "あなたの受付番号をお知らせします。この番号はほかの人に教えないでください。受付番号は48217350です"
    letters = Letters.of(stored)
    number = len(Letters.of(stored[: stored.index("4")]))
    first = -(-number // BLOCK) * BLOCK  # the first block that holds nothing but digits
    known = stored[: stored.index("4") + first - number]

    def told(guess):
        found = compared(f"{known}{guess}{words(60, 1)}", stored)
        return (found.same, found.given, found.stored)

    digits = "".join(map(chr, letters.codes[first : first + BLOCK].tolist()))
    wrong = [told(digits[:right] + "z" * (BLOCK - right)) for right in range(BLOCK)]
    assert len(set(wrong)) == 1
    assert told(digits) != wrong[0]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_called_the_same_stands_in_both_texts(data):
    seed = data.draw(st.integers(0, 10_000))
    chance = random.Random(seed)
    stored = words(chance.randrange(80, 400), seed)
    given = list(stored)
    for _ in range(data.draw(st.integers(0, 40))):
        at = chance.randrange(len(given))
        given[at : at + chance.randrange(3)] = chance.choices(ABC, k=chance.randrange(3))
    text = "".join(given) + words(50, seed + 1)
    found = compared(text, stored)
    if found is None:
        return
    letters = "".join(map(chr, Letters.of(text).codes.tolist()))
    theirs = "".join(map(chr, Letters.of(stored).codes.tolist()))
    for start, end in found.same:
        assert end - start >= BLOCK
        assert all(
            any(letters[first : first + BLOCK] in theirs for first in range(max(start, at - BLOCK + 1), at + 1))
            for at in range(start, end)
        )
    assert found.letters == sum(end - start for start, end in found.same)
    assert 0 < found.given <= 1
    assert 0 < found.stored <= 1
