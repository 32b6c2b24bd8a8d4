"""The text that guards look at, with its views."""

from array import array
from collections.abc import Sequence
from functools import partial

from sekisho.core import decode
from sekisho.core.drawn import Block, blocks, drawings
from sekisho.core.hidden import FEWEST_SAID, Stretch, both, encoded_runs, letter_gaps, revealed
from sekisho.core.normalise import locate, respelled
from sekisho.core.view import Places, View

AT_ONCE = 5_000  # code points; longer texts are read in a thread: those made for it would keep everybody waiting


class Text:
    """A text as received, with other spellings of it made only when somebody asks.

    All offsets are code points of the text as received. Lone surrogates may occur and are treated as invisible.
    """

    __slots__ = (
        "_blocks",
        "_disguised",
        "_drawn",
        "_encoded",
        "_hidden",
        "_normalised",
        "_spaced",
        "received",
    )  # and no cached_property, whose lock costs more than a view

    def __init__(self, received: str) -> None:
        self.received = received
        self._normalised: View | None = None
        self._encoded: bytes | None = None
        self._disguised: tuple[View, ...] | None = None
        self._hidden: tuple[View, ...] | None = None
        self._spaced: tuple[Stretch, ...] | None = None
        self._blocks: tuple[Block, ...] | None = None
        self._drawn: tuple[Stretch, ...] | None = None

    def __len__(self) -> int:
        return len(self.received)

    @property
    def plain(self) -> View:
        """The view `received`: the text itself."""
        return View("received", self.received, len(self.received))

    @property
    def normalised(self) -> View:
        """The view `normalised` (see core/normalise.py)."""
        if self._normalised is None:
            value, moved = respelled(self.received)
            # No lambda: it would hold this object, and the two of them wait for the collector.
            found = partial(locate, self.received) if moved else None
            self._normalised = View("normalised", value, len(self.received), found)
        return self._normalised

    @property
    def encoded(self) -> bytes:
        """What the view `normalised` says, in UTF-8, as automata read it."""
        if self._encoded is None:
            self._encoded = self.normalised.value.encode()
        return self._encoded

    @property
    def disguised(self) -> tuple[View, ...]:
        """Spellings that hide words, undone: ROT13, reversed, unseen characters, letters set apart or drawn.

        One that says the same as the view `normalised` is left out, as ROT13 of a text without Latin letters does.
        """
        if self._disguised is None:
            self._disguised = self._respelled(self.normalised)
        return self._disguised

    @property
    def hidden(self) -> tuple[View, ...]:
        """What can be told from chance of what is hidden: nothing in most texts, and nothing that says but a word.

        These are the unseen characters, and the text with its encoded runs and its drawings read and its letters moved
        together.
        """
        if self._hidden is None:
            self._hidden = self._revealed(self.normalised)
        return self._hidden

    @property
    def spaced(self) -> tuple[Stretch, ...]:
        """The gaps between letters of the view `normalised` that stand one by one."""
        if self._spaced is None:
            self._spaced = tuple(letter_gaps(self.normalised.value, self.encoded))
        return self._spaced

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The parts of the view `normalised` that may be drawings; to read them may take a while."""
        if self._blocks is None:
            self._blocks = tuple(blocks(self.normalised.value, self.encoded))
        return self._blocks

    @property
    def drawn(self) -> tuple[Stretch, ...]:
        """The drawings of letters in the view `normalised` that could be read."""
        if self._drawn is None:
            self._drawn = tuple(drawings(self.normalised.value, self.blocks)) if self.blocks else ()
        return self._drawn

    def unseen(self) -> list[tuple[str, list[int], str]]:
        """What characters say that no reader sees (see core/decode.py)."""
        # They are dropped from the normalised view, so that the places of others move.
        return [] if self.normalised.locate is None else decode.unseen(self.received)

    def _respelled(self, base: View) -> tuple[View, ...]:
        views = [self._picked(name, found, meaning) for name, found, meaning in self.unseen()]
        if self.spaced or self.drawn:
            views.append(revealed(base, both(self.drawn, self.spaced)))
        if decode.rotated(self.encoded) != self.encoded:
            views.append(base.respelled("rot13", decode.rot13(base.value)))
        return *views, base.respelled("reversed", base.value[::-1], mirrored=True)

    def _revealed(self, base: View) -> tuple[View, ...]:
        views = [self._picked(*one) for one in self.unseen() if _says(one[2])]
        runs = encoded_runs(base.value, self.encoded)
        if not _says("".join(run.said for run in runs)):
            runs = []
        stretches = both([*runs, *self.drawn], self.spaced)
        return (*views, revealed(base, stretches)) if stretches else tuple(views)

    def _picked(self, name: str, positions: Sequence[int], value: str) -> View:
        """A view of characters that stand here and there; every part maps to all of them, from first to last."""
        size = len(value)
        start, end = positions[0], positions[-1] + 1
        return View(name, value, len(self), lambda: Places(array("L", [start]) * size, array("L", [end]) * size))


def _says(meaning: str) -> bool:
    return len(meaning.encode("utf-8", "replace")) >= FEWEST_SAID
