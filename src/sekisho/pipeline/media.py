"""The way of one exchange that ends in a file: an image, or speech.

1. Admit: the request makes sense, and has a model to go to by its name.
2. Inspect: every text in it is seen by all guards and judged by the profile. What is refused ends in an error.
3. Compose: the body that the model gets, with masked values replaced and marks taken out.
4. Ask: that model, and no other.
5. Mark: each file gets papers (C2PA) where its format carries them and the extra is here.
6. Seal, 7. Record: the statement, with digests of what is delivered; durable before it goes out.

What the model drew or said is not looked at: guards read texts. The papers hold the receipt of the admission, since
they are inside of what the final one speaks of; both name the exchange.
"""

import asyncio
import base64
import binascii
import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, Protocol, cast

import orjson

from sekisho.core.errors import ContentRefused, InvalidField, SekishoError, Stopped, UnknownModel, UpstreamBroken
from sekisho.core.exchange import Exchange, Judged, Message, Stage
from sekisho.core.verdict import Verdict
from sekisho.pipeline import request
from sekisho.pipeline.confidential import NothingInside, confined
from sekisho.pipeline.examiner import Examiner
from sekisho.pipeline.identity import ulid
from sekisho.pipeline.passage import Caller, Passage
from sekisho.pipeline.placeholders import Placeholders
from sekisho.pipeline.record import Seal
from sekisho.pipeline.request import Request
from sekisho.pipeline.run import Pipeline
from sekisho.policy import notices
from sekisho.policy.judge import cut, replacement
from sekisho.provenance.marks import selectors, stripped
from sekisho.provenance.media.files import Marked

log = logging.getLogger("sekisho.pipeline")

IMAGES, SPEECH = "/images/generations", "/audio/speech"
PROMPTS = {IMAGES: "prompt", SPEECH: "input"}
MOST_IMAGES = 10
OPENAI_IMAGES = "gpt-image-"  # models of this name give no URLs and take no `response_format`

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
)
_MP3 = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3")


class Papers(Protocol):
    """Puts papers into files: `provenance.media.files.Files`."""

    def mark(self, data: bytes, mime: str, receipt: str = "", title: str = "") -> Marked:
        """The file with a manifest. Raises a `SekishoError`; blocks."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What goes back: `payload` of the media type `kind`. `marked`: all files in it have papers."""

    passage: Passage
    receipt: str
    payload: bytes
    kind: str
    marked: bool


class Made(NamedTuple):
    """A file as it is delivered.

    Attributes:
        kind: its media type.
        codes: by which a picture or a sound is known again; empty: none.
        marked: it has papers.
        bare: SHA-256 of the file as the model gave it, in hexadecimal.
    """

    data: bytes
    kind: str
    codes: list[str]
    marked: bool
    bare: str


