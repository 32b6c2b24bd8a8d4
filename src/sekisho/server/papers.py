"""Files that strangers bring: what their C2PA manifests say, who signed, and whether they were changed since."""

import asyncio
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Language
from sekisho.core.settings import MarksSettings
from sekisho.provenance.media.files import KINDS, Files
from sekisho.server.lookup_faults import LookupUnavailable, UnknownFile

WAITING = 3  # files that wait for the one that is read


class Papers(msgspec.Struct, frozen=True):
    """What a file says of itself, in words of whoever wrote it. `result` is always `file`.

    Attributes:
        present: whether there is a manifest; that there is none says nothing.
        intact: the file is as it was signed, by whomever.
        trusted: and the signer's certificate is trusted here.
        ours: and it is our own.
        generated: it says that AI made it, or a part of it.
        flaws: what is wrong, in words.
        receipt: the receipt of an exchange that stands in it, unverified; empty: none.
        depicted: whether picture, sound or text is the one that the manifest speaks of; None: nothing tells that.
        codes: of picture, sound or video, by which it is looked up, or of the text; empty: none.
        text: of the document, by which it is looked up, its beginning where it is long; empty: none.
        matches: exchanges that gave what has such a code, or text that stands in the document, with proofs.
        behind: newest entries not looked through yet.
        key: the log's public key.
    """

    present: bool
    intact: bool
    trusted: bool
    ours: bool
    generated: bool
    signer: str
    issuer: str
    generator: str
    flaws: list[str]
    receipt: str
    depicted: bool | None
    codes: list[str]
    text: str = ""
    matches: list[Any] = []
    behind: int = 0
    key: str = ""
    result: str = "file"


class Opener:
    """Reads files one after another, each in a child process of its own."""

    def __init__(self, directory: Path, settings: MarksSettings) -> None:
        self._directory = directory
        self._settings = settings
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def read(self, data: bytes, kind: str, language: Language) -> Papers:
        """What a file of this media type says. Raises `UnknownFile`, `FileRejected` or `LookupUnavailable`."""
        if kind not in KINDS.values():
            raise UnknownFile
        if self._waiting > WAITING:
            raise LookupUnavailable
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._read, data, kind, language)
        finally:
            self._waiting -= 1

    @cached_property
    def _files(self) -> Files:
        return Files.open(self._directory, self._settings)

    def _read(self, data: bytes, kind: str, language: Language) -> Papers:
        try:
            reading = self._files.read(data, kind)
        except ConfigurationError as fault:  # the extra is missing, or the operator's certificate cannot be used
            raise UnknownFile from fault
        found = reading.found
        return Papers(
            found.present,
            reading.intact,
            reading.trusted,
            found.ours,
            reading.generated,
            found.signer,
            found.issuer,
            found.generator,
            reading.flaws(language),
            found.receipt,
            reading.depicted,
            found.codes,
            found.text,
        )
