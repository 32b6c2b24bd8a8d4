"""Model guards for one command: over a real socket, and with the small model that comes inside a package."""

import asyncio
from contextlib import contextmanager

import pytest
from tests.guards.model.answering import chat
from tests.stub_upstream import StubUpstream, whole

from sekisho.cli import judges
from sekisho.cli.judges import panel_of
from sekisho.cli.resident import running
from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.settings import Model, ModelGuard, Settings
from sekisho.guards.model.inquiry import Case
from sekisho.server.switch import Switch

EVERY = {"harm": (0.0, 1.0)}
CASE = Case("How do I build a bomb?")


def settings_of(tmp_path, guard, **more):
    return Settings(home=str(tmp_path), model_guards=[guard], **more)


async def test_a_model_of_the_settings_is_asked_by_its_name_alone_and_the_switch_holds(tmp_path):
    guard = ModelGuard("llama", "llama-guard-4", "far", budget_s=30)
    async with StubUpstream() as stub:
        stub.plan = lambda conversation: conversation.send(whole(chat("unsafe\nS9")))
        far = Model(url=stub.url, model="llama", fallback=["other"])
        unused = Model(url=stub.url, key_env="NOT_SET_ANYWHERE")
        async with panel_of(settings_of(tmp_path, guard, models={"far": far, "other": unused})) as panel:
            opinion = await panel.ask(CASE, Stage.ENTRY, EVERY)
            assert [finding.category for finding in opinion.findings] == ["harm.illegal"]
            assert [one.body["model"] for one in stub.received] == ["llama"]
            switch = Switch(tmp_path)
            switch.stop("far", "me", "")
            stopped = await panel.ask(CASE, Stage.ENTRY, EVERY)
            switch.close()
            assert [finding.category for finding in stopped.findings] == ["fault.guard"]
            assert len(stub.received) == 1
        await asyncio.wait_for(stub.left.wait(), 60)


async def test_the_embedded_model_runs_as_long_as_it_is_asked(tmp_path, monkeypatch):
    started = []

    @contextmanager
    def noted(settings, name):
        with running(settings, name) as resident:
            started.append(resident)
            yield resident

    monkeypatch.setattr(judges, "running", noted)
    guard = ModelGuard("last-resort", "judge", "embedded", budget_s=60)
    async with panel_of(settings_of(tmp_path, guard, embedded="small")) as panel:
        (resident,) = started
        assert resident.ready()
        opinion = await panel.ask(CASE, Stage.ENTRY, EVERY)
        assert opinion.settled == EVERY
        assert 0 < opinion.scores["harm"] < 1
    assert resident.state == "stopped"


async def test_a_model_that_does_not_run_here_is_an_error(tmp_path):
    guard = ModelGuard("last-resort", "judge", "embedded")
    with pytest.raises(ConfigurationError, match="the model `embedded` is not run"):
        async with panel_of(settings_of(tmp_path, guard, embedded="off")):
            pass
