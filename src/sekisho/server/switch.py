"""The stop switch: a model, a profile or everything, stopped at once by the operator."""

import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sekisho.core.errors import AccessFault
from sekisho.server.database import Database
from sekisho.server.shared import Shared

ALL = "all"


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
        self._shared = Shared(directory)
        self._stops: dict[str, Stop] = {}
        self._generation = 0
        try:
            self._database = Database(directory, self._shared)
        except BaseException:
            self._shared.close()
            raise
        self._reload(wait=True)

    def stopped(self, *, model: str, profile: str) -> str | None:
        """`all`, else the profile, else the model, whichever is stopped; None when nothing of it is.

        Meant to be asked for every piece of a stream: one word of the shared memory is compared, and the table is
        read only after it changed.
        """
        if self._shared.generation() != self._generation:
            self._reload(wait=False)
        if not self._stops:
            return None
        for what in (ALL, profile, model):
            if what in self._stops:
                return what
        return None

    def stop(self, what: str, by: str, reason: str) -> Stop:
        """Stops `what`, durably. If it is stopped already, the newer person, time and reason are kept."""
        stop = Stop(what, by, reason, time.time_ns() // 1_000_000)
        with self._database.change() as connection:
            connection.execute("INSERT OR REPLACE INTO stops VALUES (?, ?, ?, ?)", (what, by, reason, stop.since_ms))
        return stop

    def start(self, what: str) -> bool:
        """Lifts the stop of `what` and of nothing else; False when it was not stopped.

        `all` lifts the stop of everything; a model or profile that was stopped by its own name stays so.
        """
        with self._database.change() as connection:
            return connection.execute("DELETE FROM stops WHERE what = ?", (what,)).rowcount > 0

    def list(self) -> tuple[Stop, ...]:
        """Everything that is stopped, the oldest first."""
        self._reload(wait=True)
        return tuple(self._stops.values())

    def close(self) -> None:
        """Unmaps the shared file."""
        self._shared.close()

    def _reload(self, *, wait: bool) -> None:
        generation = self._shared.generation()  # before reading: a change in between is then read again
        rows = self._database.read("SELECT what, by, reason, since_ms FROM stops ORDER BY since_ms, what", wait=wait)
        if rows is None:
            return  # a change is being made and holds from its end; the next call looks again
        try:
            stops = [Stop(*msgspec.convert(row, tuple[str, str, str, int])) for row in rows]
        except msgspec.ValidationError as fault:
            raise AccessFault(why="a row is damaged") from fault
        self._stops = {stop.what: stop for stop in stops}
        self._generation = generation
