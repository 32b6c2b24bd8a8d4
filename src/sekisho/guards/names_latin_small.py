"""Names in small letters, as people write in chats: in a text without capital letters, and where one is announced."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sekisho.guards.names_latin_words import Kinds
from sekisho.guards.wanted import wanted

_WORD = re.compile(
    r"(?<![A-Za-z0-9@_./\\\-])[a-z]{3,}(?![A-Za-z0-9@_/\\\-.])|(?<![a-z0-9@_./\\\-])[a-z]{3,}(?=\.(?:\s|$))"
)
_BEHIND = re.compile(r" ([a-z]{2,}(?:['-][a-z]+)?)(?![A-Za-z0-9@_/\\'\-])")
_ANNOUNCERS = (  # what stands in front of a name, whatever stands around
    "name is ", ": ", "'m ", "hi ", "hey ", "dear ", "thanks ", "called "
)  # fmt: skip
_LABELS = ("name", "customer", "client", "caller", "patient", "guest")  # in front of a colon
_TRANSCRIPT = re.compile(r"^(?:\[[0-9:. ]{4,12}\] ?|[0-9]{1,2}:[0-9]{2} )([a-z]{3,14}):", re.MULTILINE)
_JAPANESE = re.compile("[ぁ-んァ-ヶ一-鿿]")
_BEFORE = re.compile(r"([a-z]+) $")
_NUDGES_WORDS = (  # in front of a name, in a text without capital letters
    "tell told ask asked that if ex brother sister friend mate cousin boss colleague coworker roommate flatmate wife"
    " husband son daughter mum mom dad uncle aunt kid teacher thank thanks call called text texted meet met saw invite"
    " invited hope gf bf bestie neighbour neighbor girlfriend boyfriend partner because cause cuz whether when love"
    " miss remind says"
)
_NUDGES = frozenset(_NUDGES_WORDS.split())
_WEAKER = frozenset(["with", "and", "to", "for", "from", "cc", "or", "by", "is", "has", "does", "was", "did", "will"])
_LONGEST = 14  # letters of a name


class Small(NamedTuple):
    """A name of one or two words in small letters: code points of the text, and the words."""

    start: int
    end: int
    words: tuple[str, ...]
    codes: str


class SmallNames:
    """Finds names in small letters."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def of(self, value: str) -> list[Small]:
        """The names in order, apart from each other; none in Japanese text."""
        if not value.isascii() and _JAPANESE.search(value):
            return []
        places = {**dict.fromkeys(_unannounced(value), True), **dict.fromkeys(_announced(value), False)}
        found: list[Small] = []
        for start in wanted(sorted(places)):
            one = self._at(value, start, chatty=places[start])
            if one is not None and (not found or one.start >= found[-1].end):
                found.append(one)
        return found

    def _at(self, value: str, start: int, *, chatty: bool) -> Small | None:
        """The name that begins here. `chatty`: nothing in front says that one does."""
        match = _WORD.match(value, start)
        if match is None or len(match[0]) > _LONGEST:
            return None
        code = self._kinds.small(match[0])
        if not code or (chatty and code != "L" and not _nudged(value, start, code)):
            return None
        first = "L" if code == "L" or not chatty else "M"
        behind = _BEHIND.match(value, match.end())
        if behind is None or not self._kinds.small_surname(behind[1]):
            return Small(start, match.end(), (match[0],), first)
        return Small(start, behind.end(), (match[0], behind[1]), f"{first}S")


def _nudged(value: str, start: int, code: str) -> bool:
    """Whether the word in front makes a name of a word that is one less often."""
    before = _BEFORE.search(value, max(0, start - 16), start)
    if before is None:
        return False
    return before[1] in _NUDGES or (code == "l" and before[1] in _WEAKER)


def _unannounced(value: str) -> Iterator[int]:
    """Where words begin in a text without capital letters."""
    if value.islower():
        yield from (match.start() for match in _WORD.finditer(value))


def _announced(value: str) -> Iterator[int]:
    """Where something in front says that a name may begin."""
    for announcer in _ANNOUNCERS:
        at = value.find(announcer)
        while at >= 0:
            if announcer != ": " or value[max(0, at - 8) : at].lower().endswith(_LABELS):
                yield at + len(announcer)
            at = value.find(announcer, at + 1)
    if value[:1] == "[" or value[:1].isdigit() or "\n[" in value:
        yield from (match.start(1) for match in _TRANSCRIPT.finditer(value))
