"""Files: puts a signed C2PA manifest into them, and says what the manifest of any file states.

Each file is opened by a child process of its own (`reader`), which holds no key. The parent signs at most one claim a
file, and only what looks like one (COSE's Sig_structure).
"""

import importlib.util
import json
import mimetypes
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from sekisho import __version__
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import MarksSettings
from sekisho.provenance.media.code import fits
from sekisho.provenance.media.credentials import Credentials, anchors_of
from sekisho.provenance.media.faults import FileTooLong, FileUnreadable, FileUnsupported, MediaMissing
from sekisho.provenance.media.reader import RECEIPT, Found, Job
from sekisho.provenance.media.stored import MOST

GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
GENERATED_KINDS = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia")
CLAIM = b"\x84\x6aSignature1"  # an array of four whose first is this text (RFC 9052, 4.4)
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")
PACKAGES = ("c2pa", "cryptography", "iscc_lib", "miniaudio", "PIL", "pypdfium2")  # of the extra
MANIFEST = 1 << 20  # bytes that marking may add
SMALL = 1 << 20  # bytes of any frame but the file's

_OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".docx": f"{_OFFICE}wordprocessingml.document",
    ".pptx": f"{_OFFICE}presentationml.presentation",
    ".xlsx": f"{_OFFICE}spreadsheetml.sheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".epub": "application/epub+zip",
}

_CHANGED: Bilingual = {"ja": "署名の後にファイルが変えられています", "en": "changed since it was signed"}
WORDS: dict[str, Bilingual] = {
    "assertion.dataHash": _CHANGED,
    "assertion.bmffHash": _CHANGED,
    "assertion.boxesHash": _CHANGED,
    "assertion.collectionHash": _CHANGED,
    "assertion.hashedURI": {"ja": "来歴情報が変えられています", "en": "its manifest was changed"},
    "assertion.missing": {"ja": "来歴情報の一部がありません", "en": "a part of its manifest is missing"},
    "claim": {"ja": "来歴情報が正しくありません", "en": "its manifest is not well-formed"},
    "claimSignature.mismatch": {"ja": "署名が合いません", "en": "the signature does not fit"},
    "claimSignature.outsideValidity": {
        "ja": "証明書の期限外に署名されています",
        "en": "signed outside the time of its certificate",
    },
    "signingCredential.untrusted": {
        "ja": "署名に使われた証明書は、ここでは信頼されていません",
        "en": "signed with a certificate that is not trusted here",
    },
    "signingCredential.expired": {"ja": "証明書の期限が切れています", "en": "the certificate has expired"},
    "signingCredential.invalid": {
        "ja": "証明書が規格に合いません",
        "en": "the certificate is not as the standard demands",
    },
    "": {"ja": "検査に合格しません({code})", "en": "does not pass validation ({code})"},
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file's manifest states, and what to think of it. `found` is what stands there: strangers wrote that."""

    found: Found

    @property
    def intact(self) -> bool:
        """Whether the file and its manifest are as they were signed, by whomever."""
        return self.found.state in ("Trusted", "Valid")

    @property
    def trusted(self) -> bool:
        """Whether it is intact and the signer's certificate leads to one that is trusted here; ours does."""
        return self.found.state == "Trusted"

    @property
    def depicted(self) -> bool | None:
        """Whether the content is the one that the manifest speaks of, as far as codes can tell; None: nothing does.

        It can be so for a file that was changed: a manifest that hangs on another content is what shows here.
        """
        return fits(self.found.bound, self.found.codes)

    @property
    def generated(self) -> bool:
        """Whether it says that AI made it, or a part of it. That it does not say so means nothing."""
        return any(source in GENERATED_KINDS for source in self.found.sources)

    def flaws(self, language: Language) -> list[str]:
        """What is wrong, in words, each once."""
        return list(dict.fromkeys(_worded(code, language) for code in self.found.flaws))


class Marked(NamedTuple):
    """A file with a manifest, and the codes by which its picture, sound, video or text is known again."""

    data: bytes
    codes: list[str]


@dataclass(frozen=True, slots=True)
class Files:
    """Marks files and reads marks of files. Blocks for a fraction of a second a file: call it in a thread.

    Attributes:
        anchors: certificates of issuers that are trusted beside our own, in PEM.
        file_bytes: longest file.
        file_s: seconds for one file.
    """

    credentials: Credentials
    anchors: bytes = b""
    file_bytes: int = 64_000_000
    file_s: float = 30.0

    @classmethod
    def open(cls, directory: Path, settings: MarksSettings) -> "Files":
        """By the settings `marks`. Raises `ConfigurationError`, or `MediaMissing`."""
        if not installed():
            raise MediaMissing
        credentials = Credentials.open(directory, settings.certificate, settings.key)
        return cls(credentials, anchors_of(settings.anchors), settings.file_bytes, settings.file_s)

    def mark(self, data: bytes, mime: str, receipt: str = "", title: str = "") -> Marked:
        """The file with a manifest that says that AI made it, and that holds the receipt of its exchange.

        Raises `FileRejected`.
        """
        job = self._job(data, mime, manifest=_manifest(receipt, title), chain=self.credentials.chain.decode())
        marked, found = self._done(job, data)
        if marked is None or found is None or found.state not in ("Trusted", "Valid"):
            raise FileUnreadable
        return Marked(marked, found.codes)

    def read(self, source: bytes | Path, mime: str = "") -> Reading:
        """What the manifest of a file states; `mime` may be left out for a path. Raises `FileRejected`."""
        if isinstance(source, Path):
            mime = mime or kind_of(source)
            with source.open("rb") as file:
                source = file.read(self.file_bytes + 1)
        found = self._done(self._job(source, mime), source)[1]
        if found is None:
            raise FileUnreadable
        return Reading(found)

    def _job(self, data: bytes, mime: str, manifest: str = "", chain: str = "") -> Job:
        if len(data) > self.file_bytes:
            raise FileTooLong(limit=self.file_bytes)
        ours = self.credentials.chain
        cpu_s = max(1, round(self.file_s))
        return Job(mime, len(data), cpu_s, _settings(ours + self.anchors), _settings(ours), manifest, chain)

    def _done(self, job: Job, data: bytes) -> tuple[bytes | None, Found | None]:
        """The marked file, if one was to be made, and what stands in it."""
        environ = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        argv = (sys.executable, "-P", "-m", "sekisho.provenance.media.reader")
        with subprocess.Popen(  # noqa: S603 - our own command, and no shell
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            cwd="/",
            start_new_session=True,
        ) as child:
            timer = threading.Timer(self.file_s, child.kill)
            timer.start()
            try:
                return self._talk(child, job, data)
            except (OSError, EOFError, msgspec.MsgspecError) as fault:
                raise FileUnreadable from fault
            finally:
                timer.cancel()
                child.kill()

    def _talk(self, child: subprocess.Popen[bytes], job: Job, data: bytes) -> tuple[bytes | None, Found | None]:
        if child.stdin is None or child.stdout is None:
            raise OSError
        child.stdin.write(msgspec.json.encode(job) + b"\n" + data)
        child.stdin.flush()
        marked: bytes | None = None
        signed = False
        while True:
            kind, told = _frame(child.stdout, max(job.size, MOST) + MANIFEST)
            match kind:
                case b"S" if job.manifest and not signed and told.startswith(CLAIM):
                    signed = True
                    child.stdin.write(self.credentials.sign(told))
                    child.stdin.flush()
                case b"F" if job.manifest:
                    marked = told
                case b"R":
                    return marked, msgspec.json.decode(told, type=Found)
                case b"E" if told == b"missing":
                    raise MediaMissing
                case b"E" if told == b"unsupported":
                    raise FileUnsupported(kind=job.mime[:80])
                case _:
                    raise FileUnreadable


def installed() -> bool:
    """Whether the extra is here; nothing is loaded for that."""
    return all(importlib.util.find_spec(name) is not None for name in PACKAGES)


def kind_of(path: Path) -> str:
    """The media type by the name's end. Raises `FileUnsupported`."""
    kind = KINDS.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0]
    if kind is None:
        raise FileUnsupported(kind=path.suffix[:20] or "?")
    return kind


