"""Where in a text a name may stand: the only parts that are worth the dictionary's time."""

import re
from collections.abc import Iterator
from functools import lru_cache

from sekisho.guards.names_lexicon import Lexicon, Words

_ENDS = "。、\n!?「」『』"
_END = re.compile(f"[{_ENDS}]")
_RUN = re.compile("[一-龥々ヶツ]{2,}|[ァ-ヴー]{2,}")
_LONGEST = 4  # code points of a name in kanji
_KEPT = 20_000  # runs of kanji that are remembered
_FOREIGN = re.compile(  # first characters of Chinese and Korean names that begin few Japanese words
    "(?<![一-龥々])[李王張劉陳楊趙呉徐孫郭鄭謝韓馮鄧曹彭蕭董潘袁蔡蒋杜魏蘇呂盧姚沈姜崔譚范汪廖韋賈尹朴]"
)
_MARK = re.compile(r"[:=|>\t](?! ?[0-9/])|@|(?<=[一-龥])(?: |・|[ ]?\()(?=[一-龥ぁ-んァ-ヴ0-9])")


class Gate:
    """Tells parts of a text that may hold a name from those that do not, by looking words up in sets.

    Errs on the side of letting through: what it keeps out holds no surname or given name that is not a common noun as
    well, no title, no label and nobody who introduces themselves.
    """

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        nouns = lexicon.nouns - words.lists["surnames"]
        self._kanji = (lexicon.surnames | lexicon.given) - nouns
        self._heads = frozenset(word[:2] for word in self._kanji)
        self._katakana = lexicon.foreign - lexicon.nouns
        self._signals = sorted(words.lists["signals"])
        self._named = lru_cache(_KEPT)(self._holds_name)

    def parts(self, value: str) -> Iterator[tuple[int, int]]:
        """Parts that may hold a name, as places in `value`; those that touch are one."""
        hits = self._hits(value)
        begin = end = 0
        for hit in hits:
            if hit < end:
                continue
            part = self._around(value, hit)
            if part[0] > end > begin:
                yield begin, end
            begin, end = (begin, part[1]) if part[0] == end > begin else part
        if end > begin:
            yield begin, end

    def _around(self, value: str, hit: int) -> tuple[int, int]:
        """The part that `hit` stands in, with the marks in front of it."""
        begin = hit
        while begin > 0 and value[begin - 1] not in _ENDS:
            begin -= 1
        while begin > 0 and value[begin - 1] in _ENDS:
            begin -= 1
        while hit < len(value) and value[hit] in _ENDS:
            hit += 1
        closing = _END.search(value, hit)
        return begin, closing.start() if closing else len(value)

    def _hits(self, value: str) -> list[int]:
        """Where something stands that may belong to a name, in order."""
        hits = [run.start() for run in _RUN.finditer(value) if self._named(run[0])]
        for signal in self._signals:  # dozens of searches for plain words take less time than one for a pattern
            at = value.find(signal)
            while at >= 0:
                hits.append(at)
                at = value.find(signal, at + 1)
        hits += [match.start() for pattern in (_FOREIGN, _MARK) for match in pattern.finditer(value)]
        return sorted(hits)

    def _holds_name(self, run: str) -> bool:
        """Whether a run of kanji or katakana holds a name."""
        if run[0] < "一" and run[0] != "々":
            return run in self._katakana
        for at in range(len(run) - 1):
            if run[at : at + 2] in self._heads and any(
                run[at : at + size] in self._kanji for size in range(2, _LONGEST + 1)
            ):
                return True
        return False
