import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.language import preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("ja;q=0.5, en;Q=0.4", "ja"),
        ("en;q=0.5, ja;q=0.5", "en"),
        ("fr, en;q=0", "ja"),
        ("en;q=nan", "ja"),
        ("en;q=2", "ja"),
        ("en;q=word, JA", "ja"),
        ("", "ja"),
    ],
)
def test_the_better_language_is_chosen(header, language):
    assert preferred(header) == language


@given(st.text(), st.sampled_from(["ja", "en"]))
def test_any_header_gives_one_of_two_languages(header, default):
    assert preferred(header, default) in ("ja", "en")


@given(st.text(st.characters(exclude_characters="jJeE")), st.sampled_from(["ja", "en"]))
def test_a_header_without_either_language_leaves_the_default(header, default):
    assert preferred(header, default) == default
