import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.sentences import ends

PIECES = ["田中", "。", "」", "!", "\n", ". ", "Dr", "A", ".", " ", "ago", '?"', "Prof"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("今日は。よい日", ["今日は。", "よい日"]),
        ("「行こう！」と言う。", ["「行こう！」", "と言う。"]),
        ("One. Two? Three", ["One.", " Two?", " Three"]),
        ("It costs 3.50 today. Buy", ["It costs 3.50 today.", " Buy"]),
        ("Dr. Smith met J. K. Rowling. Then", ["Dr. Smith met J. K. Rowling.", " Then"]),
        ("a\n\nb", ["a\n\n", "b"]),
    ],
)
def test_sentences_end_at_stops_and_lines_but_not_behind_titles_and_initials(text, sentences):
    places = [0, *ends(text)]
    assert [text[a:b] for a, b in zip(places, [*places[1:], len(text)], strict=True) if a < b] == sentences


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_is_an_end_stays_one_however_the_text_goes_on(text):
    known = list(ends(text))
    for size in range(len(text)):
        assert [end for end in ends(text[:size]) if end < size] == [end for end in known if end < size]
