"""`sekisho serve`: says where it is open, ends cleanly, and as several workers is still one server."""

import asyncio
import base64
import json
import os
import re
import signal
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from tests.server.running import PROGRAM, Answer, models, question, request, serving, start, until, upstream
from tests.stub_upstream import OK_STREAM, chunk, event, stall, well

from sekisho.ledger.ledger import Ledger


@pytest.fixture
def model():
    with upstream() as started:
        yield started


def ask(server, *, key=None, **more) -> Answer:
    return server.talk(request(question(**more), **({"key": key} if key else {})))[0]


def workers(server) -> list[int]:
    """Processes that serve; the interpreter's helpers among the children do not."""
    return _children(server, b"spawn_main")


def seeker(server) -> int:
    """The process that finds texts again, as soon as there is one."""
    return until(lambda: _children(server, b"sekisho.server.seeker"))[0]


def _children(server, named: bytes) -> list[int]:
    threads = Path(f"/proc/{server.process.pid}/task").glob("*/children")  # whichever thread started them
    children = [child for thread in threads for child in thread.read_text().split()]
    return [int(child) for child in children if named in command_line(child)]


def command_line(child) -> bytes:
    """Empty for a process that has gone; one may at any time."""
    try:
        return Path(f"/proc/{child}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def answering(server, number):
    return until(lambda: len(workers(server)) == number and ask(server).status == 200)


def test_it_says_where_it_is_open_with_a_command_to_try(tmp_path, model):
    with serving(tmp_path, models(model.url), environ={"SEKISHO_LANGUAGE": "ja"}) as server:
        assert server.get("/healthz")
        said = "".join(server.lines)
        assert f"{server.origin}/v1" in said
        command = next(line for line in said.splitlines() if line.startswith("curl "))
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
        assert json.loads(done.stdout)["choices"]


@pytest.mark.parametrize("number", ["1", "2"])
def test_it_says_once_which_rules_have_no_effect_and_which_models_are_named_and_not_there(tmp_path, model, number):
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "desk.yaml").write_text("profile: desk\ntitle: {ja: 窓口, en: Desk}\nexit: {grounding: hold}\n")
    settings = {**models(model.url, fallback=["embedded"]), "profiles": [str(profiles)]}
    with serving(tmp_path, settings, "--workers", number, environ={"LC_ALL": "C.UTF-8"}) as server:
        assert server.get("/healthz")
        told = [line for line in server.lines if "have no effect" in line]
        assert [line.partition(":")[0] for line in told] == ["desk"]
        assert told[0].endswith(": exit.grounding\n")
        assert [line.partition(":")[0] for line in server.lines if "not asked: embedded" in line] == [
            "models.m.fallback"
        ]


@pytest.mark.parametrize("number", ["1", "2"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_it_ends_on_a_signal_and_leaves_nothing_behind(tmp_path, model, number, name):
    with serving(tmp_path, models(model.url), "--workers", number) as server:
        assert ask(server).status == 200
        children, address = [*workers(server), seeker(server)], server.address
        server.process.send_signal(getattr(signal, name))
        assert server.process.wait(300) == 0
        assert [one for one in children if Path(f"/proc/{one}").exists()] == []
        assert (server.home / "verifier.log").read_text() == ""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        assert server.complaints() == []


def test_an_answer_under_way_is_finished_before_the_end(tmp_path, model):
    with serving(tmp_path, models(model.url)) as server, ThreadPoolExecutor() as pool:
        gate = []

        async def plan(conversation):
            gate.append(1)
            await asyncio.sleep(0.5)
            await well(conversation)

        model.stub.then(plan)
        answer = pool.submit(ask, server)
        until(lambda: gate)
        server.process.terminate()
        assert answer.result().status == 200


def test_answers_that_take_longer_than_the_grace_are_cut_off_streamed_or_not(tmp_path, model):
    patient = dict.fromkeys(("first_token", "between_tokens", "total"), 3600)  # longer than any test may take
    with serving(tmp_path, models(model.url, timeouts=patient)) as server, ThreadPoolExecutor() as pool:
        gate = []

        async def plan(conversation):
            if conversation.request.body.get("stream"):
                choice = {"index": 0, "delta": {"content": "a"}, "finish_reason": None}
                await conversation.send(OK_STREAM + chunk(event(json.dumps({"choices": [choice]}).encode())))
            gate.append(1)
            await asyncio.Event().wait()

        model.stub.plan = plan
        answers = [pool.submit(ask, server, stream=streamed) for streamed in (True, False)]
        until(lambda: len(gate) == 2)
        server.process.terminate()
        assert server.process.wait(300) == 0
        for answer in answers:
            with pytest.raises((OSError, ValueError, AssertionError)):
                answer.result()
        assert [one["stream"] for one in server.logged()] == [True]
        assert all("graceful shutdown exceeded" in line for line in server.complaints())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"profile": "nowhere"}, "nowhere"),
        ({"guards": ["nothing"]}, "nothing"),
        ({"listen": {"host": "192.0.2.1"}}, "192.0.2.1"),
        ({"models": {"m": {"url": "ftp://x"}}}, "url"),
    ],
)
@pytest.mark.parametrize("number", ["1", "2"])
def test_a_mistake_ends_it_before_it_says_that_it_is_open(tmp_path, settings, said, number):
    server = start(tmp_path, settings, "--workers", number)
    try:
        assert server.process.wait(300) == 2
        server.reader.join()
        told = "".join(server.lines)
        assert said in told
        assert told.count("sekisho: ") == 1
        assert "Traceback" not in told
        assert "/v1" not in told
    finally:
        server.stop()


