"""Candidates for names in Latin letters: capitalised words that may be parts of one name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sekisho.guards.names_english import plain
from sekisho.guards.names_latin_small import SmallNames
from sekisho.guards.names_latin_words import Kinds
from sekisho.guards.names_lexicon import Words
from sekisho.guards.names_lists import matches
from sekisho.guards.wanted import wanted

UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĖĘĚĞĢĪĮİĶŁĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽȘȚ"
LETTER = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
HONORIFICS = "san|sama|kun|chan|sensei|senpai|sempai|bucho|kacho|shacho|tencho|kocho|kaicho|hakase|dono"
_HONORIFIC = rf"-(?:{HONORIFICS})(?![{LETTER}])"
_WORD = rf"[{UPPER}][{LETTER}]*(?:(?!{_HONORIFIC})['\-][{LETTER}]+)*"
_DOTTED = r"(?:[A-Z](?:\.[A-Z]){0,2}|Mrs?|Ms|Mx|Dr|Prof|St|Sgt|Lt|Capt|Col|Rev|Fr|Gen|Hon|Jr|Sr|Mss|Messrs|Assoc|Amb)\."
_PARTICLE = "van|von|de|der|den|da|di|du|do|dos|das|del|della|la|le|el|al|bin|ibn|binti|bint|ben|ter|ten|zu|y"
_UNIT = rf"(?:{_DOTTED}|{_WORD})"
_CAPITAL = re.compile(rf"[{UPPER}](?<![{LETTER}0-9@_./\\\-].)")  # where a run may begin
_RUN = re.compile(rf"{_UNIT}(?: (?:(?:{_PARTICLE}) ){{0,2}}{_UNIT})*(?![{LETTER}@_\\0-9])")
_ORDINALS = frozenset(("II", "III", "IV", "Jr", "Jr.", "Sr", "Sr."))
_OFFICES_TOO = frozenset(  # surnames behind a given name
    ("prince", "king", "pope", "bishop", "judge", "page", "sergeant", "justice", "major", "marshal", "dean", "duke")
)
_DISTRICT = re.compile(
    "-(?:ku|shi|cho|machi|mura|gun|ken|dori|eki|ro|gil|daero|dong|gu|nishi|kita|higashi|minami|ben|bashi|jinja|onsen|sen)$"
    "|^(?:Kita|Higashi|Nishi|Minami|Shin|Musashi|Kami|Shimo|Naka)-[A-Z]"
)
_INITIALS = re.compile(r"[A-Z](?:\.[A-Z]){1,2}")
_CAMEL = re.compile(r"[a-z][A-Z]")
_IRISH = re.compile(r"(?:Mc|Mac|O'|Fitz|De|Di|La|Le|Van|D'|St)[A-Z][a-z]+")
_PARTICLES = frozenset(_PARTICLE.split("|"))
_MOST = 5  # words of a name
_LIST = 200  # code points in which a list goes on with a comma
NAMED = "GHwqhSRxyUJKI"  # what may begin a name


@dataclass(frozen=True, slots=True)
class Run:
    """Words that may be one name.

    Attributes:
        start, end: code points of the text.
        words: without particles and initials, in small letters without marks.
        codes: what each word is: a letter of `Kinds`; I for an initial, p for a particle, b for a surname that
            other things are called by (Hill).
        title: the capitalised word right in front, in small letters, where there is one.
        follows: what kind of capitalised word comes right behind, or nothing.
        capitals: whether all of it is in capital letters.
    """

    start: int
    end: int
    words: tuple[str, ...]
    codes: str
    title: str
    follows: str
    capitals: bool

    @property
    def single(self) -> bool:
        """Whether it is one word."""
        return len(self.words) == 1


_SURNAME_FIRST = re.compile(r"(?:^|[\n:;#|] ?|[0-9] |\bas )$")
_CLOSED = re.compile(r"[.,;:)(\n]|$| [-–—(|]| (?:[A-Z]\.|goes|but|has|is|was|and)")


def _turned(value: str, runs: list[Run]) -> Iterator[Run]:
    """The candidates, with a surname and a given name behind a comma as one: Smith, Jonathan."""
    held: Run | None = None
    for run in runs:
        if held is None:
            held = run
        elif _reversed(value, held, run):
            words, codes = (*run.words, *held.words), run.codes + held.codes
            yield Run(held.start, run.end, words, codes, held.title, run.follows, capitals=held.capitals)
            held = None
        else:
            yield held
            held = run
    if held is not None:
        yield held


def _reversed(value: str, first: Run, second: Run) -> bool:
    """Whether two candidates are a surname and a given name, and no list."""
    return (
        (
            first.codes in ("S", "R", "K", "x")
            or (first.capitals and not second.capitals and first.codes in ("G", "H", "U", "J"))
            or (first.codes in ("G", "H", "U", "J", "q") and _in_turned_list(value, first.start, second.end))
        )
        and second.codes in ("G", "H", "J", "q")
        and value[first.end : second.start] == ", "
        and _SURNAME_FIRST.search(value[max(0, first.start - 4) : first.start]) is not None
        and _CLOSED.match(value, second.end) is not None
    )


def _in_turned_list(value: str, start: int, end: int) -> bool:
    """Whether semicolons set a place apart, as in Ogawa, Shinobu; Martin, Élise."""
    return value[max(0, start - 2) : start].strip() == ";" or (
        value[end : end + 1] == ";" and value.find(",", end, end + _LIST) > 0
    )


class Runs:
    """Finds candidates."""

    def __init__(self, kinds: Kinds, words: Words) -> None:
        self.kinds = kinds
        self._small = SmallNames(kinds)
        self._titles = words.lists["titles"] | words.lists["offices"]
        self._belongs = words.lists["belongs"]
        self._surnames = words.lists["surnames_too"]
        self._first = words.lists["openers"]
        self._towns = words.lists["places_too"]
        self._things = frozenset(word for word in words.lists["things"] if word.endswith("'s"))

    def of(self, value: str) -> list[Run]:
        """The candidates of a text in order, apart from each other."""
        found = [run for match in wanted(matches(_CAPITAL, _RUN, value)) for run in self._within(match)]
        found = list(_turned(value, found))
        small = [Run(one.start, one.end, one.words, one.codes, "", "", capitals=False) for one in self._small.of(value)]
        return sorted([*found, *small], key=lambda run: run.start) if small else found

    def _within(self, match: re.Match[str]) -> Iterator[Run]:
        """The candidates among the words of a stretch."""
        words = match[0].split(" ")
        if len(words) == 1 and self._code(words[0]) in "WPBbf":
            return
        starts = [match.start()]
        for word in words[:-1]:
            starts.append(starts[-1] + len(word) + 1)
        codes = [self._code(word) for word in words]
        at, title = 0, ""
        while at < len(words):
            titled = codes[at] in "bf" and codes[at - 1 : at] == ["T"]
            if (codes[at] not in NAMED and not titled) or words[at] in _ORDINALS or self._opens(words, codes, at):
                title = words[at].rstrip(".").lower() if codes[at] == "T" else ""
                at += 1
                continue
            end = self._end(words, codes, at)
            if any(code not in "pI" for code in codes[at:end]):
                yield self._run(words, codes, starts, (at, end), title)
            at, title = end, ""

    def _code(self, word: str) -> str:
        """As `Kinds.code`; also T for a title, B for what something else is called by, p and I."""
        bare = word.rstrip(".").removesuffix("'s").removesuffix("'S")
        small = bare.lower()
        if small in _PARTICLES and bare[0].islower():
            return "p"
        if len(bare) == 1 or _INITIALS.fullmatch(bare):
            return "W" if word in ("A", "I") else "I"
        if small in self._titles:
            return "T"
        if self._thing(word, bare):
            return "P"
        code = self.kinds.code(bare)
        if small in self._belongs and code in "WPyx":
            return "b" if small in self._surnames else "B"
        return code

    def _thing(self, word: str, bare: str) -> bool:
        """Whether a word is no name by its form: JavaScript, Kita-ku, Macy's."""
        if "'" in word and word.lower() in self._things:
            return True
        return bool(_CAMEL.search(bare) and not _IRISH.fullmatch(bare)) or (
            "-" in bare and bool(_DISTRICT.search(bare))
        )

    def _opens(self, words: list[str], codes: list[str], at: int) -> bool:
        """Whether a word begins a sentence and stands in front of a name: Will Emma come?"""
        if at or len(words) < 2 or codes[1] not in "GHJKTU" or words[0].isupper():
            return False
        if codes[1] == "U":
            return codes[0] in "xyw" and words[0].lower() in self._first
        return codes[0] in "xy" or (codes[0] in "whq" and words[0].lower() in self._first)

    def _end(self, words: list[str], codes: list[str], at: int) -> int:
        """Behind the last word of the name that begins at `at`."""
        end = at + 1
        while end < len(words) and end - at < _MOST and not words[end - 1].endswith(("'s", "'S")):
            if end + 1 == len(words) and self._closes(words, codes, end):
                return end + 1
            if words[end] in _ORDINALS:  # Genki II is no person
                return end + 1 if end - at > 1 else end
            shouted = codes[end] == "W" and words[end].isupper() and words[at].isupper() and codes[at] in "GHSR"
            linking = codes[end] == "p" and end + 1 < len(words)
            if codes[end] not in NAMED and not shouted and not linking:
                break
            end += 1
        while end - 1 > at and codes[end - 1] == "p":
            end -= 1
        return end

    def _closes(self, words: list[str], codes: list[str], end: int) -> bool:
        """Whether the last word is a surname behind a given name, though it is a town or an office as well."""
        code, before = codes[end], codes[end - 1]
        if code in "bf":
            return before in "GHJI"
        small = words[end].lower().removesuffix("'s")
        return before in "GHw" and ((code == "P" and small in self._towns) or (code == "T" and small in _OFFICES_TOO))

    def _run(self, words: list[str], codes: list[str], starts: list[int], span: tuple[int, int], title: str) -> Run:
        at, end = span
        last = words[end - 1]
        length = len(last.removesuffix("'s").removesuffix("'S"))
        named = [number for number in range(at, end) if codes[number] not in "pI" and words[number] not in _ORDINALS]
        code = "".join(codes[number] for number in range(at, end) if words[number] not in _ORDINALS)
        return Run(
            starts[at],
            starts[end - 1] + length,
            tuple(plain(words[number].removesuffix("'s")) for number in named),
            code,
            title,
            codes[end] if end < len(words) and not last.endswith("'s") else "",
            all(words[number].isupper() for number in named),
        )
