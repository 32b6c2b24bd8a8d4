"""How matches of a pattern begin: its tree cut in two by the first character, and the first characters themselves.

An automaton that looks for all patterns everywhere makes new states for each new text: every list of words may begin at
every character. So most patterns are looked for only where two or three characters stand that a match begins with.
"""

import re
from collections.abc import Iterable
from functools import cache

from sekisho.guards.closure import Character, Choice, Node, Repeat, Sequence

MOST = (128, 64, 16)  # characters of a class that are told one by one as the first, the second, the third
FEW_ASCII = 8  # characters that follow two of ASCII, if they are to be told: one of ten digits would tell nothing
PAIRS = 800  # pairs whose third characters are told; of more, it would take long to work them out
RUN = 16  # characters at least that are told of a rest that may be too long
REST = 12  # and at most: to count more of them takes thousands of states, and tells apart few places
COUNTED = 12  # repeats up to which `coarse` counts
COUNTED_LOW = 16  # and for those that must be there: encoded runs would else begin with any word
NOTHING = Sequence(())

_LAST = 0x10FFFF
_ASCII = 0x7F
_RANGE = re.compile(r"(\\x\{[0-9a-f]+\}|\\[tnvfr]|[A-Za-z0-9_ ])(?:-(\\x\{[0-9a-f]+\}|[A-Za-z0-9_ ]))?")
_SPACES = {"\\t": 9, "\\n": 10, "\\v": 11, "\\f": 12, "\\r": 13}

Ranges = list[tuple[int, int]]


def optional(node: Node) -> bool:
    """Whether the empty text is in the language."""
    match node:
        case Character():
            return False
        case Sequence():
            return all(map(optional, node.parts))
        case Choice():
            return any(map(optional, node.options))
        case Repeat():
            return node.low == 0 or optional(node.part)


def longest(node: Node) -> float:
    """Code points of the longest member; infinite where there is none."""
    match node:
        case Character():
            return 1
        case Sequence():
            return sum(map(longest, node.parts))
        case Choice():
            return max(map(longest, node.options))
        case Repeat():
            return longest(node.part) * (float("inf") if node.high is None else node.high)


def trimmed(node: Node, *, front: bool) -> Node:
    """The tree without what may be missing at its end, or, with `front`, at its beginning.

    A text holds a member of the one language exactly where it holds one of the other.
    """
    if isinstance(node, Character):
        return node
    if optional(node):
        return NOTHING
    if isinstance(node, Choice):
        return Choice(tuple(dict.fromkeys(trimmed(option, front=front) for option in node.options)))
    if isinstance(node, Repeat):
        rest = Repeat(node.low - 1, node.low - 1, node.part) if node.low > 1 else NOTHING
        edge = trimmed(node.part, front=front)
        return _joined((edge, rest) if front else (rest, edge))
    parts = list(node.parts)
    edge = 0 if front else -1
    while optional(parts[edge]):
        parts.pop(edge)
    parts[edge] = trimmed(parts[edge], front=front)
    return _joined(parts)


def clipped(node: Node, room: int) -> Node:
    """A larger language, told by the first `room` code points of a text: every member of the language begins with one.

    Where a member may be longer, the rest of `room`, at most `REST`, is enough: any characters that occur there.
    """
    if longest(node) <= room:
        return node
    if isinstance(node, Choice):
        return Choice(tuple(dict.fromkeys(clipped(option, room) for option in node.options)))
    parts = list(node.parts) if isinstance(node, Sequence) else [node]
    kept: list[Node] = []
    while (size := longest(parts[0])) <= room - RUN:
        kept.append(parts.pop(0))
        room -= int(size)
    rest = Sequence(tuple(parts))
    room = min(room, REST)
    # The short one first, so that a search for where members begin reads no further.
    return _joined((*kept, Choice((Repeat(room, room, Character(_either(sorted(_classes(rest))))), coarse(rest)))))


def outside(node: Node, signs: str) -> str:
    """Those of some ASCII characters, none of them a letter, that no member of the language holds."""
    inside = [range(first, last + 1) for text in _classes(node) for first, last in _ranges(Character(text))]
    return "".join(sign for sign in signs if not any(ord(sign) in some for some in inside))


def _classes(node: Node) -> set[str]:
    match node:
        case Character():
            return {node.text}
        case Sequence():
            return set[str]().union(*map(_classes, node.parts))
        case Choice():
            return set[str]().union(*map(_classes, node.options))
        case Repeat():
            return _classes(node.part)


def _either(classes: list[str]) -> str:
    return classes[0] if len(classes) == 1 else f"(?:{'|'.join(classes)})"


def coarse(node: Node) -> Node:
    """A larger language that takes fewer states: long repeats are not counted to their end."""
    match node:
        case Character():
            return node
        case Sequence():
            return Sequence(tuple(map(coarse, node.parts)))
        case Choice():
            return Choice(tuple(dict.fromkeys(map(coarse, node.options))))
        case Repeat():
            high = node.high if node.high is not None and node.high <= COUNTED else None
            low = min(node.low, COUNTED_LOW)
            if high != 1 and longest(node.part) == float("inf"):  # how many words: many states for little
                low, high = min(low, 1), None
            return Repeat(low, high, coarse(node.part))


def beginning(node: Node, *, in_ascii: bool) -> Node | None:
    """The members of the language, other than the empty text, that begin with ASCII, or with anything else."""
    match node:
        case Character():
            return _within(node, in_ascii=in_ascii)
        case Choice():
            options = tuple(
                half for option in node.options if (half := beginning(option, in_ascii=in_ascii)) is not None
            )
            return Choice(options) if len(options) > 1 else (options[0] if options else None)
        case Repeat():
            return _repeat_beginning(node, in_ascii=in_ascii)
        case Sequence():
            return _sequence_beginning(node.parts, in_ascii=in_ascii)


