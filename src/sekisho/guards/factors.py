r"""Factors: short texts of which every match of a pattern holds one, told from its tree.

Where none of them stands in a text, the text holds no match, and no automaton has to read it for that pattern. Of
patterns like `order … to forget`, several lists of factors are told, since all parts have to be there.

Factors are told of *folded* texts: small letters, one digit in place of ten and one space in place of all, so that a
few of them say what `[0-9]{3}[ \t]` needs. A capital in a factor is one in the text: `MS` stands in no `items`.

Source: the literal factors of Navarro and Raffinot, Flexible Pattern Matching in Strings, 2002, chapter 5.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from sekisho.guards import frequencies, heads
from sekisho.guards.closure import Character, Choice, Node, Repeat
from sekisho.guards.closure import Sequence as Parts

LISTS = 3  # lists of factors, one text of each of which has to be there
WORDS = 2000  # factors of a list
PRODUCT = 96  # factors that parts of a pattern one after another are joined to
CLASS = 16  # characters of a class that are told one by one
REPEATS = 4  # times that a part is written out
LONGEST = 10  # code points of a factor
NUMBER = 4  # digits of a factor in a row: in a long number, every place would be one of each length
COMMON = 0.004  # factors that begin at four characters in a thousand tell nothing
_BOTH_CASES = 96  # characters of a class before it is folded

Factors = tuple[str, ...]
_Told = frozenset[str]
_DIGIT: _Told = frozenset({"0"})  # rare near most words, though not in all texts
_NOTHING: _Told = frozenset({""})

APART, NO_LETTER = "\0", "\1"  # before a factor: it stands behind no letter or digit of ASCII, or no letter
_FROM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789\t\n\v\f\r"
_TO = "abcdefghijklmnopqrstuvwxyz000000000     "
FOLDS = bytes.maketrans(_FROM.encode(), _TO.encode())  # of a text in UTF-8
_FOLDS = str.maketrans(_FROM, _TO)


def folded(text: str) -> str:
    """A text in small letters, with 0 for all digits and a blank for all spaces, of ASCII each."""
    return text.translate(_FOLDS)


def factors(node: Node, behind: str = "") -> tuple[Factors, ...]:
    """Lists of folded texts, at most `LISTS`: every member of the language holds one of each list, rarest list first.

    `behind` is `APART`, where no member begins behind a letter or digit of ASCII, or `NO_LETTER`; what has to stand
    at the beginning is told with that before it. No list: nothing rare has to be there.
    """
    told = _needed(_marked(node, Character(f"\\x{{{ord(behind):x}}}")) if behind else node).lists
    lists: list[_Told] = []
    for some in map(_shortest, told):
        rare = frequency(some) <= COMMON or (lists and some == _DIGIT)
        if rare and not any(_follows(some, one) for one in lists):
            lists.append(some)
    return tuple(tuple(sorted(some)) for some in lists[:LISTS])


def _marked(node: Node, mark: Node) -> Node:
    """With a mark before whatever the node begins with."""
    if isinstance(node, Choice):
        return Choice(tuple(_marked(option, mark) for option in node.options))
    if isinstance(node, Parts) and node.parts and not heads.optional(node.parts[0]):
        return Parts((_marked(node.parts[0], mark), *node.parts[1:]))
    return Parts((mark, *node.parts) if isinstance(node, Parts) else (mark, node))


def _follows(some: _Told, other: _Told) -> bool:
    """Whether a text that holds one of the others surely holds one of these."""
    return all(any(text in one for text in some) for one in islice(other, WORDS))


def frequency(texts: Iterable[str]) -> float:
    """At how many of a text's characters one of these begins, roughly."""
    return sum(frequencies.frequency(folded(text).replace(APART, " ").replace(NO_LETTER, " ")) for text in texts)


@dataclass(frozen=True, slots=True)
class _Needed:
    """What is told of the members of a language.

    Attributes:
        whole: all of them; None where they are too many.
        lists: of each of which every member holds one text.
        begins: what they begin with; the empty text among them tells nothing.
        ends: what they end with.
    """

    whole: _Told | None
    lists: Sequence[_Told]
    begins: _Told
    ends: _Told


