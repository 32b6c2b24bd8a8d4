"""Factors: short texts of which every match of a pattern holds one, told from its tree.

Where none of them stands in a text, the text holds no match, and no automaton has to read it for that pattern. Of
patterns like `order … to forget`, two lists of factors are told, since both parts have to be there.

Source: the literal factors of Navarro and Raffinot, Flexible Pattern Matching in Strings, 2002, chapter 5.
"""

from collections.abc import Iterable, Sequence

from sekisho.guards import heads
from sekisho.guards.closure import Character, Choice, Node, Repeat
from sekisho.guards.closure import Sequence as Parts

LISTS = 2  # lists of factors, one text of each of which has to be there
WORDS = 2000  # factors of a list
PRODUCT = 96  # factors that parts of a pattern one after another are joined to
CLASS = 16  # characters of a class that are told one by one
REPEATS = 4  # times that a part is written out
LONGEST = 10  # code points of a factor
COMMON = 0.01  # factors that begin at one character in a hundred tell nothing

Factors = tuple[str, ...]
_Told = frozenset[str]
_NOTHING: _Told = frozenset({""})

# How often a character stands in texts, roughly; of Japanese ones in Japanese.
_SPACE, _FREQUENT, _LETTER, _SIGN, _KANA, _OTHER = 1 / 6, 1 / 12, 1 / 35, 1 / 50, 1 / 40, 1 / 800


def factors(node: Node) -> tuple[Factors, ...]:
    """Lists of texts, at most `LISTS`: every member of the language holds one of each list, the rarest list first.

    ASCII letters are small, whatever they are in the pattern. No list: nothing rare has to be there.
    """
    told = (_shortest(some) for some in _needed(node)[1])
    return tuple(tuple(sorted(some)) for some in told if frequency(some) <= COMMON)


def frequency(texts: Iterable[str]) -> float:
    """At how many of a text's characters one of these begins, roughly."""
    total = 0.0
    for text in texts:
        chance = 1.0
        for character in text:
            chance *= _frequency(character)
        total += chance
    return total


def _frequency(character: str) -> float:
    if character.isascii():
        if character.isalpha():
            return _FREQUENT if character in "etaoinshr" else _LETTER
        return _SPACE if character == " " else _SIGN
    return _KANA if "、" <= character <= "ヿ" else _OTHER


def _needed(node: Node) -> tuple[_Told | None, Sequence[_Told]]:
    """All members of the language, None where they are too many; and lists of which every member holds one text."""
    match node:
        case Character():
            told = _characters(node)
            return told, () if told is None else (told,)
        case Choice():
            return _of_choice(node)
        case Repeat():
            if not node.low:
                whole = _needed(node.part)[0] if node.high == 1 else None
                return None if whole is None else whole | _NOTHING, ()
            times = min(node.low, REPEATS)
            whole, lists = _needed(node.part) if times == 1 else _in_turn((node.part,) * times)
            return whole if node.low == node.high == times else None, lists
        case Parts():
            return _in_turn(node.parts)


def _characters(character: Character) -> _Told | None:
    told = heads.members(character, 2 * CLASS)  # both cases
    small = frozenset(map(_small, told or ()))
    return small if 0 < len(small) <= CLASS else None


def _small(character: str) -> str:
    return character.lower() if character.isascii() else character


def _of_choice(node: Choice) -> tuple[_Told | None, Sequence[_Told]]:
    needed = [_needed(option) for option in node.options]
    lists = [frozenset[str]().union(*some) for some in zip(*(of_one for _, of_one in needed), strict=False)]
    members = [whole for whole, _ in needed if whole is not None]
    whole = frozenset[str]().union(*members) if len(members) == len(needed) else None
    return whole if whole is not None and len(whole) <= WORDS else None, _best(lists)


def _in_turn(parts: Iterable[Node]) -> tuple[_Told | None, Sequence[_Told]]:
    lists: list[_Told] = []
    run, unbroken = _NOTHING, True  # what parts in a row say together
    for part in parts:
        whole, of_part = _needed(part)
        if whole is not None and len(run) * len(whole) <= max(PRODUCT, len(run), len(whole)):
            run = frozenset(before + after for before in run for after in whole)
            continue
        unbroken = False
        lists.append(run)
        run = _NOTHING if whole is None else whole
        if whole is None:
            lists += of_part
    lists.append(run)
    return run if unbroken else None, _best(lists)


def _best(lists: Iterable[_Told]) -> Sequence[_Told]:
    return sorted((some for some in lists if some and "" not in some and len(some) <= WORDS), key=frequency)[:LISTS]


def _shortest(texts: _Told) -> _Told:
    """Without those that hold another, and cut to a length."""
    kept: set[str] = set()
    for text in sorted({text[:LONGEST] for text in texts}, key=len):
        inside = (text[at:end] for at in range(len(text)) for end in range(at + 1, len(text) + 1))
        if kept.isdisjoint(inside):
            kept.add(text)
    return frozenset(kept)
