"""Names in Latin letters."""

import pytest

from sekisho.guards.names import names

LATIN = names.latin


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in LATIN.find(text)]


@pytest.mark.parametrize(
    "text", ["Taro Yamada", "YAMADA Taro", "Ryuichi Ohtani", "Junya Itoh", "Kyoko Sato", "Shinji Hattori"]
)
def test_romaji_is_read_as_the_japanese_name_it_spells(text):
    assert found(f"We met {text} today.") == [text]


@pytest.mark.parametrize("text", ["Sony Group", "Tokyo Tower", "Visual Studio Code", "Kanto Region", "Abraham Lincoln"])
def test_other_capitalised_words_are_no_names(text):
    assert found(f"We saw {text} today.") == []


def test_a_title_or_a_label_announces_a_name():
    assert found("Ask Mr. O'Brien or Keiko-san. Name: Maria Garcia Lopez") == ["O'Brien", "Keiko", "Maria Garcia Lopez"]


def test_a_form_of_address_is_no_name():
    assert found("Dear Customer, Dear Hiring Manager, Dear Sir") == []


def test_a_list_is_several_names():
    assert found("John Smith, Mary Brown and Kenji Sato") == ["John Smith", "Mary Brown", "Kenji Sato"]
