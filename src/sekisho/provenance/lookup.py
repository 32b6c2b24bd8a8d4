"""Look-up: through which exchanges did a text, picture or sound pass that somebody brings?"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.kept import Content
from sekisho.ledger.ledger import Ledger
from sekisho.provenance.codes import Codes
from sekisho.provenance.delivered import codes_of, given, unlabelled
from sekisho.provenance.indexer import LONGEST
from sekisho.provenance.marks.selectors import stripped
from sekisho.provenance.media.code import AUDIO, BITS, DATA, HEADER, IMAGE, apart, near, sought
from sekisho.provenance.passages.index import Match, Passages

Result = Literal["unchanged", "edited", "passages", "picture", "sound", "media"]
OF_CODES: dict[bytes, Result] = {DATA: "media", IMAGE: "picture", AUDIO: "sound"}  # what says most stands first
MOST = 3  # matches that are told
EDITED = 0.5  # share of both texts that must lie within what they share, to call one an edited version of the other


class Found(msgspec.Struct, frozen=True):
    """An exchange through which the text, or a part of it, or what is much like the file, has passed.

    Attributes:
        exchange: its identifier.
        position: that of its entry in the log.
        result: `unchanged` but for spaces, punctuation, width, case and invisible characters; `edited`: an edited
            version of the whole answer; `passages`: parts of it; `picture` and `sound`: one with nearly the same
            code, so that it looks or sounds alike; `media`: a file with nearly the same bytes of sound or video. Of the
            last three nothing is told but `share`, that of the code.
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

    def __init__(self, ledger: Ledger, passages: Passages, codes: Codes | None = None) -> None:
        self._ledger = ledger
        self._passages = passages
        self._codes = codes

    def find(self, text: str) -> list[Found]:
        """The exchanges that share most with the text, at most three, the surest first."""
        bare = unlabelled(text)
        read: dict[int, tuple[str, tuple[str, ...]]] = {}

        def stored(position: int) -> Sequence[str]:
            read[position] = self._texts(position)
            return [one[:LONGEST] for one in read[position][1]]

        matches = self._passages.find(bare, stored)[:MOST]
        return [_told(match, bare, *read[match.text]) for match in matches]

    def coded(self, codes: Sequence[str]) -> list[Found]:
        """The exchanges that gave a file with nearly one of these codes, at most three, the nearest first.

        Raises `ValueError` for what is no code of a picture, a sound or media data.
        """
        if self._codes is None:
            return []
        asked = [sought(code) for code in codes]
        found: list[tuple[int, Found]] = []
        for one in self._codes.near(asked):
            kept = self._kept(one.position)
            if kept and (told := _alike(asked, codes_of(kept.content))):  # the content decides; it may be erased by now
                result, bits = told
                share = 1 - bits / BITS
                found.append((bits, Found(kept.exchange, one.position, result, False, [], 0, share, share)))  # noqa: FBT003 a field
        return [told for _, told in sorted(found, key=lambda pair: pair[0])[:MOST]]

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


def _alike(asked: Sequence[bytes], kept: Sequence[bytes]) -> tuple[Result, int] | None:
    """What codes with their headers have in common, and in how many bits they differ in that."""
    pairs = [(one, other) for one in asked for other in kept if near(one, other)]
    for kind, result in OF_CODES.items():
        if bits := [apart(one, other) for one, other in pairs if one[:HEADER] == kind]:
            return result, min(bits)
    return None
