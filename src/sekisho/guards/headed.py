"""Halves of patterns that are looked for where few characters tell that they may begin."""

from collections.abc import Mapping
from functools import cache

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
        cut = {
            wordy: {head: head[:1] if head[:1] in every else head[:2] if head[:2] in every else head for head in every}
            for wordy, every in heads.items()
        }
        groups: list[tuple[Key, ...]] = [()]  # many heads have the same keys
        begun: dict[str, int] = {}
        for key, half in parts.items():
            grown: dict[int, int] = {}
            shortest = cut[apart and half.wordy]
            for head in dict.fromkeys(map(shortest.__getitem__, unpacked(half.heads))):
                before = begun.get(head, 0)
                if before not in grown:
                    grown[before] = len(groups)
                    groups.append((*groups[before], key))
                begun[head] = grown[before]
        used = {number: groups[number] for number in begun.values()}
        widths = {number: _MOST_BYTES * max(parts[key].length for key in keys) for number, keys in used.items()}
        some = {number: bits(keys) for number, keys in used.items()}
        never = {number: _shared(frozenset(parts[key].never for key in keys)) for number, keys in used.items()}
        self.keys = [used[number] for number in begun.values()]
        self.bits = [some[number] for number in begun.values()]
        self.widths = [widths[number] for number in begun.values()]
        self.places = Places({head: never[number] for head, number in begun.items()}, self.bits)


@cache
def _shared(some: frozenset[bytes]) -> bytes:
    """The bytes that are in all of these."""
    return bytes(sorted(set[int].intersection(*map(set[int], some))))
