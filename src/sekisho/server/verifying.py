"""`POST /v1/verify`: what is known of a receipt, a text, or a file of text, that anybody brings. Needs no key."""

import asyncio
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any, Literal

import msgspec

from sekisho.core.errors import InvalidField, LedgerFault, UnreadableBody
from sekisho.core.language import Bilingual, Language
from sekisho.ledger import published
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Logged
from sekisho.provenance import receipt
from sekisho.provenance.marks import Marker
from sekisho.server.html_text import seen
from sekisho.server.lookup_faults import TextTooLong
from sekisho.server.papers import Opener, Papers
from sekisho.server.seeking import Place
from sekisho.server.services import Services
from sekisho.server.shape import decoded

LONGEST = 20_000  # code points of a text
MATCHES = 3
JSON = ("", "application/json", "application/x-www-form-urlencoded")  # the last is what curl says of any body
Result = Literal["unchanged", "edited", "passages", "unknown"]
ORDER: tuple[Result, ...] = ("unchanged", "edited", "passages")
TEXT = ("text/plain", "text/markdown", "text/html")


class Asked(msgspec.Struct, frozen=True):
    """The body, where it is JSON: one of the two."""

    receipt: str | None = None
    text: str | None = None


class Matched(msgspec.Struct, frozen=True):
    """An exchange that the text came through. `receipt` proves the rest of it, and what it says, to be in the log.

    `by_mark`: it is named by an invisible mark, which also says whether the letters before it are unchanged; the text
    was compared with nothing, and `spans` is empty.
    """

    result: str
    exact: bool
    spans: list[tuple[int, int]]
    letters: int
    share: float
    of_answer: float
    exchange: str
    time: str
    profile: str
    title: Bilingual
    model: str
    verdict: str
    receipt: str
    by_mark: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """What is known of a text. `text`: what was read of a file. `behind`: newest entries not looked through yet."""

    result: Result
    matches: list[Matched]
    behind: int
    key: str
    text: str | None = None


