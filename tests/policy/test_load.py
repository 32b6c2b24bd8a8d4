import re
from pathlib import Path

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.policy.judge import judge
from sekisho.policy.load import BUILT_IN, Profiles, files_in

NAMES = (
    "chemistry-research",
    "citizens-desk",
    "coding",
    "creative-writing",
    "medical-info",
    "office",
    "open",
    "primary-school",
)
GUARDED = tuple(name for name in NAMES if name != "open")


@pytest.fixture(scope="module")
def profiles():
    return Profiles()


def verdict(profile, stage, category, score):
    (judged,) = judge(profile, Message(stage, "user", "x"), [Finding(0, 1, category, score, "test")])
    return judged.verdict


def write(directory: Path, name: str, file: str | None = None, title: str = "Desk") -> None:
    (directory / (file or f"{name}.yaml")).write_text(f"profile: {name}\ntitle: {{ja: 窓口, en: {title}}}\n", "utf-8")


@pytest.mark.parametrize("name", GUARDED)
def test_a_band_of_a_built_in_profile_reaches_below_every_threshold_of_its_area_and_to_the_usual(name, profiles):
    profile = profiles.get(name)
    assert profile.unsure.keys() == {"harm", "attack"}
    for area, (low, high) in profile.unsure.items():
        steps = [one.at for rules in profile.stages.values() for one in rules if one.prefix.partition(".")[0] == area]
        assert 0 < low <= min(steps)  # from 0 on, a model would be asked about every text
        assert high >= min(rule.at for rule in profile.steps(Stage.ENTRY, area))


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("stage", [Stage.ENTRY, Stage.ACTION, Stage.EXIT])
@pytest.mark.parametrize("kind", ["malware", "intrusion", "deanonymisation"])
def test_programs_that_attack_or_expose_people_are_refused_wherever_they_are_asked_for_or_made(
    name, stage, kind, profiles
):
    assert verdict(profiles.get(name), stage, f"code.{kind}", 0.9) is Verdict.REFUSE


@pytest.mark.parametrize("name", ["office", "creative-writing", "chemistry-research"])
def test_a_weakness_of_a_program_is_told_and_stops_nobody(name, profiles):
    profile = profiles.get(name)
    assert verdict(profile, Stage.ENTRY, "code.vulnerable", 0.9) is Verdict.PASS
    assert verdict(profile, Stage.EXIT, "code.vulnerable", 0.9) is Verdict.ANNOTATE


def test_the_built_in_profiles_are_there_each_in_the_file_of_its_name(profiles):
    assert profiles.names == NAMES
    for name in NAMES:
        assert profiles.get(name).name == name
        assert profiles.file(name) == BUILT_IN / f"{name}.yaml"


def test_built_in_profiles_differ_and_describe_themselves(profiles):
    built_in = [profiles.get(name) for name in NAMES]
    for language in ("ja", "en"):
        assert len({profile.title[language] for profile in built_in}) == len(NAMES)
        assert len({profile.description[language] for profile in built_in}) == len(NAMES)
    rules = [sorted((s.value, r.prefix, r.at, r.verdict) for s in Stage for r in p.stages[s]) for p in built_in]
    assert all(one != other for index, one in enumerate(rules) for other in rules[:index])


def test_built_in_profiles_use_every_configured_model(profiles):
    assert all(profiles.get(name).models == () for name in NAMES)


@pytest.mark.parametrize("name", GUARDED)
def test_guarded_profiles_stop_attacks_secrets_and_faults(profiles, name):
    profile = profiles.get(name)
    assert verdict(profile, Stage.ENTRY, "privacy.phone", 0.9) >= Verdict.MASK
    assert verdict(profile, Stage.ENTRY, "privacy.email", 0.9) is Verdict.MASK
    assert verdict(profile, Stage.ENTRY, "attack.injection.direct", 0.5) is Verdict.REFUSE
    assert verdict(profile, Stage.SOURCE, "attack.injection.indirect", 0.4) is Verdict.REFUSE
    assert verdict(profile, Stage.ENTRY, "attack.injection.direct", 0.4) is Verdict.PASS
    assert verdict(profile, Stage.ACTION, "privacy.phone", 0.9) is Verdict.PASS
    assert verdict(profile, Stage.EXIT, "privacy.my_number", 0.9) is Verdict.MASK
    for stage in Stage:
        assert verdict(profile, stage, "secret.api_key", 0.9) >= Verdict.MASK
        assert verdict(profile, stage, "fault.guard", 0.0) is Verdict.REFUSE


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("stage", [Stage.ENTRY, Stage.EXIT])
def test_guarded_profiles_state_what_sure_harm_leads_to(profiles, name, stage):
    for harm in ("illegal", "hate", "adult", "mental_health", "misinformation_harm"):
        assert verdict(profiles.get(name), stage, f"harm.{harm}", 1.0) > Verdict.PASS


