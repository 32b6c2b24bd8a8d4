import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.guards import protocol
from sekisho.guards.protocol import Context, guard, load

SAMPLE = Path(__file__).parents[1] / "sample_plugin"
CONTEXT = Context(Stage.ENTRY, "user", "office")


@pytest.fixture
def sample(monkeypatch):
    monkeypatch.syspath_prepend(str(SAMPLE))
    importlib.invalidate_caches()
    yield
    sys.modules.pop("sample_plugin_guard", None)


@pytest.mark.usefixtures("sample")
async def test_guards_of_a_third_party_are_loaded_by_name():
    shouting, long = load(["sample", "sample-class"])
    assert await shouting.inspect(Text("HELLO"), CONTEXT) == [Finding(0, 5, "contract.language", 0.9, "sample")]
    assert await long.inspect(Text("短い文"), CONTEXT) == []
    assert long.stages == {Stage.ENTRY, Stage.EXIT}


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["sampel"], "there is no guard `sampel`; known: sample"),
        (["sample-broken"], "guard sample-broken: does not load: AttributeError"),
        (["sample-not-a-guard"], "is not a guard"),
        (["sample", "sample"], "named twice"),
    ],
)
def test_what_does_not_load_stops_with_a_configuration_error(names, told):
    with pytest.raises(ConfigurationError) as caught:
        load(names)
    assert told in str(caught.value)


class Ended(SystemExit):
    pass


@pytest.mark.parametrize(("raised", "told"), [(SystemExit(0), ConfigurationError), (Ended(0), Ended)])
def test_a_guard_that_ends_the_program_does_not_load_but_a_signal_meanwhile_is_none_of_it(raised, told, monkeypatch):
    def ends():
        raise raised

    entry = SimpleNamespace(name="names", value="package:names", load=ends)
    monkeypatch.setattr(protocol, "entry_points", lambda group: [entry])
    with pytest.raises(told):
        load(["names"])


@pytest.mark.usefixtures("sample")
def test_what_is_not_named_is_not_loaded():
    load([])
    assert "sample_plugin_guard" not in sys.modules


async def test_a_function_becomes_a_guard_sync_or_async():
    @guard("one")
    def one(text, context):
        return [Finding(0, 1, "c", 0.5, "one")]

    @guard("two", Stage.EXIT)
    async def two(text, context):
        return [Finding(0, 1, "c", 0.5, "two")]

    assert (one.stages, two.stages) == (frozenset(Stage), {Stage.EXIT})
    assert [f.guard for g in (one, two) for f in await g.inspect(Text("a"), CONTEXT)] == ["one", "two"]


def test_the_metadata_of_the_sample_says_what_its_project_file_says():
    project = (SAMPLE / "pyproject.toml").read_text().partition('"sekisho.guards"]')[2].replace('"', "")
    entries = (SAMPLE / "sample_plugin-1.0.dist-info" / "entry_points.txt").read_text().partition("[sekisho.guards]")[2]
    assert project.split() == entries.split()
