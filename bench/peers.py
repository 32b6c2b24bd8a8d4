"""Installs the peers into throw-away environments under .bench/, starts servers, and stops every one of them.

Nothing here measures. `Fleet` is a context: whatever it started is gone when it is left, also by Ctrl-C or SIGTERM.
"""

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".bench"
LITELLM = "1.106.2"
PORTKEY = "1.15.2"
CHAT = "/v1/chat/completions"
KEY = "sk-bench-" + secrets.token_hex(16)

# Portkey's server listens on all addresses and has no option for that; a bench stays on loopback.
LOOPBACK_JS = """
const net = require('net');
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (options, ...rest) {
  if (typeof options === 'number') options = { port: options };
  if (options && typeof options === 'object' && options.port !== undefined) {
    options = { ...options, host: '127.0.0.1' };
    rest = rest.filter((one) => typeof one === 'function');
  }
  return listen.call(this, options, ...rest);
};
"""


@dataclass(frozen=True, slots=True)
class Server:
    """What to start, and how to ask it.

    Attributes:
        path: where a chat completion is asked.
        headers: what every request carries.
        body: what a request carries besides its messages.
        stream_path, stream_headers, stream_body: the same for the streamed mock, where it is asked in another way.
        paced: which of these are others for the mock whose events come one by one.
        core: the processor it is pinned to; None: none.
    """

    name: str
    command: Sequence[str]
    port: int
    headers: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=lambda: {"model": "mock"})
    path: str = CHAT
    stream_path: str = CHAT
    stream_headers: Mapping[str, str] | None = None
    stream_body: Mapping[str, object] = field(default_factory=lambda: {"model": "stream", "stream": True})
    paced: Mapping[str, Any] = field(default_factory=lambda: {"stream_body": {"model": "paced", "stream": True}})
    core: int | None = None
    within_s: float = 90.0


@dataclass(slots=True)
class Running:
    """A server that has answered."""

    server: Server
    process: subprocess.Popen[bytes]
    ready_s: float
    run: Path

    def processes(self) -> list[int]:
        """Its process and all that came from it."""
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                stat = _stat(int(entry.name))
                if stat:
                    parents[int(entry.name)] = int(stat[1])
        found = [self.process.pid]
        for pid in found:
            found.extend(child for child, parent in parents.items() if parent == pid)
        return found

    def resident_mb(self) -> list[float]:
        """Resident memory of each of its processes in MB, the largest first; pages that they share count for each."""
        page = os.sysconf("SC_PAGE_SIZE")
        sizes = [int(stat[21]) * page / 1e6 for pid in self.processes() if (stat := _stat(pid))]
        return sorted(sizes, reverse=True)

    def halt(self) -> None:
        """Stops its processes where they are, until `go_on`."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Lets them go on."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def processor_s(self) -> float:
        """Processor time of all its processes, user and system, in seconds."""
        ticks = os.sysconf("SC_CLK_TCK")
        stats = [stat for pid in self.processes() if (stat := _stat(pid))]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / ticks


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name; None when the process has gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


class Fleet:
    """Starts servers and stops them all on leaving. `run` is a directory that goes away with it."""

    def __init__(self) -> None:
        HOME.mkdir(exist_ok=True)
        # Beside the checkout and not in /tmp, which may be memory: a ledger that is synced must reach a disk.
        self.run = Path(tempfile.mkdtemp(prefix="run-", dir=HOME))
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: object, trace: TracebackType | None) -> None:
        for process in reversed(self.processes):
            stop(process)
        shutil.rmtree(self.run, ignore_errors=True)

    def launch(self, server: Server) -> subprocess.Popen[bytes]:
        """Starts it without waiting. Its output goes to a file in `run`."""
        pinned = ["taskset", "-c", str(server.core)] if server.core is not None else []
        environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        with (self.run / f"{server.name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*pinned, *server.command],
                env={**environ, **server.environ},
                cwd=self.run,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def start(self, server: Server) -> Running:
        """Starts it and waits for its first answer to a chat request. Raises `RuntimeError` with its last words."""
        begin = time.perf_counter()
        process = self.launch(server)
        while time.perf_counter() - begin < server.within_s and process.poll() is None:
            if ask(server, "準備はできましたか。")[0] == 200:
                return Running(server, process, time.perf_counter() - begin, self.run)
            time.sleep(0.02)
        words = (self.run / f"{server.name}.log").read_text(errors="replace")[-1500:]
        raise RuntimeError(f"{server.name} gave no answer within {server.within_s:.0f} s:\n{words}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and its whole group, politely first."""
    for sign, wait_s in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            process.poll()
            return
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            continue


def ask(server: Server, question: str, *, stream: bool = False) -> tuple[int, str]:
    """One chat request; status 0 when there is no connection yet."""
    body = {**(server.stream_body if stream else server.body), "messages": [{"role": "user", "content": question}]}
    headers = server.stream_headers if stream and server.stream_headers is not None else server.headers
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        path = server.stream_path if stream else server.path
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as fault:
        return 0, str(fault)
    finally:
        connection.close()


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def need_tools(*tools: str) -> None:
    """Installs Debian packages whose program is missing."""
    missing = [tool for tool in tools if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin")]
    if missing:
        say(f"installing {', '.join(missing)}")
        _quietly(["apt-get", "update", "-qq"])
        packages = ["npm" if tool == "node" else tool for tool in missing]
        _quietly(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])


def installed_mb(name: str) -> float:
    """Disk space of an environment under .bench without Python, pip and setuptools (or without node), in MB."""
    folder = HOME / name
    own = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "wheel")
    folders = (
        [folder / "node_modules"] if (folder / "node_modules").is_dir() else folder.glob("lib/python*/site-packages")
    )
    kept = [entry for place in folders for entry in place.iterdir() if not entry.name.startswith(own)]
    files = [file for entry in kept for file in ([entry] if entry.is_file() else entry.rglob("*"))]
    return sum(file.lstat().st_blocks for file in files) * 512 / 1e6


