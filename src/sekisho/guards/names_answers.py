"""What counts of the names in an answer: those that stand beside something else of the person.

Most persons in answers need no protection: authors, characters of stories, who holds an office; few of them stand on a
list. What must not go out is what a model remembers of somebody: a name together with an illness, a date of birth, a
number, an address. So a name alone counts half, and so does a condition where nobody is named.

Each sentence is read by itself, and what stands beside is looked for in it, shortly before and shortly behind it. Where
an answer goes out piece by piece nothing behind it is looked at, so that a stream says of each sentence what is said of
it in a whole answer; of a name and an illness in two sentences, only the second counts then. It errs on persons of
public life whom no list knows, beside their illness or birthday, and on what only another sentence tells to be a name.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise, takewhile
from typing import NamedTuple

from sekisho.core.finding import LIKELY, Finding
from sekisho.core.sentences import ends
from sekisho.core.text import Text
from sekisho.guards.wanted import wanted

ALONE = 0.5  # by which the score of what stands alone is multiplied
PERSON, CONDITION = "privacy.person_name", "privacy.sensitive"
_NEAR = 100  # code points on either side of a sentence in which things may still belong to whoever is named in it
_BESIDE = re.compile(  # what belongs to a person and is found by other guards; as loosely as beside a name will do
    "|".join(
        (
            r"[A-Za-z0-9_.+\-]@[A-Za-z0-9\-]{1,63}\.[A-Za-z0-9]",
            r"(?<![0-9\-])\(?0(?=(?:[^0-9\n]?[0-9]){9,10}(?![0-9]))[0-9]{1,4}[)\-]{0,2}[0-9]{1,4}-?[0-9]{3,4}(?![0-9\-])",
            r"(?<![0-9\-])\(?[2-9][0-9]{2}\)?[ .\-][2-9][0-9]{2}[.\-][0-9]{4}(?![0-9\-])",
            r"\+[0-9]{1,3}[ \-][0-9() \-]{6,14}[0-9]",
            r"(?<![0-9\-])(?:[0-9]{4}[ \-]?){3}(?![0-9])",
            r"〒 ?[0-9]{3}|[市区町村郡][^0-9\n。、]{1,12}[0-9]{1,4}(?:-[0-9]{1,4}|丁目|番地)",
            r"(?i:\b[0-9]{1,5} [a-z]{2,20} (?:street|st|avenue|ave|road|rd|lane|drive|close|court)\b)",
            r"(?:会員|社員|職員|学籍|患者|顧客|被保険者)証?(?:番号|ID)[^0-9\n。]{0,8}[0-9]",
            r"(?i:\b(?:member|patient|employee|student|policy) (?:(?:id|no\.?|number)[^0-9\n]{0,8}|[a-z]{1,2}-)[0-9])",
            r"(?:生年月日|誕生日|(?i:date of birth|birthday))(?![^\n]{0,30}(?<![0-9])(?:1[0-8][0-9]|190[0-4]))"
            r"[^0-9\n。]{0,8}(?:[0-9]{1,2}(?:月|[/ ][0-9A-Z])|[0-9]{4}[年/.\-])",
        )
    )
)
_CUSTOMER = re.compile("[」』 \u3000]{0,2}(?:様|さま)")  # so nobody speaks of an author or of a minister


class Sentence(NamedTuple):
    """A sentence of an answer: code points, and what was found in it."""

    begin: int
    end: int
    seen: Sequence[Finding]


def counted(
    text: Text, look: Callable[[Text], Iterable[Finding]], *, asked: int = 0, piecewise: bool = False
) -> list[Finding]:
    """What `look` finds in the sentences of an answer; what stands alone has half its score, and a note.

    What ends within the first `asked` code points may be left out. `piecewise`: what stands behind a sentence tells
    nothing of it.
    """
    received = text.received
    places = list(_sentences(received))
    known = min((begin for begin, end in places if end > asked), default=len(received)) - _NEAR
    told = [Sentence(*place, _seen(look, received, *place)) for place in wanted(places) if place[1] > known]
    found: list[Finding] = []
    for number, one in enumerate(told):
        if one.seen:
            first, last = max(0, one.begin - _NEAR), one.end if piecewise else one.end + _NEAR
            alone = _alone(received[first:last], _between(told, number, first, last))
            found += [_weighed(it, received, one.end) if it.category in alone else it for it in one.seen]
    return found


def _seen(look: Callable[[Text], Iterable[Finding]], received: str, begin: int, end: int) -> list[Finding]:
    """What `look` finds in one sentence, in positions of the whole."""
    found = look(Text(received[begin:end]))
    return [replace(one, start=one.start + begin, end=one.end + begin) for one in found]


def _between(told: Sequence[Sentence], number: int, first: int, last: int) -> Iterator[Finding]:
    """What was found between two places, of which the sentence with this number stands in the middle."""
    before = takewhile(lambda one: one.end > first, (told[at] for at in range(number, -1, -1)))
    behind = takewhile(lambda one: one.begin < last, (told[at] for at in range(number + 1, len(told))))
    return (it for one in chain(before, behind) for it in one.seen if it.end > first and it.start < last)


def _alone(said: str, near: Iterable[Finding]) -> Sequence[str]:
    """Of which categories findings count half, by what is `said` there and was found `near`."""
    sure = {one.category == PERSON for one in near if one.score >= LIKELY}
    beside = False in sure or _BESIDE.search(Text(said).normalised.value) is not None
    return [category for category, company in ((PERSON, beside), (CONDITION, True in sure)) if not company]


def _weighed(one: Finding, received: str, end: int) -> Finding:
    """A finding that stands alone in a sentence that ends at `end`; a customer never does."""
    if one.category == PERSON and _CUSTOMER.match(received, one.end, end):
        return one
    return replace(one, score=round(one.score * ALONE, 2), note="alone")


def _sentences(received: str) -> Iterator[tuple[int, int]]:
    """Where each sentence that says anything begins and ends."""
    for begin, end in pairwise((0, *ends(received), len(received))):
        if begin < end and not received[begin:end].isspace():
            yield begin, end
