"""The model that comes inside packages: which one, and the real small one in its child process."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from tests.models.asking import everything, spoken, text
from tests.models.site import digest
from tests.server.running import until

from sekisho.core.errors import UpstreamBusy, UpstreamRefused
from sekisho.core.settings import Model
from sekisho.models import Models
from sekisho.models.embedded import Choice, EmbeddedModel, choose, installed, runtime_installed, wanted
from sekisho.models.faults import UpstreamStarting, WeightsUnwritable

GB = 1_000_000_000
QUESTION = {"messages": [{"role": "user", "content": "Say hello to Taro."}], "max_tokens": 8, "temperature": 0}
BOTH = ("large", "small")


@pytest.mark.parametrize(
    ("setting", "free_gb", "here", "size", "said"),
    [
        ("auto", 8, BOTH, "large", "the larger model is used"),
        ("auto", 4, BOTH, "large", "the larger model is used"),
        ("auto", 3.9, BOTH, "small", "the larger model needs 4.0 GB"),
        ("auto", 8, ("small",), "small", "The larger model is not installed"),
        ("auto", 2, ("small",), "small", "the larger model needs 4.0 GB"),
        ("auto", 0.5, BOTH, "", "Only about 0.5 GB"),
        ("auto", 2, ("large",), "", "Only about 2.0 GB"),
        ("auto", 8, (), "", "is not installed"),
        ("large", 1, BOTH, "large", "The setting embedded is “large”"),
        ("small", 8, BOTH, "small", "The setting embedded is “small”"),
        ("large", 8, ("small",), "", "is not installed"),
        ("off", 8, BOTH, "", "“off”"),
    ],
)
def test_the_model_is_chosen_by_setting_memory_and_what_is_installed_and_it_is_said_why(
    setting, free_gb, here, size, said
):
    choice = choose(setting, free_bytes=int(free_gb * GB), installed=here)
    assert (choice.size, bool(choice)) == (size, bool(size))
    assert said in choice.reason["en"]
    assert "{" not in choice.reason["ja"] + choice.reason["en"]


def test_without_the_runtime_no_model_is_used_and_the_way_to_it_is_told():
    choice = choose("auto", free_bytes=8 * GB, installed=BOTH, runtime=False)
    assert not choice
    assert "pip install 'sekisho[embedded]'" in choice.reason["ja"]


@pytest.mark.parametrize(
    ("setting", "free_gb", "size"), [("auto", 4, "large"), ("auto", 3, "small"), ("large", 1, "large")]
)
def test_what_is_downloaded_is_decided_by_memory_before(setting, free_gb, size):
    assert wanted(setting, free_bytes=free_gb * GB) == size


def test_a_directory_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "home").write_bytes(b"a file")
    with pytest.raises(WeightsUnwritable):
        EmbeddedModel(Choice.own("m", Path("m.gguf"), "0" * 64), directory=tmp_path / "home" / "weights")


def client(model):
    """The gateway's own client, as the server uses it."""
    settings = {"embedded": Model(path="-", key_env="KEY", retries=0)}
    urls = {"embedded": model}
    return Models(settings, environ={"KEY": model.key}, urls=lambda name: urls[name].url if model.ready() else None)


def started(choice, directory):
    model = EmbeddedModel(choice, directory=directory)
    model.run()
    return model


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    directory = tmp_path_factory.mktemp("weights")
    assert "small" in installed(directory)
    assert runtime_installed()
    choice = choose("small", free_bytes=8 * GB, installed=installed(directory))
    model = started(choice, directory)
    until(lambda: model.state in ("ready", "failed"), 300)
    assert model.ready(), model.fault
    yield model
    model.stop()


async def test_it_answers_as_one_more_upstream_whole_and_streamed(small):
    models = client(small)
    reply = await models.complete(["embedded"], QUESTION)
    assert text(reply.payload)
    assert orjson.loads(reply.payload)["usage"]["completion_tokens"] <= 8
    events = await everything(await models.stream(["embedded"], {**QUESTION, "stream": True}))
    assert spoken(events)
    await models.close()


