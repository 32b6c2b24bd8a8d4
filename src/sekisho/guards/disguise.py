"""Disguises of a whole text: backwards, and with each Latin letter moved by 13 places (ROT13).

Nearly every text says nothing in any of them. That is told here without a second look at it where it can be: what
begins a match backwards stands in the text itself, mirrored, and is found in the same pass as what begins one forwards.
"""

from collections.abc import Iterable
from dataclasses import replace

from sekisho.core import decode
from sekisho.guards.automata import Finder
from sekisho.guards.gate import NONE
from sekisho.guards.half import Half, Key, packed, unpacked
from sekisho.guards.headed import Headed
from sekisho.guards.places import Automaton, Place


class Disguise:
    """Tells texts apart that surely hold nothing in any disguise of the whole."""

    def __init__(self, finder: Finder, parts: dict[Key, Half]) -> None:
        """`parts` are the halves of those of the finder's patterns that are to be found."""
        self._finder = finder
        self._keys = frozenset(parts)
        self._told = all(half.rare for half in parts.values())
        # In a text of much ASCII, what begins with ASCII is not looked for at places.
        self._straight = {dense: _headed(parts, None, dense=dense) for dense in (False, True)}
        # Of the others' heads, a text of much ASCII has one nearly everywhere.
        shared = {False: finder.heads, True: None}
        self._mirrored = {dense: _headed(_mirrored(parts), among, dense=dense) for dense, among in shared.items()}

    def silent(self, value: str, encoded: bytes) -> bool:
        """Whether `value`, a normalised view, surely holds no match and nothing encoded. False tells nothing.

        `encoded` is its UTF-8.
        """
        plain = decode.ascii_of(encoded)  # of most Japanese texts a few bytes, which tell what follows at once
        if not self._told or (len(plain) >= decode.FEWEST and decode.may_be_encoded(encoded)):
            return False
        dense = self._finder.dense(value, encoded)
        straight, mirrored = self._straight[dense], self._mirrored[dense]
        if decode.rotated(plain) != plain:
            rotated = decode.rotated(encoded)
            if not self._silent(rotated, straight, straight.places.within(rotated), dense=dense):
                return False
        found = mirrored.places.within(encoded, again=True)  # what it says undisguised is looked for next
        if isinstance(found, tuple) and not any(found) and not dense:
            return True  # most texts
        last, sizes = len(encoded), mirrored.places.sizes
        places = ([(number, last - at - sizes[number]) for number, at in some] for some in found)
        return self._silent(value[::-1].encode(), mirrored, places, dense=dense)

    def _silent(self, encoded: bytes, parts: Headed, places: Iterable[list[Place]], *, dense: bool) -> bool:
        """Whether none of the patterns may match in a spelling of a text."""
        if dense and self._finder.begun_in_ascii(encoded, self._keys):
            return False
        found = [some for some in places if some]
        opened = self._finder.opened(encoded) if found else NONE
        return not any(
            key in self._keys for some in found for key, _ in self._finder.headed(encoded, parts, some, opened)
        )


def _headed(parts: dict[Key, Half], among: Automaton | None, *, dense: bool) -> Headed:
    return Headed({key: half for key, half in parts.items() if not (dense and half.ascii)}, among)


def _mirrored(parts: dict[Key, Half]) -> dict[Key, Half]:
    """Halves with their heads read backwards, before which anything may stand."""
    return {
        key: replace(half, heads=packed(head[::-1] for head in unpacked(half.heads)), never=b"")
        for key, half in parts.items()
    }
