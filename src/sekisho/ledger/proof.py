"""Proof files: that an entry stands in the log, in one text that needs nothing but public keys (C2SP tlog-proof).

Source: c2sp.org/tlog-proof.
"""

import base64
import binascii
import re
from dataclasses import dataclass

FIRST = "c2sp.org/tlog-proof@v1"
MOST = 63  # hashes: the log has fewer than 2**63 entries
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Proof:
    """What such a file says; none of it is verified.

    Attributes:
        index: of the entry, from 0.
        hashes: from the leaf upwards (RFC 6962, 2.1.1).
        checkpoint: the signed note, with cosignatures where there are some.
        extra: data for the application; ours is the entry itself. None: the line is missing.
    """

    index: int
    hashes: list[bytes]
    checkpoint: str
    extra: bytes | None = None

    @property
    def text(self) -> str:
        """The file."""
        extra = [] if self.extra is None else [f"extra {base64.b64encode(self.extra).decode()}"]
        hashes = [base64.b64encode(one).decode() for one in self.hashes]
        return "\n".join([FIRST, *extra, f"index {self.index}", *hashes, "", self.checkpoint])

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """Reads a file. Raises `ValueError` for anything that is not spelled as `text` would."""
        head, gap, checkpoint = text.partition("\n\n")
        first, *lines = head.split("\n")
        extra = lines.pop(0) if lines and lines[0].startswith("extra ") else None
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if first != FIRST or not gap or index is None or len(lines) > MOST:
            raise ValueError("not a tlog-proof")
        try:
            hashes = [base64.b64decode(line, validate=True) for line in lines]
            kept = None if extra is None else base64.b64decode(extra.removeprefix("extra "), validate=True)
        except binascii.Error as fault:
            raise ValueError("not a tlog-proof") from fault
        proof = cls(int(index[1]), hashes, checkpoint, kept)
        if proof.text != text or any(len(one) != 32 for one in hashes):
            raise ValueError("not a tlog-proof")
        return proof
