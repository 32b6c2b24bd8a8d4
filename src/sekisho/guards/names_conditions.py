"""Conditions of somebody who is named nearby: 右足首骨折 behind 山田 花子, where no rule says whose it is.

The rules in privacy.yaml ask for a word that says whose a condition is (母は…, 病名:…). Where a person is named in the
same lines, an illness, a disability or a belief is rather theirs, unless what follows speaks of it in general.
It errs on illnesses that a named person teaches about, writes about or treats.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from sekisho.guards.names_lexicon import Words
from sekisho.guards.names_lists import Prefixes

CATEGORY = "privacy.sensitive"
SCORE = 0.6
_BEHIND, _BEFORE = 45, 20  # code points from a name to a condition behind it, and before it
_LEFT = re.compile(
    r"(?:(?:急性|慢性|重度|軽度|若年性|先天性|両側|転移性|進行性|初期|右|左|[12ⅠⅡ一二]型|妊娠|身体|精神|知的"
    r"|鎖骨|大腿骨|手首|足首|肋骨|腰椎|橈骨|骨盤|上腕|前腕|下腿|膝蓋骨)){1,3}$"
)
_TO_WHAT = re.compile("(?:[ァ-ヴー]{2,8}|[一-龥]{1,4}|たまご|えび|かに|そば|ごま)$")  # an allergy
_RIGHT = re.compile("(?:性[一-龥]{1,4}(?:症|炎|障害))?(?:[1-7一二三四五六七]級|抗体|陽性|使用|世帯){0,2}")
_PARTICLE = re.compile("[ 」』]?(?:って|[のにをがとはもや])?")
_ALLERGY = "アレルギー"
_TOO_SHORT = frozenset((_ALLERGY, "HIV", "車いす", "車椅子"))  # alone they tell nothing, or little


class Conditions:
    """Finds conditions near names."""

    def __init__(self, words: Words) -> None:
        """`words`: those of names.yaml."""
        terms = sorted(words.lists["conditions"])
        self._terms = AhoCorasick(
            terms, implementation=Implementation.ContiguousNFA, matchkind=MatchKind.LeftmostLongest
        )
        self._general = Prefixes(words.lists["generally"])

    def find(self, value: str, names: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Where such conditions stand, in order; `names`: where names begin and end, in order and apart."""
        places = list(names)
        if not places:
            return
        for _, first, last in self._terms.find_matches_as_indexes(value):
            start, end = self._whole(value, first, last)
            if value[start:end] not in _TOO_SHORT and self._of_somebody(value, start, end, places):
                yield start, end

    def _whole(self, value: str, first: int, last: int) -> tuple[int, int]:
        """The term with what belongs to it on both sides."""
        allergy = value.startswith(_ALLERGY, first)
        left = (_TO_WHAT if allergy else _LEFT).search(value, max(0, first - 10), first)
        right = _RIGHT.match(value, last)
        return (left.start() if left else first), (right.end() if right else last)

    def _of_somebody(self, value: str, start: int, end: int, names: list[tuple[int, int]]) -> bool:
        particle = _PARTICLE.match(value, end)
        if self._general.match(value, end) or (particle and self._general.match(value, particle.end())):
            return False
        # The nearest name on either side tells for those behind it: they are farther, across the same lines.
        at = bisect_right(names, start, key=itemgetter(1))
        left = (names[at - 1][1], start, _BEHIND) if at else None
        right = (end, max(end, names[at][0]), _BEFORE) if at < len(names) else None
        sides = [side for side in (left, right) if side]
        return any(stop - first <= most and "\n\n" not in value[first:stop] for first, stop, most in sides)
