"""Normalisation: one spelling for what looks or reads the same.

In order: invisible characters are dropped, compatibility forms are unified (NFKC, Unicode Standard Annex 15),
and letters of other scripts that look like Latin ones become Latin. Case and kanji numerals stay as they are;
patterns treat those themselves.

Marks that are left over because no composed letter has them (strike-through, piled accents) are dropped as well.

The result is put together from *clusters* (a character and what joins to it), none of which depends on another, so
a stream can be normalised piece by piece at the places that `settled` names. Only clusters that may change are
looked at: ordinary Japanese costs one search.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterator
from functools import lru_cache

from sekisho.core.view import Places

# Characters that show nothing: control codes, zero width, bidi controls, tags, variation selectors, Hangul and Khmer
# fillers, and lone surrogates (which are no characters at all).
_INVISIBLE_CLASS = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff"
)
INVISIBLE = re.compile(f"[{_INVISIBLE_CLASS}]+")

# Characters of general category other than Mn/Mc/Me that still may join to the one before (NFC_Quick_Check=Maybe):
# Hangul vowels and finals, vowel signs of Indic scripts.
_JOINING = re.compile(
    "[\u1161-\u1175\u11a8-\u11c2\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf"
    "\u102e\u1b35\U000110ba\U00011127\U0001133e\U00011357\U000114b0\U000114ba\U000114bd\U000115af\U00011930]"
)

# Code points after which nothing that joins can change what a pattern sees: they compose with nothing. Of kana, those
# that have no voiced form.
_INERT = (
    r"\n\r\t !\"#$%&'()*+,\-./0-9:;?@\[\\\]\^_`{|}~、。「」『』・！？（）々〇一-鿿㐀-䶿"
    "ぁ-ぅぇ-おがぎぐげござじずぜぞだぢっづでどな-のばぱびぴぶぷべぺぼぽま-ゖゞ"
    "ァ-ゥェ-オガギグゲゴザジズゼゾダヂッヅデドナ-ノバパビピブプベペボポマ-ヮンヴ-ヺーヾ"
)
_INERT_CHARACTER = re.compile(f"[{_INERT}]")

_LOOKALIKES = {
    **dict(zip("АВЕЅІЈКМНОРСТХУҮԌԜаеѕіјорсухԁԛԝһѵ", "ABESIJKMHOPCTXYYGWaesijopcyxdqwhv", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορτυχι", "ABEZHIKMNOPTYXavoptuxi", strict=True)),
    **dict(zip("ɑɡıⅼ‐‑‒–—―−﹣", "agil--------", strict=True)),
}
_FOLD = str.maketrans(_LOOKALIKES)

# Forms of another width, of which each is one character of the usual width and joins to nothing.
_WIDTHS = {
    point: unicodedata.normalize("NFKC", chr(point))
    for point in (0x3000, *range(0xFF01, 0xFF5F), *range(0xFF61, 0xFF9E))
}

# Marks that change no letter once composition is over.
_LEFT_OVER = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]+")

# Characters that are their own normalised form and join to nothing. It may hold too few, never too many; the tests
# try every code point.
_ORDINARY_CLASS = (
    r"\t\n\x0b\x0c\r -~\x85\u00c0-\u00ff\u2018-\u201f\u2020-\u2022\u2190-\u21ff\u25a0-\u25ff"
    r"\u3001-\u3029\u3041-\u3096\u309d\u309e\u30a1-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
)
_ORDINARY = re.compile(f"[{_ORDINARY_CLASS}]*+")  # a third faster than looking for the first suspect
_SUSPECTS = re.compile(f"[^{_ORDINARY_CLASS}][^{_ORDINARY_CLASS}]*+")  # twice as fast as with `+`
# Marks are sorted within a cluster at a cost that grows with the square of their number, so long ones are cut. No
# writing piles up more. Source: Unicode Standard Annex 15, Stream-Safe Text Format, which sets 30.
MOST_JOINED = 32
_ASCII_CONTROLS = bytes([*range(0x09), *range(0x0E, 0x20), 0x7F])


def normalise(text: str) -> str:
    """The normalised spelling of `text`; the same object where nothing changes."""
    return respelled(text)[0]


def lowered(text: str) -> str:
    """Small letters for large ones, each where it was; of all, only İ (U+0130) would become two."""
    return text.replace("\u0130", "i").lower()


def respelled(text: str) -> tuple[str, bool]:
    """`normalise(text)`, and whether its code points are no more one by one where they were in `text`."""
    if text.isascii():
        shown = text.encode().translate(None, _ASCII_CONTROLS)
        return (text, False) if len(shown) == len(text) else (shown.decode(), True)
    if _ORDINARY.fullmatch(text):
        return text, False
    pieces: list[str] = []
    position = 0
    moved = False
    for begin, end, spelling, kept in _changes(text):
        pieces += (text[position:begin], spelling)
        position = end
        moved = moved or not kept
    spelled = "".join((*pieces, text[position:]))
    return (text, False) if spelled == text else (spelled, moved)


def locate(text: str) -> Places:
    """Where each code point of `normalise(text)` came from. Linear in the length of `text`."""
    starts, ends = array("L"), array("L")
    position = 0
    for begin, end, spelling, kept in (*_changes(text), (len(text), len(text), "", True)):
        same = end if kept else begin
        starts.extend(range(position, same))
        ends.extend(range(position + 1, same + 1))
        if not kept:
            starts.extend([begin] * len(spelling))
            ends.extend([end] * len(spelling))
        position = end
    return Places(starts, ends)


def settled(text: str) -> int:
    """How many code points of a growing text have their final normalised form, whatever follows.

    The last cluster is not settled unless its character composes with nothing (kanji, digits, most punctuation).
    Errs on the side of holding: a Latin or kana letter at the end waits for the next character.
    """
    end = len(text)
    position = end
    while position:
        position -= 1
        if not _joins(text[position]):
            break
    if position == end - 1 and _INERT_CHARACTER.match(text, position):
        return end
    return position


def letters_of(cluster: str) -> str:
    """The letters that the last cluster of a growing text may begin with, whatever joins to it; empty: not known.

    Known of one kana, which may become a voiced one.
    """
    letter = _unified(cluster) if len(cluster) == 1 else ""
    return _voiced(letter) if len(letter) == 1 and "ぁ" <= letter <= "ヾ" else ""


@lru_cache(maxsize=256)
def _voiced(kana: str) -> str:
    return "".join(dict.fromkeys([kana, *(_unified(kana + mark)[:1] for mark in "\u3099\u309a")]))


def _changes(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """The stretches of `text` that may change, in order: begin, end, spelling, whether each code point keeps its place.

    All other characters are clusters of their own.
    """
    for run in _SUSPECTS.finditer(text):
        begin, end = run.span()
        spelling = run[0].translate(_WIDTHS)
        if _ORDINARY.fullmatch(spelling):
            yield begin, end, spelling, True
        else:
            yield from _clusters(text, begin, end)


def _clusters(text: str, position: int, end: int) -> Iterator[tuple[int, int, str, bool]]:
    """The clusters of a run of suspects, as `_changes` tells them."""
    # A character that joins takes the ordinary one before it into its cluster.
    begin = position - 1 if position and _joins(text[position]) else position
    while begin < end:
        position = max(begin, position) + 1
        while position < end and _joins(text[position]):
            position += 1
        spelling = _spelled(text[begin:position])
        yield begin, position, spelling, position - begin == len(spelling) == 1
        begin = position


def _spelled(cluster: str) -> str:
    """The normalised form of one cluster."""
    if len(cluster) <= MOST_JOINED:
        return _unified(cluster)
    # What shows nothing goes first: it may stand between a letter and the mark that joins to it.
    shown = INVISIBLE.sub("", cluster)
    return "".join([_unified(shown[at : at + MOST_JOINED]) for at in range(0, len(shown), MOST_JOINED)])


@lru_cache(maxsize=8192)
def _unified(cluster: str) -> str:
    unified = unicodedata.normalize("NFKC", INVISIBLE.sub("", cluster))
    folded = unicodedata.normalize("NFKC", INVISIBLE.sub("", unified).translate(_FOLD))
    return _LEFT_OVER.sub("", folded)


@lru_cache(maxsize=8192)
def _joins(character: str) -> bool:
    """Whether a character may change or reorder with the one before it, or shows nothing."""
    if INVISIBLE.match(character):
        return True
    first = unicodedata.normalize("NFKC", character)[0]
    return unicodedata.combining(first) != 0 or _JOINING.match(first) is not None
