"""Conditions of somebody: an illness, a disability, a belief, a past before courts, and whether it is told of a person.

The rules in privacy.yaml ask for fixed words that say whose a condition is (母は…, 病名:…). Here all that stands around
it is weighed: who is named or spoken of, what follows, whether the text asks about the world. The weights
(names_conditions.txt) are learnt by training/conditions_japanese.py.
It errs on illnesses that a named person teaches about, and on conditions that only another sentence makes somebody's.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from operator import itemgetter
from pathlib import Path

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from sekisho.guards.names_lexicon import Words
from sekisho.guards.names_lists import Kinds, Prefixes
from sekisho.guards.names_scorer import probability
from sekisho.guards.wanted import wanted

CATEGORY = "privacy.sensitive"
WEIGHTS = Path(__file__).with_name("names_conditions.txt")
LEAST = 0.5  # a probability below it is no finding
MOST = 0.9  # nothing is surer
_BEHIND, _BEFORE = 45, 20  # code points from a name to a condition behind it, and before it
_SENTENCE = 60  # code points of a sentence that are looked at on either side
_STOPS = re.compile("[。!?\n]")
_PART = "鎖骨|大腿骨|手首|足首|肋骨|腰椎|胸椎|橈骨|骨盤|上腕|前腕|下腿|膝蓋骨|半月板|アキレス腱"
_LEFT = re.compile(
    "(?:(?:急性|慢性|重度の?|軽度の?|若年性|先天性|両側|転移性|進行性|初期の?|末期の?|難病の|ステージ[0-4Ⅰ-Ⅳ]の?|[右左両]|[12ⅠⅡ一二]型|妊娠|身体|精神"
    f"|知的|(?:{_PART})の?(?:頸部|遠位端)?)){{1,3}}$"
)
_TO_WHAT = re.compile("(?:[ァ-ヴー]{2,8}|[一-龥]{1,4}|たまご|えび|エビ|かに|そば|ごま|くるみ|もも)$")  # an allergy
_STEM = re.compile("[一-龥ァ-ヴーA-Z0-9]{1,10}$")  # before an ending that tells an illness
_RIGHT = re.compile(
    "(?:性[一-龥]{1,4}(?:症|炎|障害|肺炎|網膜症))?(?:[1-7一二三四五六七]級|の?キャリア|抗体|陽性|に感染|の会員|の信者|の役員|の党員|植込み|使用|[一二三四五1-9]犯|(?:罪|所持|事件|容疑)?(?:で|の疑いで|容疑で|の罪で)?(?:捕まった|逮捕|服役中?|有罪(?:判決)?|検挙|書類送検|起訴|実刑)|世帯|[0-9一二三四五六七八九十]{1,2}(?:か月|ヶ月|カ月|週目?)){0,2}"
)
_PARTICLE = re.compile("[ 」』]?(?:って|[のにをがとはもや])?")
_PERSON = re.compile(
    r"(?P<own>(?<![一-龥])(?:私|僕|俺|自分|本人|当方)(?![一-龥])|わたし|わたくし|あたし|うちの|我が家)"
    r"|(?P<titled>(?<![皆客んな奥])(?:さん|様|くん|君|ちゃん|氏|先生|殿|[部課係社店会]長|先輩|選手|容疑者|被告))"
    r"|(?P<aged>[0-9一二三四五六七八九十]{1,3}(?:歳|才|代)|(?<![一-龥])(?:男|女)(?:性|児|子)?(?![一-龥]))"
)
_SEVERAL = re.compile(
    "の?(?:人|方|患者|子ども|子|者|家族|人々|世代|高齢者)(?:たち|々)?(?:は|が|に|を|の|も|と|へ|で|向)"
)
_ASKS = re.compile("教えて|とは|について|ですか|でしょうか|ますか|ください|ほしい|たい。|\\?")
_TOLD = re.compile("まし|てい|でい|ており|でおり|らし|そう|だって|ため|ので|から、|んだ|なんで|くなっ")
_RECORD = frozenset(' \t|,/、:(){}[]<>";・')
_ALLERGY = "アレルギー"
_NO_CANCER = ("がんば", "がんじ", "がんこ", "がんも", "がんと")
_TOO_SHORT = frozenset((_ALLERGY, "HIV"))  # alone they tell nothing, or little

Place = tuple[int, int]


class Conditions:
    """Finds conditions of persons."""

    def __init__(self, words: Words, weights: Mapping[str, float] | None = None) -> None:
        """`words`: those of names.yaml; `weights`: by feature, None: those that were learnt."""
        lists = words.lists
        self._endings = lists["illness_endings"]
        terms = sorted(lists["conditions"] | self._endings)
        self._terms = AhoCorasick(
            terms, implementation=Implementation.ContiguousNFA, matchkind=MatchKind.LeftmostLongest
        )
        self._short = _TOO_SHORT | (self._endings - lists["conditions"])
        self._no_illness = tuple(sorted(lists["no_illness"]))
        self._kin, self._roles = Prefixes(lists["kin"]), Prefixes(lists["labels"])
        self._relatives = Kinds({"kin": lists["relatives"]})
        self._general = Prefixes(lists["generally"])
        self._labels = Prefixes(lists["condition_labels"])
        self._world = Kinds({"world": lists["worlds"], "general": lists["generally"]})
        self._weights = learnt() if weights is None else weights

    def find(self, value: str, names: Sequence[Place]) -> Iterator[tuple[int, int, float]]:
        """Where such conditions stand, in order, and how likely each is somebody's.

        `names`: where names begin and end, in order and apart.
        """
        for start, end in wanted(self.places(value)):
            logit = sum([self._weights.get(name, 0.0) for name in self.features(value, start, end, names)])
            if (score := probability(logit)) >= LEAST:
                yield start, end, min(round(score, 2), MOST)

    def places(self, value: str) -> Iterator[Place]:
        """Where words for conditions stand, whosever they are, with what belongs to them on both sides."""
        past = 0
        for _, first, last in self._terms.find_matches_as_indexes(value):
            start, end = self._whole(value, first, last)
            term = value[start:end]
            if (
                value.startswith(_NO_CANCER, first)
                or start < past
                or term in self._short
                or term.startswith(tuple(self._no_illness))
            ):
                continue
            past = end
            yield start, end

    def _whole(self, value: str, first: int, last: int) -> Place:
        """The term with what belongs to it on both sides."""
        term = value[first:last]
        pattern = _TO_WHAT if term == _ALLERGY else _STEM if term in self._endings else _LEFT
        left = pattern.search(value, max(0, first - 12), first)
        begin = left.start() if left else first
        if pattern is not _LEFT and (more := _LEFT.search(value, max(0, begin - 8), begin)):
            begin = more.start()
        right = _RIGHT.match(value, last)
        return begin, (right.end() if right else last)

    def features(self, value: str, start: int, end: int, names: Sequence[Place]) -> list[str]:
        """What stands around a term, as words that a model has weights for."""
        stops = [one.end() for one in _STOPS.finditer(value, max(0, start - _SENTENCE), start)]
        begin = stops[-1] if stops else max(0, start - _SENTENCE)
        stop = _STOPS.search(value, end, end + _SENTENCE)
        close = stop.start() if stop else min(len(value), end + _SENTENCE)
        left, right = value[begin:start], value[end:close]
        found = ["", *self._who(value, begin, start, names), *self._right(value, end, right)]
        found += [f"<{value[max(0, start - size) : start] or '^'}" for size in (1, 2, 3)]
        found += [f"l{left[at : at + 2]}" for at in range(max(0, len(left) - 8), len(left) - 1)]
        sides = (value[start - 1 : start] in _RECORD or not left, value[end : end + 1] in _RECORD or not right)
        found += [f"row{sides[0]:d}{sides[1]:d}", f"last{value[end - 1]}", f"long{min(end - start, 6)}"]
        joint = start - (value[start - 1 : start] in (":", " ", "は", "|", "/", "が", "\n"))
        if self._labels.before(value, joint):
            found.append("label")
        elif any(self._labels.before(left, at) for at in range(1, len(left)) if left[at] in ":|"):
            found.append("labelled")
        sentence = left + right
        found += [name for name, pattern in (("asks", _ASKS), ("told", _TOLD)) if pattern.search(sentence)]
        found += [f"about{name}" for name in self._world.within(sentence)]
        return list(dict.fromkeys(found))

    def _right(self, value: str, end: int, right: str) -> list[str]:
        """What follows a term, up to the end of the sentence."""
        particle = _PARTICLE.match(value, end)
        after = particle.end() if particle else end
        found = [f">{right[:size]}" for size in (1, 2, 3, 4) if len(right) >= size] or [">$"]
        rest = value[after : min(after + 3, end + len(right))]
        found += [f"p{value[end:after]}", *(f"v{rest[:size]}" for size in (1, 2, 3) if len(rest) >= size)]
        found += [f"b{right[at : at + 2]}" for at in range(min(16, len(right) - 1))]
        if self._general.match(value, end) or self._general.match(value, after):
            found.append("general")
        if _SEVERAL.match(value, end):
            found.append("several")
        if value[end:after] == "の" and (self._kin.match(value, after) or _PERSON.match(value, after)):
            found.append("owner")
        if self._relatives.within(right[:20]):
            found.append("kinright")
        return found

    def _who(self, value: str, begin: int, start: int, names: Sequence[Place]) -> list[str]:
        """Who is spoken of in front of a term, and how; the names on either side."""
        who = [(one.end(), one.lastgroup or "") for one in _PERSON.finditer(value, begin, start)]
        who += [
            (at, "kin") for at in range(begin + 1, start + 1) if self._kin.before(value, at) and value[at - 1] > "ぁ"
        ]
        at = bisect_right(names, start, key=itemgetter(1))
        found: list[str] = []
        if at:
            far = start - names[at - 1][1]
            who += [(names[at - 1][1], "name")] if names[at - 1][1] > begin else []
            near = far <= _BEHIND and "\n\n" not in value[names[at - 1][1] : start]
            found += [f"name{1 + (far > _BEHIND // 3)}"] if near else []
        if at < len(names) and 0 <= names[at][0] - start <= _BEFORE + 8:
            gap = value[start : names[at][0]]
            found += ["namebehind", f"behind{gap[-1:]}"] + (["clause"] if "。" in gap or "\n" in gap else [])
        if not who:
            return [*found, "later" if "namebehind" in found else "nobody"]
        end, kind = max(who)
        return [
            *found,
            f"who{kind}",
            f"who{kind}{value[end : end + 1] if end < start else '^'}",
            f"far{min((start - end) // 6, 4)}",
            *(f"some{one}" for one in sorted({one for _, one in who})),
        ]


@cache
def learnt(path: Path = WEIGHTS) -> dict[str, float]:
    """The weights as they were learnt."""
    lines = (line.partition(" ") for line in path.read_text("utf-8").split("\n") if line and line[0] != "#")
    return {name.replace("⏎", "\n"): float(weight) for weight, _, name in lines}
