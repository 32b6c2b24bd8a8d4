"""The weights of signs."""

from sekisho.guards.names_latin import probability
from sekisho.guards.names_latin_weights import WEIGHTS


def test_what_announces_a_person_speaks_for_a_name_and_what_names_a_thing_against():
    assert all(WEIGHTS[sign] > 0 for sign in ("title", "label", "said", "relation", "honoured", "first:G"))
    assert all(WEIGHTS[sign] < 0 for sign in ("office", "public", "follows:B", "cited", "one:y"))


def test_a_sign_without_a_weight_changes_nothing():
    assert probability(["one:G"]) == probability(["one:G", "never seen"])