def test_a_port_that_is_taken_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [PROGRAM, "serve", "--port", port, "--home", str(tmp_path), "--embedded", "off"],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
    assert done.returncode == 2
    assert port in done.stderr
    assert "--port" in done.stderr
    assert "SEKISHO_PORT" in done.stderr


def test_two_workers_share_ledger_limits_counts_and_the_stop_switch(tmp_path, model):
    with serving(tmp_path, models(model.url), "--workers", "2") as server:
        answering(server, 2)
        assert server.get("/healthz")
        before = len(server.records())
        with ThreadPoolExecutor(8) as pool:
            statuses = [answer.status for answer in pool.map(lambda _: ask(server), range(60))]
        assert statuses == [200] * 60
        assert len(server.records()) == before + 60
        assert server.metric("sekisho_exchanges_total") == before + 60
        assert server.command("ledger", "audit").returncode == 0
        served = set(re.findall(r'pid="(\d+)"', server.get("/metrics").decode()))
        assert served == set()  # counts are those of the server, not of single processes

        made = server.command("key", "create", "ten", "--requests-per-minute", "10").stdout.strip()
        with ThreadPoolExecutor(8) as pool:
            statuses = [answer.status for answer in pool.map(lambda _: ask(server, key=made), range(30))]
        assert sorted(statuses) == [200] * 10 + [429] * 20

        assert server.command("stop", "all").returncode == 0
        stopped = {(answer.status, answer.error["code"]) for answer in (ask(server) for _ in range(12))}
        assert stopped == {(503, "stopped")}
        assert server.command("start", "all").returncode == 0
        assert {ask(server).status for _ in range(12)} == {200}
        assert server.complaints() == []


def test_a_killed_worker_is_replaced_and_what_it_had_in_flight_counts_no_longer(tmp_path, model):
    with serving(tmp_path, models(model.url, timeouts={"first_token": 60}), "--workers", "2") as server:
        answering(server, 2)
        made = server.command("key", "create", "two", "--concurrent", "2").stdout.strip()
        model.stub.plan = stall()
        hanging = [server.connect() for _ in range(2)]
        for connection in hanging:
            connection.sendall(request(question(), key=made))
        until(lambda: len(model.stub.received) >= 3)
        assert ask(server, key=made).status == 429
        killed = workers(server)
        for one in killed:
            os.kill(one, signal.SIGKILL)
        for connection in hanging:
            connection.close()
        model.reset()
        until(lambda: len(set(workers(server)) - set(killed)) == 2)
        assert ask(server, key=made).status == 200
        assert server.command("ledger", "audit").returncode == 0


def test_when_one_of_two_workers_is_killed_every_whole_answer_has_its_record(tmp_path, model):
    receipts, over = [], threading.Event()

    def load(server, streamed):
        while not over.is_set():
            with suppress(OSError, ValueError):  # of an answer that was cut off nothing is said
                receipts.extend(map(receipt_of, server.talk(request(question(stream=streamed)))))

    with serving(tmp_path, models(model.url), "--workers", "2") as server, ThreadPoolExecutor(4) as pool:
        answering(server, 2)
        asking = [pool.submit(load, server, number % 2 == 0) for number in range(4)]
        try:
            until(lambda: len(receipts) >= 20)
            killed, *_ = workers(server)
            os.kill(killed, signal.SIGKILL)
            until(lambda: len(set(workers(server)) - {killed}) == 2)
            enough = len(receipts) + 20
            until(lambda: len(receipts) >= enough)
        finally:
            over.set()
        assert [one.result() for one in asking] == [None] * 4
        with closing(Ledger.open(server.home)) as ledger:
            recorded = {ledger.leaf(at) for at in range(ledger.size)}
        stated = {base64.urlsafe_b64decode(receipt.split(".")[0] + "==") for receipt in receipts}
        assert stated - recorded == set()
        assert server.command("ledger", "audit").returncode == 0


def receipt_of(answer: Answer) -> str:
    """The final receipt of an answer. Raises `ValueError` for one that is not whole."""
    if "sekisho-receipt" not in answer.headers or answer.status != 200:
        raise ValueError
    if "chunked" not in answer.headers.get("transfer-encoding", ""):
        json.loads(answer.body)
        return answer.headers["sekisho-receipt"]
    if not answer.body.endswith(b"data: [DONE]\n\n"):
        raise ValueError
    return re.findall(r'"receipt":"([^"]+)"', answer.body.decode())[-1]


def test_a_server_that_was_stopped_opens_again_with_the_keys_it_has(tmp_path, model):
    config = models(model.url)
    with serving(tmp_path, config) as server:
        server.get("/healthz")
        made = server.command("key", "create", "kept").stdout.strip()
    with serving(tmp_path, config) as server:
        assert ask(server, key=made).status == 200
