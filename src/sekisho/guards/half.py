"""Halves of a pattern: those of its matches that begin with ASCII, and those that do not.

Here a pattern becomes all that the automata need of it. Its syntax tree goes again at once: the trees of all patterns
together would take tens of megabytes, and a heap that was once so large does not shrink.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

from sekisho.guards import closure, frequencies, heads, sets
from sekisho.guards.closure import Node, Prefixes
from sekisho.guards.factors import APART, NO_LETTER, Factors, factors, frequency

WINDOW = 96  # code points that are looked at from a place on
PAIRS = 800  # a pattern that begins with more pairs of characters than this, anywhere, may begin nearly anywhere
TEXT = 2000  # characters of a text for which is reckoned what it costs to look at
OFTEN = 0.5  # what opens in so many texts is read for together with others
LARGE = 4000  # characters of a language whose automaton would make too many states together with others
SENTENCE = 100  # characters between the signs that a long match does not hold, roughly
SIGNS, SOME = '.\n?!;"()', 3  # such signs, the commonest first, and how many are looked for
REACH = 1000  # code points of a match; where it may be longer, it may be anywhere
WORDY = 400  # a pattern that begins with more pairs of ASCII than this may begin at nearly any word
SINGLES = 40  # kanji or signs that a rare half may begin with, whatever follows; a kana stands nearly anywhere
# A list of factors is looked for where without it a pattern would be opened in vain so many times, for each time that
# one of it stands somewhere. To open one takes as long as to find five.
WORTH = 0.2
RARE = 0.001  # of what matches need that begin with ASCII: at one character in so many, it is rarer than a digit
_KANA = re.compile("[ぁ-ヿ]")


Packed = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Half:
    """Those matches of a pattern that begin with ASCII, or those that do not; or all, where they may begin anywhere.

    Languages are in the syntax of RE2.

    Attributes:
        ascii: whether they begin with ASCII.
        superset: a language that holds them all.
        closure: the prefixes of all of them; empty where they are looked for at places (`placed`), by `prefixes`.
        edge: what stands in every text that has one.
        first: what stands at a place where one begins, in its first `length` code points.
        length: code points from such a place on that tell whether `first` stands there, at most `WINDOW`.
        bounded: whether no match is longer than that, so that `first` says nearly all of it.
        pairs: what they begin with, packed (see `packed`); None: nearly anything.
        heads: the same, with a third character where few can follow.
        never: the bytes of ASCII that never stand right before them.
        needs: lists of factors, of each of which every match holds one; none: nothing rare is needed.
        needed: how often one of the first list stands in ordinary texts (see guards/frequencies.py).
        opened: how often one of each list stand in reach of each other in `TEXT` characters of such texts, roughly.
        reach: the code points of the longest match; 0 for more than `REACH`.
        outside: some signs that no match holds, so that it stands between two of them.
    """

    ascii: bool
    superset: str
    closure: str
    edge: str
    first: str
    length: int
    bounded: bool
    pairs: Packed | None = None
    heads: Packed = ()
    never: bytes = b""
    needs: tuple[Factors, ...] = ()
    needed: float = 1.0
    opened: float = 1.0
    reach: int = 0
    outside: bytes = b""

    @property
    def at_words(self) -> bool:
        """Whether they never begin behind a letter or digit of ASCII."""
        return len(self.never) == len(closure.WORD)

    @property
    def placed(self) -> bool:
        """Whether their prefixes are looked for where they may begin, not everywhere."""
        return self.rare or (self.at_words and self.pairs is not None)

    @property
    def wordy(self) -> bool:
        """Whether one may begin at nearly any word of ASCII."""
        pairs = self.pairs
        return self.ascii and pairs is not None and (bool(pairs[0]) or len(pairs[1]) > 2 * WORDY)

    @property
    def gated(self) -> bool:
        """Whether few texts hold what they need, so that it is worth while to look for it first."""
        often = self.ascii and self.opened > OFTEN
        return bool(self.needs) and (not often or len(self.edge) > LARGE)

    @property
    def alone(self) -> bool:
        """Whether they are so rare, by what they need, that they are read for alone where they may begin."""
        return self.gated and (not self.ascii or self.needed <= RARE)

    @property
    def rare(self) -> bool:
        """Whether few characters of a text are among those that they begin with."""
        pairs = self.pairs
        if pairs is None or self.ascii:
            return pairs is not None and not pairs[0] and len(pairs[1]) <= 2 * PAIRS
        return len(pairs[0]) <= SINGLES and not _KANA.search(pairs[0])

    @property
    def in_numbers(self) -> bool:
        """Whether one may begin at nearly any digit of a number."""
        inside = b"0" not in self.never
        return inside and len(_NUMBERS.intersection(head[:2] for head in unpacked(self.heads))) > len(_NUMBERS) / 2


_NUMBERS = frozenset(one + other for one in closure.DIGITS for other in closure.DIGITS)
_known: dict[str, tuple[Half, ...]] = {}
_prefixes: dict[str, Prefixes] = {}
_sources: dict[Path, Callable[[], None]] = {}  # by rule file, what makes its patterns known
_unread: list[Callable[[], None]] = []  # those of them that `forget` has undone


def halves(source: str) -> tuple[Half, ...]:
    """The halves of a pattern. Raises `ValueError` for anything outside the pattern language or too large for RE2."""
    if source not in _known:
        _recall()
    if source not in _known:
        _known[source] = _halves(source)
    return _known[source]


def prefixes(source: str) -> Prefixes:
    """The prefixes of a pattern. Raises `ValueError` for anything outside the pattern language."""
    if source not in _prefixes:
        _recall()
    if source not in _prefixes:
        _prefixes[source] = closure.prefixes(source)
    return _prefixes[source]


def _recall() -> None:
    while _unread:
        _unread.pop()()


def on_recall(path: Path, tell: Callable[[], None]) -> None:
    """`tell` hands to `know` what was worked out of a rule file. Called when a pattern is wanted after `forget`."""
    _sources[path] = tell


def know(found: Mapping[str, tuple[Half, ...]], grown: Mapping[str, Prefixes]) -> None:
    """Takes over halves and prefixes that were worked out before, by pattern."""
    _known.update(found)
    _prefixes.update(grown)


def _halves(source: str) -> tuple[Half, ...]:
    tree = closure.parse(source)
    if heads.optional(tree):
        return (_half(tree, source, in_ascii=False, anywhere=True),)
    latin, others = heads.beginning(tree, in_ascii=True), heads.beginning(tree, in_ascii=False)
    return tuple(_half(half, source, in_ascii=half is latin) for half in (latin, others) if half is not None)


def _half(tree: Node, source: str, *, in_ascii: bool, anywhere: bool = False) -> Half:
    pairs = None if anywhere else heads.heads(tree)
    signs = () if anywhere else (closure.WORD, closure.LETTERS, closure.DIGITS)
    whole = heads.trimmed(tree, front=False)
    length = heads.longest(whole)
    first = heads.clipped(whole, WINDOW) if length > WINDOW else heads.coarse(whole)
    edge = heads.trimmed(heads.trimmed(heads.coarse(tree), front=True), front=False)
    never = next((some for some in signs if closure.guarded(source, some)), "")
    needs = factors(tree, {closure.WORD: APART, closure.LETTERS: NO_LETTER}.get(never, ""))
    reach = heads.longest(tree)
    half = Half(
        in_ascii,
        closure.superset(tree),
        "",
        _checked(closure.superset(edge)),
        _checked(closure.superset(first)),
        int(min(length, WINDOW)),
        length <= WINDOW,
        None if pairs is None else packed(pairs),
        () if pairs is None else packed(heads.narrowed(tree, pairs)),
        never.encode(),
        _worthwhile(needs, int(min(reach, SENTENCE))),
        *_chances(needs, int(min(reach, SENTENCE))),
        int(reach) if reach <= REACH else 0,
        heads.outside(tree, SIGNS)[:SOME].encode(),
    )
    return half if half.placed else replace(half, closure=closure.closure(tree))


def _chances(needs: Sequence[Factors], reach: int) -> tuple[float, float]:
    """`Half.needed` and `Half.opened`."""
    first, *others = map(frequency, needs) if needs else (1.0,)
    return first, TEXT * first * prod(min(1.0, 2 * reach * one) for one in others)


def _worthwhile(needs: Sequence[Factors], reach: int) -> tuple[Factors, ...]:
    """The first list, and those that are rarer than texts that the first alone would open in vain."""
    kept = needs[:1]
    for one in needs[1:]:
        often = frequency(one)
        if frequency(needs[0]) * (1 - min(1.0, 2 * reach * often)) >= WORTH * often:
            kept = (*kept, one)
    return tuple(kept)


def _checked(pattern: str) -> str:
    """A pattern that RE2 takes. It is compiled again when a text needs it, which is too late to refuse it."""
    sets.Set([pattern], sets.ALONE_MEMORY)
    return pattern


def packed(texts: Iterable[str]) -> Packed:
    """Texts of one to three characters, those of each length as one text: thousands of them take little memory so."""
    ordered = sorted(texts)
    return tuple("".join(text for text in ordered if len(text) == size) for size in (1, 2, 3))


def unpacked(given: Packed) -> list[str]:
    """The inverse of `packed`."""
    return [joined[at : at + size] for size, joined in enumerate(given, 1) for at in range(0, len(joined), size)]


def forget() -> None:
    """Gives back what was kept while patterns were compiled."""
    _known.clear()
    _prefixes.clear()
    _unread[:] = _sources.values()
    heads.members.cache_clear()
    frequencies.forget()


Key = tuple[int, bool]  # number of a pattern, and whether its half begins with ASCII


def of_all(sources: Iterable[str]) -> dict[Key, Half]:
    """The halves of many patterns, which are known by their numbers."""
    return {(number, half.ascii): half for number, source in enumerate(sources) for half in halves(source)}
