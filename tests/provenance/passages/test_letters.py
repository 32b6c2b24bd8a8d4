import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance.passages.letters import Letters


def read(text):
    return Letters.of(text).codes.tobytes().decode("utf-32-le", "surrogatepass")


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Hello, World!", "helloworld"),
        ("ＡＢＣ　１２３", "abc123"),
        ("ｶﾞｷﾞ がぎ", unicodedata.normalize("NFKD", "ガギがぎ")),
        ("> 引用、\n> 改行。", unicodedata.normalize("NFKD", "引用改行")),
        ("3.5と35", "3.5と35"),
        ("end.5 5.", "end55"),
        ("a\u200bb\u00adc\ufe0fd\U000e0101e", "abcde"),
        ("Straße ﬁx", "strassefix"),
        ("", ""),
        ("。、!?", ""),
    ],
)
def test_only_letters_and_digits_count_whatever_their_width_and_case(text, letters):
    assert read(text) == letters


@given(st.text())
def test_each_letter_comes_from_the_character_that_it_names(text):
    letters = Letters.of(text)
    assert len(letters) == len(letters.origin)
    assert (letters.origin[1:] >= letters.origin[:-1]).all()
    for at in range(len(letters)):
        alone = read(text[letters.origin[at]]) or "."  # a point inside a number counts there only
        assert chr(letters.codes[at]) in alone


@given(
    st.text(alphabet=st.characters(exclude_characters=".．")), st.text(alphabet=st.characters(exclude_characters=".．"))
)
def test_letters_of_joined_texts_are_the_joined_letters(first, second):
    assert read(first + second) == read(first) + read(second)
