"""Normalisation: one spelling for what looks or reads the same.

In order: invisible characters are dropped, compatibility forms are unified (NFKC, Unicode Standard Annex 15),
and letters of other scripts that look like Latin ones become Latin. Case and kanji numerals stay as they are;
patterns treat those themselves.

The result for a *cluster* (a character and what joins to it) does not depend on what follows, so a stream can be
normalised piece by piece at the places that `settled` names.
"""

import re
import unicodedata
from array import array

from sekisho.core.view import Places

# Characters that show nothing: zero width, bidi controls, tags, variation selectors, Hangul and Khmer fillers,
# and lone surrogates (which are no characters at all).
_INVISIBLE_CLASS = (
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

# Code points after which nothing that joins can change what a pattern sees: they compose with nothing.
_INERT = r"\n\r\t !\"#$%&'()*+,\-./0-9:;?@\[\\\]\^_`{|}~、。「」『』・！？（）々〇一-鿿㐀-䶿"
_INERT_CHARACTER = re.compile(f"[{_INERT}]")

_LOOKALIKES = {
    **dict(zip("АВЕЅІЈКМНОРСТХУҮԌԜаеѕіјорсухԁԛԝһѵ", "ABESIJKMHOPCTXYYGWaesijopcyxdqwhv", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορτυχι", "ABEZHIKMNOPTYXavoptuxi", strict=True)),
    **dict(zip("ɑɡıⅼ‐‑‒–—―−﹣", "agil--------", strict=True)),
}
_UNUSUAL = re.compile("[" + _INVISIBLE_CLASS + "".join(map(re.escape, _LOOKALIKES)) + "]")
_FOLD = str.maketrans(_LOOKALIKES)


def normalise(text: str) -> str:
    """The normalised spelling of `text`."""
    if text.isascii():
        return text
    unified = unicodedata.normalize("NFKC", text)
    if not _UNUSUAL.search(unified):
        return unified
    # What shows nothing goes first: it may stand between a letter and the mark that joins to it.
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).translate(_FOLD)


def locate(text: str) -> Places:
    """Where each code point of `normalise(text)` came from. Linear in the length of `text`."""
    starts, ends = array("L"), array("L")
    begin = 0
    for end in _boundaries(text):
        length = len(normalise(text[begin:end]))
        starts.extend([begin] * length)
        ends.extend([end] * length)
        begin = end
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


def _boundaries(text: str) -> list[int]:
    """Ends of the clusters of `text`: before each character that joins to none before it."""
    ends = [index for index in range(1, len(text)) if not _joins(text[index])]
    if text:
        ends.append(len(text))
    return ends


def _joins(character: str) -> bool:
    """Whether a character may change or reorder with the one before it, or shows nothing."""
    if character < "\u00ad":
        return False
    if INVISIBLE.match(character):
        return True
    first = unicodedata.normalize("NFKC", character)[0]
    return unicodedata.combining(first) != 0 or _JOINING.match(first) is not None
