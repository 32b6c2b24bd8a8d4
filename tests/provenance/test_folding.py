import pytest

from sekisho.provenance.folding import FOLDED


@pytest.mark.parametrize(
    ("character", "folded"),
    [("Ａ", "a"), ("ß", "ss"), ("ｶ", "カ"), ("が", "か\u3099"), ("㈱", "株"), ("。", ""), (" ", ""), ("\ufe0f", "")],
)
def test_a_character_is_compared_by_what_is_read(character, folded):
    assert FOLDED[character] == folded
