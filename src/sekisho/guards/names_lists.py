"""Many words at once, which a pattern of alternatives is slower than; and patterns at places that are found quickly."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ahocorasick_rs import AhoCorasick, Implementation


class Prefixes:
    """Words to look for right behind a place, right before it, or anywhere."""

    def __init__(self, words: Iterable[str]) -> None:
        """`words` are not empty."""
        kept = frozenset(words)
        self._starting = _grouped(kept, lambda word: word[0])
        self._ending = _grouped(kept, lambda word: word[-1])

    def match(self, value: str, at: int) -> int:
        """The length of the longest word that begins at a place; 0 for none."""
        for word in self._starting.get(value[at : at + 1], ()):
            if value.startswith(word, at):
                return len(word)
        return 0

    def before(self, value: str, at: int) -> int:
        """The length of the longest word that ends at a place; 0 for none."""
        for word in self._ending.get(value[at - 1 : at] if at else "", ()):
            if value.endswith(word, 0, at):
                return len(word)
        return 0

    def within(self, value: str) -> bool:
        """Whether a word stands anywhere."""
        starting = self._starting
        for at, sign in enumerate(value):
            for word in starting.get(sign, ()):
                if value.startswith(word, at):
                    return True
        return False


class Marks:
    """Several lists of words, looked for in one pass."""

    def __init__(self, lists: Sequence[Iterable[str]]) -> None:
        """The words are not empty. Single characters count wherever no word begins with them and what follows."""
        numbers: dict[str, list[int]] = {}
        for number, words in enumerate(lists):
            for word in set(words):
                numbers[word] = [*numbers.get(word, ()), number]
        self._size = len(lists)
        self._pairs = frozenset(word[:2] for word in numbers if len(word) > 1)
        self._numbers = list(numbers.values())
        self._words = AhoCorasick(numbers, implementation=Implementation.ContiguousNFA)

    def places(self, value: str) -> tuple[list[int], ...]:
        """For each list, where its words begin, in order."""
        found: tuple[list[int], ...] = tuple([] for _ in range(self._size))
        for word, at, end in self._words.find_matches_as_indexes(value, overlapping=True):
            if end - at > 1 or value[at : at + 2] not in self._pairs:
                for number in self._numbers[word]:
                    found[number].append(at)
        for places in found:
            places.sort()  # they came by their ends
        return found


class Kinds:
    """Lists of words by name: which of them have a word anywhere in a piece of text."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        """The words are not empty; one may be in several lists."""
        names: dict[str, list[str]] = {}
        for name, words in lists.items():
            for word in words:
                names.setdefault(word, []).append(name)
        self._order = tuple(lists)
        self._names = list(names.values())
        self._words = AhoCorasick(names, implementation=Implementation.ContiguousNFA)

    def within(self, value: str) -> list[str]:
        """The names of the lists of which a word stands there, in their order."""
        found = {
            name
            for at, _, _ in self._words.find_matches_as_indexes(value, overlapping=True)
            for name in self._names[at]
        }
        return [name for name in self._order if name in found] if found else []


def matches(head: re.Pattern[str], pattern: re.Pattern[str], value: str) -> Iterator[re.Match[str]]:
    """What a pattern matches at places where `head` does, apart from each other.

    A head that begins with a class of letters is found quickly: `re` skips to such letters.
    """
    past = 0
    for begin in head.finditer(value):
        if begin.start() >= past and (match := pattern.match(value, begin.start())):
            yield match
            past = match.end()


def _grouped(words: frozenset[str], key: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """The words by a character of theirs, the longest first."""
    groups: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda one: (-len(one), one)):
        groups.setdefault(key(word), []).append(word)
    return {sign: tuple(group) for sign, group in groups.items()}
