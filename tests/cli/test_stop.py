"""`sekisho stop` and `start`: what they change, say and record."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from click.testing import CliRunner
from tests.server.running import models, question, request, serving, until, upstream
from tests.stub_upstream import OK_STREAM, chunk, event, stall

from sekisho.cli.main import sekisho
from sekisho.core.errors import LedgerFault, UnknownName
from sekisho.ledger.ledger import Ledger
from sekisho.server.switch import Switch


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("LOGNAME", "okami")

    def run(*arguments):
        result = CliRunner().invoke(sekisho, [*arguments], standalone_mode=False)
        if result.exception:
            raise result.exception
        return result

    return run


def stopped(tmp_path):
    switch = Switch(tmp_path / ".sekisho")
    try:
        return switch.stopped(model="embedded", profile="office")
    finally:
        switch.close()


@pytest.mark.parametrize("what", ["all", "office", "embedded"])
def test_what_is_stopped_can_be_started_again(run, tmp_path, what):
    assert f"sekisho start {what}" in run("stop", what).stdout
    assert stopped(tmp_path) == what
    assert "can be used again" in run("start", what).stdout
    assert stopped(tmp_path) is None


def test_both_stand_in_the_log_without_the_reason(run, tmp_path):
    run("stop", "office", "--reason", "ZYX")
    run("start", "office")
    with closing(Ledger.open(tmp_path / ".sekisho")) as ledger:
        told = [json.loads(ledger.leaf(at)) for at in range(ledger.size)]
    assert [(one["kind"], one["what"]) for one in told] == [("stop", "office"), ("start", "office")]
    assert "ZYX" not in str(told)


def test_the_list_says_who_and_why(run):
    assert "Nothing is stopped." in run("stop", "--list").stdout
    run("stop", "all", "--reason", "誤った案内")
    told = run("stop").stdout
    assert "okami" in told
    assert "誤った案内" in told


def test_a_name_that_nothing_has_is_refused(run, tmp_path):
    with pytest.raises(UnknownName):
        run("stop", "nobody")
    assert stopped(tmp_path) is None


def test_starting_what_runs_is_a_negative_answer(run):
    assert run("start", "office").return_value == 1


def test_a_broken_profile_keeps_nobody_from_stopping_all(run, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "broken.yaml").write_text("profile: [")
    (tmp_path / "sekisho.yaml").write_text("profiles: [own]\n")
    run("stop", "all")
    assert stopped(tmp_path) == "all"


def test_a_user_without_a_name_can_stop(run, tmp_path, monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)  # nobody in the table of users
    run("stop", "all")
    assert stopped(tmp_path) == "all"
    assert f"by {2**31 - 7}" in run("stop", "--list").stdout


def test_a_stop_that_could_not_be_recorded_is_told_as_a_stop(run, tmp_path):
    run("stop", "office")
    (tmp_path / ".sekisho" / "ledger.sqlite").write_bytes(b"no database")
    result = CliRunner().invoke(sekisho, ["stop", "all"], standalone_mode=False)
    assert isinstance(result.exception, LedgerFault)
    assert "stopped now" in result.stdout
    assert stopped(tmp_path) == "all"


async def falls_silent(conversation):
    """A stream that begins, and never goes on."""
    choice = {"index": 0, "delta": {"content": "はい。"}, "finish_reason": None}
    await conversation.send(OK_STREAM + chunk(event(json.dumps({"choices": [choice]}).encode())))
    await stall()(conversation)


def test_it_ends_at_once_what_waits_for_a_model_in_every_worker(tmp_path):
    patient = dict.fromkeys(("first_token", "between_tokens", "total"), 3600)  # longer than any test may take
    with (
        upstream() as model,
        serving(tmp_path, models(model.url, timeouts=patient), "--workers", "2") as server,
        ThreadPoolExecutor(8) as pool,
    ):
        server.get("/healthz")
        before = len(server.records())
        model.stub.then(*[falls_silent] * 3)
        model.stub.plan = stall()
        streams = [pool.submit(server.talk, request(question(stream=True))) for _ in range(3)]
        until(lambda: len(model.stub.received) == 3)
        waiting = [pool.submit(server.talk, request(question(stream=number == 0))) for number in range(5)]
        until(lambda: len(model.stub.received) == 8)
        assert server.command("stop", "all").returncode == 0
        for stream in streams:
            (answer,) = stream.result()
            assert answer.body.endswith(b"data: [DONE]\n\n")
            assert "はい。" in answer.body.decode()
            assert "content_filter" in answer.body.decode()
        for (answer,) in (one.result() for one in waiting):
            assert (answer.status, answer.error["code"]) == (503, "stopped")
        until(lambda: model.stub.open == 0)
        ended = [one for one in server.records()[before:] if "categories" in one]
        assert [(one["verdict"], one["categories"]) for one in ended] == [("refuse", ["fault.stopped"])] * 8
        assert sorted(one["finish"] for one in ended) == ["content_filter"] * 3 + ["stopped"] * 5
        assert server.complaints() == []
