"""What a whole text says of the names in it."""

import pytest

from sekisho.guards.names import LATIN
from sekisho.guards.names_latin_topics import Topics
from sekisho.guards.names_lexicon import Words

topics = Topics(Words.load(LATIN))


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("Which novel did Endo write in 1966?", {"asks of the world", "culture", "culture alone"}),
        ("Which form does my colleague Endo need?", {"asks personally"}),
        ("Room 3: Endo", set()),
        ("I met Endo yesterday.", set()),
        ("Which novel? " * 60, set()),
    ],
)
def test_questions_about_the_world_are_told_from_those_of_somebody(text, signs):
    assert set(topics.of(text)) == signs
