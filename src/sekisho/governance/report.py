"""What an audit found, for programs; words.py says it to people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sekisho.governance.clock import Backwards, Pause
from sekisho.governance.evidence import Evidence
from sekisho.governance.statements import Statements
from sekisho.ledger.note import Checkpoint


class Witnessed(NamedTuple):
    """A witness, and when it cosigned (Unix seconds)."""

    witness: str
    time_s: int


class Unrecordable(NamedTuple):
    """A time in which nothing could be recorded, as the log itself states it."""

    since: str
    until: str
    lost: int


@dataclass(frozen=True, slots=True)
class Report:
    """A bundle that passed, and what is in it.

    Attributes:
        kinds: entries by kind; those that this version does not know are in `unknown`.
        first_ms, last_ms: the first time and the latest, Unix milliseconds; None for an empty log.
        pauses: pauses that are longer than usual; `longest` is the longest of all, usual or not.
        unexplained: digests of policies that entries name and whose text is not in the bundle.
        unfinished: files of receipts that a stream began with, whose exchange is not in the log.
    """

    origin: str
    size: int
    root: str
    read: int
    witnessed: Sequence[Witnessed]
    kinds: Mapping[str, int]
    unknown: Mapping[str, int]
    verdicts: Mapping[str, int]
    profiles: Mapping[str, int]
    models: Mapping[str, int]
    policies: Mapping[str, int]
    first_ms: int | None
    last_ms: int | None
    longest: Pause | None
    pauses: Sequence[Pause]
    backwards: Backwards
    gaps: Sequence[Unrecordable]
    receipts: int
    checkpoints: int
    unexplained: Sequence[str]
    unfinished: Sequence[str]

    @classmethod
    def of(
        cls,
        checkpoint: Checkpoint,
        witnessed: Sequence[Witnessed],
        statements: Statements,
        evidence: Evidence,
        rest: tuple[list[str], list[str], int],
    ) -> "Report":
        """The report; `rest` is `unexplained`, `unfinished` and the bytes read."""
        clock = statements.clock
        unexplained, unfinished, read = rest
        return cls(
            origin=checkpoint.origin,
            size=checkpoint.size,
            root=checkpoint.root.hex(),
            read=read,
            witnessed=witnessed,
            kinds=_ordered(statements.kinds),
            unknown=_ordered(statements.unknown),
            verdicts=dict(statements.verdicts),
            profiles=_ordered(statements.profiles),
            models=_ordered(statements.models),
            policies=_ordered(statements.policies),
            first_ms=clock.first_ms,
            last_ms=None if clock.first_ms is None else clock.latest_ms,
            longest=clock.longest,
            pauses=clock.unusual,
            backwards=clock.backwards,
            gaps=[Unrecordable(*one) for one in statements.gaps],
            receipts=evidence.receipts,
            checkpoints=evidence.checkpoints,
            unexplained=unexplained,
            unfinished=unfinished,
        )


def _ordered(counter: Counter[str]) -> dict[str, int]:
    """By name, so that the same log gives the same report."""
    return {name: counter[name] for name in sorted(counter)}
