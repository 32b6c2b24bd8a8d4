"""The plan reaches workers whole; conditions follow what the serving process told last."""

import os

import pytest

from sekisho.core.settings import SLOW, Model, Settings, Timeouts
from sekisho.server import plan as module
from sekisho.server.plan import Condition, Conditions, Plan, Resident, hand_over, handed_over, tell

RESIDENT = Resident("embedded", "tiny", "http://127.0.0.1:9/v1", "sk-inner")
WAITING = Condition(ready=False, note={"ja": "準備中", "en": "getting ready"})
READY = Condition(ready=True, note={"ja": "", "en": ""})


@pytest.fixture
def plan(tmp_path):
    models = {"m": Model(url="http://127.0.0.1:8/v1"), "own": Model(path="x.gguf", sha256="0" * 64)}
    return Plan(Settings(home=str(tmp_path), models=models), "sk-demo", [RESIDENT])


def test_what_is_handed_over_arrives_equal(plan, monkeypatch):
    monkeypatch.setenv(module.VARIABLE, "")
    hand_over(plan)
    assert handed_over() == plan


def test_a_resident_is_asked_by_its_own_name_with_its_own_key(plan):
    models = plan.models()
    assert set(models) == {"m", "embedded"}
    assert models["embedded"].model == "tiny"
    environ = plan.environ({"A": "b"})
    assert environ[models["embedded"].key_env] == "sk-inner"
    assert environ["A"] == "b"
    assert models["embedded"].key_env not in os.environ


def test_weights_are_told_by_model_where_they_are_known(plan):
    assert plan.weights() == {}
    known = Resident("own", "own", "http://127.0.0.1:9/v1", "", "00" * 32)
    assert Plan(plan.settings, residents=[RESIDENT, known]).weights() == {"own": "A" * 43}


def test_nothing_is_ready_before_it_was_told(plan):
    conditions = Conditions(plan)
    assert conditions.of("embedded") is None
    assert conditions.url("embedded") is None


def test_the_last_word_counts(plan, tmp_path):
    conditions = Conditions(plan)
    tell(tmp_path, {"embedded": WAITING})
    assert conditions.of("embedded") == WAITING
    assert conditions.url("embedded") is None
    tell(tmp_path, {"embedded": READY})
    os.utime(tmp_path / module.STATES, ns=(1, 1))
    assert conditions.url("embedded") == RESIDENT.url


def test_a_damaged_file_means_not_ready(plan, tmp_path):
    conditions = Conditions(plan)
    (tmp_path / module.STATES).write_bytes(b"{")
    assert conditions.url("embedded") is None


def test_a_model_elsewhere_has_no_condition(plan, tmp_path):
    tell(tmp_path, {"m": READY})
    assert Conditions(plan).of("m") is None


def test_a_model_file_keeps_what_the_settings_say_of_it_and_its_place_among_the_others():
    said = Model(path="x.gguf", sha256="0" * 64, concurrency=2, retries=0, fallback=["m"], timeouts=Timeouts(total=9.0))
    settings = Settings(models={"own": said, "m": Model(url="http://127.0.0.1:8/v1")})
    models = Plan(settings, residents=[Resident("own", "own", "http://127.0.0.1:9/v1", "k"), RESIDENT]).models()
    assert list(models) == ["own", "m", "embedded"]
    own = models["own"]
    assert (own.concurrency, own.retries, own.fallback, own.timeouts.total) == (2, 0, ["m"], 9.0)
    assert models["embedded"].timeouts == SLOW


@pytest.mark.parametrize(("said", "inside"), [(None, {"own", "m"}), (True, {"own", "m"}), (False, {"m"})])
def test_a_model_file_is_inside_unless_the_settings_say_otherwise(said, inside):
    own = Model(path="x.gguf", sha256="0" * 64, internal=said)
    settings = Settings(models={"own": own, "m": Model(url="http://127.0.0.1:8/v1", internal=True)})
    assert Plan(settings, residents=[Resident("own", "own", "", "k")]).inside() == inside
