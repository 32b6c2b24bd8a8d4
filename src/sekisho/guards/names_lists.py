"""Many words at once: sets of words of each length, which a pattern of alternatives is slower than."""

from collections.abc import Callable, Iterable, Sequence


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
        """The words have two characters at least, but for single ones, which count wherever no longer word begins."""
        self._size = len(lists)
        self._pairs: dict[str, list[tuple[str, int]]] = {}
        self._singles: dict[str, int] = {}
        for number, words in enumerate(lists):
            for word in sorted(set(words)):
                if len(word) == 1:
                    self._singles[word] = number
                else:
                    self._pairs.setdefault(word[:2], []).append((word, number))

    def places(self, value: str) -> tuple[list[int], ...]:
        """For each list, where its words begin, in order."""
        found: tuple[list[int], ...] = tuple([] for _ in range(self._size))
        pairs, singles = self._pairs, self._singles
        for at in range(len(value)):
            words = pairs.get(value[at : at + 2])
            if words is not None:
                for word, number in words:
                    if len(word) == 2 or value.startswith(word, at):
                        found[number].append(at)
            elif value[at] in singles:
                found[singles[value[at]]].append(at)
        return found


def _grouped(words: frozenset[str], key: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """The words by a character of theirs, the longest first."""
    groups: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda one: (-len(one), one)):
        groups.setdefault(key(word), []).append(word)
    return {sign: tuple(group) for sign, group in groups.items()}