@pytest.mark.parametrize("name", GUARDED)
def test_an_answer_as_if_by_a_human_never_passes_without_a_word(profiles, name):
    profile = profiles.get(name)
    claims = "impersonation" if name == "creative-writing" else "claims_human"  # characters of stories are human
    assert verdict(profile, Stage.EXIT, f"person.{claims}", 0.5) >= Verdict.ANNOTATE
    assert verdict(profile, Stage.EXIT, "person.claims_human", 0.3) is Verdict.PASS


@pytest.mark.parametrize("name", GUARDED)
def test_what_passes_of_a_person_in_a_question_passes_in_its_answer(profiles, name):
    profile = profiles.get(name)
    for category in ("person_name", "date_of_birth", "sensitive", "ip_address"):
        asked = verdict(profile, Stage.ENTRY, f"privacy.{category}", 1.0)
        assert verdict(profile, Stage.EXIT, f"privacy.{category}", 1.0) is asked


@pytest.mark.parametrize("name", ["citizens-desk", "medical-info", "office", "primary-school"])
def test_names_that_stand_alone_in_answers_pass(profiles, name):
    profile = profiles.get(name)
    assert verdict(profile, Stage.EXIT, "privacy.person_name", 0.49) is Verdict.PASS
    assert verdict(profile, Stage.EXIT, "privacy.person_name", 0.5) is Verdict.MASK


def test_streams_that_come_as_they_are_written_wait_for_nothing_more(profiles):
    assert [profile.name for profile in profiles if not profile.patient] == ["coding", "office", "open"]


def test_open_lets_everything_pass_inspects_nothing_and_keeps_it_encrypted(profiles):
    profile = profiles.get("open")
    for stage in Stage:
        assert not profile.needs(stage)
        assert verdict(profile, stage, "fault.guard", 1.0) is Verdict.PASS
        assert verdict(profile, stage, "secret.private_key", 1.0) is Verdict.PASS
    assert profile.keep_content


def test_children_are_the_strictest_case(profiles):
    school, writing = profiles.get("primary-school"), profiles.get("creative-writing")
    assert verdict(school, Stage.EXIT, "harm.adult", 0.25) is Verdict.REFUSE
    assert verdict(writing, Stage.EXIT, "harm.adult", 0.25) is Verdict.PASS
    assert (school.stream, school.label, school.keep_content) == ("end", "visible", False)


JAPANESE = "[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff60]"


def test_no_space_stands_in_the_japanese_of_any_built_in_profile(profiles):
    """But between the words of a text for children."""
    seen = 0
    for profile in profiles:
        texts = [rule.text for rules in profile.stages.values() for rule in rules if rule.text is not None]
        for text in (profile.title, profile.description, *texts):
            words = "[ぁ-んァ-ヶ一-鿿]" if profile.name == "primary-school" else "(?!)"
            spaces = re.findall(f"({JAPANESE}) +(?={JAPANESE})", re.sub(f"(?<={words}) (?={words})", "", text["ja"]))
            assert not spaces, text["ja"]
        seen += len(texts)
    assert seen >= 4


def test_an_unknown_profile_is_named_with_the_nearest_one(profiles):
    with pytest.raises(ConfigurationError, match="there is no profile `offic`; did you mean `office`"):
        profiles.get("offic")
    with pytest.raises(ConfigurationError, match="there are chemistry-research, "):
        profiles.file("zzzz")


def test_a_directory_adds_profiles_and_a_later_one_replaces_them(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for directory in (first, second):
        directory.mkdir()
    write(first, "desk", title="First")
    write(first, "office", title="Ours")
    write(second, "desk", "other.yml", title="Second")
    (second / "notes.txt").write_text("not a profile", "utf-8")
    profiles = Profiles([first, second])
    assert profiles.names == tuple(sorted((*NAMES, "desk")))
    assert profiles.get("desk").title["en"] == "Second"
    assert profiles.get("office").title["en"] == "Ours"
    assert profiles.file("desk") == second / "other.yml"


def test_two_files_of_one_directory_may_not_bear_one_name(tmp_path):
    write(tmp_path, "desk", "a.yaml")
    write(tmp_path, "desk", "b.yaml")
    with pytest.raises(ConfigurationError, match=r"b\.yaml:1:1: the profile `desk` is already in a\.yaml"):
        Profiles([tmp_path])


def test_a_mistake_in_any_file_stops_the_loading(tmp_path):
    write(tmp_path, "good")
    (tmp_path / "bad.yaml").write_text("profile: bad\ntitle: {ja: あ, en: a}\nentry: {privcy: mask}\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"bad\.yaml:3:9: unknown category `privcy`"):
        Profiles([tmp_path])


def test_a_directory_that_does_not_exist_is_a_mistake(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Profiles([tmp_path / "nowhere"])


def test_only_yaml_files_count(tmp_path):
    for name in ("b.yml", "a.yaml", "c.txt"):
        (tmp_path / name).touch()
    assert [file.name for file in files_in(tmp_path)] == ["a.yaml", "b.yml"]
