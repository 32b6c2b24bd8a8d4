"""The change of a log's signing key: an entry of the log itself, signed with the old key and with the new one.

The history of a log's keys is the lines of these entries, in their order. Who trusts one key of a log and has the
history can verify what later keys have signed.

An entry is canonical JSON with `id` `signing-key`, `kind` `key`, `v`, `time`, the keys `old` and `new` as verifiers
exchange them, `size`, and `by_old` and `by_new`: Ed25519 signatures in base64, each over the same object without these
two. `size` is how many entries the log had: the old key signs no checkpoint of a larger log.
"""

import base64
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

import orjson

from sekisho.core.errors import ConfigurationError, RequestError
from sekisho.core.language import Bilingual, Language
from sekisho.ledger.note import MAX_SIZE, Checkpoint, NoteRejected, VerifierKey, signed, verify
from sekisho.ledger.signer import Signer

ID, KIND = "signing-key", "key"
MOST = 1000  # changes in a history
MAX_HISTORY = 4_000_000  # bytes
_TEXTS = ("by_new", "by_old", "new", "old", "time")
_MEMBERS = {*_TEXTS, "id", "kind", "size", "v"}

REASONS: dict[str, Bilingual] = {
    "form": {"ja": "鍵の変更の記録の形式ではありません", "en": "a line is no record of a change of keys"},
    "signature": {"ja": "変更の署名が合いません", "en": "the signature of a change does not fit"},
    "origin": {"ja": "別の台帳の鍵に変わっています", "en": "a change leads to the key of another log"},
    "fork": {"ja": "一つの鍵の前か後に、二つの鍵があります", "en": "one key comes after two others, or before two"},
}


class KeysRejected(RequestError):
    """A history of keys does not verify. `reason` is one of the keys of `REASONS`."""

    code = "keys_rejected"
    sentence: ClassVar[dict[Language, str]] = {
        "ja": "鍵の履歴を確認できません({reason})。",
        "en": "The history of keys does not verify ({reason}).",
    }
    hint: ClassVar[dict[Language, str]] = {
        "ja": "履歴を発行元から取り直してください。それでも同じなら、この履歴の鍵を信用しないでください。",
        "en": "Get the history from its issuer again. If that does not help, trust none of its keys.",
    }

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(reason=reason)

    def say(self, language: Language) -> str:
        """Why it was rejected, as a sentence."""
        return self.sentence[language].format(reason=REASONS[self.reason][language])


class Known(NamedTuple):
    """A key of a log. It signs no log of more than `until` entries; None: it is the newest that is known."""

    key: VerifierKey
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change that both keys have signed.

    Attributes:
        raw: the entry's bytes.
    """

    old: VerifierKey
    new: VerifierKey
    size: int
    time: str
    raw: bytes

    @classmethod
    def made(cls, old: Signer, new: Signer, size: int, time: str) -> "Change":
        """The change from one key of a log to another, when the log has `size` entries."""
        told = {"id": ID, "kind": KIND, "new": new.verifier_key, "old": old.verifier_key}
        told |= {"size": size, "time": time, "v": 1}
        message = _canonical(told)
        signed = {
            name: base64.b64encode(one.sign(message)).decode() for name, one in (("by_old", old), ("by_new", new))
        }
        return cls(old.verifier, new.verifier, size, time, _canonical({**told, **signed}))

    @classmethod
    def parse(cls, raw: bytes) -> "Change":
        """Reads and verifies an entry. Raises `KeysRejected`."""
        told = _members(raw)
        try:
            old, new = (VerifierKey.parse(told[name]) for name in ("old", "new"))
            signatures = [base64.b64decode(told[name], validate=True) for name in ("by_old", "by_new")]
        except (ConfigurationError, ValueError) as fault:
            raise KeysRejected(reason="form") from fault
        message = _canonical({name: value for name, value in told.items() if name not in ("by_old", "by_new")})
        try:
            for key, signature in zip((old, new), signatures, strict=True):
                verify(key.public, message, signature)
        except NoteRejected as fault:
            raise KeysRejected(reason="signature") from fault
        if old.name != new.name:
            raise KeysRejected(reason="origin")
        return cls(old, new, told["size"], told["time"], raw)


def history(text: bytes) -> list[Change]:
    """The changes in a file, one a line; empty lines do not count. Raises `KeysRejected`."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(text) > MAX_HISTORY or len(lines) > MOST:
        raise KeysRejected(reason="form")
    return [Change.parse(line) for line in lines]


def known(trusted: VerifierKey, changes: Iterable[Change]) -> Sequence[Known]:
    """All keys of the log of one that is trusted, the newest last. Raises `KeysRejected` where they part ways.

    A change is signed with both of its keys, so it leads both ways: the old key names its successor, and the new one
    says until which size of the log the old one signed.
    """
    after: dict[VerifierKey, Change] = {}
    before: dict[VerifierKey, Change] = {}
    for change in changes:
        for ways, key in ((after, change.old), (before, change.new)):
            if ways.setdefault(key, change).raw != change.raw:
                raise KeysRejected(reason="fork")
    keys: deque[Known] = deque()
    oldest = newest = trusted
    while (change := after.pop(newest, None)) is not None:
        keys.append(Known(newest, change.size))
        newest = change.new
    while (change := before.get(oldest)) is not None and after.pop(change.old, None) is not None:
        keys.appendleft(Known(change.old, change.size))
        oldest = change.old
    return [*keys, Known(newest)]


def opened(note: str, keys: Iterable[Known]) -> Checkpoint:
    """A checkpoint that one of these keys of a log has signed while it was in use. Raises `NoteRejected`."""
    for key, until in keys:
        if signed(note, key)[1]:
            checkpoint = Checkpoint.opened(note, key)
            if until is None or checkpoint.size <= until:
                return checkpoint
    raise NoteRejected("not signed by a key that was in use")


def _members(raw: bytes) -> dict[str, Any]:
    try:
        told: Any = orjson.loads(raw)
    except orjson.JSONDecodeError as fault:
        raise KeysRejected(reason="form") from fault
    if not isinstance(told, dict) or cast("dict[str, Any]", told).keys() != _MEMBERS:
        raise KeysRejected(reason="form")
    members = cast("dict[str, Any]", told)
    fits = (members["id"], members["kind"], members["v"]) == (ID, KIND, 1) and type(members["size"]) is int
    fits = fits and all(type(members[name]) is str for name in _TEXTS)
    if not fits or not 0 <= members["size"] <= MAX_SIZE or _canonical(members) != raw:
        raise KeysRejected(reason="form")
    return members


def _canonical(told: dict[str, Any]) -> bytes:
    """All names are ASCII and all values are text or whole numbers: sorted keys are all that RFC 8785 asks for."""
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