class Verifying:
    """Answers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @cached_property
    def _opener(self) -> Opener:
        settings = self._services.plan.settings
        return Opener(settings.directory, settings.marks)

    @cached_property
    def _marker(self) -> Marker:
        return Marker.open(self._services.plan.settings.directory)

    async def answer(self, body: bytes, kind: str, address: str, language: Language) -> object:
        """What to say of a body of the media type `kind`, brought by a visitor from `address`.

        Raises `RequestError`s: of the body, `ReceiptRejected`, `TooManyLookups`, `LookupUnavailable`.
        """
        kind = kind.partition(";")[0].strip().lower()
        if kind in TEXT:
            await self._services.seeking.ask("", address)  # counts as a look-up, before any work is done
            text = await asyncio.to_thread(written, body, kind)
            return msgspec.structs.replace(await self._text(text, ""), text=text)
        if kind not in JSON:
            await self._services.seeking.ask("", address)  # counts as a look-up
            papers = await self._opener.read(body, kind, language)
            return await (self._found(papers) if papers.text else self._looked_up(papers))
        asked = asked_of(body)
        if asked.text is not None:
            return await self._text(asked.text, address)
        return self._receipt(asked.receipt or "")

    async def _looked_up(self, papers: Papers) -> Papers:
        """With the exchanges that gave a picture, sound or video like this one."""
        if not papers.codes:
            return papers
        reply = await self._services.seeking.coded(papers.codes)
        matches = await asyncio.to_thread(self._proven, reply.found[:MATCHES], ()) if reply.found else []
        key = self._services.signer.verifier_key
        return msgspec.structs.replace(papers, matches=matches, behind=reply.behind, key=key)

    async def _found(self, papers: Papers) -> Papers:
        """With the exchanges that gave text that stands in this document; whoever brought it was counted."""
        told = await self._text(papers.text, "")
        return msgspec.structs.replace(papers, matches=told.matches, behind=told.behind, key=told.key)

    def _receipt(self, given: str) -> object:
        verified, key = receipt.verify_by(given.strip(), self._services.keys)
        place = verified.place._asdict() if verified.place is not None else None
        return {"verified": True, "statement": dict(verified), "log": place, "key": str(key)}

    async def _text(self, text: str, address: str) -> Verdict:
        if len(text) > LONGEST:
            raise TextTooLong(limit=LONGEST)
        reply = await self._services.seeking.ask(text, address)
        matches = await asyncio.to_thread(self._known, text, reply.found)
        told = {match.result for match in matches}
        best: list[Result] = [one for one in ORDER if one in told]
        return Verdict(best[0] if best else "unknown", matches, reply.behind, self._services.signer.verifier_key)

    def _known(self, text: str, found: Sequence[Place]) -> list[Matched]:
        """What was found, and behind it what marks in the text name beyond that. Waits for the disk."""
        known = {one.exchange for one in found}
        named = [one for one in self._named(text) if one.exchange not in known]
        places = [*found, *named]
        return self._proven(places[:MATCHES], {one.exchange for one in named}) if places else []

    def _named(self, text: str) -> list[Place]:
        """The exchanges that invisible marks of ours name, also where no content is kept; each once."""
        places: dict[str, Place] = {}
        for mark in self._marker.found(text):
            entry = self._services.ledger.entry_of(mark.exchange) if mark.ours else None
            if entry is not None:
                result = "unchanged" if mark.unchanged else "edited"
                share = 1.0 if mark.unchanged else 0.0
                place = Place(entry.exchange, entry.position, result, False, [], 0, share, share)  # noqa: FBT003 a field
                places.setdefault(entry.exchange, place)
        return list(places.values())

    def _proven(self, found: Sequence[Place], named: Collection[str]) -> list[Matched]:
        """The matches with what the log says of them, and the proof of it."""
        note, size = self._checkpoint(max(one.position for one in found))
        return [self._matched(one, note, size, by_mark=one.exchange in named) for one in found]

    def _checkpoint(self, position: int) -> tuple[str, int]:
        """A checkpoint that covers a position: that of the witnesses where it does, or one of now."""
        services = self._services
        shown = published.read(services.plan.settings.directory)
        for note in (shown, services.ledger.checkpoint(services.signer)):
            if note is not None and position < (size := Checkpoint.opened(note, services.signer.verifier).size):
                return note, size
        raise LedgerFault(why="it has no such entry")

    def _matched(self, found: Place, note: str, size: int, *, by_mark: bool) -> Matched:
        ledger = self._services.ledger
        statement = ledger.leaf(found.position)
        proof = b"".join(ledger.inclusion_proof(found.position, size))
        paper = receipt.logged(statement, Logged(found.position, found.exchange, b"", proof, note))
        told: Any = msgspec.json.decode(statement)
        profile = str(told.get("profile", ""))
        return Matched(
            **{name: getattr(found, name) for name in ("result", "exact", "spans", "letters", "share", "of_answer")},
            exchange=found.exchange,
            time=str(told.get("time", "")),
            profile=profile,
            title=self._title(profile),
            model=str(told.get("model", "")),
            verdict=str(told.get("verdict", "")),
            receipt=paper,
            by_mark=by_mark,
        )

    def _title(self, profile: str) -> Bilingual:
        """What a profile calls itself; its name, where there is none of that name any more."""
        profiles = self._services.profiles
        return profiles.get(profile).title if profile in profiles.names else {"ja": profile, "en": profile}


def asked_of(body: bytes) -> Asked:
    """The body as JSON. Raises `InvalidField` or `UnreadableBody`."""
    asked = decoded(body, Asked)
    if (asked.receipt is None) == (asked.text is None):
        raise InvalidField(field="body", expected="either `receipt` or `text`")
    return asked


def written(body: bytes, kind: str) -> str:
    """The text of a file: UTF-8, or else as Windows writes Japanese. Of HTML, what a reader sees."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return seen(text) if kind == "text/html" else text
    raise UnreadableBody(why="neither UTF-8 nor Shift_JIS")
