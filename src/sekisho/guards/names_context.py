"""What stands around a name, and how sure it makes us that a person is meant."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from sekisho.guards.names_lexicon import Words

_BEFORE = 20  # code points that are looked at in front of a name
_AFTER = 40  # and behind it


class Shape(Enum):
    """What a candidate is made of."""

    FULL = auto()  # surname and given name, both in the dictionary
    LIKELY = auto()  # surname and what is written like a given name
    SURNAME = auto()
    GIVEN = auto()
    SHORT = auto()  # surname and one kanji that may be a given name
    FOREIGN = auto()  # several parts, in katakana
    TOWN = auto()  # a surname that is also a well-known place or firm
    VILLAGE = auto()  # a surname that is also a place few know
    WORD = auto()  # also a common word


class Sign(Enum):
    """What the context says, surest first."""

    TITLE = auto()  # さん, 様, 課長 …
    LABEL = auto()  # 氏名:, 担当は …
    SAID = auto()  # … と申します
    AGED = auto()  # (34), (やまだ …)
    MEANT = auto()  # … たち, … 本人
    ACTS = auto()  # … が休んだ
    LINKED = auto()  # a particle alone
    NONE = auto()
    THING = auto()  # a shop, a place, a law: no person


_SCORES: dict[Shape, tuple[float, ...]] = {  # in the order of Sign, from TITLE to NONE
    Shape.FULL: (0.97, 0.97, 0.97, 0.96, 0.95, 0.94, 0.92, 0.88),
    Shape.LIKELY: (0.94, 0.94, 0.92, 0.9, 0.8, 0.75, 0.65, 0.6),
    Shape.SHORT: (0.95, 0.93, 0.92, 0.9, 0.75, 0.75, 0.5, 0.4),
    Shape.FOREIGN: (0.95, 0.93, 0.93, 0.85, 0.82, 0.82, 0.75, 0.7),
    Shape.SURNAME: (0.93, 0.88, 0.85, 0.8, 0.75, 0.7, 0.6, 0.35),
    Shape.GIVEN: (0.9, 0.8, 0.75, 0.65, 0.6, 0.55, 0.4, 0.25),
    Shape.TOWN: (0.88, 0.75, 0.7, 0.6, 0.6, 0.45, 0.25, 0.15),
    Shape.VILLAGE: (0.9, 0.8, 0.75, 0.65, 0.65, 0.45, 0.35, 0.25),
    Shape.WORD: (0.85, 0.6, 0.45, 0.45, 0.45, 0.3, 0.1, 0.0),
}


def score(shape: Shape, sign: Sign) -> float:
    """The probability that a competent reader calls this the name of a person, before other names are looked at."""
    return 0.0 if sign is Sign.THING else _SCORES[shape][sign.value - 1]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Patterns over what stands before and behind a candidate."""

    title: re.Pattern[str]
    thing: re.Pattern[str]
    office: re.Pattern[str]
    labels: frozenset[str]
    organisation: re.Pattern[str]
    said: re.Pattern[str]
    meant: re.Pattern[str]
    acts: re.Pattern[str]

    @classmethod
    def of(cls, words: Words) -> "Surroundings":
        """The patterns of the word lists."""
        titles, things = words.choice("honorifics"), words.choice("things")
        return cls(
            title=re.compile(
                r" ?(?!様[子式相態々]|氏[名子]|君[主臨]|会長線|兄弟|[県市都町府区]議会|博士号|SE[A-Z]"
                r"|選手[権会村]|議員[団会]|記者会|監督官)"
                rf"(?:{_OFFICES})?(?:{titles})"
            ),
            thing=re.compile(things),
            office=re.compile(rf" ?(?:{words.choice('offices')})"),
            labels=words.lists["labels"] | words.lists["honorifics"],
            organisation=re.compile(rf"(?:{words.choice('organisations')}) ?$|[国県都府道市]立$|第[一二三0-9]+$"),
            said=re.compile(rf" ?(?:{words.choice('introductions')})(?![かねが])"),
            meant=re.compile(
                rf" ?(?:{words.choice('meant')})"
                rf"|(?:[がはも][^。、\n]{{0,6}}?|[にとをへ]|から|より)(?:{words.choice('deeds')})"
            ),
            acts=re.compile(
                rf"(?:から|まで|には|では|とは|が|は|も|に|と|へ|を|の)[^。\n!?]{{0,16}}?(?:{words.choice('doings')})"
            ),
        )

    def sign(self, value: str, start: int, end: int) -> Sign:
        """What the context of `value[start:end]` says."""
        before, after = value[max(0, start - _BEFORE) : start], value[end : end + _AFTER]
        if self.office.match(after):
            return Sign.THING
        if self.title.match(after) and not self.organisation.search(before):
            return Sign.TITLE
        if self.thing.match(after) or self.organisation.search(before):
            return Sign.THING
        return self._behind(before, after)

    def _labelled(self, before: str) -> bool:
        """Whether a label such as 氏名: or 担当は ends right here."""
        joint = _JOINT.search(before)
        head = before[: joint.start()] if joint else before
        return any(head[-size:] in self.labels for size in range(1, min(9, len(head) + 1)))

    def _behind(self, before: str, after: str) -> Sign:
        if self.said.match(after) and _OPEN.search(before):
            return Sign.SAID
        if self._labelled(before) or _CALLED.search(before) or (_SPEAKS.match(after) and _LINE.search(before)):
            return Sign.LABEL
        if _AGE.match(after):
            return Sign.AGED
        if self.meant.match(after):
            return Sign.MEANT
        if self.acts.match(after):
            return Sign.ACTS
        return Sign.LINKED if _PARTICLE.match(after) else Sign.NONE


_JOINT = re.compile(r"(?:\([^()\n]{1,8}\))?[0-9]{0,2} ?(?:[:=/|・(]|[はがにを]、?|[の\t、])? ?[「『\"]?$")
_CALLED = re.compile(r"(?:^|[\s(])[@>] ?$")
_OFFICES = (
    "総務|経理|営業|人事|企画|開発|広報|技術|製造|生産|品質|財務|法務"
    "|情報|福祉|町内|自治|管理|担当|執行|代表|副|前|元|第[一二三]"
)
_LINE = re.compile(r"(?:^|[\n!?。、]|[0-9\])] )$")
_SPEAKS = re.compile(r"[:>「]|→|へ(?:[ \n]|$)")
_OPEN = re.compile(r"(?:^|[\n。、!?「『:( ]|[のはとが]|課|部|社|店|室)$")
_DEPARTMENTS = "部|課|室|係|営業|総務|経理|人事|開発|広報|企画|法務|製造|年生|年|組|母|父|夫|妻|子|本人"
_AGE = re.compile(
    r" ?\((?:[0-9]{1,3}(?:歳|才)?|[ぁ-ん]{2,5} ?[ぁ-ん]{2,6}|[ァ-ヴー]{2,6} ?[ァ-ヴー]{2,6}|男|女|旧姓"
    rf"|[^()\n]{{0,6}}(?:{_DEPARTMENTS}))[)、,・ 。]|、?[0-9]{{1,3}}[歳才]"
)
_PARTICLE = re.compile(r"から|まで|[がはもにとへをのや]")
