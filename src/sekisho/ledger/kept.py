"""The kept contents in the order of the log, for whoever follows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from sekisho.ledger import erasure
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.vault import SealBroken, Vault

Read = Callable[[str, Sequence[object]], list[Any]]


class Content(NamedTuple):
    """What was kept of the exchange whose entry stands at `position`, opened."""

    position: int
    exchange: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a stretch of the log says about contents.

    Attributes:
        next: the first position behind the stretch, from which to go on.
        kept: contents of entries in the stretch that are not erased by now, in order.
        erased: positions, anywhere before, of contents whose erasure is recorded in the stretch.
    """

    next: int
    kept: list[Content]
    erased: list[int]


class _Erasure(msgspec.Struct):
    """Where the erased content was."""

    position: int


def stretch(read: Read, vault: Vault, start: int, stop: int) -> Stretch:
    """The contents of the entries `start` to `stop`, which exist. Raises `LedgerAltered` where one does not open.

    Who takes in `kept`, then drops `erased`, then goes on at `next` misses nothing: what is erased after it was read
    has its erasure further on in the log.
    """
    rows = read(
        "SELECT position, exchange, CAST(secret AS BLOB), CAST(sealed AS BLOB) FROM entries"
        " JOIN keys USING (position) JOIN contents USING (position)"
        " WHERE position >= ? AND position < ? ORDER BY position",
        (start, stop),
    )
    statements = read(
        "SELECT CAST(statement AS BLOB) FROM entries WHERE position >= ? AND position < ? ORDER BY position",
        (start, stop),
    )
    erased = [msgspec.json.decode(said, type=_Erasure).position for (said,) in statements if erasure.is_one(said)]
    return Stretch(stop, [_opened(vault, *row) for row in rows], erased)


def _opened(vault: Vault, position: int, exchange: str, secret: bytes, sealed: bytes) -> Content:
    try:
        return Content(position, exchange, vault.unseal(exchange, secret, sealed))
    except SealBroken as fault:
        raise LedgerAltered(position=position, part="content") from fault
