import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.core.located import parse
from sekisho.policy.taxonomy import UNKNOWN, lineage, taxonomy, taxonomy_of, title

DESIGNED = {
    "privacy": "person_name address postal_code phone email my_number credit_card bank_account drivers_license "
    "passport residence_card health_insurance pension date_of_birth ip_address",
    "secret": "api_key password private_key token internal_mark",
    "attack": "injection.direct injection.indirect jailbreak prompt_leak obfuscation extraction poisoning",
    "harm": "adult stereotype hate mental_health anthropomorphism personal_leak confidential_leak illegal unethical "
    "disinformation_aid misinformation_harm misinformation_spread",
    "agency": "disable_oversight remove_obstacle acquire_rights acquire_resources self_copy deceive",
    "contract": "schema length language",
    "fault": "guard uninspected upstream stopped",
}


@pytest.mark.parametrize(("group", "members"), DESIGNED.items())
def test_every_category_of_the_design_exists(group, members):
    assert {f"{group}.{member}" for member in members.split()} <= taxonomy().keys()


@pytest.mark.parametrize("group", ["code", "person", "rights", "grounding"])
def test_the_open_groups_have_members(group):
    assert sum(name.startswith(group + ".") for name in taxonomy()) >= 3


def test_harm_has_exactly_the_twelve_of_answercarefully():
    assert sum(name.startswith("harm.") for name in taxonomy()) == 12


def test_every_category_has_its_words_in_both_languages_and_a_source():
    for category in taxonomy().values():
        for words in (category.title, category.explanation):
            assert words.keys() == {"ja", "en"}
            assert all(text.strip() == text != "" for text in words.values()), category.name
            assert any("぀" <= character <= "鿿" for character in words["ja"]), category.name
            assert words["en"].isascii() or "“" in words["en"], category.name
        assert category.source[0] in "2345", category.name
        assert category.explanation["ja"].endswith("。"), category.name


def test_titles_tell_categories_apart():
    for language in ("ja", "en"):
        titles = [category.title[language] for category in taxonomy().values()]
        assert len(set(titles)) == len(titles)


def test_every_private_or_secret_category_has_a_tag_of_its_own_that_a_placeholder_can_hold():
    tags = [category.tag for category in taxonomy().values() if category.name.startswith(("privacy", "secret"))]
    assert len(set(tags)) == len(tags)
    assert all(tag.isascii() and tag == tag.upper() and tag.replace("_", "").isalpha() for tag in tags)


def test_titles_fall_back_to_the_nearest_known_ancestor():
    assert title("privacy.phone", "ja") == "電話番号"
    assert title("privacy.phone.mobile", "en") == "phone number"
    assert title("attack.new.kind", "en") == title("attack", "en")
    assert title("acme.thing", "en") == UNKNOWN["en"]
    assert title("", "ja") == UNKNOWN["ja"]


def test_a_lineage_goes_from_the_category_to_its_root():
    assert list(lineage("a.b.c")) == ["a.b.c", "a.b", "a"]
    assert list(lineage("")) == []


WORDS = "{title: {ja: あ, en: a}, explanation: {ja: あ, en: a}"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (f"a.b: {WORDS}, source: 1}}", "t.yaml:1:1: `a` must stand before `a.b`"),
        (f"a: {WORDS}}}", "t.yaml:1:1: `a` needs a source"),
        (f"secret: {WORDS}, source: '1'}}", "t.yaml:1:1: `secret` needs a tag"),
        (f"a: {WORDS}, source: '1', tag: X}}\nb: {WORDS}, source: '1', tag: X}}", "the tag X is used twice"),
        ("a: {title: {ja: あ}}", "missing required field `en`"),
    ],
)
def test_a_faulty_taxonomy_is_refused_with_its_place(text, mistake):
    document = parse(text.replace("source: 1}", "source: '1'}"), "t.yaml")
    with pytest.raises(ConfigurationError) as caught:
        taxonomy_of(document)
    assert mistake in str(caught.value)
