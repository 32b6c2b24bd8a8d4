"""All benches one after the other: none is forgotten, none lasts for ever, and the end says how each went."""

import importlib.util
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
MAIN = '\n\nif __name__ == "__main__":\n    '


@pytest.fixture(scope="module")
def every():
    spec = importlib.util.spec_from_file_location("bench_all", BENCH / "all.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_all"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["bench_all"]


def test_every_script_that_runs_by_itself_runs_or_is_left_out_for_a_reason(every):
    running = {file.stem for file in BENCH.glob("*.py") if MAIN.strip() in file.read_text("utf-8")}
    assert every.benches().keys() | every.LEFT_OUT.keys() == running
    assert every.SMALL.keys() <= every.benches().keys()
    readme = (BENCH / "README.md").read_text("utf-8")
    told = {*every.SMALL, *every.LEFT_OUT} - {*every.PARTS}
    assert [name for name in told if f"| `{name}.py` |" not in readme] == []


def test_one_of_which_nothing_is_said_runs_quickly_where_it_can(every, tmp_path):
    (tmp_path / "new.py").write_text('add("--quick")' + MAIN + "main()\n")
    (tmp_path / "plain.py").write_text("main()" + MAIN + "main()\n")
    (tmp_path / "part.py").write_text("def part(): ...\n")
    assert every.benches(tmp_path) == {"new": ["--quick"], "plain": []}


@pytest.mark.parametrize(
    ("body", "outcome", "well"),
    [
        ("pass", "done", True),
        ("sys.exit(1)", "a target was missed, or something failed", False),
        ("sys.exit(3)", "exit code 3", False),
    ],
)
def test_how_each_ended_is_told(every, tmp_path, body, outcome, well):
    (tmp_path / "one.py").write_text(f"import sys\n{body}\n")
    ended = every.run("one", [], 60.0, tmp_path)
    assert (ended.outcome, ended.well) == (outcome, well)
    assert outcome in every.summary([ended])


def test_one_that_does_not_come_to_its_end_is_ended(every, tmp_path):
    (tmp_path / "long.py").write_text("import threading\nthreading.Event().wait()\n")
    assert every.run("long", [], 0.5, tmp_path).outcome.startswith("ended after")
    assert every.run("long", [], 0.0, tmp_path).outcome == "not begun: the time was over"


def test_one_whose_tool_is_missing_is_left_out_and_has_not_failed(every, tmp_path, monkeypatch):
    monkeypatch.setitem(every.TOOLS, "one", ("no-such-tool-of-anybody",))
    ended = every.run("one", [], 60.0, tmp_path)
    assert (ended.outcome, ended.well) == ("left out: there is no no-such-tool-of-anybody here", True)
