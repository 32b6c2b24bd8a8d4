"""Places: where in a text matches may begin, told by the characters that stand there.

One pass of an Aho-Corasick automaton finds them: unlike RE2, it has all its states before it sees a text.
Source: Aho and Corasick, Efficient String Matching, CACM 18(6), 1975.
"""

from collections.abc import Iterable, Mapping

from ahocorasick_rs import BytesAhoCorasick, Implementation

MOST = 1 << 16  # bytes of a text in which heads are looked for at once
Place = tuple[int, int]  # number of a head, and the byte where it stands


class Places:
    """Where matches may begin: at certain heads, and at some of them only behind none of certain bytes.

    Attributes:
        sizes: by the number of a head, its bytes.
    """

    def __init__(self, heads: Mapping[str, bytes]) -> None:
        """For each head the bytes that never stand right before it. No head begins with another."""
        encoded = [head.encode("utf-8", "surrogatepass") for head in heads]  # UTF-8 never holds half a surrogate pair
        # As fast here as a table of all transitions, in a fortieth of its memory.
        self._automaton = BytesAhoCorasick(encoded, implementation=Implementation.ContiguousNFA)
        self.sizes = [len(head) for head in encoded]
        self._never = tuple(heads.values())
        self._beyond_ascii = not any(head[:1].isascii() for head in heads)
        self._longest = max(map(len, heads), default=1)
        self._largest = max(self.sizes, default=1)
        self._firsts: dict[str, bytes] = {}
        for head, never in heads.items():
            known = self._firsts.setdefault(head[0], never)
            self._firsts[head[0]] = bytes(sign for sign in known if sign in never)

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
        found = self._automaton.find_matches_as_indexes(part, overlapping=True)
        if not whole:
            found = [(number, at + start, 0) for number, at, _ in found if at + start < end]
        return [(number, at) for number, at, _ in found if not at or encoded[at - 1] not in never[number]]

    def begun(self, encoded: bytes, start: int = 0) -> list[int]:
        """Where heads may begin, be they whole or not yet: the places of `within`, and some of the last characters."""
        tail = encoded[start:].decode()[1 - self._longest :] if self._longest > 1 else ""
        last = len(encoded) - len(tail.encode())
        found = sorted({at for places in self.within(encoded, start) for _, at in places if at < last})
        for character in tail:
            never = self._firsts.get(character)
            if never is not None and (not last or encoded[last - 1] not in never):
                found.append(last)
            last += len(character.encode())
        return found
