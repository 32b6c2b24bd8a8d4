"""Places: where in a text matches may begin, told by the characters that stand there.

One pass of an Aho-Corasick automaton finds them: unlike RE2, it has all its states before it sees a text.
Source: Aho and Corasick, Efficient String Matching, CACM 18(6), 1975.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from operator import itemgetter

from ahocorasick_rs import BytesAhoCorasick, Implementation

MOST = 1 << 16  # bytes of a text in which heads are looked for at once
ALL = -1  # of the heads: each bit is set
_number = itemgetter(0)
Place = tuple[int, int]  # number of a head, and the byte where it stands


class Places:
    """Where matches may begin: at certain heads, and at some of them only behind none of certain bytes.

    Attributes:
        sizes: by the number of a head, its bytes.
        beginnings: what heads begin with, all but the last character at most.
    """

    def __init__(self, heads: Mapping[str, bytes], of: Sequence[int] = ()) -> None:
        """For each head the bytes that never stand right before it; `of`: and a number whose bits are what it is of."""
        encoded = [head.encode("utf-8", "surrogatepass") for head in heads]  # UTF-8 never holds half a surrogate pair
        # As fast here as a table of all transitions, in a fortieth of its memory.
        self._automaton = BytesAhoCorasick(encoded, implementation=Implementation.ContiguousNFA)
        self._of = of or [1] * len(encoded)
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

    def within(
        self, encoded: bytes, start: int = 0, end: int | None = None, wanted: int = ALL
    ) -> Iterable[list[Place]]:
        """The heads that begin between two bytes of a text in UTF-8, in order where none is a character long.

        Those of a long text come in several lists, since each of its characters may be one. `wanted`: bits of those
        that are asked for.
        """
        if self._beyond_ascii and encoded.isascii():
            return ()
        end = len(encoded) if end is None else min(end, len(encoded))
        if end - start <= MOST:
            return (self._between(encoded, start, end, wanted),)
        firsts = range(start, end, MOST)
        return (self._between(encoded, first, min(first + MOST, end), wanted) for first in firsts)

    def _between(self, encoded: bytes, start: int, end: int, wanted: int) -> list[Place]:
        """Those that begin at byte `start` or later and before `end`."""
        never, of = self._never, self._of
        whole = not start and end >= len(encoded)
        part = encoded if whole else encoded[start : end + self._largest - 1]
        found = self._automaton.find_matches_as_indexes(part, overlapping=True)
        if not whole:
            found = [(number, at + start, 0) for number, at, _ in found if at + start < end]
        if wanted != ALL:
            here = {number for number in {*map(_number, found)} if of[number] & wanted}
            if not here:
                return []  # most texts
            found = compress(found, map(here.__contains__, map(_number, found)))
        return [(number, at) for number, at, _ in found if not at or encoded[at - 1] not in never[number]]

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
