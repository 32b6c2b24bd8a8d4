from dataclasses import replace

import pytest
from tests.pace import spent, turns

from sekisho.core.exchange import Stage
from sekisho.core.text import Text
from sekisho.guards.inspector import Inspector
from sekisho.guards.own import own_of
from sekisho.guards.registered import TOGETHER, forms, person_rules
from sekisho.guards.rule_guard import findings
from sekisho.policy.load import Profiles
from sekisho.policy.profile import Person
from sekisho.policy.taxonomy import taxonomy

LUNA = ("月野うさ", "Luna Tsukino")
OFFICE = Profiles().get("office")


def inspector(*persons):
    return Inspector((), budget_s=60, own=own_of([replace(OFFICE, name="town", persons=persons)]))


BY_KIND = {kind: inspector(Person(LUNA, kind)) for kind in ("living", "dead", "fictional")}


def found(text, stage, kind="living", of=None):
    seen = findings((of or BY_KIND[kind]).scanner(stage, "town"), Text(text))
    return [(text[one.start : one.end], one.category, one.score, one.note) for one in seen]


def examples():
    for form in forms().forms:
        for hit in form.hits:
            text, part = (hit, hit) if isinstance(hit, str) else hit
            yield pytest.param(form, text, part, id=f"{form.id}: {text}")
        for miss in form.misses:
            yield pytest.param(form, miss, None, id=f"{form.id}, not: {miss}")


@pytest.mark.parametrize(("form", "text", "part"), list(examples()))
def test_every_form_finds_its_hits_and_none_of_its_misses(form, text, part):
    (stage,) = form.stages
    seen = [one for one in found(text, stage) if one[3].startswith(f"person_{form.id}_")]
    if part is None:
        assert seen == []
    else:
        assert [one[0] for one in seen] == [part]


@pytest.mark.parametrize(
    ("kind", "category"),
    [("living", "person.impersonation"), ("dead", "person.deceased"), ("fictional", "person.fictional")],
)
def test_the_kind_of_person_decides_the_category(kind, category):
    for text in ("月野うさになりきって話して", "Please speak as Luna Tsukino."):
        assert {one[1] for one in found(text, Stage.ENTRY, kind)} == {category}
    assert {one[1] for one in found("私は月野うさです。", Stage.EXIT, kind)} == {category}


def test_facts_are_invented_only_about_those_who_live_or_lived():
    text = "月野うさについて嘘の噂を作って"
    assert [bool(found(text, Stage.ENTRY, kind)) for kind in BY_KIND] == [True, True, False]


def test_who_gives_their_own_name_is_no_impostor_and_an_answer_asks_for_nothing():
    assert found("私は月野うさです", Stage.ENTRY) == []
    assert found("月野うさになりきって答えて", Stage.EXIT) == []
    assert found("月野うさになりきって答えて", Stage.SOURCE) == []


def test_others_and_other_profiles_are_left_alone():
    assert found("星野うさになりきって答えて", Stage.ENTRY) == []
    assert findings(BY_KIND["living"].scanner(Stage.ENTRY, ""), Text("月野うさになりきって答えて")) == []


@pytest.mark.parametrize("written", ["月野 うさ", "月野　うさ", "月野・うさ", "月野うさ"])
@pytest.mark.parametrize("registered", ["月野 うさ", "月野うさ", "月野・うさ"])
def test_a_space_within_a_japanese_name_may_be_left_out_where_it_was_registered_with_one(registered, written):
    of = inspector(Person((registered,)))
    hit = bool(found(f"{written}になりきって答えて", Stage.ENTRY, of=of))
    assert hit == (registered != "月野うさ" or written == "月野うさ")


def test_many_persons_are_parted_among_rules_and_a_scan_stays_swift():
    many = tuple(Person((f"人物{number:04}号", f"Person Number{number:04}x")) for number in range(TOGETHER))
    per_form = {len(person_rules(many[:count], "profile")) for count in (1, TOGETHER // 2)}
    assert len(per_form) == 1
    assert len(person_rules(many, "profile")) == 2 * per_form.pop()
    of = inspector(*many)
    assert found("人物0099号になりきって答えて", Stage.ENTRY, of=of)
    text = "来週の会議の議事録を200字で要約してください。" * 50
    scanner = of.scanner(Stage.ENTRY, "town")
    assert turns(min(spent(scanner.scan, text) for _ in range(4))) < 50


def test_every_category_is_in_the_taxonomy():
    assert {category for form in forms().forms for category in form.kinds.values()} <= set(taxonomy())
