"""Halves of patterns that are looked for where few characters tell that they may begin."""

from collections.abc import Iterable, Mapping

from sekisho.guards.gate import bits
from sekisho.guards.half import Half, Key, unpacked
from sekisho.guards.places import Places

_MOST_BYTES = 4  # of a character


class Headed:
    """Halves of patterns that are looked for where they may begin.

    Attributes:
        places: where any of them may.
        keys: by the number of a head, those that begin with it.
        bits: the same (see `gate.bits`).
        widths: by the number of a head, how many bytes of a text tell whether one of them begins there.
    """

    def __init__(self, parts: Mapping[Key, Half], *, apart: bool = False) -> None:
        """A head that begins with another's is cut to that.

        `apart`: not to that of a half that may begin at any word.
        """
        heads: dict[bool, set[str]] = {False: set(), True: set()}
        for half in parts.values():
            heads[apart and half.wordy].update(unpacked(half.heads))
        begun: dict[str, tuple[Key, ...]] = {}
        added: dict[tuple[tuple[Key, ...], Key], tuple[Key, ...]] = {}  # many heads have the same keys
        for key, half in parts.items():
            every = heads[apart and half.wordy]
            for head in unpacked(half.heads):
                shortest = head[:1] if head[:1] in every else head[:2] if head[:2] in every else head
                before = begun.get(shortest, ())
                if before[-1:] != (key,):
                    begun[shortest] = added.get((before, key)) or added.setdefault((before, key), (*before, key))
        self.keys = list(begun.values())
        sets = set(self.keys)
        widths = {keys: _MOST_BYTES * max(parts[key].length for key in keys) for keys in sets}
        never = {keys: _shared(parts[key].never for key in keys) for keys in sets}
        some = {keys: bits(keys) for keys in sets}
        self.bits = [some[keys] for keys in self.keys]
        self.widths = [widths[keys] for keys in self.keys]
        self.places = Places({head: never[keys] for head, keys in begun.items()}, self.bits)


def _shared(some: Iterable[bytes]) -> bytes:
    """The bytes that are in all of these."""
    return bytes(sorted(set[int].intersection(*map(set[int], some))))