def _frame(pipe: IO[bytes], most: int) -> tuple[bytes, bytes]:
    head = pipe.read(5)
    length = int.from_bytes(head[1:], "big")
    if len(head) < 5 or length > (most if head[:1] == b"F" else SMALL):
        raise EOFError
    told = pipe.read(length)
    if len(told) < length:
        raise EOFError
    return head[:1], told


def _manifest(receipt: str, title: str) -> str:
    action = {"action": "c2pa.created", "digitalSourceType": GENERATED}
    assertions: list[dict[str, Any]] = [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}]
    if receipt:
        # Without what opens it: whoever gets the file shall not be able to confirm guesses at the request.
        assertions.append({"label": RECEIPT, "data": {"receipt": receipt.partition("~")[0]}})
    maker = {"name": "Sekisho", "version": __version__}
    return json.dumps({"claim_generator_info": [maker], "title": title, "assertions": assertions}, ensure_ascii=False)


def _settings(anchors: bytes) -> str:
    """Of the library: no network, no thumbnails; trust in `anchors` and nobody else."""
    try:
        trusted = anchors.decode("ascii")
    except UnicodeDecodeError as fault:
        raise ConfigurationError(where="marks.anchors", what="is not PEM") from fault
    return json.dumps(
        {
            "version": 1,
            "verify": {
                "remote_manifest_fetch": False,
                "ocsp_fetch": False,
                "verify_trust": True,
                "verify_timestamp_trust": True,
            },
            "builder": {"thumbnail": {"enabled": False}},
            "trust": {"trust_anchors": trusted},
        }
    )


def _worded(code: str, language: Language) -> str:
    best = max((known for known in WORDS if code.startswith(known)), key=len)
    return WORDS[best][language].format(code=code)
