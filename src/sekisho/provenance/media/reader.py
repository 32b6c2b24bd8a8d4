"""The child process that opens one file: reads its manifest, or puts one in.

Native code that parses what strangers made stays out of the process that holds keys. This one holds none, gets a bare
environment, may use so much memory and processor time and no more, and ends after one file. What is to be signed goes
to the parent, and the signature comes back.

Standard input: a line of JSON (`Job`), the file, then signatures that were asked for. Standard output: frames, each a
letter, four bytes of length and so many bytes: `S` please sign this, `F` the file, `R` what was found (JSON), `E` why
nothing was done (a word).

Run by `sekisho.provenance.media.files` as `python -m sekisho.provenance.media.reader`.
"""

import importlib
import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from sekisho.provenance.media.code import LABEL, binding, bound
from sekisho.provenance.media.document import LAYOUTS, text_codes, text_of
from sekisho.provenance.media.image import image_codes
from sekisho.provenance.media.payload import data_codes
from sekisho.provenance.media.stored import stored

RECEIPT = "org.sekisho.receipt"
LONGEST = 300  # characters of a name that a stranger wrote
MOST_FLAWS = 30
MEMORY = 1 << 30  # bytes, beside what the file itself needs, which may stand there several times
COPIES = 8
SIGNATURE = 64  # bytes


class Job(msgspec.Struct, frozen=True):
    """What to do with the file.

    Attributes:
        mime: its media type.
        size: bytes of it that follow.
        cpu_s: processor time that may be used.
        settings: of the library, as JSON.
        own: settings with which only our own certificate is trusted, as JSON.
        manifest: the manifest to put in, as JSON; empty: only read.
        chain: the certificate of the manifest with its issuers, in PEM.
    """

    mime: str
    size: int
    cpu_s: int
    settings: str
    own: str
    manifest: str = ""
    chain: str = ""


class Found(msgspec.Struct, frozen=True):
    """What a file says of itself, in words of whoever wrote it, cut to size.

    Attributes:
        present: whether there is a manifest at all.
        state: `Trusted`, `Valid` or `Invalid`; empty without a manifest.
        ours: whether it is valid and signed with our own certificate.
        signer: common name of the certificate.
        issuer: organisation of the certificate.
        generator: the program that made the claim, with its version.
        sources: digital source types of the actions, the last part of each.
        receipt: our receipt inside, unverified; empty: none.
        bound: the first code that the manifest states; empty: none.
        codes: those that the picture, sound, video or document has, that of the binding first; empty: none.
        text: of the document; empty for what is none.
        flaws: codes of what is wrong.
    """

    present: bool
    state: str = ""
    ours: bool = False
    signer: str = ""
    issuer: str = ""
    generator: str = ""
    sources: list[str] = []
    receipt: str = ""
    bound: str = ""
    codes: list[str] = []
    text: str = ""
    flaws: list[str] = []


def main() -> None:
    """Does one job."""
    job = msgspec.json.decode(sys.stdin.buffer.readline(1 << 20), type=Job)
    confine(job)
    data = sys.stdin.buffer.read(job.size)
    try:
        c2pa: Any = importlib.import_module("c2pa")
        text = text_of(data, job.mime)
        codes = codes_of(data, job.mime, text)
    except ImportError:
        return say(b"E", b"missing")
    try:
        if job.manifest:
            data = put_in(c2pa, job, data, codes)
            say(b"F", data)
        say(b"R", msgspec.json.encode(msgspec.structs.replace(look(c2pa, job, data), codes=codes, text=text)))
    except MemoryError:
        say(b"E", b"unreadable")
    except Exception as fault:  # noqa: BLE001 - the library's errors are many, and all mean that the file is unfit
        say(b"E", b"unsupported" if "NotSupported" in type(fault).__name__ else b"unreadable")


