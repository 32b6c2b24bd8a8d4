"""What nobody looks for is what no loaded guard can tell, stage by stage."""

import pytest

from sekisho.core.exchange import Stage
from sekisho.core.located import parse
from sekisho.guards.agency import agency
from sekisho.guards.intent import answers, intent
from sekisho.guards.protocol import guard, load
from sekisho.guards.reach import unsought
from sekisho.policy.document import profile_of
from sekisho.policy.load import Profiles
from sekisho.policy.taxonomy import taxonomy

NOBODY = {}
HEAD = "profile: desk\ntitle: {ja: 窓口, en: Desk}\n"


def written(rules):
    return profile_of(parse(HEAD + rules, "p.yaml"))


@guard("marks", Stage.ENTRY, categories=["secret.internal_mark"])
def marks(_text, _context):
    return []


@guard("crimes", Stage.ENTRY, categories=["harm.illegal"])
def crimes(_text, _context):
    return []


@guard("silent", Stage.ENTRY)
def silent(_text, _context):
    return []


def test_a_rule_is_sought_where_a_guard_tells_its_category_or_one_below_it():
    profile = written("entry: {secret: mask, secret.token: mask, harm: refuse}\nexit: {secret: mask}\n")
    assert unsought(profile, [marks], NOBODY) == {Stage.ENTRY: ("secret.token", "harm"), Stage.EXIT: ("secret",)}


def test_a_guard_that_does_not_say_may_tell_anything_at_its_stages_alone():
    profile = written("entry: {grounding: refuse}\nexit: {grounding: refuse}\n")
    assert unsought(profile, [silent], NOBODY) == {Stage.EXIT: ("grounding",)}


def test_what_passes_anyway_and_faults_need_nobody():
    assert unsought(written("entry: {grounding: pass, fault: refuse}\n"), [], NOBODY) == {}


def test_contracts_are_looked_at_by_the_pipeline_itself_where_answers_are():
    rules = "exit: {contract: hold}\naction: {contract.schema: refuse}\n"
    assert unsought(written(rules + "entry: {contract: refuse}\n"), [], NOBODY) == {Stage.ENTRY: ("contract",)}


def test_a_guard_that_waits_for_sentences_is_not_asked_where_the_profile_sends_word_by_word():
    rules = "exit: {harm: refuse}\nstream: "
    assert unsought(written(rules + "pattern\n"), [answers], NOBODY) == {Stage.EXIT: ("harm",)}
    assert unsought(written(rules + "sentence\n"), [answers], NOBODY) == {}
    holding = "exit: {harm: refuse, code: hold}\nstream: pattern\n"  # nothing of it goes out early either
    assert unsought(written(holding), [answers], NOBODY) == {Stage.EXIT: ("code",)}


def test_models_are_asked_only_in_areas_that_the_profile_names():
    judges = {Stage.EXIT: {"rights.near_copy", "harm"}}
    rules = "exit: {rights.near_copy: annotate, rights.licence: annotate}\n"
    assert unsought(written(rules), [], judges) == {Stage.EXIT: ("rights.near_copy", "rights.licence")}
    assert unsought(written(rules + "unsure: {rights: [0, 0.5]}\n"), [], judges) == {Stage.EXIT: ("rights.licence",)}
    assert len(unsought(written(rules + "unsure: {rights: [0.1, 0.5]}\n"), [], judges)[Stage.EXIT]) == 2


def test_models_are_asked_where_others_find_something_of_the_area():
    profile = written("entry: {harm: refuse, harm.hate: refuse}\nunsure: {harm: [0.2, 0.8]}\n")
    judges = {Stage.ENTRY: {"harm.illegal", "harm.hate"}}
    assert unsought(profile, [], judges) == {Stage.ENTRY: ("harm", "harm.hate")}
    assert unsought(profile, [crimes], NOBODY) == {Stage.ENTRY: ("harm.hate",)}
    assert unsought(profile, [crimes], judges) == {}


def test_what_a_profile_brings_itself_is_sought():
    terms = "terms: [{category: rights.reserved, words: [富士計画]}]\nentry: {rights: refuse, rights.licence: refuse}\n"
    assert unsought(written(terms), [], NOBODY) == {Stage.ENTRY: ("rights.licence",)}
    persons = "persons: [{names: [月野うさ]}]\nentry: {person: refuse}\nsource: {person: refuse}\n"
    assert unsought(written(persons), [], NOBODY) == {Stage.SOURCE: ("person",)}


@pytest.mark.parametrize("stage", list(Stage))
def test_what_the_built_in_guards_tell_stands_in_the_taxonomy(stage):
    for one in load([*(known.name for known in load([])), "traffic"]):
        if stage in one.stages:
            told = set(one.tells(stage))
            assert told
            assert told <= taxonomy().keys()


def test_intent_tells_by_stage_what_a_text_can_be_there():
    assert "attack.injection.indirect" not in intent.tells(Stage.ENTRY)
    assert "attack.injection.indirect" in intent.tells(Stage.SOURCE)
    assert "harm.illegal" in answers.tells(Stage.EXIT)
    assert not any(kind.startswith("attack") for kind in answers.tells(Stage.EXIT))


def test_of_the_built_in_profiles_what_nobody_seeks_is_known():
    office = unsought(Profiles().get("office"), load([]), NOBODY)
    assert {"harm", "grounding", "rights.near_copy"} <= set(office[Stage.EXIT])
    assert not {"privacy", "secret", "code.malware"} & set(office[Stage.EXIT])
    assert Stage.SOURCE not in office
    assert "agency" in unsought(Profiles().get("office"), [marks], NOBODY)[Stage.ACTION]
    assert "agency" not in unsought(Profiles().get("office"), [marks, agency], NOBODY).get(Stage.ACTION, ())


def test_forms_of_answers_are_sought_where_a_request_or_the_profile_may_name_them():
    rules = (
        "entry: {contract: refuse}\nexit: {contract: annotate, contract.length: refuse, contract.language: refuse}\n"
    )
    without = {Stage.ENTRY: ("contract",), Stage.EXIT: ("contract.length", "contract.language")}
    assert unsought(written(rules), [], NOBODY) == without
    named = written(rules + "answer: {language: ja, length: [null, 9]}\naction: {contract.schema: refuse}\n")
    assert unsought(named, [], NOBODY) == {Stage.ENTRY: ("contract",)}
