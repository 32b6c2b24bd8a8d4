"""What goes into the ledger, and what comes back."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Record:
    """One thing to be written down.

    Attributes:
        exchange: identifier of the exchange; equals the member `id` of the statement.
        statement: canonical JSON (RFC 8785) without personal data; becomes a leaf of the tree, for ever.
        content: what was said; kept encrypted, can be erased. None: nothing is kept.
        keep_until_s: Unix time in seconds after which `Ledger.sweep` erases the content. None: never.
    """

    exchange: str
    statement: bytes
    content: bytes | None = None
    keep_until_s: int | None = None


class Entry(NamedTuple):
    """A record's place in the log: `position` counts from 0, `leaf` is its RFC 6962 leaf hash.

    A tuple, because one is made for each append.
    """

    position: int
    exchange: str
    leaf: bytes


class Logged(NamedTuple):
    """An entry together with what proves to anyone that it stands in the log.

    Attributes:
        proof: hashes from the leaf upwards, joined: the inclusion proof in the tree of the checkpoint.
        checkpoint: the signed tree head right after the commit (C2SP tlog-checkpoint); empty where nobody signs.
    """

    position: int
    exchange: str
    leaf: bytes
    proof: bytes
    checkpoint: str
