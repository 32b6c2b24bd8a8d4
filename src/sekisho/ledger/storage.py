"""What the ledger needs of a database: two kinds offer it, the file of sqlite.py and the server of postgres.py.

Both have the same tables, and understand the same queries: values stand as `?`, bytes are read by `CAST(… AS BLOB)`.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from sekisho.ledger import tree
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.record import Entry


class Row(NamedTuple):
    """A record made ready: hashed and sealed. `secret` and `sealed` are None where no content is kept."""

    exchange: str
    statement: bytes
    leaf: bytes
    secret: bytes | None = None
    sealed: bytes | None = None
    keep_until_s: int | None = None


class Head(NamedTuple):
    """How many entries there are, and the hashes of the complete subtrees over them, largest first."""

    size: int
    frontier: list[bytes]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> "Head":
        """The head from the one row that states it. Raises `LedgerAltered` when it is not one."""
        if len(rows) != 1:
            raise LedgerAltered(position=0, part="head")
        size, joined = rows[0]
        if size < 0 or len(joined) != 32 * size.bit_count():
            raise LedgerAltered(position=size, part="head")
        return cls(size, [joined[at : at + 32] for at in range(0, len(joined), 32)])


class Appended(NamedTuple):
    """The entries that were added, the head before them, and so all that their proofs are made of."""

    before: Head
    entries: list[Entry]

    def proofs(self) -> tuple[bytes, list[list[bytes]]]:
        """The root with the new entries, and the inclusion proof of each."""
        return tree.proofs(self.before.size, self.before.frontier, [entry.leaf for entry in self.entries])


class Query(NamedTuple):
    """A query with its values."""

    text: str
    values: Sequence[object]


Found = list[tuple[int, str]]  # position and exchange of contents


class Store(Protocol):
    """The tables of one log, which other processes, or other machines, may use at the same time.

    `append` and `erase` are called by the writer's thread alone; the others by any.
    Durability: `append` and `erase` return only after the commit is on disk. Where they raise, the outcome may be
    unknown: nothing was done, or all of it.
    Concurrency: one transaction at a time writes, over all processes, and it reads the head after its turn has begun.
    So positions never fork, whoever else writes and whatever became of an earlier commit.
    Every method raises `LedgerFault` or the database's own error.
    """

    def read(self, query: str, values: Sequence[object]) -> list[Any]:
        """The rows of a query."""
        ...

    def head(self) -> Head:
        """The head of the log."""
        ...

    def intact(self) -> bool:
        """Whether the database finds itself sound, as far as it can tell: damaged indexes would hide entries."""
        ...

    def append(self, rows: Sequence[Row]) -> Appended:
        """Adds rows to the log, in a transaction of its own."""
        ...

    def erase(self, find: Query, recorded: Callable[[Found], list[Row]]) -> Found:
        """Destroys the keys of the contents that `find` gives, and adds the rows that record it, in one transaction."""
        ...

    def end(self) -> None:
        """Lets go of what the writer's thread used, in that thread."""
        ...

    def close(self) -> None:
        """Lets go of everything, after the writer has ended."""
        ...


def kept(exchange: str) -> Query:
    """Every content that is kept of an exchange."""
    return Query(
        "SELECT position, exchange FROM entries JOIN contents USING (position) WHERE exchange = ?", (exchange,)
    )


def due(now_s: int, limit: int) -> Query:
    """Contents whose time is over, at most `limit`."""
    return Query(
        "SELECT position, exchange FROM contents JOIN entries USING (position)"
        " WHERE keep_until_s <= ? ORDER BY keep_until_s LIMIT ?",
        (now_s, limit),
    )


def begun_before(identifier: str, limit: int) -> Query:
    """Contents whose exchange has a smaller identifier, at most `limit`."""
    return Query(
        "SELECT position, exchange FROM contents JOIN entries USING (position)"
        " WHERE exchange < ? ORDER BY position LIMIT ?",
        (identifier, limit),
    )
