"""The guard for names of persons, and what stands beside them: dates of birth, conditions.

Where signs leave doubt whether a Japanese word is a name, and `sekisho[meaning]` is installed, an encoder reads the
passage (guards/names_reader.py), if it comes in time; not in answers, which would have to wait for it at each sentence.
In answers, what stands alone counts half (guards/names_answers.py).
It errs on surnames that are common words or well-known places and stand alone, on given names without a title or a
label, on names that no dictionary holds and nothing announces, and on persons of public life who are not on its list
(public_persons.txt).
"""

import asyncio
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.guards import meaning, names_answers, names_births, names_conditions, names_tables
from sekisho.guards.names_conditions import Conditions
from sekisho.guards.names_conditions_english import EnglishConditions
from sekisho.guards.names_english import Dictionary
from sekisho.guards.names_japanese import JapaneseNames, Seen
from sekisho.guards.names_latin import LatinNames
from sekisho.guards.names_latin_runs import Runs
from sekisho.guards.names_latin_signs import Signs
from sekisho.guards.names_latin_words import Kinds
from sekisho.guards.names_lexicon import Words, modern
from sekisho.guards.names_reader import Reader
from sekisho.guards.names_tables import Cell
from sekisho.guards.protocol import Context, Later
from sekisho.guards.wanted import aside

CATEGORY = "privacy.person_name"
LATIN = Path(__file__).with_name("names_latin.yaml")
ENGLISH = Path(__file__).with_name("conditions_english.yaml")
LEAST = 0.4  # a score below it is no finding
SURE = 0.5  # beside a name that is as sure, other things are looked for
_BEFORE = 12  # code points in which a label may stand
_KANA = re.compile("[ぁ-んァ-ヴ]")
_AMONG = re.compile(r"[^ -~]|[^A-Za-z0-9 ]|$|\n")
_TITLE = re.compile(r" ?(?:さん|様|さま|氏|くん|君|ちゃん|先生|先輩|部長|課長|社長|教授|と申し|といいます|-[a-z])")
_LABEL = re.compile(r"(?:氏名|名前|担当者?|宛先|差出人|出席者?|ローマ字)(?:\([^()\n]{1,8}\))? ?[:=|は] ?$|[@、・] ?$")
_ACRONYM = 4  # capitals that are rather one (MAC, NAS) than a name
_BRIEF = 1_000  # code points; longer texts take more than a millisecond and leave the event loop


