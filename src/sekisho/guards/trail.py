"""What a caller has sent lately: sketches and keyed digests of texts, and no texts.

All of it is in the memory of one process and gone with it. Each of several worker processes sees its own part.
"""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from sekisho.guards.sketch import BINS, Sketch, alike

TEXTS = 1_024  # of one caller; the oldest are forgotten
CALLERS = 256  # those that were silent for longest are forgotten; at most about 20 MB in all
ALIKE = 0.5  # from here on two texts are one with a part changed


@dataclass(frozen=True, slots=True)
class Company:
    """What else the caller of a text has sent in the window.

    Attributes:
        alike: how many other texts are like it.
        probes: how many other texts were probes.
        probes_alike: how many of these are like it.
    """

    alike: int
    probes: int
    probes_alike: int


class Trail:
    """The texts of one caller. A text counts once in a window: a conversation repeats all it has said."""

    def __init__(self, window_s: float, most: int = TEXTS) -> None:
        self._window_s = window_s
        self._most = most
        self._held = 0
        self._next = 0
        self._digests = np.zeros(most, np.uint64)
        self._sketches = np.zeros((BINS, most), np.uint16)
        self._came = np.zeros(most)  # seconds
        self._probes = np.zeros(most, np.bool_)

    @property
    def size(self) -> int:
        """Bytes that it takes; the same however much is sent."""
        return sum(one.nbytes for one in (self._digests, self._sketches, self._came, self._probes))

    def note(self, digest: int, sketch: Sketch, now_s: float, *, probe: bool) -> int:
        """Writes a text down, unless it is known. Once a probe, it stays one. Gives its place."""
        known = np.flatnonzero(self._digests[: self._held] == np.uint64(digest))
        place = int(known[0]) if len(known) else self._next
        if not len(known):
            self._digests[place], self._sketches[:, place] = digest, sketch
            self._probes[place] = False
            self._next = (place + 1) % self._most
            self._held = min(self._held + 1, self._most)
        if not len(known) or self._came[place] <= now_s - self._window_s:
            self._came[place] = now_s
        self._probes[place] |= probe
        return place

    def company(self, place: int, sketch: Sketch, now_s: float) -> Company:
        """What came in the window beside the text at `place`, whose sketch is `sketch`."""
        lately = self._came[: self._held] > now_s - self._window_s
        lately[place] = False
        like = (alike(sketch, self._sketches[:, : self._held]) >= ALIKE) & lately
        probes = self._probes[: self._held]
        counts = (like, probes & lately, probes & like)
        return Company(*(int(np.count_nonzero(one)) for one in counts))


class Trails:
    """The trails of all callers of this process."""

    def __init__(self, window_s: float, callers: int = CALLERS, texts: int = TEXTS) -> None:
        """`window_s` is how long a text counts."""
        self._window_s = window_s
        self._callers = callers
        self._texts = texts
        self._trails: OrderedDict[str, Trail] = OrderedDict()

    def __len__(self) -> int:
        return len(self._trails)

    def of(self, owner: str) -> Trail:
        """The trail of a caller, a new one for who has none."""
        trail = self._trails.get(owner)
        if trail is None:
            trail = self._trails[owner] = Trail(self._window_s, self._texts)
            if len(self._trails) > self._callers:
                self._trails.popitem(last=False)
        self._trails.move_to_end(owner)
        return trail
