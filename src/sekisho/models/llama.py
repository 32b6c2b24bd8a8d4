"""The child process that runs a model: checks the weights, loads them, and serves them on the loopback interface.

It is llama.cpp's own server inside this process, so it speaks the OpenAI protocol, streamed and not, with tools, JSON
schemas and grammars. It logs nothing once it serves, so no text of a user can come into a log.

Run by `sekisho.models.embedded` as `python -m sekisho.models.llama`; see `sekisho.models.supervisor` for the pipes.
"""

import importlib
import os
import secrets
import select
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NoReturn

import msgspec
from msgspec.structs import replace

from sekisho.core.errors import SekishoError
from sekisho.core.language import Bilingual
from sekisho.models.supervisor import Told
from sekisho.models.watermark.engine import LlamaEngine
from sekisho.models.watermark.front import Front, Serving
from sekisho.models.watermark.scheme import Watermark
from sekisho.models.weights import assemble, catalogue, verified

FAILED = 3
ERRORS_ONLY = 1
BESIDE = 10

NOT_LOADED: Bilingual = {
    "ja": "llama.cppがモデルのファイルを読み込めません。GGUF形式か、メモリーが足りているかをご確認ください。",
    "en": "llama.cpp cannot load the model file. Check that it is a GGUF file and that memory suffices.",
}
NO_RUNTIME: Bilingual = {
    "ja": "xllamacppが入っていません。pip install 'sekisho[embedded]' で入れられます。",
    "en": "xllamacpp is not installed. Install it with pip install 'sekisho[embedded]'.",
}


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the child is to run, told on its standard input because command lines can be read by others.

    Attributes:
        parent: process id of the parent; when it is no longer ours, we end.
        size: entry of the catalogue, or empty when `path` is given.
        directory: where an assembled file lies.
        port: loopback port that the parent holds reserved (SO_REUSEPORT).
        key: bearer token that every request must carry.
        threads: threads that compute; the same for prompts and for answers.
        context: tokens of prompt and answer together, shared by the slots.
        slots: requests answered at a time.
        answer: longest answer, in tokens.
        watermark: key of the watermark in hexadecimal; empty for none.
    """

    parent: int
    model: str
    sha256: str
    port: int
    key: str
    size: str = ""
    path: str = ""
    directory: str = ""
    threads: int = 2
    context: int = 8192
    slots: int = 2
    answer: int = 2048
    watermark: str = ""


def main() -> None:
    """Runs the job from standard input until that ends."""
    # Ctrl-C in a terminal goes to us too; the gateway finishes its answers first, and we end when it does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told = _Voice()
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    threading.Thread(target=_end_with_parent, args=(job.parent,), daemon=True).start()
    os.nice(BESIDE)  # the gateway comes first where both want a processor
    try:
        path = _weights(job, told)
    except SekishoError as fault:
        _fail(told, {"ja": fault.say("ja"), "en": fault.say("en")})
    told.say(Told("loading", 1.0))
    try:
        runtime = importlib.import_module("xllamacpp")
    except ImportError:
        _fail(told, NO_RUNTIME)
    behind = replace(job, port=0, key=secrets.token_urlsafe(32)) if job.watermark else job
    try:
        server = runtime.Server(parameters(runtime, behind, path))
    except RuntimeError:
        _fail(told, NOT_LOADED)
    front = _front(server, job, behind.key) if job.watermark else None
    _be_silent()
    told.say(Told("ready", 1.0))
    if front is None:
        threading.Event().wait()
    else:
        front.serve_forever()
    del server


def _front(server: Any, job: Job, key: str) -> Front:
    """The server that marks, on the port where the engine's own would be."""
    slots: SimpleQueue[int] = SimpleQueue()
    for slot in range(job.slots):
        slots.put(slot)
    engine = LlamaEngine(str(server.listening_address).removeprefix("http://"), key)
    engine.learn_ends()
    mark = Watermark(bytes.fromhex(job.watermark))
    return Front(job.port, Serving(engine, mark, job.key, job.model, job.answer, slots))


def parameters(runtime: Any, job: Job, path: Path) -> Any:
    """The settings of llama.cpp's server (`xllamacpp.CommonParams`) for a job."""
    params = runtime.CommonParams()
    params.model.path = str(path)
    params.model_alias = {job.model}
    params.offline = True
    params.hostnames = ["127.0.0.1"]
    params.port = job.port
    params.reuse_port = True
    params.api_keys = [job.key]
    params.cors_origins = "http://127.0.0.1"
    params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
    params.verbosity = ERRORS_ONLY
    params.n_ctx = job.context
    params.n_parallel = job.slots
    params.kv_unified = True
    params.n_predict = job.answer
    params.n_batch = 512
    params.n_ubatch = 256
    params.cache_ram_mib = 0  # prompts of the past are not kept beside the slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = job.threads
    params.use_jinja = True
    return params


class _Voice:
    """Tells the parent. Takes standard output for itself, so that a library that prints cannot be mistaken for it."""

    def __init__(self) -> None:
        self._pipe = os.dup(1)
        self._told = Told("checking", -1.0)
        os.dup2(2, 1)

    def say(self, told: Told) -> None:
        if told.state != self._told.state or told.share - self._told.share >= 0.01:
            self._told = told
            os.write(self._pipe, msgspec.json.encode(told) + b"\n")


def _weights(job: Job, told: _Voice) -> Path:
    if job.path:
        path = Path(job.path)
    else:
        entry = catalogue()[job.size]
        path = assemble(entry, Path(job.directory), report=lambda share: told.say(Told("checking", share / 2)))
    return verified(path, job.sha256, report=lambda share: told.say(Told("checking", 0.5 + share / 2)))


def _fail(told: _Voice, why: Bilingual) -> NoReturn:
    told.say(Told("failed", ja=why["ja"], en=why["en"]))
    os._exit(FAILED)


def _be_silent() -> None:
    """From here on requests are served, and llama.cpp's errors may quote them."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)


def _end_with_parent(parent: int) -> None:
    """Ends this process when its standard input ends or its parent is another one.

    The second check is for the case that a sibling inherited the other end of the pipe and keeps it open.
    """
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], 1.0)
        if readable and not os.read(0, 1024):
            break
    os._exit(0)


if __name__ == "__main__":
    main()
