"""The mock model of the benches, and the proxy that is their yardstick: nginx, and one that takes its time."""

import os
import shutil
from collections.abc import Mapping, Sequence

from peers import CHAT, ROOT, Fleet, Server, free_port

MANY = 16**3  # answers of the mock
GAP_MS = 1.0  # between two events of the mock whose events come one by one


def nginx(fleet: Fleet, name: str, template: str, names: Mapping[str, object], core: int | None = None) -> list[str]:
    """The command that runs nginx on `template` with its @NAMES@ filled in."""
    text = (ROOT / "bench" / template).read_text()
    for key, value in {"RUN": fleet.run, **names}.items():
        text = text.replace(f"@{key}@", str(value))
    file = fleet.run / f"{name}.conf"
    file.write_text(text)
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or "nginx"
    return [program, "-p", str(fleet.run), "-c", str(file), "-e", str(fleet.run / f"{name}.start.log"), *user]


def model(fleet: Fleet, answers: Sequence[tuple[bytes, bytes]], core: int | None = None) -> tuple[Server, Server]:
    """The mock model, one nginx on two ports: whole answers, and streams. Start the first; the second runs with it.

    `answers`: whole and streamed. Always the same is given, or one of `MANY` by chance.
    """
    if len(answers) not in (1, MANY):
        raise ValueError(f"one answer, or {MANY}")
    folder = fleet.run / "answers"
    folder.mkdir()
    for number, (whole, streamed) in enumerate(answers):
        (folder / f"{number:03x}.json").write_bytes(whole)
        (folder / f"{number:03x}.sse").write_bytes(streamed)
    ports = {"JSON_PORT": free_port(), "STREAM_PORT": free_port()}
    names = {**ports, "NUMBER": "000" if len(answers) == 1 else "$three"}
    command = nginx(fleet, "mock", "mock_nginx.conf", names)
    served = Server("mock", command, ports["JSON_PORT"], core=core)
    return served, Server("mock streams", command, ports["STREAM_PORT"], core=core)


def pacer(fleet: Fleet, core: int | None = None) -> Server:
    """The mock model whose events come one by one: those of the first answer that `model` has written."""
    port = free_port()
    script = str(ROOT / "bench" / "pacer.py")
    command = [
        str(ROOT / ".venv" / "bin" / "python"),
        script,
        str(port),
        str(fleet.run / "answers" / "000.sse"),
        f"{GAP_MS:g}",
    ]
    return Server("pacer", command, port, core=core)


def proxy(fleet: Fleet, models: Mapping[str, int], core: int | None = None) -> Server:
    """The yardstick: nginx proxy_pass in front of the mocks, whose ports `models` names."""
    port = free_port()
    names = {"PORT": port, **{f"{name.upper()}_PORT": upstream for name, upstream in models.items()}}
    command = nginx(fleet, "proxy", "mock_proxy.conf", names)
    paced = {"stream_path": "/paced" + CHAT}
    return Server("nginx", command, port, core=core, stream_path="/stream" + CHAT, paced=paced)
