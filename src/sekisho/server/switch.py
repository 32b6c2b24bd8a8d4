"""The stop switch: a model, a profile or everything, stopped at once by the operator."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sekisho.core.errors import AccessFault
from sekisho.server.table import Table

ALL = "all"
QUERY = "SELECT what, by, reason, since_ms FROM stops ORDER BY since_ms, what"


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing that is stopped. `since_ms` is Unix time in milliseconds; `reason` is what the operator wrote."""

    what: str
    by: str
    reason: str
    since_ms: int


class Switch:
    """What is stopped in one home directory, until it is started again, also over restarts.

    A stop that any process makes holds in every other from its next call of `stopped` on.
    Raises `AccessFault` when the table is damaged, then and at any later reading: what cannot be known to run, stops.
    """

    def __init__(self, directory: Path) -> None:
        self._table = Table(directory, QUERY, _stops)

    def stopped(self, model: str, profile: str) -> str | None:
        """`all`, else the profile, else the model, whichever is stopped; None when nothing of it is.

        Meant to be asked for every piece of a stream: one word of the shared memory is compared, and the table is
        read only after it changed.
        """
        stops = self._table.content()
        if not stops:
            return None
        for what in (ALL, profile, model):
            if what in stops:
                return what
        return None

    def stop(self, what: str, by: str, reason: str) -> Stop:
        """Stops `what`, durably. If it is stopped already, the newer person, time and reason are kept."""
        stop = Stop(what, by, reason, time.time_ns() // 1_000_000)
        with self._table.change() as connection:
            connection.execute("INSERT OR REPLACE INTO stops VALUES (?, ?, ?, ?)", (what, by, reason, stop.since_ms))
        return stop

    def start(self, what: str) -> bool:
        """Lifts the stop of `what` and of nothing else; False when it was not stopped.

        `all` lifts the stop of everything; a model or profile that was stopped by its own name stays so.
        """
        with self._table.change() as connection:
            return connection.execute("DELETE FROM stops WHERE what = ?", (what,)).rowcount > 0

    def list(self) -> tuple[Stop, ...]:
        """Everything that is stopped, the oldest first."""
        return tuple(self._table.read().values())

    def close(self) -> None:
        """Unmaps the shared file."""
        self._table.close()


def _stops(rows: list[tuple[Any, ...]]) -> dict[str, Stop]:
    try:
        stops = [Stop(*msgspec.convert(row, tuple[str, str, str, int])) for row in rows]
    except msgspec.ValidationError as fault:
        raise AccessFault(why="a row is damaged") from fault
    return {stop.what: stop for stop in stops}
