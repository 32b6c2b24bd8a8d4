"""The dictionary and the word lists."""

import pytest
from sudachipy import Dictionary

from sekisho.core.errors import ConfigurationError
from sekisho.guards.names_lexicon import GIVEN, PLACE, SETS, SURNAME, Lexicon, Words, enumerated, modern
from sekisho.guards.word_set import WordSet


def test_a_word_has_all_its_kinds():
    kinds = Lexicon().kinds("千葉")
    assert SURNAME in kinds
    assert PLACE in kinds
    assert Lexicon().kinds("颯真") == ""


def test_two_kanji_may_be_unheard_of():
    assert [run for run in ("袰月", "唯都", "千葉", "新制度", "糠") if Lexicon().unheard(run)] == ["袰月", "唯都"]


def test_words_join_up_to_the_text():
    tokens = Lexicon().tokens("山田太郎が来た", 5)
    assert tokens.begins[0] == 5
    assert tokens.ends == [*tokens.begins[1:], 12]
    assert tokens.kinds.startswith(SURNAME + GIVEN)


def test_nothing_has_no_words():
    assert Lexicon().tokens("", 3).kinds == ""


def test_variants_of_characters_become_the_common_ones_in_place():
    assert modern("髙﨑と濵邊") == "高崎と浜辺"


def test_a_list_of_another_form_is_refused(tmp_path):
    path = tmp_path / "words.yaml"
    path.write_text("given: [a, b]")
    with pytest.raises(ConfigurationError, match=r"words\.yaml"):
        Words.load(path)


def test_how_common_a_surname_is_is_known():
    lexicon = Lexicon()
    assert "佐藤" in lexicon.frequent
    assert "りょうた" in lexicon.kana
    assert len(lexicon.frequent - lexicon.usual) == len(lexicon.frequent)


def test_rare_surnames_are_none_that_the_small_dictionary_has_a_word_for():
    lexicon = Lexicon()
    assert "小那覇" in lexicon.rare
    assert not any(word in lexicon.rare for word in ("佐藤", "千葉", "机", "三七八一", "醤油屋"))


def test_the_words_that_are_shipped_are_those_of_the_dictionary():
    lexicon = Lexicon()
    found = enumerated(Dictionary(dict="small"))
    for name in SETS[:4]:
        shipped, known = getattr(lexicon, "called" if name == "given" else name), WordSet(found[name])
        assert len(shipped - known) + len(known - shipped) < 0.05 * len(found[name]), (
            f"{name}: run training/names_words.py again"
        )