def confine(job: Job) -> None:
    """Bounds memory and processor time, and lets no file be written."""
    most = MEMORY + COPIES * job.size
    for limit, value in (
        (resource.RLIMIT_AS, most),
        (resource.RLIMIT_CPU, job.cpu_s),
        (resource.RLIMIT_FSIZE, most),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def say(kind: bytes, data: bytes) -> None:
    """One frame to the parent."""
    sys.stdout.buffer.write(kind + len(data).to_bytes(4, "big") + data)
    sys.stdout.buffer.flush()


def codes_of(data: bytes, mime: str, text: str) -> list[str]:
    """The codes of a file, as far as its kind has some; the first is the one that papers are bound by."""
    if text:
        return text_codes(text)
    match mime.partition("/")[0]:
        case "image":
            return image_codes(data, mime)
        case "audio":
            from sekisho.provenance.media.sound import audio_codes  # noqa: PLC0415 - numpy, which no other file needs

            return audio_codes(data, mime) + data_codes(data)
        case "video":
            return data_codes(data)
        case _:
            return []


def put_in(c2pa: Any, job: Job, data: bytes, codes: list[str]) -> bytes:
    """The file with the manifest, to which a soft binding is added where there is a code."""

    def signed(message: bytes) -> bytes:
        say(b"S", message)
        return sys.stdin.buffer.read(SIGNATURE)

    context = c2pa.Context(settings=c2pa.Settings.from_json(job.settings))
    signer = c2pa.Signer.from_callback(signed, c2pa.C2paSigningAlg.ES256, job.chain, None)
    manifest = json.loads(job.manifest)
    manifest["assertions"] += [binding(code, data) for code in codes[:1]]
    source = stored(data) if job.mime in LAYOUTS else data
    out = io.BytesIO()
    c2pa.Builder(json.dumps(manifest), context=context).sign(signer, job.mime, io.BytesIO(source), out)
    return out.getvalue()


def look(c2pa: Any, job: Job, data: bytes) -> Found:
    """What the manifest of a file says."""
    told = _read(c2pa, job.settings, job.mime, data)
    if told is None:
        return Found(present=False)
    manifests: dict[str, Any] = told.get("manifests", {})
    active: dict[str, Any] = manifests.get(told.get("active_manifest", ""), {})
    signature: dict[str, Any] = active.get("signature_info", {})
    state = str(told.get("validation_state", ""))
    ours = state == "Trusted" and (_read(c2pa, job.own, job.mime, data) or {}).get("validation_state") == "Trusted"
    programs: list[dict[str, Any]] = active.get("claim_generator_info") or [{}]
    return Found(
        present=True,
        state=_cut(state),
        ours=ours,
        signer=_cut(signature.get("common_name")),
        issuer=_cut(signature.get("issuer")),
        generator=_cut(f"{programs[0].get('name', '')} {programs[0].get('version', '')}".strip()),
        sources=sorted(set(_sources(active)))[:MOST_FLAWS],
        receipt=_receipt(active),
        bound=next(
            (code for one in _assertions(active) if one.get("label") == LABEL and (code := bound(one["data"]))), ""
        ),
        flaws=sorted(set(_flaws(told)))[:MOST_FLAWS],
    )


def _read(c2pa: Any, settings: str, mime: str, data: bytes) -> dict[str, Any] | None:
    context = c2pa.Context(settings=c2pa.Settings.from_json(settings))
    reader = c2pa.Reader.try_create(mime, io.BytesIO(data), context=context)
    return None if reader is None else cast("dict[str, Any]", json.loads(reader.json()))


def _assertions(active: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in active.get("assertions", []) if isinstance(one.get("data"), dict)]


def _sources(active: dict[str, Any]) -> Iterator[str]:
    for assertion in _assertions(active):
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            for action in assertion["data"].get("actions", []):
                source = str(action.get("digitalSourceType") or "")
                if source:
                    yield _cut(source.rpartition("/")[2])


def _receipt(active: dict[str, Any]) -> str:
    for assertion in _assertions(active):
        if assertion.get("label") == RECEIPT:
            receipt = assertion["data"].get("receipt")
            return receipt if isinstance(receipt, str) and len(receipt) <= 64_000 else ""
    return ""


def _flaws(told: dict[str, Any]) -> Iterator[str]:
    results: dict[str, Any] = told.get("validation_results", {})
    deltas: list[dict[str, Any]] = results.get("ingredientDeltas") or []
    parts: list[Any] = [results.get("activeManifest"), *(one.get("validationDeltas") for one in deltas)]
    for part in parts:
        if isinstance(part, dict):
            failures: list[dict[str, Any]] = cast("dict[str, Any]", part).get("failure") or []
            yield from (_cut(flaw.get("code")) for flaw in failures)


def _cut(value: object) -> str:
    return "" if value is None else str(value)[:LONGEST]


if __name__ == "__main__":
    main()
