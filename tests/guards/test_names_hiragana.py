"""What could be a name in hiragana."""

import pytest

from sekisho.guards.names_hiragana import Hiragana
from sekisho.guards.names_lexicon import Words
from sekisho.guards.names_lists import Prefixes

WORDS = Words.load()
HIRAGANA = Hiragana(
    WORDS.lexicon(),
    Prefixes(WORDS.lists["kin"]),
    Prefixes(WORDS.lists["honorifics"]),
    WORDS.lists["nobody"] | WORDS.lists["honorifics"],
    WORDS.lists["calling"],
)


def seen(text: str, kinds: dict[int, str] | None = None) -> set[str]:
    return {text[start:end] for start, end in HIRAGANA.places(text, kinds or {})}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ももかが来た", "ももか"),
        ("うちのももかは", "ももか"),
        ("写真を撮ったときはゆうたにも声をかけて", "ゆうた"),
        ("ももかまだ寝てる", "ももか"),
        ("ももか来た", "ももか"),
        ("妻のゆいは", "ゆい"),
        ("ゆい、起きて", "ゆい"),
        ("みけちゃんが鳴く", "みけ"),
        ("たーくんが来た", "たーくん"),
        ("ねえゆずは、見て", "ゆずは"),
        ("さっきかつやが来た", "かつや"),
    ],
)
def test_a_name_may_stand_where_something_ends_before_and_behind_it(text, name):
    assert name in seen(text)


@pytest.mark.parametrize("text", ["ばあちゃんの家", "うちのじいちゃん", "わんちゃんと歩く", "たももかい"])
def test_relatives_animals_and_parts_of_words_are_none(text):
    assert seen(text) == set()


def test_a_particle_behind_a_title_is_no_part_of_a_name():
    assert "のりお" in seen("あののりおは", {2: "G"})
    assert "のりお" not in seen("園児さんのりおは", {4: "G"})
