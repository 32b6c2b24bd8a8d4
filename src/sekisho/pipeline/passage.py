"""An exchange on its way: who asks, what its steps need, what goes back."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sekisho.core.exchange import Exchange
from sekisho.core.fixed import fixed
from sekisho.core.language import Language
from sekisho.pipeline.contract import Agreement
from sekisho.pipeline.examiner import Examiner
from sekisho.pipeline.record import Seal
from sekisho.pipeline.request import Request
from sekisho.policy.profile import Profile


@fixed
class Caller:
    """Who asks, and how. `explain`: the answer shall carry findings and what the model saw."""

    key: str
    profile: Profile
    language: Language
    explain: bool = False


@dataclass(slots=True)
class Passage:
    """An exchange on its way, with what its steps need.

    Attributes:
        recorded: whether its record was written, or tried to be. There is never a second try: the first may turn out
            to be in the log after all.
        confined: whether only models inside the organisation may be asked.
        agreement: what the answer must be; None: anything.
    """

    exchange: Exchange
    caller: Caller
    request: Request
    seal: Seal
    examiner: Examiner
    order: Sequence[str]
    texts: list[Any] = field(default_factory=list)
    tokens: int = 0
    composed: dict[str, Any] = field(default_factory=dict)
    recorded: bool = False
    confined: bool = False
    agreement: Agreement | None = None

    def spent(self, reported: int | None, said: int) -> int:
        """Tokens of request and answer: as the model reports them, else estimated, four bytes to each.

        Most servers report those of a stream only where the caller wants that. `said` is the answer's size in bytes.
        """
        return reported if reported is not None else (self.request.size + said) // 4


@dataclass(slots=True)
class Outcome:
    """What goes back: a whole payload, or events to send one after another. `passage.tokens` is known at the end."""

    passage: Passage
    receipt: str
    payload: bytes = b""
    events: AsyncGenerator[bytes, None] | None = None
