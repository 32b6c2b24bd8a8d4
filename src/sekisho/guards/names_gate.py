"""Where in a text a name may stand: the only parts that are worth the dictionary's time."""

import re
from collections.abc import Iterator

from sekisho.guards.kept import kept
from sekisho.guards.names_lexicon import Lexicon, Words
from sekisho.guards.word_set import WordSet

# Patterns begin with the letters that they begin with, and look behind afterwards: `re` skips to such letters quickly.
_ENDS = "。、\n!?「」『』"
_END = re.compile(f"[{_ENDS}]")
_RUN = re.compile("[一-龥々ヶツ]{2,}|[ァ-ヴー]{2,}")
_BEFORE, _AFTER = 12, 20  # code points around something that may belong to a name
_LONGEST = 4  # code points of a name in kanji
_FOREIGN = re.compile(  # first characters of Chinese and Korean names that begin few Japanese words
    "[李王張劉陳楊趙呉徐孫郭鄭謝韓馮鄧曹彭蕭董潘袁蔡蒋杜魏蘇呂盧姚沈姜崔譚范汪廖韋賈尹朴](?<![一-龥々].)"
)
_MEMBER = re.compile(r"[、,・/ ]([一-龥々]{1,5})(?=[、,・/。\n(]|$)")  # of a list
_ALONE = re.compile(  # one kanji that is a common surname or given name, and no part of a longer word
    "[林森原関南西東北岡谷堀泉辻浜畑杉柳島金菅榊岸梶乾秦堤桂牧沖栄星榎丹笹篠槙桐椿楠菊葵蓮翔翼歩剛蒼紬凛楓杏湊悠陸空茜葉学誠健悟純光桜梓空平堺松徹隆茂実昇聡仁亮恵薫忍望愛優瞳渚司篤稔潤淳俊武豊勝進清守修治凪柊颯蛍昴虹澪奏朔紡律暖櫂凌宏浩博弘孝忠毅努勉豪巧匠梶敦彰崇昌聖哲暁恒旭遥綾彩舞唯円"
    "章碧要茅槻弥庚壬慧怜玲稜嵐魁謙諒旬駿慎宙寧暉曜楷洸渉湧煌瑛瑞皐祐稟笙絢綺脩莞萌詩誉郁鈴雅雫霞韻響頌馨駆黎麟環](?<![一-龥々].)"
    "(?=[がはもにとのをへ、。,・&)(0-9A-Z]|です|だ|さん|様|$)"
)
_OFFICE = re.compile("[課部係室局店社所]の(?=[一-龥々ヶ]{1,4}(?:です|と申|が))")  # 水道課の山田です
_MARK = re.compile(
    r"[:=|>\t@ ・(](?:(?<=[:=|>\t])(?! ?[0-9/])|(?<=@)|(?<=[一-龥][ ・(])(?=[一-龥ぁ-んァ-ヴ0-9])"
    r"|(?<=[一-龥] )\((?=[一-龥ぁ-んァ-ヴ0-9]))"
)


class Gate:
    """Tells parts of a text that may hold a name from those that do not, by looking words up in sets.

    Errs on the side of letting through: what it keeps out holds no surname or given name that is not a common noun as
    well, no label, and no two kanji by themselves that no dictionary holds.
    """

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        nouns = lexicon.nouns - WordSet(words.lists["surnames"])
        self._kanji = (lexicon.surnames | lexicon.given) - nouns - WordSet(words.lists["given_words"])
        self._given = lexicon.given
        self._surnames, self._rare = lexicon.surnames, lexicon.rare
        self._katakana = lexicon.foreign - lexicon.nouns
        self._unheard = lexicon.unheard
        self._named = kept(self._holds_name)

    def parts(self, value: str, signals: list[int]) -> Iterator[tuple[int, int]]:
        """Parts that may hold a name, as places in `value`; those that touch are one.

        `signals`: where words stand that stand beside names so often that the words around them are read.
        """
        hits = self._hits(value, signals)
        begin = end = 0
        for hit in hits:
            if hit < end:
                continue
            part = self._around(value, hit)
            if part[0] > end > begin:
                yield begin, end
            begin, end = (begin, part[1]) if part[0] <= end > begin else part
        if end > begin:
            yield begin, end

    def _around(self, value: str, hit: int) -> tuple[int, int]:
        """The part that `hit` stands in, with the marks in front of it; of a long one, only what is near."""
        begin, least = hit, max(0, hit - _BEFORE)
        while begin > least and value[begin - 1] not in _ENDS:
            begin -= 1
        while begin > least and value[begin - 1] in _ENDS:
            begin -= 1
        while hit < len(value) and value[hit] in _ENDS:
            hit += 1
        closing = _END.search(value, hit, hit + _AFTER)
        return begin, closing.start() if closing else min(len(value), hit + _AFTER)

    def _hits(self, value: str, signals: list[int]) -> list[int]:
        """Where something stands that may belong to a name, in order."""
        hits = [run.start() for run in _RUN.finditer(value) if self._named(run[0])]
        hits += signals
        hits += [match.start(1) for match in _MEMBER.finditer(value) if match[1] in self._surnames]
        hits += [match.start() for pattern in (_FOREIGN, _ALONE, _OFFICE, _MARK) for match in pattern.finditer(value)]
        return sorted(hits)

    def _holds_name(self, run: str) -> bool:
        """Whether a run of kanji or katakana holds a name."""
        if run[0] < "一" and run[0] != "々":
            return run in self._katakana
        kanji = self._kanji
        return (
            run in self._rare
            or run in self._given
            or self._unheard(run)
            or any(run[:size] in kanji or run[-size:] in kanji for size in range(2, min(_LONGEST, len(run)) + 1))
        )
