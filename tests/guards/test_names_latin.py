"""Names in Latin letters."""

import pytest

from sekisho.guards.names import names
from sekisho.guards.names_tables import cells

LATIN = names.latin


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in LATIN.look(text, cells(text))[0]]


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


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Mr Zdravkovsky paid.", ["Zdravkovsky"]),
        ("Panel: D. Achterkamp, R. Iwuba and C. Peel", ["D. Achterkamp", "R. Iwuba", "C. Peel"]),
        ("Rooms: 4 Ferreira, 5 Molloy, 6 Lindgren", ["Ferreira", "Molloy", "Lindgren"]),
        ("my husband deepak crashed the car", ["deepak"]),
        ("Customer: Qureshi, order late", ["Qureshi"]),
    ],
)
def test_names_that_no_dictionary_needs_to_hold_stand_where_names_stand(text, names):
    assert found(text) == names


@pytest.mark.parametrize(
    "text", ["Procter & Gamble", "Hooke's law", "trains from Austin to Dallas", "Keats, Byron and Milton", "Macy's"]
)
def test_firms_rules_towns_and_poets_are_nobody_in_particular(text):
    assert found(f"We read about {text} today.") == []


def test_a_form_of_address_is_no_name():
    assert found("Dear Customer, Dear Hiring Manager, Dear Sir") == []


def test_a_list_is_several_names():
    assert found("John Smith, Mary Brown and Kenji Sato") == ["John Smith", "Mary Brown", "Kenji Sato"]


@pytest.mark.parametrize(
    "text", ["Which novel by Endo is the longest?", "Was Tanaka Kakuei prime minister before Miki?"]
)
def test_questions_about_the_world_are_about_nobody_in_particular(text):
    assert found(text) == []


def test_the_heading_of_a_column_tells_names():
    assert found("owner,device\nGushiken,pc-14\nHorvat,pc-15") == ["Gushiken", "Horvat"]
