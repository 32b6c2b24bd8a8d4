"""What is told at the start of models that are named and not there."""

import pytest
from tests.pipeline.making import profile

from sekisho.core.settings import Model, ModelGuard, Settings
from sekisho.server.plan import Plan, Resident
from sekisho.server.unanswering import sentences

EMBEDDED = Resident("embedded", "tiny", "http://127.0.0.1:9/v1", "k")


def told(fallback=(), models=(), residents=(), guards=()):
    names = {"m": Model(url="http://a/v1", fallback=list(fallback)), "judge": Model(url="http://b/v1")}
    settings = Settings(models=names, model_guards=list(guards))
    return [one["en"] for one in sentences(Plan(settings, residents=list(residents)), [profile(models=tuple(models))])]


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"fallback": ["judge", "embedded"]}, "models.m.fallback: "),
        ({"models": ["m", "embedded"]}, "profile test: these models do not run here"),
        ({"models": ["embedded"]}, "profile test: none of its models can answer"),
    ],
)
def test_the_embedded_model_is_told_where_it_is_named_and_does_not_run(named, words):
    (said,) = told(**named)
    assert said.startswith(words)
    assert said.endswith(": embedded")
    assert told(**named, residents=[EMBEDDED]) == []


def test_a_model_that_only_judges_is_told_too():
    guards = [ModelGuard("g", "qwen3guard", "judge")]
    assert [one.partition(":")[0] for one in told(["judge"], ["m", "judge"], guards=guards)] == [
        "models.m.fallback",
        "profile test",
    ]
    assert told(["judge"], ["m", "judge"]) == []


def test_a_profile_that_may_use_every_model_misses_none():
    assert told() == []
