"""The invisible mark of a text: names the exchange that it came from, and knows the text's letters.

43 bytes, spelled as variation selectors:

    bytes   0– 3  magic and version
            4–19  the exchange's ULID
           20–22  how many letters before the mark it speaks of, most significant first
           23–30  keyed digest of these letters: whether they are still the same
           31–42  keyed tag of all before: whether the mark is ours

A whole C2PA manifest would be kilobytes of invisible characters behind a chat answer of a few hundred letters, so this
takes over its coding and not its content. A signature would let strangers check the mark offline, and double it; the
mark leads to the receipt, which they can check, and the tag only has to convince the checkpoint that wrote it.
"""

import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keyfile
from sekisho.provenance.folding import FOLDED
from sekisho.provenance.marks import selectors

FILE = "mark.key"
KEY = 32  # bytes
MOST_LETTERS = (1 << 24) - 1
MOST_MARKS = 1000  # in one text; what comes after is not looked at

_TAG, _DIGEST = 12, 8  # bytes; guesses can only be tried at the verifier
_BODY = len(selectors.SEKISHO) + 16 + 3 + _DIGEST
SIZE = _BODY + _TAG

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(f"[0-7][{_DIGITS}]{{25}}")

# Behind these a mark may hang on the last line. Behind anything else it could become part of an address, close a
# fence no more or stand in a table's last cell, so it gets a paragraph of its own.
_PROSE_END = re.compile(r"(?:^|\n)(?![ ]{4}|\t)[^\n]*[\w。．.!！?？」』）)…]\Z")
_ADDRESS = re.compile(r"(?:://|www\.|@)\S*\Z")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)

Kind = Literal["sekisho", "c2pa", "other"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that was found in a text.

    Attributes:
        start: offset of its first code point.
        end: offset behind its last one.
        kind: `sekisho`; `c2pa` for a manifest of C2PA, which is not looked into; `other` for whatever else is hidden.
        exchange: the exchange that it names; empty unless it is of kind `sekisho`.
        ours: whether this checkpoint made it. Otherwise it may name whatever it likes.
        unchanged: whether the letters before it are those it was made for: none changed, added inside, or taken away.
            Spaces, punctuation, width and case are no letters. False unless it is ours.
    """

    start: int
    end: int
    kind: Kind
    exchange: str = ""
    ours: bool = False
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Marker:
    """Makes marks, and knows them again."""

    key: bytes = field(repr=False)

    @classmethod
    def open(cls, directory: Path) -> "Marker":
        """The marker of a checkpoint. Its key is read from `mark.key`, or made there, mode 0600.

        Raises `ConfigurationError` where the file is unusable or others can read it.
        """
        path = directory / FILE
        key = keyfile.load(path) or keyfile.create(path, os.urandom(KEY))
        if len(key) != KEY:
            raise ConfigurationError(where=str(path), what="is damaged: it does not hold 32 bytes")
        return cls(key)

    def behind(self, text: str, exchange: str) -> str:
        """What to put behind `text`, the answer of `exchange` (a ULID): a mark, in a paragraph of its own if need be.

        Empty where nothing may be put: behind an empty text, and inside a code block that was not closed.
        """
        if not text.strip() or _in_code(text):
            return ""
        mark = selectors.written(self._payload(text, exchange))
        hangs = _PROSE_END.search(text[-2000:]) and not _ADDRESS.search(text[-2000:])
        return mark if hangs else "\n\n" + mark

    def found(self, text: str) -> list[Mark]:
        """All marks in a text, in order, whoever made them. Raises nothing; work is linear in the text's length."""
        return found(text, self.key)

    def _payload(self, text: str, exchange: str) -> bytes:
        letters = _letters(text)[-MOST_LETTERS:]
        name = _bytes_of(exchange)
        digest = _digest(self.key, name, letters)
        body = selectors.SEKISHO + name + len(letters).to_bytes(3, "big") + digest
        return body + _tag(self.key, body)


def found(text: str, key: bytes) -> list[Mark]:
    """All marks in a text, in order, as the checkpoint with `key` knows them."""
    marks: list[Mark] = []
    letters, read_to = "", 0
    for run in selectors.RUN.finditer(text):
        data = selectors.read(run[1])
        at = data.find(selectors.SEKISHO)
        body, tag = data[at : at + _BODY], data[at + _BODY : at + SIZE]
        if at < 0 or len(tag) < _TAG:
            marks.append(Mark(run.start(), run.end(), "c2pa" if selectors.C2PA in data else "other"))
        elif not hmac.compare_digest(tag, _tag(key, body)):
            marks.append(Mark(run.start(), run.end(), "sekisho", _name_of(body)))
        else:
            letters, read_to = letters + _letters(text[read_to : run.start()]), run.start()
            unchanged = _unchanged(letters, body, key)
            marks.append(Mark(run.start(), run.end(), "sekisho", _name_of(body), ours=True, unchanged=unchanged))
        if len(marks) == MOST_MARKS:
            break
    return marks


def _unchanged(letters: str, body: bytes, key: bytes) -> bool:
    """Whether the last of `letters` are those that a mark behind them speaks of."""
    name, rest = body[4:20], body[20:]
    count, digest = int.from_bytes(rest[:3], "big"), rest[3:]
    begin = len(letters) - count
    return begin >= 0 and hmac.compare_digest(digest, _digest(key, name, letters[begin:]))


def _letters(text: str) -> str:
    return "".join([FOLDED[character] for character in text])


def _tag(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"tag\0" + body, hashlib.sha256)[:_TAG]


def _digest(key: bytes, name: bytes, letters: str) -> bytes:
    return hmac.digest(key, b"letters\0" + name + letters.encode(), hashlib.sha256)[:_DIGEST]


def _in_code(text: str) -> bool:
    """Whether the text ends inside a fenced code block (CommonMark, 4.5)."""
    opened = ""
    for fence in _FENCE.finditer(text):
        marks, info = fence[1], fence[2]
        if not opened:
            opened = "" if marks[0] == "`" and "`" in info else marks
        elif marks[0] == opened[0] and len(marks) >= len(opened) and not info.strip():
            opened = ""
    return bool(opened)


def _bytes_of(ulid: str) -> bytes:
    if not _ULID.fullmatch(ulid):
        raise ValueError("not a ULID")
    number = 0
    for digit in ulid:
        number = number << 5 | _DIGITS.index(digit)
    return number.to_bytes(16, "big")


def _name_of(body: bytes) -> str:
    number = int.from_bytes(body[4:20], "big")
    return "".join([_DIGITS[number >> shift & 31] for shift in range(125, -1, -5)])
