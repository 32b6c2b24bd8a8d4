"""Asks the process that finds texts again."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from sekisho.server.lookup_faults import LookupUnavailable, TooManyLookups

TOTAL_S = 15.0
OPENING_S = 5.0  # for its socket to be there: it opens a moment after the server, and again when it was started anew
AGAIN_S = 0.1
LONGEST = 1 << 20  # bytes of an answer


class Place(msgspec.Struct, frozen=True):
    """As `server.seeker.Found`, which this process does not import, because it is large."""

    exchange: str
    position: int
    result: str
    exact: bool
    spans: list[tuple[int, int]]
    letters: int
    share: float
    of_answer: float


class Reply(msgspec.Struct, frozen=True):
    """What was found. `behind`: how many entries of the ledger are not taken in yet."""

    found: list[Place] = []
    behind: int = 0
    retry_s: int = 0
    failed: bool = False


class Seeking:
    """Asks. `name` is that of the socket in `directory`; empty: texts are not looked up here."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self._name = name

    async def ask(self, text: str, address: str) -> Reply:
        """What is found of a text for a visitor from `address`. Raises `LookupUnavailable` or `TooManyLookups`."""
        return await self._told({"text": text, "address": address})

    async def coded(self, codes: Sequence[str]) -> Reply:
        """What is found of a file with these codes; whoever brought it was counted. Raises `LookupUnavailable`."""
        return await self._told({"text": "", "address": "", "codes": codes})

    async def _told(self, question: Mapping[str, object]) -> Reply:
        if not self._name:
            raise LookupUnavailable
        try:
            async with asyncio.timeout(TOTAL_S):
                raw = await self._asked(msgspec.json.encode(question) + b"\n")
            reply = msgspec.json.decode(raw, type=Reply)
        except (OSError, TimeoutError, ValueError, msgspec.DecodeError) as fault:
            raise LookupUnavailable from fault
        if reply.retry_s:
            raise TooManyLookups(retry_s=reply.retry_s)
        if reply.failed:
            raise LookupUnavailable
        return reply

    async def _asked(self, question: bytes) -> bytes:
        directory = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            near = f"/proc/self/fd/{directory}" if sys.platform == "linux" else str(self._directory)
            reader, writer = await _opened(f"{near}/{self._name}")
        finally:
            os.close(directory)
        try:
            writer.write(question)
            await writer.drain()
            return await reader.readline()
        finally:
            writer.close()


async def _opened(path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the socket at a path, waited for. Raises `OSError`."""
    due = asyncio.get_running_loop().time() + OPENING_S
    while True:
        try:
            return await asyncio.open_unix_connection(path, limit=LONGEST)
        except (FileNotFoundError, ConnectionRefusedError):
            if asyncio.get_running_loop().time() >= due:
                raise
            await asyncio.sleep(AGAIN_S)
