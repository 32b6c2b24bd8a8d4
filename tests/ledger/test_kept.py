import asyncio
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.ledger import store
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.kept import Content
from sekisho.ledger.ledger import Ledger


def followed(ledger, limit, position=0, known=None):
    """What one who follows the log knows at its end, and where that is."""
    known = {} if known is None else known
    while True:
        found = ledger.contents_from(position, limit)
        known |= {one.position: one for one in found.kept}
        for at in found.erased:
            known.pop(at, None)
        if found.next == position:
            return known, position
        position = found.next


@pytest.mark.parametrize("ledger", ["file", "server"], indirect=True)
async def test_contents_come_in_the_order_of_the_log(ledger, record):
    await asyncio.gather(*[ledger.append(record(n, b"said %d" % n if n % 3 else None)) for n in range(10)])
    found = ledger.contents_from(2, 6)
    assert found.kept == [Content(n, record(n).exchange, b"said %d" % n) for n in (2, 4, 5, 7)]
    assert (found.next, found.erased) == (8, [])
    assert ledger.contents_from(10, 6).next == 10


@pytest.mark.parametrize("ledger", ["file", "server"], indirect=True)
async def test_an_erasure_shows_to_who_follows_the_log(ledger, record):
    await asyncio.gather(*[ledger.append(record(n, b"said")) for n in range(4)])
    known, position = followed(ledger, 3)
    assert sorted(known) == [0, 1, 2, 3]
    ledger.erase(record(1).exchange)
    assert ledger.contents_from(position, 10).erased == [1]
    assert sorted(followed(ledger, 3, position, known)[0]) == [0, 2, 3]
    assert sorted(followed(ledger, 3)[0]) == [0, 2, 3]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["append", "erase", "follow"]), max_size=12), st.integers(1, 4))
def test_whenever_somebody_looks_they_end_up_with_what_is_kept(tmp_path_factory, record, steps, limit):
    ledger = Ledger.open(tmp_path_factory.mktemp("home"), sync=False)
    try:
        known, position, kept = {}, 0, []
        for number, step in enumerate(steps):
            if step == "append":
                kept.append(asyncio.run(ledger.append(record(number, b"said"))).position)
            elif step == "erase" and kept:
                ledger.erase(ledger.contents_from(kept.pop(0), 1).kept[0].exchange)
            elif step == "follow":
                known, position = followed(ledger, limit, position, known)
        known, _ = followed(ledger, limit, position, known)
        assert sorted(known) == kept
    finally:
        ledger.close()


async def test_a_content_that_does_not_open_is_named(ledger, record, tmp_path):
    await asyncio.gather(*[ledger.append(record(n, b"said")) for n in range(3)])
    connection = store.connect(tmp_path / "home" / store.FILE, sqlite3.Connection, sync=True)
    connection.execute("UPDATE keys SET secret = zeroblob(32) WHERE position = 1")
    connection.close()
    with pytest.raises(LedgerAltered, match="Entry 1 "):
        ledger.contents_from(0, 5)


@pytest.mark.parametrize("position", [-1, 1])
def test_nothing_comes_from_outside_the_log(ledger, position):
    with pytest.raises(IndexError):
        ledger.contents_from(position, 5)
