import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import UpstreamBroken
from sekisho.pipeline.calls import MAX_CALLS, Calls


def piece(index=0, arguments=None, **more):
    function = {name: value for name, value in (("name", more.pop("name", None)), ("arguments", arguments)) if value}
    return {"index": index, **more, "function": function}


def made(*deltas):
    calls = Calls("m")
    for delta in deltas:
        calls.collect(delta)
    return calls.message()


@given(st.data(), st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1, max_size=4))
def test_calls_are_put_together_however_their_pieces_are_mixed(data, wanted):
    """The first piece of each bears its id and name, the others only more of the arguments."""
    queues = []
    for index, (name, arguments) in enumerate(wanted):
        at = data.draw(st.integers(0, len(arguments)))
        queues.append([piece(index, arguments[:at], id=f"call{index}", name=name), piece(index, arguments[at:])])
    deltas = []
    while any(queues):
        queue = data.draw(st.sampled_from([queue for queue in queues if queue]))
        deltas.append({"tool_calls": [queue.pop(0)]})
    calls = made(*deltas)["tool_calls"]
    assert [(call["index"], call["id"]) for call in calls] == [(n, f"call{n}") for n in range(len(wanted))]
    assert [(call["function"]["name"], call["function"].get("arguments")) for call in calls] == wanted


def test_order_is_that_of_the_indexes_and_gaps_close():
    calls = made({"tool_calls": [piece(7, "b", id="2", name="g"), piece(3, "a", id="1", name="f")]})["tool_calls"]
    assert [(call["index"], call["id"]) for call in calls] == [(0, "1"), (1, "2")]


def test_calls_without_index_are_told_apart_by_their_ids():
    one, two = ({"id": name, "function": {"name": name, "arguments": "{}"}} for name in ("a", "b"))
    calls = made({"tool_calls": [one]}, {"tool_calls": [two]})["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["a", "b"]


def test_a_call_without_an_id_stays_without_one():
    assert made({"tool_calls": [piece(0, "{}", name="f")]})["tool_calls"] == [
        {"index": 0, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ]


def test_an_id_that_is_repeated_begins_no_new_call():
    calls = made({"tool_calls": [piece(0, "a", id="1")]}, {"tool_calls": [piece(0, "b", id="1")]})["tool_calls"]
    assert [call["function"]["arguments"] for call in calls] == ["ab"]


def test_the_old_form_of_a_single_call():
    message = made({"function_call": {"name": "f", "arguments": "{"}}, {"function_call": {"arguments": "}"}})
    assert message == {"function_call": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    "delta",
    [
        {"tool_calls": "a"}, {"tool_calls": [1]}, {"tool_calls": [{"index": "0"}]}, {"tool_calls": [{"index": -1}]},
        {"tool_calls": [{"index": MAX_CALLS}]}, {"tool_calls": [{"index": True}]}, {"tool_calls": [{"function": 1}]},
        {"tool_calls": [{"function": {"name": 1}}]}, {"tool_calls": [{"function": {"arguments": {}}}]},
        {"function_call": 1},
        {"tool_calls": [{"id": str(n), "function": {}} for n in range(MAX_CALLS + 1)]},
    ],
)  # fmt: skip
def test_pieces_that_make_no_sense_are_the_upstreams_fault(delta):
    with pytest.raises(UpstreamBroken):
        made(delta)


def test_arguments_of_megabytes_in_small_pieces():
    calls = made(*({"tool_calls": [piece(0, "x" * 20)]} for _ in range(100_000)))["tool_calls"]
    assert len(calls[0]["function"]["arguments"]) == 2_000_000


def test_their_length_is_that_of_names_and_arguments():
    calls = Calls("m")
    calls.collect({"tool_calls": [piece(0, "{}", id="1", name="abc"), piece(1, "[1]")], "function_call": {"name": "g"}})
    calls.collect({"tool_calls": [piece(1, "4")]})
    assert calls.length == 3 + 2 + 3 + 1 + 1


def test_the_length_is_that_of_names_and_arguments():
    calls = Calls("m")
    for _ in range(3):
        calls.collect({"tool_calls": [piece(0, "あい", id="1", name="f")], "function_call": {"arguments": ""}})
    assert calls.length == 9
    assert calls.message()["function_call"] == {"arguments": ""}
