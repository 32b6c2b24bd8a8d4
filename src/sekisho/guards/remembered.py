"""Texts that hold nothing, remembered by their digests: a conversation repeats all it has said at every turn."""

import os
from functools import lru_cache
from hashlib import blake2b

from sekisho.core.exchange import Stage

MOST = 8192  # digests of one generation; two are kept
OWNERS = 256  # whose digests are begun already


class Remembered:
    """What was looked at lately and held nothing that any guard knows.

    No text is kept, only BLAKE2b digests under a key of this process. The owner goes into the digest, so that nobody
    can learn from the time an answer takes whether somebody else has sent a text. For one process and one thread.
    """

    def __init__(self, most: int = MOST) -> None:
        key = os.urandom(32)

        @lru_cache(OWNERS)
        def begun(stage: Stage, owner: str) -> blake2b:
            return blake2b(f"{stage.value}\0{owner}\0".encode("utf-8", "surrogatepass"), key=key, digest_size=16)

        self._begun = begun
        self._most = most
        self._new: set[bytes] = set()
        self._old: set[bytes] = set()

    def digest(self, stage: Stage, owner: str, text: bytes) -> bytes:
        """What a text in UTF-8 is known by at this stage, for this owner."""
        hashed = self._begun(stage, owner).copy()
        hashed.update(text)
        return hashed.digest()

    def __contains__(self, digest: object) -> bool:
        return digest in self._new or digest in self._old

    def add(self, digest: bytes) -> None:
        """Remembers one more; the oldest are forgotten."""
        if len(self._new) >= self._most:
            self._new, self._old = set(), self._new
        self._new.add(digest)