def heads(node: Node) -> frozenset[str] | None:
    """Pairs of characters and single characters, such that every member begins with one of them; None: too many."""
    told = {text for text, _ in _firsts(node, MOST[:2])}
    return None if "" in told else frozenset(text for text in told if len(text) == 1 or text[0] not in told)


def narrowed(node: Node, pairs: frozenset[str]) -> frozenset[str]:
    """`heads` with a third character where only few can follow a pair; `pairs` is what `heads` says."""
    if len(pairs) > PAIRS:
        return pairs
    thirds: dict[str, set[str]] = {}
    for text, _ in _firsts(node, MOST):
        thirds.setdefault(text[:2], set()).add(text[2:])
    found: set[str] = set()
    for pair in pairs:
        more = thirds.get(pair, {""})
        few = "" not in more and len(more) <= (FEW_ASCII if pair[0].isascii() else MOST[2])
        found.update([pair + third for third in more] if few else [pair])
    return frozenset(found)


def _repeat_beginning(node: Repeat, *, in_ascii: bool) -> Node | None:
    half = beginning(node.part, in_ascii=in_ascii)
    if half is None or node.high == 1:
        return half
    if half == node.part:
        return Repeat(max(1, node.low), node.high, half)
    return _joined((half, Repeat(max(0, node.low - 1), None if node.high is None else node.high - 1, node.part)))


def _sequence_beginning(parts: tuple[Node, ...], *, in_ascii: bool) -> Node | None:
    options: list[Node] = []
    for at, part in enumerate(parts):
        half = beginning(part, in_ascii=in_ascii)
        if half is not None:
            options.append(_joined((half, *parts[at + 1 :])))
        if not optional(part):
            break
    return Choice(tuple(options)) if len(options) > 1 else (options[0] if options else None)


def _joined(parts: Iterable[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Sequence) else (part,))
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


Firsts = set[tuple[str, bool]]  # characters that a member begins with, and whether others follow them


def _firsts(node: Node, most: tuple[int, ...]) -> Firsts:
    """As many characters of each as `most` has numbers, which say of how many a class may be at each place."""
    match node:
        case Character():
            told = members(node, most[0])
            return {("", True)} if told is None else {(character, len(most) == 1) for character in told}
        case Choice():
            return Firsts().union(*(_firsts(option, most) for option in node.options))
        case Repeat():
            again = min(len(most) - 1, len(most) if node.high is None else node.high - 1)
            rest = [Repeat(max(0, node.low - 1 - number), 1, node.part) for number in range(again)]
            told = _sequence_firsts((node.part, *rest), most)
            return {*told, ("", False)} if node.low == 0 else told
        case Sequence():
            return _sequence_firsts(node.parts, most)


def _sequence_firsts(parts: Iterable[Node], most: tuple[int, ...]) -> Firsts:
    full: set[str] = set()
    growing = {""}
    for part in parts:
        if not growing:
            break
        before, growing = growing, set[str]()
        for length in {len(text) for text in before}:
            here = [text for text in before if len(text) == length]
            for more, cut in _firsts(part, most[length:]):
                (full if cut else growing).update([text + more for text in here])
    return {(text, True) for text in full} | {(text, False) for text in growing}


@cache
def members(character: Character, most: int) -> tuple[str, ...] | None:
    """The characters of a class, in both cases where it has no case; None: they are more than `most`."""
    ranges = _ranges(character)
    if sum(last - first + 1 for first, last in ranges) > most:
        return None
    told = [chr(point) for first, last in ranges for point in range(first, last + 1)]
    return tuple({*told, *(one.swapcase() for one in told if one.isascii())} if _folded(character) else told)


def _within(character: Character, *, in_ascii: bool) -> Character | None:
    """A class of the ASCII characters of a class, or of the others; None where there are none."""
    whole = _ranges(character)
    first, last = (0, _ASCII) if in_ascii else (_ASCII + 1, _LAST)
    kept = [(max(low, first), min(high, last)) for low, high in whole if low <= last and high >= first]
    if kept == whole:
        return character
    if not kept:
        return None
    text = "[" + "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in kept) + "]"
    return Character(f"(?i:{text})" if _folded(character) else text)


def _folded(character: Character) -> bool:
    return character.text.startswith("(?i:")


def _ranges(character: Character) -> Ranges:
    """The code points of a class, in the syntax that guards/closure.py writes; letters of `(?i:…)` in one case."""
    text = character.text[4:-1] if _folded(character) else character.text
    if text.startswith("(?:"):  # several classes, of which any
        return sorted(pair for part in text[3:-1].split("|") for pair in _ranges(Character(part)))
    inside = text[1:-1] if text.startswith("[") else text
    found = sorted((_point(part[1]), _point(part[2] or part[1])) for part in _RANGE.finditer(inside.removeprefix("^")))
    return _complement(found) if inside.startswith("^") else found


def _complement(ranges: Ranges) -> Ranges:
    rest: Ranges = []
    next_free = 0
    for first, last in ranges:
        if first > next_free:
            rest.append((next_free, first - 1))
        next_free = max(next_free, last + 1)
    return [*rest, (next_free, _LAST)] if next_free <= _LAST else rest


def _point(text: str) -> int:
    if text.startswith("\\x"):
        return int(text[3:-1], 16)
    return _SPACES[text] if text in _SPACES else ord(text)
