"""Places: where in a text matches may begin, told by the characters that stand there.

One pass of an Aho-Corasick automaton finds them: unlike RE2, it has all its states before it sees a text.
Source: Aho and Corasick, Efficient String Matching, CACM 18(6), 1975.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from ahocorasick_rs import BytesAhoCorasick, Implementation

MOST = 1 << 16  # bytes of a text in which heads are looked for at once
Place = tuple[int, int]  # number of a head, and the byte where it stands


class Automaton:
    """Finds the heads of several `Places` in one pass over a text. All of them are made before the first text comes."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._size = 0
        self._automaton: BytesAhoCorasick | None = None

    def __len__(self) -> int:
        return self._size

    def number(self, head: bytes) -> int:
        """The number of a head in UTF-8, which is added where it is new. Raises `RuntimeError` after `ready`."""
        if self._automaton is not None:
            raise RuntimeError("the automaton is made already")
        number = self._numbers.setdefault(head, self._size)
        self._size = len(self._numbers)
        return number

    def ready(self) -> None:
        """Is made now, and not when the first text comes."""
        if self._automaton is None:
            # As fast here as a table of all transitions, in a fortieth of its memory.
            kind = Implementation.ContiguousNFA
            self._automaton = BytesAhoCorasick([*self._numbers], implementation=kind)
            self._numbers = {}

    def find(self, encoded: bytes) -> Sequence[tuple[int, int, int]]:
        """Number, begin and end of every head in a text in UTF-8."""
        automaton = self._automaton
        if automaton is None:
            self.ready()
            return self.find(encoded)
        return automaton.find_matches_as_indexes(encoded, overlapping=True)


class Places:
    """Where matches may begin: at certain heads, and at some of them only behind none of certain bytes.

    Attributes:
        sizes: by the number of a head, its bytes.
        beginnings: what heads begin with, all but the last character at most.
    """

    def __init__(self, heads: Mapping[str, bytes], among: Automaton | None = None) -> None:
        """For each head the bytes that never stand right before it.

        `among` is an automaton that others ask as well; None: nobody does.
        """
        encoded = [head.encode("utf-8", "surrogatepass") for head in heads]  # UTF-8 never holds half a surrogate pair
        self._automaton = Automaton() if among is None else among
        self._numbers = array("i", map(self._automaton.number, encoded))
        if among is None:
            self._automaton.ready()
        self._own = array("i")  # by the automaton's number of a head, ours; -1 where it is another's
        self.sizes = [len(head) for head in encoded]
        self._never = tuple(heads.values())
        self._longest = max(map(len, heads), default=1)
        self._whole = frozenset(head for head in heads if len(head) < self._longest)
        self._beyond_ascii = not any(head[:1].isascii() for head in heads)
        self._largest = max(self.sizes, default=1)
        firsts: dict[str, bytes] = {}
        for head, never in heads.items():
            for size in range(1, min(self._longest, len(head) + 1)):
                known = firsts.setdefault(head[:size], never)
                if known != never:
                    firsts[head[:size]] = bytes(sign for sign in known if sign in never)
        shared = {never: never for never in firsts.values()}
        self._begun = {text: len(heads) + at for at, text in enumerate(firsts)}
        self._never += tuple(map(shared.__getitem__, firsts.values()))
        self.beginnings = tuple(firsts)

    def within(self, encoded: bytes, start: int = 0) -> Iterable[list[Place]]:
        """The heads that begin at byte `start` of a text in UTF-8 or later, in order where none is a character long.

        Those of a long text come in several lists, since each of its characters may be one.
        """
        if self._beyond_ascii and encoded.isascii():
            return ()
        if len(encoded) - start <= MOST:
            return (self._between(encoded, start, len(encoded)),)
        return (self._between(encoded, first, first + MOST) for first in range(start, len(encoded), MOST))

    def _between(self, encoded: bytes, start: int, end: int) -> list[Place]:
        """Those that begin at byte `start` or later and before `end`."""
        never = self._never
        whole = not start and end >= len(encoded)
        part = encoded if whole else encoded[start : end + self._largest - 1]
        found = self._automaton.find(part)
        if not whole:
            found = [(number, at + start, 0) for number, at, _ in found if at + start < end]
        own = self._own if len(self._own) == len(self._automaton) else self._owned()
        return [
            (mine, at)
            for number, at, _ in found
            if (mine := own[number]) >= 0 and (not at or encoded[at - 1] not in never[mine])
        ]

    def _owned(self) -> "array[int]":
        own = array("i", [-1]) * len(self._automaton)
        for mine, number in enumerate(self._numbers):
            own[number] = mine
        self._own = own
        return own

    def begun(self, encoded: bytes, start: int = 0) -> list[Place]:
        """The heads that may begin, be they whole or not yet, in order: those of `within`, and some at the end.

        What may be the beginning of one of several has the number of heads, and one for each of `beginnings` before.
        """
        tail = encoded[start:].decode()[1 - self._longest :] if self._longest > 1 else ""
        last = len(encoded) - len(tail.encode())
        found = [(number, at) for places in self.within(encoded, start) for number, at in places if at < last]
        found.sort(key=itemgetter(1))
        for at, character in enumerate(tail):
            number = self._beginning(tail[at:])
            if number is not None and (not last or encoded[last - 1] not in self._never[number]):
                found.append((number, last))
            last += len(character.encode())
        return found

    def _beginning(self, text: str) -> int | None:
        """The number of the beginning that stands at the end of a text, be it a whole head or not yet; None: none."""
        known = self._begun.get(text)
        while known is None and len(text) > 1:
            text = text[:-1]
            known = self._begun.get(text) if text in self._whole else None
        return known