@dataclass(frozen=True)
class NamesGuard:
    """Finds names of persons in Japanese, romaji and English, and dates of birth and conditions beside names.

    Attributes:
        second: asked where there is doubt about Japanese names; None, or where it comes too late: the first opinion
            stands.
    """

    japanese: JapaneseNames
    latin: LatinNames
    conditions: Conditions
    english: EnglishConditions
    name: str = "names"
    stages: frozenset[Stage] = field(default=frozenset({Stage.ENTRY, Stage.SOURCE, Stage.EXIT}))
    steady: bool = True
    patient: bool = True
    second: Reader | None = None

    def tells(self, _stage: Stage) -> Collection[str]:
        """Names, and what stands beside them."""
        return (CATEGORY, names_births.CATEGORY, names_conditions.CATEGORY, *names_tables.CATEGORIES)

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """The names in `text`; a title such as さん is not part of one. Also what stands beside them."""
        begun = self.begin(text, context)
        return await begun() if callable(begun) else begun

    def begin(self, text: Text, context: Context) -> Sequence[Finding] | Later:
        """As `inspect`; a long text is left to a thread, which ends when nobody waits for it."""
        brief = len(text) <= _BRIEF
        if context.stage is Stage.EXIT:
            look, asked = names_answers.counted, context.asked
            work = partial(look, text, self.findings, asked=asked, piecewise=context.piecewise)
            return work() if brief else partial(aside, work)
        if not brief:
            return partial(self._long, text, context)
        seen = self._seen(text)
        if self.second is None or not seen.doubts:
            return self._told(text, seen)
        return partial(self._settled, text, seen, context, self.second)

    def asks(self, text: Text, stage: Stage) -> bool:
        """Whether the first opinion leaves this text to the second."""
        return stage is not Stage.EXIT and bool(self._seen(text).doubts)

    def findings(self, text: Text) -> list[Finding]:
        """As `inspect`, of what is no answer, by the first opinion."""
        return self._told(text, self._seen(text))

    async def _long(self, text: Text, context: Context) -> Sequence[Finding]:
        """As `inspect`, of a long text."""
        seen = await aside(partial(self._seen, text))
        if self.second is None or not seen.doubts:
            return await aside(partial(self._told, text, seen))
        return await self._settled(text, seen, context, self.second)

    async def _settled(self, text: Text, seen: Seen, context: Context, second: Reader) -> Sequence[Finding]:
        """What both opinions say. Where the second is late, the first says what it has doubts about too.

        A text must not pass for one in which nothing was found while that opinion is out: it is not looked at again.
        """
        try:
            async with asyncio.timeout_at(meaning.until(context.budget_s)):
                loop = asyncio.get_running_loop()
                settled = await loop.run_in_executor(second.thread, self._again, text, seen, second)
        except TimeoutError:
            found = await aside(partial(self._told, text, seen))
            return found or [self._doubted(text, seen)]
        return await aside(partial(self._told, text, settled)) if len(text) > _BRIEF else self._told(text, settled)

    def _doubted(self, text: Text, seen: Seen) -> Finding:
        """What most likely is a name, with its score, however low."""
        most = max(seen.scored, key=lambda one: one.score)
        place = text.normalised.received(most.candidate.start, most.candidate.end)
        return Finding(*place, CATEGORY, round(most.score, 2), self.name, "late")

    def _seen(self, text: Text) -> Seen:
        """The first opinion on Japanese names."""
        return self.japanese.first(modern(text.normalised.value))

    def _again(self, text: Text, seen: Seen, second: Reader) -> Seen:
        """Both opinions on Japanese names."""
        return self.japanese.again(modern(text.normalised.value), seen, second)

    def _told(self, text: Text, seen: Seen) -> list[Finding]:
        """What follows from Japanese names, and all else."""
        view = text.normalised
        value = modern(view.value)
        japanese = self.japanese.names(seen)
        read = {(one.start, one.end) for one in japanese if one.read}
        names = [(one.start, -one.end, one.score) for one in japanese]
        table = names_tables.cells(value)
        latin, famous = self.latin.look(value, table)
        kana = bool(latin) and _KANA.search(value) is not None  # once, not for each name
        names += [(one.start, -one.end, one.score) for one in latin if _announced(value, one.start, one.end, kana=kana)]
        names += [(start, -end, names_tables.SCORE) for start, end in names_tables.persons(value, table)]
        spots: list[tuple[int, int, str, float]] = []
        past = 0
        for start, end, score in sorted(names, key=_foremost):
            if score >= LEAST and start >= past:
                past = -end
                spots.append((start, past, CATEGORY, round(score, 2)))
        named = [(start, end) for start, end, _, score in spots if score >= SURE]
        beside = [*self._beside(value, named, table), *self._suffered(value, named, famous=famous)]
        taken = {place for start, end, _, _ in beside for place in range(start, end)}
        spots = [one for one in spots if taken.isdisjoint(range(one[0], one[1]))]
        return [
            Finding(*view.received(start, end), category, score, self.name, "read" if (start, end) in read else "")
            for start, end, category, score in sorted([*spots, *beside])
        ]

    def _beside(
        self, value: str, named: list[tuple[int, int]], table: Sequence[Cell]
    ) -> list[tuple[int, int, str, float]]:
        """What else stands beside names, apart from each other."""
        born = [(*place, names_births.CATEGORY, names_births.SCORE) for place in names_births.births(value, named)]
        born += [(*one, names_tables.SCORE) for one in names_tables.numbers(value, table)]
        found = self.conditions.find(value, named)
        return born + [(start, end, names_conditions.CATEGORY, score) for start, end, score in found]

    def _suffered(
        self, value: str, named: list[tuple[int, int]], *, famous: bool
    ) -> Iterator[tuple[int, int, str, float]]:
        """English conditions of somebody, whether named or not."""
        for start, end, score in self.english.find(value, named, famous=famous):
            yield start, end, names_conditions.CATEGORY, round(score, 2)


def _announced(value: str, start: int, end: int, *, kana: bool) -> bool:
    """Whether a name in Latin letters is one where Japanese stands around: a word (MAX, Lux) needs a title, a label.

    `kana`: whether there is any in the whole text.
    """
    name = value[start:end]
    if name.isupper() and len(name) <= _ACRONYM and not value.isascii():
        return _TITLE.match(value, end) is not None
    if " " in name or not _AMONG.match(value, end) or not kana:
        return True
    return _TITLE.match(value, end) is not None or _LABEL.search(value, max(0, start - _BEFORE), start) is not None


def _foremost(name: tuple[int, int, float]) -> tuple[int, int, float]:
    """Of two that overlap, the first counts, then the longer, then the surer."""
    return name[0], name[1], -name[2]


def _made() -> NamesGuard:
    words = Words.load()
    lexicon = words.lexicon()
    latin = Words.load(LATIN)
    told = Words({**words.lists, **latin.lists})
    runs = Runs(Kinds(Dictionary.load(), latin, lexicon), latin)
    english = EnglishConditions(Words.load(ENGLISH))
    second = Reader(lexicon) if meaning.installed() else None
    japanese, western = JapaneseNames(lexicon, words), LatinNames(runs, Signs(told))
    return NamesGuard(japanese, western, Conditions(words), english, second=second)


names = _made()
