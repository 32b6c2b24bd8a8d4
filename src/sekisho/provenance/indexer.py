"""Keeps the indexes a function of what the ledger keeps: takes in contents, lets go of erased ones."""

import logging
import time
from collections.abc import Callable

from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.kept import Stretch
from sekisho.ledger.ledger import Ledger
from sekisho.provenance.codes import Codes
from sekisho.provenance.delivered import codes_of, given
from sekisho.provenance.passages.index import Passages

log = logging.getLogger("sekisho.provenance")

ENTRIES = 10  # of one step: contents have megabytes at most, but most have kilobytes
LONGEST = 100_000  # code points of an answer that are indexed
REST = 10  # a purge is followed by a rest of so many times as long as it took


class Indexer:
    """Takes the entries of a ledger into indexes, in order. One at a time works on an index.

    A text stands in its index under the position of its entry, and so do codes. What was taken in of texts, and up
    to where, is one transaction; codes come before it and may be repeated. So, killed at any moment, or without
    room on the disk, it goes on from there. Methods raise `sqlite3.Error` and `LedgerFault`; they can then be called
    again.
    """

    def __init__(
        self,
        ledger: Ledger,
        passages: Passages,
        codes: Codes | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._passages = passages
        self._codes = codes
        self._clock = clock
        self._purge_s = 0.0  # when the next one may begin

    def step(self) -> bool:
        """Takes in the next few entries; says whether more wait."""
        start = self._passages.next
        stretch = self._stretch(start)
        texts = [(one.position, "\n".join(given(self._ledger, one))[:LONGEST]) for one in stretch.kept]
        if stretch.next > start:
            if self._codes is not None:
                codes = [(one.position, code) for one in stretch.kept for code in codes_of(one.content)]
                self._codes.change(codes, stretch.erased)
            self._passages.change(stretch.next, add=[one for one in texts if one[1]], erase=stretch.erased)
        return stretch.next < self._ledger.size

    def _stretch(self, start: int) -> Stretch:
        """The next entries. One whose content does not open is passed over: `sekisho ledger audit` names it too."""
        try:
            return self._ledger.contents_from(start, ENTRIES)
        except LedgerAltered:
            pass
        try:
            return self._ledger.contents_from(start, 1)
        except LedgerAltered as fault:
            log.error("a content cannot be looked up: %s", fault)  # noqa: TRY400 - the fault says all
            return Stretch(start + 1, [], [])

    def tidy(self) -> None:
        """Sorts in what waits, and removes from the files what was erased; at most a tenth of the time goes into that.

        A small index is purged at once; with a million texts it takes a minute, so erased texts leave within ten.
        """
        self._passages.settle()
        began = self._clock()
        if began >= self._purge_s and self._passages.gone:
            self._passages.purge()
            self._purge_s = self._clock() + REST * (self._clock() - began)
