"""Replaying: an exchange is run again through the same steps, and compared with what was recorded."""

import difflib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

import orjson

from sekisho.core.errors import ContentRefused
from sekisho.core.language import Language
from sekisho.ledger.record import Logged, Record
from sekisho.ledger.signer import Signer
from sekisho.pipeline import exported, media
from sekisho.pipeline.exported import Content
from sekisho.pipeline.media import Delivery, Media
from sekisho.pipeline.passage import Caller
from sekisho.pipeline.record import Recorder
from sekisho.pipeline.run import Pipeline
from sekisho.policy.profile import Profile

COMPARED = 5_000  # code points for which the similarity is worked out
JUDGED = ("verdict", "categories", "finish")


@dataclass(slots=True)
class Nowhere:
    """Takes a record and keeps it out of the ledger: a replay answers nobody."""

    record: Record | None = None

    async def append(self, record: Record) -> Logged:
        """Keeps the last one."""
        self.record = record
        return Logged(0, record.exchange, b"", b"", "")

    def recorder(self) -> Recorder:
        """A recorder that writes here, and signs with a key that nobody knows."""
        return Recorder(self, Signer.of("replay", os.urandom(32)))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What there is of an exchange, verified (`exported.verify`).

    Attributes:
        language: of the caller, which the record does not hold; only notices and labels depend on it.
    """

    stated: Mapping[str, Any]
    content: Content
    profile: Profile
    language: Language


@dataclass(frozen=True, slots=True)
class Difference:
    """How one replay differs from the record.

    Attributes:
        at: the first code point at which the answers differ; None: they are the same.
        similarity: of the answers, in [0, 1], by the code points of their longest matching pieces.
        tokens: as recorded, and now.
        judged: verdict, categories and finish reason where they differ, as recorded and now.
        seen: whether the model saw the same, masks included.
        files: of an exchange that gave files: whether each is byte for byte the one that the model gave then.
    """

    at: int | None
    similarity: float
    tokens: tuple[int, int]
    judged: dict[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])
    seen: bool = True
    files: tuple[bool, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the person would have got the same answer, under the same verdict."""
        return self.at is None and not self.judged and all(self.files)


async def again(pipeline: Pipeline, recorded: Recorded) -> Difference:
    """Runs an exchange once more and compares. Nothing is written into the ledger.

    `pipeline` has the model that shall answer, under the name that the statement has for it. Raises what
    `Pipeline.run` raises.
    """
    nowhere = Nowhere()
    caller = Caller("replay", recorded.profile, recorded.language)
    raw = recorded.content.request.encode()
    pipeline = replace(pipeline, recorder=nowhere.recorder())
    path = media.path_of(orjson.loads(raw))
    if path:
        return await _file_again(Media(pipeline), recorded, caller, path, nowhere)
    outcome = await pipeline.run(raw, caller)
    if outcome.events is not None:
        async for _ in outcome.events:
            pass
    now: Mapping[str, Any] = orjson.loads(nowhere.record.statement) if nowhere.record else {}
    answered: list[Any] = orjson.loads(recorded.content.answer)
    seen = _seen_again(recorded, outcome.passage.composed)
    return compared(recorded.stated, answered, now, outcome.passage.texts, seen=seen)


async def _file_again(made: Media, recorded: Recorded, caller: Caller, path: str, nowhere: Nowhere) -> Difference:
    """Of files only digests are kept, so what is compared is whether the model gave the same bytes."""
    delivery: Delivery | None = None
    with suppress(ContentRefused):  # what is refused is in the record
        delivery = await made.run(recorded.content.request.encode(), caller, path)
    now: Mapping[str, Any] = orjson.loads(nowhere.record.statement) if nowhere.record else {}
    then = _digests(orjson.loads(recorded.content.answer))
    given = _digests(delivery.passage.texts) if delivery is not None else []
    seen = delivery is None or _seen_again(recorded, delivery.passage.composed)
    files = tuple(one == other for one, other in zip_longest(then, given))
    return replace(compared(recorded.stated, (), now, (), seen=seen), files=files)


def _digests(answer: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of the files as the model gave them; of records before there were such digests, of the files as delivered."""
    return [str(one.get("bare_sha256") or one.get("sha256")) for one in answer]


def _seen_again(recorded: Recorded, composed: Mapping[str, Any]) -> bool:
    """Whether the model was shown what it was shown then. Without `seen` that was the request as it came."""
    shown = orjson.dumps(composed)
    if "seen" in recorded.stated:
        return exported.salted(recorded.content.salt, shown) == recorded.stated["seen"]
    asked: dict[str, Any] = orjson.loads(recorded.content.request)
    added = {name: value for name, value in composed.items() if name not in asked}  # such as how images come
    return not composed or shown == orjson.dumps(asked | added)


def compared(
    then: Mapping[str, Any], answered: Sequence[Any], now: Mapping[str, Any], answers: Sequence[Any], *, seen: bool
) -> Difference:
    """How two statements and the texts that belong to them differ."""
    one, other = spoken(answered), spoken(answers)
    at = None if one == other else _common(one, other)
    pieces = difflib.SequenceMatcher(None, one[:COMPARED], other[:COMPARED], autojunk=False)
    judged = {name: (then.get(name), now.get(name)) for name in JUDGED if then.get(name) != now.get(name)}
    tokens = (int(then.get("tokens", 0)), int(now.get("tokens", 0)))
    return Difference(at, 1.0 if at is None else pieces.ratio(), tokens, judged, seen)


def _common(one: str, other: str) -> int:
    """How many code points two texts begin with alike."""
    unlike = (at for at, (here, there) in enumerate(zip(one, other, strict=False)) if here != there)
    return next(unlike, min(len(one), len(other)))


def spoken(texts: Sequence[Any]) -> str:
    """An answer as one text. The numbers of tool calls, which servers draw by lot, are left out."""
    parts: list[str] = []
    for text in texts:
        for name, value in sorted(text.items()):
            if name == "tool_calls":
                parts += [orjson.dumps({**call, "id": ""}, option=orjson.OPT_SORT_KEYS).decode() for call in value]
            elif name != "index" and value is not None:
                parts.append(value if isinstance(value, str) else orjson.dumps(value).decode())
    return "\n".join(parts)
