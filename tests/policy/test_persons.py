import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.core.located import parse
from sekisho.policy.document import profile_of
from sekisho.policy.explain import explained
from sekisho.policy.persons import MOST, MOST_NAMES
from sekisho.policy.profile import Person

HEAD = "profile: desk\ntitle: {ja: 窓口, en: Desk}\n"


def profile(text):
    return profile_of(parse(HEAD + text, "p.yaml"))


def test_persons_are_read_and_live_unless_something_else_is_said():
    read = profile("persons:\n- {names: [月野うさ, Luna Tsukino]}\n- {names: [古井太郎], kind: dead}\n")
    assert read.persons == (Person(("月野うさ", "Luna Tsukino")), Person(("古井太郎",), "dead"))


def test_persons_are_part_of_the_digest_and_none_leave_it_as_it_was():
    one = profile("persons: [{names: [月野うさ]}]").digest
    assert one not in (profile("").digest, profile("persons: [{names: [月野うさ], kind: dead}]").digest)
    assert profile("persons: []").digest == profile("").digest


def test_an_explanation_names_them_by_kind():
    told = profile("persons: [{names: [月野うさ, Luna]}, {names: [古井太郎], kind: dead}]")
    assert "月野うさ" in explained(told, "ja")
    assert "who have died, and for invented facts about them: 古井太郎" in explained(told, "en")


MISTAKES = {
    "persons: 月野": "3:1: `persons` is a list of entries",
    "persons: [月野]": "3:11: expected `key: value` pairs",
    "persons: [{kind: dead}]": "3:11: expected `names`",
    "persons: [{name: [月野うさ]}]": "3:12: unknown key `name`; did you mean `names`?",
    "persons: [{names: []}]": "3:12: expected a list of words",
    "persons: [{names: [月]}]": "3:20: a word of one character would be found everywhere",
    "persons: [{names: [月野うさ], kind: alive}]": "3:27: unknown kind `alive`; did you mean `living`?",
    "persons: [{names: [月野うさ], kind: 3}]": "3:27: expected one of living, dead, fictional",
    "persons: [{names: [月野うさ, 月野うさ]}]": "3:26: the name `月野うさ` is given twice",
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.items(), ids=range(len(MISTAKES)))
def test_a_mistake_is_shown_with_line_and_column(text, said):
    with pytest.raises(ConfigurationError) as error:
        profile(text)
    assert f"p.yaml:{said}" in str(error.value)


def test_there_is_a_most_of_everything():
    with pytest.raises(ConfigurationError, match="more than 200 persons"):
        profile("persons: [" + ", ".join(["{names: [ab]}"] * (MOST + 1)) + "]")
    with pytest.raises(ConfigurationError, match="more than 20 words"):
        profile(f"persons: [{{names: [{', '.join(f'name{n}' for n in range(MOST_NAMES + 1))}]}}]")