def install_sekisho() -> None:
    """`pip install` of this checkout, for its size; made anew when its dependencies change."""
    venv, wanted = HOME / "sekisho", (ROOT / "pyproject.toml").read_text()
    marker = venv / "installed"
    if not marker.is_file() or marker.read_text() != wanted:
        say("installing sekisho into .bench/sekisho")
        _quietly([sys.executable, "-m", "venv", "--clear", str(venv)])
        _quietly([str(venv / "bin" / "pip"), "install", "-q", str(ROOT)])
        marker.write_text(wanted)


def install_litellm() -> Path:
    """The command `litellm` in an environment of its own."""
    venv = HOME / "litellm"
    if not (venv / "installed").is_file():
        say(f"installing litellm[proxy] {LITELLM} into .bench/litellm")
        _quietly([sys.executable, "-m", "venv", "--clear", str(venv)])
        _quietly([str(venv / "bin" / "pip"), "install", "-q", f"litellm[proxy]=={LITELLM}"])
        (venv / "installed").write_text(LITELLM)
    return venv / "bin" / "litellm"


def install_portkey() -> Path:
    """The script that starts Portkey's gateway.

    Its streams fail with `TypeError: immutable` under the @hono/node-server that a plain installation gets today
    (its issue 1389; here 1.14.2 fails too), so that package is held at a version with which streams work.
    """
    folder = HOME / "portkey"
    wanted = {"dependencies": {"@portkey-ai/gateway": PORTKEY}, "overrides": {"@hono/node-server": "1.13.8"}}
    marker = folder / "installed"
    if not marker.is_file() or marker.read_text() != json.dumps(wanted):
        need_tools("node", "npm")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        say(f"installing @portkey-ai/gateway {PORTKEY} into .bench/portkey")
        (folder / "package.json").write_text(json.dumps(wanted))
        _quietly(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)])
        marker.write_text(json.dumps(wanted))
    return folder / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"


def _quietly(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-800:]}{done.stderr[-800:]}")


def say(text: str) -> None:
    """Progress, apart from the figures."""
    print(text, file=sys.stderr, flush=True)


SEKISHO = ROOT / ".venv" / "bin" / "sekisho"


def sekisho(fleet: Fleet, name: str, config: Mapping[str, object], core: int | None = None) -> Server:
    """Sekisho from this checkout's environment with a state directory and an API key of its own.

    The key has limits of requests, tokens and concurrency, so that they are counted; they are too high to be reached.
    """
    port, home = free_port(), fleet.run / f"{name}-home"
    home.mkdir()
    file = fleet.run / f"{name}.yaml"
    file.write_text(yaml.safe_dump({"embedded": "off", "home": str(home), **config}, allow_unicode=True))
    limits = ["--requests-per-minute", "100000000", "--tokens-per-minute", "1000000000", "--concurrent", "256"]
    command = [str(SEKISHO), "key", "create", "bench", *limits]
    made = subprocess.run(
        command,
        env={**os.environ, "SEKISHO_HOME": str(home)},
        cwd=fleet.run,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise RuntimeError(f"sekisho key create: {made.stdout}{made.stderr}")
    serve = [str(SEKISHO), "serve", "--config", str(file), "--port", str(port)]
    bearer = {"Authorization": f"Bearer {made.stdout.strip()}"}
    return Server(name, serve, port, bearer, {"SEKISHO_HOME": str(home)}, core=core, within_s=30)


def litellm(fleet: Fleet, models: Mapping[str, int], guardrails: Sequence[object], core: int | None = None) -> Server:
    """LiteLLM's proxy with one worker; `models` are names and the ports of their mock."""
    port = free_port()
    config = {
        "model_list": [
            {
                "model_name": name,
                "litellm_params": {"model": f"openai/{name}", "api_base": _base(upstream), "api_key": "none"},
            }
            for name, upstream in models.items()
        ],
        "general_settings": {"master_key": KEY},
        **({"guardrails": list(guardrails)} if guardrails else {}),
    }
    file = fleet.run / "litellm.yaml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False))
    command = [str(install_litellm()), "--config", str(file), "--host", "127.0.0.1", "--port", str(port)]
    command += ["--num_workers", "1", "--telemetry", "False"]
    environ = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "LITELLM_MODE": "PRODUCTION"}
    return Server("litellm", command, port, {"Authorization": f"Bearer {KEY}"}, environ, core=core)


def portkey(fleet: Fleet, models: Mapping[str, int], core: int | None = None) -> Server:
    """Portkey's gateway under node; it is told with every request which upstream of `models` to ask."""
    port = free_port()
    hook = fleet.run / "loopback.cjs"
    hook.write_text(LOOPBACK_JS)
    command = ["node", "--require", str(hook), str(install_portkey()), f"--port={port}", "--headless"]
    plain, stream, paced = ({"x-portkey-config": portkey_config(models[name])} for name in ("mock", "stream", "paced"))
    environ = {"NODE_ENV": "production"}
    other = {"stream_headers": paced}
    return Server("portkey", command, port, plain, environ, stream_headers=stream, paced=other, core=core)


def portkey_config(upstream: int, guardrails: Sequence[object] = ()) -> str:
    """The header that names the upstream and the checks of its answers. ASCII, as headers are."""
    config: dict[str, object] = {"provider": "openai", "api_key": "none", "custom_host": _base(upstream)}
    if guardrails:
        config["output_guardrails"] = list(guardrails)
    return json.dumps(config)


def _base(port: int) -> str:
    return f"http://127.0.0.1:{port}/v1"
