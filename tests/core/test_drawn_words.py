import pytest

from sekisho.core.drawn_words import Words

KNOWN = {"bomb": 30, "boob": 5, "poison": 20, "person": 60, "the": 90, "weapon": 20}
WORDS = Words.of("\n".join(sorted(KNOWN)).encode(), bytes(KNOWN[word] for word in sorted(KNOWN)))


@pytest.mark.parametrize(
    ("read", "drawn"),
    [
        ("bonb", "bomb"),
        ("borrb", "bomb"),
        ("vveapon", "weapon"),
        ("posion", "posion"),
        ("bmb", "bmb"),
        ("sekisho", "sekisho"),
    ],
)
def test_a_slip_is_mended_and_what_is_further_away_is_left(read, drawn):
    assert WORDS.mended(read, lambda other: {"boob": -9.0}.get(other, 0.0)) == drawn


def test_a_known_word_is_left_and_of_two_near_ones_the_one_that_fits_is_taken():
    assert WORDS.mended("bomb", lambda _: pytest.fail("nothing is to be mended")) == "bomb"
    assert WORDS.mended("pason", lambda other: -float(other == "person")) == "poison"
    assert WORDS.mended("pason", lambda _: 0.0) == "person"
