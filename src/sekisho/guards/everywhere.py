"""Patterns whose matches may begin nearly anywhere in a text, which is therefore read from end to end.

Nearly all of them are read for one by one, and only where what their matches cannot do without stands in the text. The
rest, such as numbers, are read for by a few small sets.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sekisho.core.decode import ascii_of
from sekisho.guards.alone import Alone
from sekisho.guards.half import Half, Key
from sekisho.guards.sets import Set

TOGETHER = 10  # patterns of a set
MEMORY = 2 << 20  # bytes for the states of a set


class Everywhere:
    """Says which of many patterns may match somewhere in a text."""

    def __init__(self, groups: Collection[Mapping[Key, Half]], alone: Alone) -> None:
        """No set is of more than one group; `alone` reads for the edges of single ones.

        Raises `ValueError` for a pattern that RE2 does not take.
        """
        self._alone = alone
        self._together: list[tuple[list[Key], Set]] = []
        for group in groups:
            # Those that need the same are near each other: together they have fewer states.
            keys = sorted((key for key, half in group.items() if not half.gated), key=lambda key: group[key].needs)
            for at in range(0, len(keys), TOGETHER):
                some = keys[at : at + TOGETHER]
                self._together.append((some, Set([group[key].edge for key in some], MEMORY)))

    def sought(self, keys: frozenset[Key]) -> "Sought":
        """Some of the patterns, with the sets that have any of them."""
        sets = [
            (some, one, all(latin for _, latin in some)) for some, one in self._together if not keys.isdisjoint(some)
        ]
        return Sought(keys, sets)

    def hits(self, encoded: bytes, opened: Mapping[Key, tuple[int, int]], sought: "Sought") -> set[Key]:
        """Those that are sought and may match in a text in UTF-8.

        Of those that need something rare, the `opened` alone, between the bytes that they are opened with.
        """
        among = sought.keys
        found = {
            key
            for key, (first, last) in opened.items()
            if key in among and self._alone.matches(key, encoded[first:last])
        }
        plain = sought.sets and not ascii_of(encoded)
        for keys, one, latin in sought.sets:
            if not (latin and plain):
                found.update(key for number in one.hits(encoded) if (key := keys[number]) in among)
        return found


@dataclass(frozen=True, slots=True)
class Sought:
    """Patterns that are looked for in a text.

    Attributes:
        keys: of them.
        sets: those that have any, with the patterns of each and whether all of these begin with ASCII.
    """

    keys: frozenset[Key]
    sets: Sequence[tuple[Sequence[Key], Set, bool]]