_EMPTY = _Needed(_NOTHING, (), _NOTHING, _NOTHING)


def _needed(node: Node) -> _Needed:
    match node:
        case Character():
            told = _characters(node)
            return _Needed(None, (), _NOTHING, _NOTHING) if told is None else _Needed(told, (told,), told, told)
        case Choice():
            return _of_choice([_needed(option) for option in node.options])
        case Repeat():
            return _of_repeat(node)
        case Parts():
            return _in_turn([_needed(part) for part in node.parts])


def _characters(character: Character) -> _Told | None:
    members = heads.members(character, _BOTH_CASES) or ()
    told = frozenset(one if one.isupper() and one.lower() not in members else folded(one) for one in members)
    return told if 0 < len(told) <= CLASS else None


def _of_choice(options: Sequence[_Needed]) -> _Needed:
    lists = [frozenset[str]().union(*some) for some in zip(*(one.lists for one in options), strict=False)]
    members = [one.whole for one in options if one.whole is not None]
    whole = frozenset[str]().union(*members) if len(members) == len(options) else None
    whole = whole if whole is not None and len(whole) <= WORDS else None
    begins = frozenset[str]().union(*(one.begins for one in options))
    ends = frozenset[str]().union(*(one.ends for one in options))
    return _Needed(whole, _best(lists), _few(begins), _few(ends))


def _of_repeat(node: Repeat) -> _Needed:
    part = _needed(node.part)
    needed = _in_turn([part] * min(node.low, REPEATS)) if node.low else _EMPTY
    if node.low <= REPEATS and node.low == node.high:
        return needed
    return replace(needed, whole=_times(part.whole, node.low, node.high))


def _times(part: _Told | None, low: int, high: int | None) -> _Told | None:
    """A part so many times; None where that would be too much."""
    if part is None or high is None or high > REPEATS:
        return None
    whole, power = frozenset[str](), _NOTHING
    for times in range(high + 1):
        if times >= low:
            whole |= power
        if times < high and len(power) * len(part) + len(whole) > max(PRODUCT, len(part) + 1):
            return None
        power = _after(power, part)
    return whole


def _in_turn(parts: Sequence[_Needed]) -> _Needed:
    """What is needed of parts one after another."""
    if len(parts) == 1:
        return parts[0]
    lists: list[_Told] = []
    run, begins = _NOTHING, None  # what parts in a row say together; what the first row says
    for part in parts:
        whole = part.whole
        if whole is not None and _fits(run, whole):
            run = _after(run, whole)
            continue
        lists.append(_after(run, part.begins) if _fits(run, part.begins) else run)
        begins = begins or lists[-1]
        lists += part.lists
        run = part.ends
    lists.append(run)
    return _Needed(run if begins is None else None, _best(lists), _few(begins or run), _few(run))


def _fits(run: _Told, part: _Told) -> bool:
    return len(run) * len(part) <= max(PRODUCT, len(run), len(part))


def _after(run: _Told, part: _Told) -> _Told:
    return frozenset(before + after for before in run for after in part)


def _few(texts: _Told) -> _Told:
    return texts if len(texts) <= WORDS else _NOTHING


def _best(lists: Iterable[_Told]) -> Sequence[_Told]:
    """The rarest of them, each of which tells something."""
    told = {some: frequency(some) for some in lists if some and "" not in some and len(some) <= WORDS}
    return [*islice(sorted(told, key=told.__getitem__), 2 * LISTS)]


def _cut(text: str) -> str:
    """At a length, and in longer numbers: each of their digits begins with `NUMBER` zeros, except the last."""
    before, number, _ = text[:LONGEST].partition("0" * (NUMBER + 1))
    return before + number[:NUMBER]


def _shortest(texts: _Told) -> _Told:
    """Without those that hold another, and cut to a length."""
    kept: set[str] = set()
    for text in sorted(set(map(_cut, texts)), key=lambda text: (len(text), text != folded(text))):
        inside = (
            one[at:end] for one in {text, folded(text)} for at in range(len(one)) for end in range(at + 1, len(one) + 1)
        )
        if kept.isdisjoint(inside):
            kept.add(text)
    return frozenset(kept)
