"""Models beside the gateway: chosen, told of while they start, and ended with it."""

import threading
from types import SimpleNamespace

import msgspec
import pytest
from tests.pipeline.making import profile

from sekisho.cli import residents as module
from sekisho.cli.residents import CONFIGURED, READY, Residents
from sekisho.core.settings import Model, Settings
from sekisho.models.embedded import Choice
from sekisho.server.plan import Conditions, Plan


class Embedded:
    """Stands for a model's process."""

    def __init__(self):
        self.state, self.share, self.fault = "starting", 0.0, None
        self.choice = SimpleNamespace(name="tiny", sha256="ab" * 32)
        self.url, self.key = "http://127.0.0.1:9/v1", "sk-inner"
        self.runs = self.stops = 0

    def run(self):
        self.runs += 1

    def stop(self):
        self.stops += 1

    def ready(self):
        return self.state == "ready"


class Said(list):
    """Sentences, and a wait for one of them."""

    def __init__(self):
        super().__init__()
        self.changed = threading.Condition()

    def __call__(self, sentence):
        with self.changed:
            self.append(sentence)
            self.changed.notify_all()

    def wait(self, words):
        with self.changed:
            assert self.changed.wait_for(lambda: any(words in sentence["en"] for sentence in self), 300)


@pytest.fixture
def model():
    return Embedded()


@pytest.fixture
def residents(tmp_path, model):
    return Residents(tmp_path, {}, {"ja": "理由", "en": "because"}, {"embedded": model})


def test_a_configured_model_makes_the_embedded_one_unnecessary(tmp_path):
    settings = Settings(home=str(tmp_path), models={"m": Model(url="http://127.0.0.1:9/v1")})
    residents = Residents.of(settings)
    assert residents.told() == []
    assert residents.reason == CONFIGURED


@pytest.mark.parametrize(("fallback", "models"), [(["embedded"], ()), ([], ("m", "embedded"))])
def test_beside_other_models_the_embedded_one_runs_where_it_is_named(tmp_path, monkeypatch, fallback, models):
    absent = Choice("", {"ja": "ない", "en": "absent"})
    monkeypatch.setattr(module, "choose", lambda setting, **_: {"auto": absent}[setting])
    settings = Settings(home=str(tmp_path), models={"m": Model(url="http://127.0.0.1:9/v1", fallback=fallback)})
    assert Residents.of(settings, [profile(models=models)]).reason == absent.reason
    monkeypatch.setattr(module, "choose", lambda _, **__: Choice("tiny", READY, size="small"))
    residents = Residents.of(settings, [profile(models=models)])
    assert [one.name for one in residents.told()] == ["embedded"]
    residents.models["embedded"].stop()


def test_off_means_none(tmp_path):
    assert Residents.of(Settings(home=str(tmp_path), embedded="off")).models == {}


def test_the_gateway_learns_where_each_listens(residents):
    (told,) = residents.told()
    assert told.sha256 == "ab" * 32
    assert (told.name, told.served, told.url, told.key) == ("embedded", "tiny", "http://127.0.0.1:9/v1", "sk-inner")


def test_each_step_is_said_once_and_told_to_the_gateway(residents, model, tmp_path):
    said = Said()
    residents.start(said)
    try:
        said.wait("starting")
        model.state, model.share = "checking", 0.6
        said.wait("checking the file (60 %)")
        model.state = "ready"
        said.wait("ready")
    finally:
        residents.stop()
    assert (model.runs, model.stops) == (1, 1)
    words = [sentence["en"] for sentence in said]
    assert len(words) == len(set(words))
    assert words[0] == "because"
    plan = Plan(msgspec.structs.replace(Settings(), home=str(tmp_path)), residents=residents.told())
    assert Conditions(plan).url("embedded") == "http://127.0.0.1:9/v1"


def test_a_model_that_cannot_start_says_why(residents, model):
    model.state, model.fault = "failed", {"ja": "メモリが足りません。", "en": "Too little memory."}
    said = Said()
    residents.start(said)
    said.wait("Too little memory.")
    residents.stop()


def test_without_models_there_is_nothing_to_watch(tmp_path):
    residents = Residents(tmp_path, {}, CONFIGURED)
    said = Said()
    residents.start(said)
    residents.stop()
    assert list(said) == [CONFIGURED]
