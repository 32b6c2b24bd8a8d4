"""The language model that comes inside packages: which one is run, and the handle by which the server holds it.

It runs in a child process and speaks the OpenAI protocol on a loopback port, so for the gateway it is one more
upstream; all workers share it, and no event loop ever waits for it.
"""

import importlib.util
import os
import secrets
import socket
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sekisho.core.language import Bilingual
from sekisho.models.faults import WeightsUnwritable
from sekisho.models.llama import Job
from sekisho.models.supervisor import Program, State, Supervisor
from sekisho.models.watermark.engine import LlamaEngine
from sekisho.models.weights import Weights, available, catalogue

GIGABYTE = 1_000_000_000

# The child runs native code on what strangers write, so it sees nothing of our environment but what it needs.
ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")

# llama.cpp's threads wait for each other hundreds of times a token. By default they spin meanwhile, so on a machine
# with other work they take the processor from those they wait for. Passive, they sleep.
PASSIVE = {"OMP_WAIT_POLICY": "passive"}

REASONS: dict[str, Bilingual] = {
    "set": {
        "ja": "設定 embedded が「{setting}」なので、{title}({languages})を使います。",
        "en": "The setting embedded is “{setting}”, so {title} ({languages}) is used.",
    },
    "roomy": {
        "ja": "空きメモリーが約{free:.1f} GBあり、必要な{need:.1f} GBを満たすので、大きいほうの{title}を使います。",
        "en": "About {free:.1f} GB of memory are free and {need:.1f} GB suffice, so the larger model is used: {title}.",
    },
    "tight": {
        "ja": "空きメモリーが約{free:.1f} GBで、大きいモデルに必要な{need:.1f} GBに足りないため、"
        "小さい{title}({languages})を使います。",
        "en": "Only about {free:.1f} GB of memory are free and the larger model needs {need:.1f} GB, "
        "so the small one is used: {title} ({languages}).",
    },
    "only_small": {
        "ja": "大きいモデルが入っていないため、小さい{title}({languages})を使います。"
        "大きいほうは sekisho model install large で入れられます。",
        "en": "The larger model is not installed, so the small one is used: {title} ({languages}). "
        "`sekisho model install large` installs the larger one.",
    },
    "off": {
        "ja": "設定 embedded が「off」なので、内蔵モデルは使いません。",
        "en": "The setting embedded is “off”, so no embedded model is used.",
    },
    "absent": {
        "ja": "使うはずの内蔵モデルが入っていません。sekisho model install で入れられます。",
        "en": "The embedded model to use is not installed. `sekisho model install` installs it.",
    },
    "no_runtime": {
        "ja": "内蔵モデルを動かすxllamacppが入っていません。pip install 'sekisho[embedded]' で入れられます。",
        "en": "xllamacpp, which runs the embedded model, is not installed: pip install 'sekisho[embedded]'.",
    },
    "no_room": {
        "ja": "空きメモリーが約{free:.1f} GBしかないため、内蔵モデルは使いません。",
        "en": "Only about {free:.1f} GB of memory are free, so no embedded model is used.",
    },
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which model is run, and why.

    Attributes:
        name: the model's own name; empty when none is run.
        reason: a sentence in each language.
        size: entry of the catalogue, or empty for a file of the operator's own.
        path: that file, or None.
        sha256: the digest that the weights must have.
    """

    name: str
    reason: Bilingual
    size: str = ""
    path: Path | None = None
    sha256: str = ""

    def __bool__(self) -> bool:
        """Whether there is a model to run."""
        return bool(self.name)

    @classmethod
    def own(cls, name: str, path: Path, sha256: str) -> "Choice":
        """A GGUF file that the settings name."""
        reason: Bilingual = {"ja": f"設定 models の「{name}」です。", "en": f"“{name}” of the setting models."}
        return cls(name, reason, path=path.expanduser().absolute(), sha256=sha256.lower())


def installed(directory: Path) -> frozenset[str]:
    """The sizes (`large`, `small`) whose files are here, assembled in `directory` or as packages."""
    return frozenset(size for size, weights in catalogue().items() if available(weights, directory))


def runtime_installed() -> bool:
    """Whether llama.cpp's binding is installed; it is not loaded for that."""
    return importlib.util.find_spec("xllamacpp") is not None


def wanted(setting: str, *, free_bytes: int) -> str:
    """The size that `sekisho model install` gets for a setting: `large` or `small`."""
    if setting in ("large", "small"):
        return setting
    return "large" if free_bytes >= catalogue()["large"].memory_bytes else "small"


def choose(setting: str, *, free_bytes: int, installed: Collection[str], runtime: bool = True) -> Choice:
    """The embedded model for `auto`, `large`, `small` or `off`; a false `Choice` with the reason when there is none.

    `auto` takes the large one where its `memory_bytes` are free and it is installed, else the small one.
    A size that the operator names is taken whatever memory is free. `installed` is what `installed()` returns,
    `runtime` what `runtime_installed()` returns.
    """
    models = catalogue()
    named = setting in models
    roomy = free_bytes >= models["large"].memory_bytes
    size = setting if named else "large" if roomy and "large" in installed else "small"
    cases = (
        ("off", setting == "off"),
        ("no_runtime", not runtime),
        ("absent", size not in installed and (named or not installed)),
        ("no_room", size not in installed),
        ("set", named),
        ("roomy", size == "large"),
        ("no_room", free_bytes < models["small"].memory_bytes),
        ("only_small", roomy),
        ("tight", True),
    )
    reason = next(name for name, holds in cases if holds)
    if reason in ("off", "no_runtime", "absent", "no_room"):
        return Choice("", _said(reason, models["small"], setting, free_bytes))
    weights = models[size]
    return Choice(weights.model, _said(reason, weights, setting, free_bytes), size=size, sha256=weights.sha256)


def _said(reason: str, weights: Weights, setting: str, free_bytes: int) -> Bilingual:
    need = catalogue()["large"].memory_bytes / GIGABYTE
    return {
        language: sentence.format(
            setting=setting,
            title=weights.title,
            languages=weights.languages[language],
            free=free_bytes / GIGABYTE,
            need=need,
        )
        for language, sentence in REASONS[reason].items()
    }


class EmbeddedModel:
    """A model that runs in a child process; held by the parent of the gateway's workers.

    The child ends with its parent, also when that is killed, and is started again when it dies. Its port is reserved
    for as long as this object lives, so `url` and `key` stay the same through every restart.
    """

    def __init__(
        self, choice: Choice, *, directory: Path, threads: int = 0, context: int = 8192, watermark: bytes = b""
    ) -> None:
        """Reserves the port. `directory` takes the weights and the log; 0 threads means one for each processor.

        `watermark` is the key with which answers are marked; empty for none.

        Raises `WeightsUnwritable` when `directory` cannot be made.
        """
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:
            raise WeightsUnwritable(where=directory, why=fault.strerror, megabytes=0) from fault
        self.choice = choice
        self.key = secrets.token_urlsafe(32)
        self._port = _reserved()
        port: int = self._port.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/v1"
        job = Job(
            parent=os.getpid(),
            model=choice.name,
            sha256=choice.sha256,
            port=port,
            key=self.key,
            size=choice.size,
            path=str(choice.path or ""),
            directory=str(directory.absolute()),
            threads=threads or _processors(),
            context=context,
            watermark=watermark.hex(),
        )
        argv = (sys.executable, "-P", "-m", "sekisho.models.llama")
        environ = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | PASSIVE
        log = directory / ("".join(c if c.isalnum() else "-" for c in choice.name) + ".log")
        self._supervisor = Supervisor(Program(argv, msgspec.json.encode(job), log, environ))

    def run(self) -> None:
        """Starts the child and returns at once; a large file takes a minute until it is `ready`. To be called once."""
        self._supervisor.start()

    @property
    def state(self) -> State:
        """`starting`, `checking` the file, `loading` it, `ready`, `waiting` to start again, `failed`, `stopped`."""
        return self._supervisor.state

    @property
    def share(self) -> float:
        """How much of the file is checked, in [0, 1]."""
        return self._supervisor.share

    @property
    def fault(self) -> Bilingual | None:
        """Why it failed, once it is `failed`."""
        return self._supervisor.fault

    @property
    def pid(self) -> int | None:
        """The process id of the child, or None while there is none."""
        return self._supervisor.pid

    def ready(self) -> bool:
        """Whether it answers requests now."""
        return self.state == "ready"

    def tokens(self, text: str) -> list[int]:
        """A text as the model's tokens. To be asked when it is ready; raises `EngineRefused` or `OSError`."""
        return LlamaEngine(self.url.split("/")[2], self.key).tokens(text)

    def stop(self) -> None:
        """Ends the child and waits until it has gone."""
        self._supervisor.stop()
        self._port.close()


def _reserved() -> socket.socket:
    """A loopback port that nobody else gets: bound but not listening, so that only the child's listener is reached.

    SO_REUSEPORT lets the child bind it too; Linux allows that to processes of the same user only (socket(7)).
    """
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


def _processors() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
