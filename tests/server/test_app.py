"""What a worker loads, and how fast the command is ready."""

import subprocess
import sys

from tests.pace import turns
from tests.server.running import models, question, request, serving

READY_TURNS = 3_500  # of tests/pace.py; twice as many as on a quiet machine; bench/gateway.py holds it to 2 s
RESIDENT_KB = 100_000


def test_opentelemetry_and_other_heavy_things_are_not_loaded_unless_wanted():
    code = "import sys, sekisho.server.app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = ("opentelemetry", "pydantic", "httpx", "openai", "xllamacpp", "jinja2", "requests")
    assert [name for name in loaded if name.partition(".")[0] in heavy] == []


def test_the_server_is_ready_soon_and_small(tmp_path, model):
    kept = {"PYTHONDONTWRITEBYTECODE": ""}  # the first start keeps what it worked out of the rules
    with serving(tmp_path / "first", models(model.url), environ=kept) as server:
        server.get("/healthz")
    spent = []
    for again in range(5):  # beside other work the same instructions take longer: one start as quick as that is enough
        with serving(tmp_path / str(again), models(model.url), environ=kept) as server:
            server.get("/healthz")
            spent.append(turns(server.spent_s()))
            assert server.talk(request(question()))[0].status == 200
            assert server.memory_kb() < RESIDENT_KB
        if spent[-1] < READY_TURNS:
            break
    assert min(spent) < READY_TURNS
