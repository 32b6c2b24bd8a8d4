"""Disguises of a whole text: backwards, and with each Latin letter moved by 13 places (ROT13).

Nearly every text says nothing in any of them. That is told here without a second look at it where it can be: what a
match needs stands in the text itself, moved or mirrored, and is found in the same pass as what is needed undisguised.
"""

from collections.abc import Callable, Mapping

from sekisho.core import decode
from sekisho.guards.factors import APART, NO_LETTER
from sekisho.guards.gate import Gate, Need
from sekisho.guards.half import Half, Key
from sekisho.guards.traces import Traces

Stretches = Mapping[Key, tuple[int, int]]
_SLACK = 16  # code points: a factor that is mirrored begins where it ended


class Disguise:
    """Tells texts apart that surely hold nothing in any disguise of the whole.

    Attributes:
        always: patterns that need nothing rare, of which nothing is told.
    """

    def __init__(self, traces: Traces, parts: Mapping[Key, Half]) -> None:
        """`parts` are the halves of those patterns that are to be found; `traces` finds the factors of others too."""
        self.always = frozenset(key for key, half in parts.items() if not half.needs)
        self._moved, self._mirrored = (_gate(traces, parts, way) for way in (decode.rot13, _mirrored))

    def suspects(self, encoded: bytes) -> tuple[Stretches, Stretches]:
        """Those that may match in a normalised view, given in UTF-8, with its letters moved; and backwards.

        With each, between which bytes of the view as it is. The same object will be looked at undisguised next.
        """
        always = dict.fromkeys(self.always, (0, len(encoded)))
        mirrored = {**always, **self._mirrored.open(encoded, again=True).keys}
        plain = decode.ascii_of(encoded)  # of most Japanese texts a few bytes
        if decode.rotated(plain) == plain:
            return {}, mirrored
        return {**always, **self._moved.open(encoded, again=True).keys}, mirrored


def _gate(traces: Traces, parts: Mapping[Key, Half], way: Callable[[str], str]) -> Gate:
    needs = {
        key: Need(
            [tuple(map(way, factors)) for factors in half.needs], half.reach and half.reach + _SLACK, half.outside
        )
        for key, half in parts.items()
        if half.needs
    }
    return Gate(needs, traces)


def _mirrored(factor: str) -> str:
    return factor.lstrip(APART + NO_LETTER)[::-1]
