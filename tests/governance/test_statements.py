import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.governance.making import START_MS, statement

from sekisho.governance.register import Register
from sekisho.governance.rejected import BundleRejected
from sekisho.governance.statements import MOST_NAMES, Statements
from sekisho.pipeline.identity import timestamp, ulid
from sekisho.provenance.statement import canonical


def read(*all_of_them):
    with Register() as register:
        statements = Statements(register)
        for position, one in enumerate(all_of_them):
            statements.read(one if isinstance(one, bytes) else canonical(one), position)
        return statements


def refusal(one):
    with pytest.raises(BundleRejected) as caught:
        read(one)
    return caught.value.part


def test_exchanges_are_counted_by_verdict_profile_and_model():
    counted = read(*[statement(number) for number in range(5)], statement(5, profile="citizens", model=""))
    assert {name: count for name, count in counted.verdicts.items() if count} == {"pass": 2, "mask": 2, "refuse": 2}
    assert counted.profiles == {"office": 5, "citizens": 1}
    assert counted.models == {"town-llm": 5, "": 1}


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"verdict": "maybe"}, "statement"),
        ({"policy": "xyz"}, "statement"),
        ({"policy": "0" * 16 + "\n"}, "statement"),
        ({"model": None}, "statement"),
        ({"time": "2026-01-01T00:00:00Z"}, "statement"),
        ({"time": "2026-13-01T00:00:00.000Z"}, "statement"),
        ({"time": "2026-01-01 00:00:00.000Z"}, "statement"),
        ({"time": "2026-01-01T00:00:01.000Z"}, "id"),
        ({"id": "01KAVTY6R0V3H5QZJ8D2M4N7XB"}, "id"),
        ({"id": "I" * 26}, "id"),
        ({"id": "short"}, "id"),
    ],
)
def test_impossible_values_are_found(change, part):
    assert refusal(statement(0) | change) == part


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"1", b'{"kind":"exchange"', b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a":1.5}', b"\xff", b"[" * 5000],
)
def test_what_is_not_a_canonical_object_is_found(raw):
    assert refusal(raw) == "canonical"


def test_an_exchange_that_lacks_a_member_is_found():
    whole = statement(0)
    for name in ("v", "id", "time", "profile", "policy", "model", "verdict"):
        assert refusal({key: value for key, value in whole.items() if key != name}) == "statement"


def test_kinds_of_later_versions_are_counted_and_no_more():
    counted = read({"kind": "dream"}, {"kind": 5}, {"nothing": "x"})
    assert counted.unknown == {"dream": 1, "…": 2}
    assert not counted.kinds


def test_too_many_names_do_not_fill_the_memory():
    counted = read(*[statement(0, model=f"m{number}") for number in range(MOST_NAMES + 50)])
    assert len(counted.models) == MOST_NAMES + 1
    assert counted.models["…"] == 50


def test_gaps_are_told_as_the_log_tells_them():
    name, until = ulid(START_MS), timestamp(START_MS)
    gap = {"v": 1, "kind": "gap", "id": name, "lost": 4, "since": timestamp(START_MS - 60_000), "time": until}
    assert read(gap).gaps == [(timestamp(START_MS - 60_000), until, 4)]


def test_stops_are_entries_too():
    one = {"v": 1, "kind": "stop", "id": ulid(START_MS), "time": timestamp(START_MS), "what": "all"}
    assert read(one).kinds == {"stop": 1}
    assert refusal(one | {"what": 7}) == "statement"


@given(st.integers(0, 253_402_300_799_999))
def test_any_time_and_its_number_agree(time_ms):
    assert read(statement(0, time_ms)).clock.first_ms == time_ms
