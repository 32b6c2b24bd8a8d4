"""Look-up: through which exchanges did a text or a picture pass that somebody brings?"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.kept import Content
from sekisho.ledger.ledger import Ledger
from sekisho.provenance.delivered import codes_of, given, unlabelled
from sekisho.provenance.indexer import LONGEST
from sekisho.provenance.marks.selectors import stripped
from sekisho.provenance.media.code import BITS, NEAR, body, differing
from sekisho.provenance.passages.index import Match, Passages
from sekisho.provenance.pictures import Pictures

Result = Literal["unchanged", "edited", "passages", "picture"]
MOST = 3  # matches that are told
EDITED = 0.5  # share of both texts that must lie within what they share, to call one an edited version of the other


class Found(msgspec.Struct, frozen=True):
    """An exchange through which the text, or a part of it, or a picture that looks the same, has passed.

    Attributes:
        exchange: its identifier.
        position: that of its entry in the log.
        result: `unchanged` but for spaces, punctuation, width, case and invisible characters; `edited`: an edited
            version of the whole answer; `passages`: parts of it; `picture`: a picture with nearly the same code, of
            which nothing else is told.
        exact: every character is the same, except for spaces at either end and what marks and labels it.
        spans: what is the same, as pairs of offsets in the text asked about (code points).
        letters: how many letters and digits that are.
        share: of the text asked about, in [0, 1], that lies within shared passages; `of_answer`: of the answer.
    """

    exchange: str
    position: int
    result: Result
    exact: bool
    spans: list[tuple[int, int]]
    letters: int
    share: float
    of_answer: float


class Lookup:
    """Finds texts again. It answers from an index and the contents that the ledger keeps, and shows no stored text.

    `find` raises `sqlite3.Error` and `LedgerFault`.
    """

    def __init__(self, ledger: Ledger, passages: Passages, pictures: Pictures | None = None) -> None:
        self._ledger = ledger
        self._passages = passages
        self._pictures = pictures

    def find(self, text: str) -> list[Found]:
        """The exchanges that share most with the text, at most three, the surest first."""
        bare = unlabelled(text)
        read: dict[int, tuple[str, tuple[str, ...]]] = {}

        def stored(position: int) -> Sequence[str]:
            read[position] = self._texts(position)
            return [one[:LONGEST] for one in read[position][1]]

        matches = self._passages.find(bare, stored)[:MOST]
        return [_told(match, bare, *read[match.text]) for match in matches]

    def picture(self, codes: Sequence[str]) -> list[Found]:
        """The exchanges that gave a picture with nearly one of these Image-Codes, at most three, the nearest first.

        Raises `ValueError` for what is no code.
        """
        if self._pictures is None:
            return []
        asked = [body(code) for code in codes]
        found: list[tuple[int, Found]] = []
        for near in self._pictures.near(asked):
            kept = self._kept(near.position)
            apart = [differing(one, other) for one in asked for other in codes_of(kept.content)] if kept else []
            if kept and min(apart, default=BITS) <= NEAR:  # the content decides, which may be erased by now
                share = 1 - min(apart) / BITS
                told = Found(kept.exchange, near.position, "picture", False, [], 0, share, share)  # noqa: FBT003 a field
                found.append((min(apart), told))
        return [told for _, told in sorted(found, key=lambda one: one[0])[:MOST]]

    def _texts(self, position: int) -> tuple[str, tuple[str, ...]]:
        """Exchange and texts of the entry at a position; nothing where its content is gone or does not open."""
        kept = self._kept(position)
        return (kept.exchange, given(self._ledger, kept)) if kept else ("", ())

    def _kept(self, position: int) -> Content | None:
        try:
            kept = self._ledger.contents_from(position, 1).kept
        except (IndexError, LedgerAltered):
            return None
        return kept[0] if kept else None


def _told(match: Match, text: str, exchange: str, texts: Sequence[str]) -> Found:
    result: Result = "passages"
    if match.same:
        result = "unchanged"
    elif min(match.given, match.stored) >= EDITED:
        result = "edited"
    exact = match.same and stripped(text).strip() == texts[match.part].strip()
    spans = [(span.start, span.end) for span in match.spans]
    return Found(exchange, match.text, result, exact, spans, match.letters, match.given, match.stored)
