import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.models.watermark.scheme import Evidence, Watermark

KEY = bytes(range(32))
MARK = Watermark(KEY, span=4)
TOKENS = list(range(1000, 1050))
chances = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=40).map(lambda odds: [odd / sum(odds) for odd in odds])
context = st.lists(st.integers(0, 200_000), min_size=4, max_size=6)


def drawn(mark, count, seed=0):
    """Tokens as they come when each of fifty is as likely as the next."""
    lot, tokens = random.Random(seed), [1, 2, 3, 4]
    for _ in range(count):
        odds = mark.tilted(tokens, TOKENS, [0.02] * 50)
        tokens += lot.choices(TOKENS, odds)
    return tokens[4:]


@given(context, chances)
def test_chances_stay_chances(before, odds):
    tilted = MARK.tilted(before, range(len(odds)), odds)
    assert sum(tilted) == pytest.approx(1.0)
    assert all(0.0 <= odd <= 1.0 for odd in tilted)


@given(chances)
def test_one_layer_is_a_match_of_two_candidates_drawn_by_their_chances(odds):
    mark = Watermark(KEY, 4, layers=1)
    tokens = list(range(len(odds)))
    bits = [bits & 1 for bits in mark._bits([9, 9, 9, 9], tokens)]
    won = [0.0] * len(odds)
    for one, other in product(tokens, tokens):
        chance = odds[one] * odds[other]
        for winner in (one, other) if bits[one] == bits[other] else (max(one, other, key=bits.__getitem__),) * 2:
            won[winner] += chance / 2
    assert mark.tilted([9, 9, 9, 9], tokens, odds) == pytest.approx(won)


def test_over_all_keys_each_token_keeps_its_chance():
    odds = [0.5, 0.3, 0.15, 0.05]
    sums = [0.0] * 4
    for number in range(2000):
        tilted = Watermark(number.to_bytes(32, "big"), layers=8).tilted([1, 2, 3, 4], range(4), odds)
        sums = [total + odd for total, odd in zip(sums, tilted, strict=True)]
    assert [total / 2000 for total in sums] == pytest.approx(odds, abs=0.03)


def test_what_was_drawn_with_a_key_is_found_with_it_and_with_no_other():
    tokens = drawn(MARK, 60)
    assert MARK.evidence(tokens).found
    assert MARK.evidence(tokens).z > 10
    assert not Watermark(bytes(32), 4).evidence(tokens).found


def test_only_the_last_tokens_before_one_decide():
    odds = [0.25] * 4
    assert MARK.tilted([7, 1, 2, 3, 4], range(4), odds) == MARK.tilted([8, 8, 1, 2, 3, 4], range(4), odds)
    assert MARK.tilted([1, 2, 3, 5], range(4), odds) != MARK.tilted([1, 2, 3, 4], range(4), odds)


def test_a_passage_survives_in_the_middle_of_another_text():
    other = random.Random(1).choices(range(50_000), k=60)
    assert MARK.evidence([*other, *drawn(MARK, 80), *other]).found


def test_unmarked_tokens_are_taken_for_marked_as_seldom_as_is_stated():
    tokens = random.Random(2).choices(range(50_000), k=120)
    p = [Watermark(number.to_bytes(32, "big")).evidence(tokens).p for number in range(500)]
    assert sum(one < 0.05 for one in p) == pytest.approx(25, abs=18)
    assert sum(one < 0.5 for one in p) == pytest.approx(250, abs=45)
    assert sum(one < 0.001 for one in p) <= 4


def test_repetition_is_no_evidence():
    tokens = random.Random(3).choices(range(50_000), k=30)
    once, often = MARK.evidence(tokens), MARK.evidence(tokens * 20)
    assert (once.counted, often.counted) == (26, 30)
    assert abs(often.z) < abs(once.z) + 3


@pytest.mark.parametrize("count", range(5))
def test_a_text_too_short_to_count_says_nothing(count):
    assert MARK.evidence(TOKENS[:count])[:1] == (max(0, count - 4),)
    assert MARK.evidence([]) == Evidence(0, 0.0, 0.5)


def test_the_key_is_not_shown():
    assert "key" not in repr(MARK)
