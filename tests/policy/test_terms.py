import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.core.located import parse
from sekisho.policy.document import profile_of
from sekisho.policy.terms import LONGEST, MOST, MOST_WORDS

HEAD = "profile: desk\ntitle: {ja: 窓口, en: Desk}\n"


def profile(text):
    return profile_of(parse(HEAD + text, "p.yaml"))


def test_terms_are_read_with_their_place():
    read = profile(
        "terms:\n- {category: secret.internal_mark, words: [富士計画, Project Fuji]}\n"
        "- {category: privacy.member_number, pattern: 'EMP-[0-9]{6}', score: 0.8}\n"
    )
    words, pattern = read.terms
    assert (words.category, words.words, words.score) == ("secret.internal_mark", ("富士計画", "Project Fuji"), 0.95)
    assert (pattern.pattern, pattern.words, pattern.score) == ("EMP-[0-9]{6}", (), 0.8)
    assert (words.where, pattern.where) == ("p.yaml:4:3", "p.yaml:5:3")


def test_terms_are_part_of_the_digest_and_their_place_is_not():
    one = profile("terms: [{category: secret, words: [富士計画]}]")
    assert one.digest == profile("\n\nterms: [{category: secret, words: [富士計画]}]").digest
    assert one.digest != profile("terms: [{category: secret, words: [浅間計画]}]").digest
    assert profile("terms: []").digest == profile("").digest


MISTAKES = {
    "terms: 富士": "3:1: `terms` is a list of entries",
    "terms: [富士]": "3:9: expected `key: value` pairs",
    "terms: [{words: [富士]}]": "3:9: expected a category",
    "terms: [{category: secrets, words: [富士]}]": "3:10: unknown category `secrets`; did you mean `secret`?",
    "terms: [{category: secret}]": "3:9: expected either `words` or `pattern`",
    "terms: [{category: secret, words: [富士], pattern: x}]": "3:9: expected either `words` or `pattern`",
    "terms: [{category: secret, word: [富士]}]": "3:28: unknown key `word`; did you mean `words`?",
    "terms: [{category: secret, words: []}]": "3:28: expected a list of words",
    "terms: [{category: secret, words: 富士}]": "3:28: expected a list of words",
    "terms: [{category: secret, words: [富士, 山]}]": "3:40: a word of one character would be found everywhere",
    "terms: [{category: secret, words: [7]}]": f"3:36: expected a text of at most {LONGEST} characters",
    "terms: [{category: secret, pattern: ''}]": f"3:28: expected a text of at most {LONGEST} characters",
    "terms: [{category: secret, pattern: ab, score: 2}]": "3:41: the score is a number from 0 to 1",
    "terms: [{category: secret, pattern: ab, score: true}]": "3:41: the score is a number from 0 to 1",
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.items(), ids=range(len(MISTAKES)))
def test_a_mistake_is_shown_with_line_and_column(text, said):
    with pytest.raises(ConfigurationError) as error:
        profile(text)
    assert error.value.say("en").split(": ", 1)[1].startswith(f"p.yaml:{said}") or f"p.yaml:{said}" in str(error.value)


def test_there_is_a_most_of_everything():
    many = ", ".join(["{category: secret, pattern: ab}"] * (MOST + 1))
    with pytest.raises(ConfigurationError, match="more than 200 entries"):
        profile(f"terms: [{many}]")
    words = ", ".join(["富士"] * (MOST_WORDS + 1))
    with pytest.raises(ConfigurationError, match="more than 1000 words"):
        profile(f"terms: [{{category: secret, words: [{words}]}}]")
