"""What capitalised words can be: names, words, places, things."""

import re

from sekisho.guards import names_romaji
from sekisho.guards.kept import kept
from sekisho.guards.names_english import COMMON_GIVEN, COMMON_SURNAME, GIVEN, NAMED, SURNAME, WORD, Dictionary, plain
from sekisho.guards.names_lexicon import GIVEN as JAPANESE_GIVEN
from sekisho.guards.names_lexicon import SURNAME as JAPANESE_SURNAME
from sekisho.guards.names_lexicon import Lexicon, Words

_SHORTENED = re.compile("'(?:m|re|ve|ll|d|t)$")  # I've, Don't
_TRADES = frozenset(  # surnames that are words, and seldom stand behind a given name as such
    ("smith", "miller", "taylor", "baker", "cooper", "carter", "turner", "walker", "parker", "fisher", "mason", "brown")
)
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"})
_SHORT = 3  # letters of a given name that may as well be something else


class Kinds:
    """What a capitalised word can be.

    G, H: a common or a rare given name. S, R: a common or a rare surname. J, K: a Japanese given name, surname.
    w, x: a common given name, a common surname that is a word (Grace, Baker); y: a rare name that is one. q: a given
    name or a common surname that is a place. h, f: a common given name, another name that is a day, a firm or a work.
    P: a place, a thing. W: a word. U: unknown.
    """

    def __init__(self, dictionary: Dictionary, words: Words, lexicon: Lexicon) -> None:
        self._dictionary = dictionary
        self.lexicon = lexicon
        self._given = words.lists["given"]
        self._surnames = words.lists["surnames_latin"]
        self._places = words.lists["places"] | words.lists["places_too"] | words.lists["places_japan"]
        self._towns = words.lists["towns_japan"]
        self._romaji = Dictionary.load(names_romaji.ROMAJI)
        self._things = words.lists["things"]
        self.code = kept(self._code)

    def _code(self, word: str) -> str:
        if _SHORTENED.search(word):
            return "W"
        small = plain(word)
        if not small.isascii():
            small = small.translate(_STROKES)
        kind = self._dictionary.kind(small)
        if small in self._things or small in self._places or small in self._towns or kind & WORD:
            return self._doubtful(small, kind)
        return self._named(word, small, kind)

    def _named(self, word: str, small: str, kind: int) -> str:
        """A word that is nothing but a name, or unknown."""
        own = small in self._given
        if not kind & (COMMON_GIVEN | COMMON_SURNAME) and not own and self._romaji.kind(small) == SURNAME:
            return "K"
        if kind & GIVEN or own:
            return "G" if kind & COMMON_GIVEN or (own and len(small) > _SHORT) else "H"
        if small in self._surnames or kind & SURNAME:
            return "S" if small not in self._surnames and kind & COMMON_SURNAME else "R"
        return self._joined(word) if "-" in word or "'" in word else self._japanese(small)

    def _doubtful(self, small: str, kind: int) -> str:
        """A word that is no name, or not only one."""
        common = kind & COMMON_GIVEN
        if small in self._things:
            return "h" if common or small in self._given else "f" if kind & NAMED else "P"
        if small in self._towns:
            return "q"
        if small in self._places:
            return "q" if common or kind & COMMON_SURNAME else "P"
        return "w" if common else "x" if kind & COMMON_SURNAME else "y" if kind & NAMED else "W"

    def small(self, small: str) -> str:
        """L: a word in small letters is rather a given name than anything else. l, m: it is one where it is announced.

        m: else it is a town or a Japanese word.
        """
        code = self.code(small)
        if code == "q":
            return "m" if self._dictionary.kind(small) & COMMON_GIVEN else ""
        if code == "J" and len(small) > _SHORT:
            return "m"
        if code not in "GH":
            return ""
        common = bool(self._dictionary.kind(small) & COMMON_GIVEN) or (code == "G" and len(small) > _SHORT + 1)
        return "L" if len(small) > _SHORT and common else "l"

    def small_surname(self, small: str) -> bool:
        """Whether a word in small letters, behind a given name, is a surname and nothing else."""
        return small in _TRADES or (len(small) > _SHORT and self.code(small.capitalize()) in "SRGH")

    def _joined(self, word: str) -> str:
        """Al-Sayed, O'Shea, Jean-Baptiste: what its last part is, unless a part is a common word."""
        parts = [self.code(part.capitalize()) for part in re.split("['-]", word) if len(part) > 1]
        if not parts or "W" in parts:
            return "W"
        return parts[0] if parts[0] in "GHSRJK" else parts[-1]

    def _japanese(self, small: str) -> str:
        kind = self._romaji.kind(small)
        if kind:
            return "J" if kind & GIVEN else "K"
        kinds = names_romaji.kinds(self.lexicon, small) if len(small) > 2 else ""
        return "J" if JAPANESE_GIVEN in kinds else "K" if JAPANESE_SURNAME in kinds else "U"