async def test_without_its_key_it_answers_nobody(small):
    models = Models({"m": Model(url=small.url, retries=0)}, environ={})
    with pytest.raises(UpstreamRefused) as caught:
        await models.complete(["m"], QUESTION)
    assert caught.value.status_code == 401
    await models.close()


def test_it_listens_on_the_loopback_interface_only(small):
    port = f":{int(small.url.split(':')[2].split('/')[0]):04X}"
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[1].endswith(port) and line.split()[3] == "0A"
    ]
    assert listening == ["0100007F" + port]


def test_its_key_is_in_no_place_that_others_can_read(small):
    process = Path(f"/proc/{small.pid}")
    assert small.key.encode() not in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()


def test_its_threads_sleep_while_they_wait_for_each_other(small):
    assert b"OMP_WAIT_POLICY=passive" in Path(f"/proc/{small.pid}/environ").read_bytes().split(b"\0")


async def test_what_is_asked_comes_into_no_log(small):
    models = client(small)
    await models.complete(["embedded"], QUESTION)
    await models.close()
    logs = [file.read_text() for file in small._supervisor._program.log.parent.glob("*.log")]
    assert logs
    assert not [log for log in logs if "Taro" in log]


async def test_ctrl_c_in_the_terminal_leaves_it_to_its_parent(small):
    pid = small.pid
    os.kill(pid, signal.SIGINT)
    models = client(small)
    assert (await models.complete(["embedded"], QUESTION)).model == "embedded"
    assert small.pid == pid
    await models.close()


async def test_after_a_crash_it_comes_back_at_the_same_address(small):
    models = client(small)
    url, first = small.url, small.pid
    handle = os.pidfd_open(first)
    os.kill(first, signal.SIGKILL)
    select.select([handle], [], [], 10)
    os.close(handle)
    while small.ready():  # noqa: ASYNC110 - until the supervisor, a thread, has heard of it
        await asyncio.sleep(0.005)
    with pytest.raises(UpstreamBusy):
        await models.complete(["embedded"], QUESTION)
    await asyncio.to_thread(until, small.ready, 60)
    assert (small.url, small.pid != first) == (url, True)
    assert text((await models.complete(["embedded"], QUESTION)).payload)
    await models.close()


async def test_until_it_is_ready_callers_are_told_to_come_back(tmp_path):
    model = EmbeddedModel(Choice.own("m", tmp_path / "m.gguf", "0" * 64), directory=tmp_path)
    models = client(model)
    with pytest.raises(UpstreamStarting) as caught:
        await models.complete(["embedded"], QUESTION)
    assert caught.value.code == "upstream_starting"
    assert (caught.value.status, caught.value.details["retry_s"]) == (503, "5")
    await models.close()
    model.stop()


def test_a_file_with_other_bytes_fails_for_good_and_says_so(tmp_path):
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF tampered")
    model = started(Choice.own("m", file, digest(b"GGUF").upper()), tmp_path)
    until(lambda: model.state == "failed", 300)
    assert digest(b"GGUF")[:12] in model.fault["ja"]
    model.stop()


PARENT = """
import sys
from pathlib import Path
from sekisho.models.embedded import EmbeddedModel, choose
model = EmbeddedModel(choose("small", free_bytes=8 * 10**9, installed=["small"]), directory=Path(sys.argv[1]))
model.run()
while model.pid is None or (sys.argv[2] == "ready" and not model.ready()):
    pass
print(model.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("moment", ["ready", "loading"])
def test_a_parent_that_is_killed_leaves_no_orphan(tmp_path, moment):
    argv = (sys.executable, "-c", PARENT, str(tmp_path), moment)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    assert select.select([child], [], [], 20)[0]
    os.close(child)
