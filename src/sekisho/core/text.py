"""The text that guards look at, with its views."""

from array import array
from functools import cached_property

from sekisho.core import decode
from sekisho.core.normalise import locate, normalise
from sekisho.core.view import Places, View

WHOLE_TEXT_LIMIT = 20_000  # code points up to which ROT13 and reversed spellings are tried


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
        """Spellings of the whole text that hide its words: ROT13, reversed, tag characters.

        Only for texts up to `WHOLE_TEXT_LIMIT`; a longer one is not hidden this way in practice.
        """
        views: list[View] = []
        found = decode.TAGS.search(self.received)
        if found:
            views.append(self._stretch("tags", found.start(), found.end(), decode.tagged(found[0])))
        if len(self) <= WHOLE_TEXT_LIMIT:
            base = self.normalised
            views.append(self._over(base, "rot13", decode.rot13(base.value), reverse=False))
            views.append(self._over(base, "reversed", base.value[::-1], reverse=True))
        return tuple(views)

    def _over(self, base: View, name: str, value: str, *, reverse: bool) -> View:
        """A view that has one code point for each of `base`. Reversed ones map to the whole text."""
        if reverse:
            return self._stretch(name, 0, len(self), value)
        return View(name, value, len(self), lambda: _places_of(base))

    def _stretch(self, name: str, start: int, end: int, value: str) -> View:
        """A view each part of which maps to the same stretch of the text as received."""
        size = len(value)
        return View(name, value, len(self), lambda: Places(array("L", [start]) * size, array("L", [end]) * size))


def _places_of(view: View) -> Places:
    ranges = [view.received(index, index + 1) for index in range(len(view.value))]
    return Places(array("L", [start for start, _ in ranges]), array("L", [end for _, end in ranges]))
