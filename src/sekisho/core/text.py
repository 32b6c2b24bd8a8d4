"""The text that guards look at, with its views."""

from array import array
from collections.abc import Sequence
from functools import cached_property

from sekisho.core import decode
from sekisho.core.normalise import locate, normalise
from sekisho.core.view import Places, View


class Text:
    """A text as received, with other spellings of it made only when somebody asks.

    All offsets are code points of the text as received. Lone surrogates may occur and are treated as invisible.
    """

    def __init__(self, received: str) -> None:
        self.received = received

    def __len__(self) -> int:
        return len(self.received)

    @cached_property
    def plain(self) -> View:
        """The view `received`: the text itself."""
        return View("received", self.received, len(self.received))

    @cached_property
    def normalised(self) -> View:
        """The view `normalised` (see core/normalise.py)."""
        value = normalise(self.received)
        if value is self.received:
            return View("normalised", value, len(value))
        return View("normalised", value, len(self.received), lambda: locate(self.received))

    @cached_property
    def disguised(self) -> tuple[View, ...]:
        """Spellings of the whole text that hide its words: ROT13, reversed, tag characters, variation selectors."""
        base = self.normalised
        return (
            *(self._picked(name, found, meaning) for name, found, meaning in decode.unseen(self.received)),
            base.respelled("rot13", decode.rot13(base.value)),
            base.respelled("reversed", base.value[::-1], mirrored=True),
        )

    def _picked(self, name: str, positions: Sequence[int], value: str) -> View:
        """A view of characters that stand here and there; every part maps to all of them, from first to last."""
        size = len(value)
        start, end = positions[0], positions[-1] + 1
        return View(name, value, len(self), lambda: Places(array("L", [start]) * size, array("L", [end]) * size))