@dataclass(frozen=True, slots=True)
class Media:
    """Carries such exchanges, with the parts of the pipeline for chat.

    Attributes:
        papers: None: nobody can mark files here.
    """

    pipeline: Pipeline
    papers: Papers | None = None

    async def run(self, raw: bytes, caller: Caller, path: str) -> Delivery:
        """Runs one exchange. Raises `RequestError`, `UpstreamError` or `LedgerFault`."""
        # 1. Admit
        passage = self._admit(raw, caller, path)
        try:
            # 2. Inspect
            masked = await self._inspected(passage)
            # 3. Compose
            passage.composed = request.replaced(passage.request.body, masked)
            if masked:
                passage.exchange.seen = passage.seal.digest(orjson.dumps(passage.composed))
            # 4. Ask
            with self.pipeline.stops.over(passage.exchange.model, caller.profile.name) as wait:
                reply = await self.pipeline.models.media(passage.order[0], path, passage.composed)
                wait.look()
            files = _images(reply.payload, reply.model) if path == IMAGES else [reply.payload]
            # 5. Mark
            made = await self._marked(passage, files)
            # 6. Seal, 7. Record
            passage.exchange.finish = "stop"
            passage.texts = [_told(index, one) for index, one in enumerate(made)]
            receipt = await self._record(passage)
        except SekishoError as fault:
            await self._failed(passage, fault.code, fault)
            raise
        except BaseException:
            await self._failed(passage, "client_left", None)
            raise
        marked = all(one.marked for one in made)
        if path == SPEECH:
            return Delivery(passage, receipt, made[0].data, made[0].kind, marked)
        data = [{"b64_json": base64.b64encode(one.data).decode()} for one in made]
        body = {"created": passage.exchange.started_ms // 1000, "data": data}
        return Delivery(passage, receipt, orjson.dumps(body), "application/json", marked)

    def _admit(self, raw: bytes, caller: Caller, path: str) -> Passage:
        body = request.decoded(raw)
        messages = tuple(islice(_texts(body, path), request.MAX_TEXTS + 1))
        if len(messages) > request.MAX_TEXTS:
            raise InvalidField(
                field=str(messages[-1].path[0]), expected=f"at most {request.MAX_TEXTS} texts in a request"
            )
        if path == IMAGES and not str(body["model"]).startswith(OPENAI_IMAGES):
            body.setdefault("response_format", "b64_json")
        recorder = self.pipeline.recorder
        now_ms = recorder.now_ms()
        model = self._model(body["model"], caller)
        exchange = Exchange(ulid(now_ms), now_ms, caller.key, caller.profile.name, caller.language, body, model=model)
        placeholders = Placeholders([message.text for message in messages])
        examiner = Examiner(self.pipeline.inspector, caller.profile, caller.language, placeholders, caller.key)
        read = Request(raw, body, messages, (), selectors.suspicious(raw))
        return Passage(exchange, caller, read, Seal.of(raw, []), examiner, [model])

    def _model(self, name: str, caller: Caller) -> str:
        """A model that draws is asked by its name: another one would be asked in vain, or answer in words."""
        if name not in self.pipeline.models.names or name not in (caller.profile.models or (name,)):
            raise UnknownModel(model=name[:100])
        stop = self.pipeline.stopped(name, caller.profile.name)
        if stop is not None:
            raise Stopped(what=stop)
        return name

    async def _inspected(self, passage: Passage) -> dict[tuple[str | int, ...], str]:
        """Masked texts by place. Raises `ContentRefused` or `NothingInside`."""
        masked: dict[tuple[str | int, ...], str] = {}
        await passage.examiner.look_ahead(passage.request.messages)
        for message in passage.request.messages:
            result = await passage.examiner.examine(message)
            for judged in result.judged:
                passage.exchange.add(judged)
            if result.ended is not None:
                raise ContentRefused(notice=_notice(passage, result.ended))
            text = stripped(result.text) if passage.request.marked else result.text
            if text != message.text:
                masked[message.path] = text
        inside = self.pipeline.inside
        if confined(passage.exchange.judged, inside) and passage.order[0] not in inside:
            raise NothingInside
        return masked

    async def _marked(self, passage: Passage, files: list[bytes]) -> list[Made]:
        """Each file as it is delivered: with papers, where that can be."""
        recorder, caller = self.pipeline.recorder, passage.caller
        paper = recorder.admission(passage.exchange, caller.profile, passage.seal)
        done: list[Made] = []
        for data in files:
            kind = kind_of(data)
            bare = hashlib.sha256(data).hexdigest()
            made = Made(data, kind, [], marked=False, bare=bare)
            if self.papers is not None:
                try:
                    marked = await asyncio.to_thread(self.papers.mark, data, kind, paper, passage.exchange.id)
                    made = Made(marked.data, kind, marked.codes, marked=True, bare=bare)
                except SekishoError as fault:
                    log.warning("exchange %s: a file has no papers: %s", passage.exchange.id, fault.code)
            done.append(made)
        return done

    async def _record(self, passage: Passage) -> str:
        passage.recorded = True
        return await self.pipeline.recorder.record(
            passage.exchange, passage.caller.profile, passage.seal, passage.request.raw, passage.texts, 0
        )

    async def _failed(self, passage: Passage, finish: str, fault: SekishoError | None) -> None:
        if fault is not None:
            fault.exchange = passage.exchange.id
        if passage.recorded:
            return
        passage.exchange.finish = finish
        if isinstance(fault, Stopped):
            passage.exchange.add(cut(str(fault.details["what"])))
        try:
            await self._record(passage)
        except SekishoError as second:
            log.error("exchange %s is not recorded: %s", passage.exchange.id, second)  # noqa: TRY400 - the fault says all


def kind_of(data: bytes) -> str:
    """The media type of a file, by its beginning; what is none of them is bytes."""
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(data[8:12], "application/octet-stream")
    return "audio/mpeg" if data[:2] in _MP3 else "application/octet-stream"


def path_of(body: Mapping[str, Any]) -> str:
    """Where a request for a file was sent; empty for one of a chat."""
    return "" if "messages" in body else next((path for path, field in PROMPTS.items() if field in body), "")


def _texts(body: dict[str, Any], path: str) -> Iterator[Message]:
    """Every text of the request, its plain options included; raises `InvalidField` for what cannot be read as such."""
    _check(body, path)
    for name, value in body.items():
        if not name.isascii() or not name.isidentifier() or len(name) > 40:
            raise InvalidField(field=ascii(name[:40])[1:-1], expected="the name of an option")
        if isinstance(value, str) and name != "model":
            yield Message(Stage.ENTRY, "user", value, (name,))
        elif value is not None and not isinstance(value, str | int | float):
            raise InvalidField(field=name, expected="a text, a number, true or false")


def _check(body: dict[str, Any], path: str) -> None:
    for field in ("model", PROMPTS[path]):
        if not isinstance(body.get(field), str) or not body[field].strip():
            raise InvalidField(field=field, expected="a text")
    count = body.get("n")
    if count is not None and (type(count) is not int or not 1 <= count <= MOST_IMAGES):
        raise InvalidField(field="n", expected=f"a whole number between 1 and {MOST_IMAGES}")
    if body.get("stream") or body.get("stream_format") == "sse":
        raise InvalidField(field="stream", expected="false: files come whole")
    if path == IMAGES and body.get("response_format") not in (None, "b64_json"):
        raise InvalidField(field="response_format", expected="b64_json: addresses elsewhere are not fetched")


def _notice(passage: Passage, ended: Judged) -> str:
    language, judged = passage.caller.language, [ended, *passage.exchange.judged]
    if ended.verdict is Verdict.REPLACE:
        return replacement(passage.caller.profile, [ended], language) or ""
    speak = notices.held if ended.verdict is Verdict.HOLD else notices.refusal
    return speak(passage.caller.profile, judged, language)


def _images(payload: bytes, model: str) -> list[bytes]:
    """The images of an answer. Raises `UpstreamBroken`."""
    try:
        answer: Any = orjson.loads(payload)
        images = [
            base64.b64decode(cast("str", one["b64_json"]), validate=True) for one in cast("list[Any]", answer["data"])
        ]
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError, ValueError) as fault:
        raise UpstreamBroken(model=model, why="no images in b64_json") from fault
    if not 1 <= len(images) <= MOST_IMAGES:
        raise UpstreamBroken(model=model, why="no images, or too many")
    return images


def _told(index: int, made: Made) -> dict[str, Any]:
    """What the record says of a file; its codes are kept with the content, and are erased with it."""
    digest = hashlib.sha256(made.data).hexdigest()
    told: dict[str, Any] = {"index": index, "media": made.kind, "sha256": digest, "bare_sha256": made.bare}
    return told | ({"iscc": made.codes} if made.codes else {})
