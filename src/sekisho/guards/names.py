"""The guard for names of persons: a dictionary's tags, and what stands around a word.

It errs on surnames that are common words or well-known places and stand alone, on given names without a title or a
label, on names that no dictionary holds and nothing announces, and on persons of public life who are not on its list
(public_persons.txt).
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.guards.names_english import Dictionary
from sekisho.guards.names_japanese import JapaneseNames
from sekisho.guards.names_latin import LatinNames
from sekisho.guards.names_latin_runs import Runs
from sekisho.guards.names_latin_signs import Signs
from sekisho.guards.names_latin_words import Kinds
from sekisho.guards.names_lexicon import Lexicon, Words, modern
from sekisho.guards.protocol import Context, Later

CATEGORY = "privacy.person_name"
LATIN = Path(__file__).with_name("names_latin.yaml")
LEAST = 0.4  # a score below it is no finding
_BEFORE = 12  # code points in which a label may stand
_KANA = re.compile("[ぁ-んァ-ヴ]")
_AMONG = re.compile(r"[^ -~]|[^A-Za-z0-9 ]|$|\n")
_TITLE = re.compile(r" ?(?:さん|様|さま|氏|くん|君|ちゃん|先生|先輩|部長|課長|社長|教授|と申し|といいます|-[a-z])")
_LABEL = re.compile(r"(?:氏名|名前|担当者?|宛先|差出人|出席者?|ローマ字)(?:\([^()\n]{1,8}\))? ?[:=|は] ?$|[@、・] ?$")
_BRIEF = 1_000  # code points; longer texts take more than a millisecond and leave the event loop


@dataclass(frozen=True)
class NamesGuard:
    """Finds names of persons in Japanese, romaji and English.

    Attributes:
        horizon: None: what follows a name says whether it is one.
    """

    japanese: JapaneseNames
    latin: LatinNames
    name: str = "names"
    stages: frozenset[Stage] = field(default=frozenset({Stage.ENTRY, Stage.SOURCE}))
    horizon: int | None = None
    steady: bool = True

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """The names in `text`; a title such as さん is not part of one."""
        begun = self.begin(text, context)
        return await begun() if callable(begun) else begun

    def begin(self, text: Text, context: Context) -> Sequence[Finding] | Later:
        """As `inspect`; a long text is left to a thread."""
        return self.findings(text) if len(text) <= _BRIEF else lambda: asyncio.to_thread(self.findings, text)

    def findings(self, text: Text) -> list[Finding]:
        """As `inspect`."""
        view = text.normalised
        value = modern(view.value)
        seen = [(one.start, -one.end, one.score) for one in self.japanese.find(value)]
        seen += [(one.start, -one.end, one.score) for one in self.latin.find(value) if _told(value, one.start, one.end)]
        found: list[Finding] = []
        past = 0
        for start, end, score in sorted(seen):  # of two that overlap, the first, then the longer
            if score >= LEAST and start >= past:
                past = -end
                found.append(Finding(*view.received(start, past), CATEGORY, round(score, 2), self.name))
        return found


def _told(value: str, start: int, end: int) -> bool:
    """Whether a name in Latin letters is one where Japanese stands around: a single word (MAX, Lux) needs a title."""
    if " " in value[start:end] or not _AMONG.match(value, end) or not _KANA.search(value):
        return True
    return _TITLE.match(value, end) is not None or _LABEL.search(value, max(0, start - _BEFORE), start) is not None


def _made() -> NamesGuard:
    words = Words.load()
    lexicon = Lexicon(words.lists["surnames"])
    latin = Words.load(LATIN)
    told = Words({**words.lists, **latin.lists})
    runs = Runs(Kinds(Dictionary.load(), latin, lexicon), latin)
    return NamesGuard(JapaneseNames(lexicon, words), LatinNames(runs, Signs(told)))


names = _made()
