"""Conditions of somebody in English text: what tells whether an illness, a belief or a conviction is one person's.

The rules of privacy_english.yaml ask for fixed forms (My wife has …). Here a list of terms says where one may stand,
and signs around it, of which each has a weight, whether it is somebody's; training/conditions_weights.py fits them.
It errs on persons of public life whom no list knows, and on terms that no list holds.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import exp
from operator import itemgetter
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from sekisho.core.normalise import lowered
from sekisho.guards.names_conditions_weights import BIAS, WEIGHTS
from sekisho.guards.names_lexicon import Words
from sekisho.guards.wanted import wanted

_LISTS = ("general", "many", "modal", "animals", "clinical", "roles", "whose_weak", "whose")  # the later, the stronger
KINDS = ("illness", "state", "treatment", "belief", "record")
LEAST = 0.5
_LONGEST = 90  # code points of a clause that are looked at, on either side
_NEAR = 30
_CLAUSE = re.compile(r"[.!?;]\s|\n")
_WORD = re.compile(r"[A-Za-z'\-%]+")
_LETTER = re.compile(r"[A-Za-z0-9\-_/@]")
_QUALIFIERS_WORDS = (  # in front of a term, a part of it
    "chronic acute severe advanced terminal metastatic congestive juvenile congenital clinical legally early-onset"
    " late-stage iron-deficiency attempted practising practicing devout roman openly severely breast lung colon bowel"
    " prostate pancreatic cervical ovarian skin thyroid stomach gastric liver kidney brain bone bladder blood throat"
    " testicular uterine oesophageal esophageal colorectal hearing visual peanut nut egg milk shrimp shellfish latex"
    " wheat soy fish crab buckwheat penicillin pollen cat dog dust alcohol drug gambling heroin opioid sexual steel"
    " postal bilateral left right recurrent viral bacterial insulin-dependent rheumatoid generalised generalized"
)
_QUALIFIERS = frozenset(_QUALIFIERS_WORDS.split())
_NUMBERED = re.compile(r"(?i:(?:type|stage)[ \-]?[1-4IV]{1,3}|(?:[0-9]{1,2}|[a-z]{3,6}) (?:weeks|months)|history of)")
_RIGHT = re.compile(
    r"(?: (?:type [12]|grade [1-7]|stage [1-4IV]{1,3}|from the (?:waist|neck) down|\(?grade [1-7]\)?)"
    r"|, ?(?:stage|grade) [1-7IV]{1,3}| of (?:shoplifting|theft|fraud|assault|murder|arson|embezzlement|[a-z]{4,12}))"
)
_ARTICLES_WORDS = "a an the his her my their just still also severe bad"
_ARTICLES = frozenset(_ARTICLES_WORDS.split())
_ACTS_WORDS = "came comes got gets went makes made keeps kept began begins again worsens improves runs meant"
_ACTS = frozenset(_ACTS_WORDS.split())
_CRIME = re.compile(
    r" (?:a |an |the )?[a-z]{4,14}(?: [a-z]{4,14})?(?=[.,;:!?\n)]| in | when | and | at | last | by |$)"
)
_AGED = re.compile(r"\b(?:aged? )?[0-9]{1,2}(?:[MFmf]\b|,| ?yo\b| years? old)|\b(?:[Rr]oom|[Bb]ed|[Yy]ear) [0-9]")
_OLD = re.compile(r"\b1[0-9]{3}\b|\b[0-9]{4}s\b|\b[0-9]{1,2}(?:st|nd|rd|th) century")
_CLOSED = re.compile(r"[ \t]?(?:[.,;:!?)\n\"|/<&]|$|-{1,2} |[–—(])")


class Term(NamedTuple):
    """A term in a text: code points, and the name of its list."""

    start: int
    end: int
    kind: str


class EnglishConditions:
    """Finds conditions of somebody."""

    def __init__(self, words: Words) -> None:
        """`words`: those of conditions_english.yaml."""
        lists = words.lists
        kinds = {term.replace("_", " "): kind for kind in reversed(KINDS) for term in lists[kind]}
        self._kinds = [kinds[term] for term in sorted(kinds)]
        self._terms = AhoCorasick(
            sorted(kinds), implementation=Implementation.ContiguousNFA, matchkind=MatchKind.LeftmostLongest
        )
        self._around = {word: name for name in _LISTS for word in lists[name]}
        self._before = lists["before"]
        self._labels = lists["record_labels"]
        self._topics = lists["topics"]

    def find(self, value: str, names: Sequence[tuple[int, int]], *, famous: bool) -> Iterator[tuple[int, int, float]]:
        """Where such conditions stand, and how sure each is. `names`: of persons; `famous`: one of them is public."""
        for term in wanted(self.terms(value)):
            score = probability(self.signs(value, term, names, famous=famous))
            if score >= LEAST:
                yield term.start, term.end, score

    def terms(self, value: str) -> Iterator[Term]:
        """Where terms of the lists stand, with what belongs to each."""
        small = lowered(value)
        past = 0
        for number, first, last in self._terms.find_matches_as_indexes(small):
            if first < past or _LETTER.match(small[first - 1 : first]) or _LETTER.match(small[last : last + 1]):
                continue
            kind = self._kinds[number]
            start = _qualified(value, first)
            crime = kind == "record" and small[last - 3 : last] in (" of", "for", "ith")
            right = (_CRIME if crime else _RIGHT).match(value, last)
            past = right.end() if right else last
            yield Term(start, past, kind)

    def signs(self, value: str, term: Term, names: Sequence[tuple[int, int]], *, famous: bool) -> list[str]:
        """What speaks for or against it being somebody's, in words."""
        left = value[max(0, term.start - _LONGEST) : term.start]
        cuts = [cut.end() for cut in _CLAUSE.finditer(left)]
        whole, left = left, left[cuts[-1] if cuts else 0 :]
        right = value[term.end : term.end + _LONGEST]
        end = _CLAUSE.search(right)
        asked = (end is not None and right[end.start()] == "?") or right.rstrip().endswith("?")
        right = right[: end.start() if end else len(right)]
        signs = [term.kind, *self._named(term, names, len(left), len(right)), *self._words(left, right)]
        signs += [*self._topic(left), *self._left(left)]
        signs += self._right(right, term)
        if famous:
            signs.append("famous")
        if asked:
            signs.append("asked")
        if _AGED.search(left) or _AGED.match(right):
            signs.append("aged")
        if _OLD.search(left) or _OLD.search(right):
            signs.append("old")
        if value[term.start].isupper() and value[term.start + 1 : term.start + 2].islower():
            signs.append("capital" + (" first" if not left.strip() else ""))
        before = {word.lower() for word in _WORD.findall(whole[: len(whole) - len(left)])}
        if any(self._around.get(word) == "whose" for word in before):
            signs.append("whose before")
        pairs = [sign for sign in signs if sign in _TOLD]
        return signs + [f"{term.kind}:{sign}" for sign in pairs] + [f"asked:{sign}" for sign in pairs if asked]

    def _named(self, term: Term, names: Sequence[tuple[int, int]], left: int, right: int) -> Iterator[str]:
        """Whether somebody is named in the same clause."""
        at = bisect_right(names, term.start, key=itemgetter(1))
        if at:
            far = term.start - names[at - 1][1]
            if far <= left:
                yield "named"
                if far <= _NEAR:
                    yield "named near"
            elif far <= _LONGEST:
                yield "named before"
        if at < len(names) and 0 <= names[at][0] - term.end <= right:
            yield "named behind"

    def _words(self, left: str, right: str) -> Iterator[str]:
        """Of whom the clause speaks."""
        for side, text in (("", left), (" behind", right)):
            yield from sorted(
                {self._around[word] + side for word in map(str.lower, _WORD.findall(text)) if word in self._around}
            )

    def _topic(self, left: str) -> Iterator[str]:
        """Whether it is what a text or somebody's work is about, or what a speaker says of himself."""
        words = [word.lower() for word in _WORD.findall(left)[-5:]]
        if not {"about", "on", "of", "in", "for"}.isdisjoint(words[-2:]) and not self._topics.isdisjoint(words):
            yield "topic"
        if re.search("(?i:as (?:someone|somebody|a person|an? [a-z]+) (?:with|who has)? ?$)", left):
            yield "as somebody"

    def _left(self, left: str) -> Iterator[str]:
        """What stands right in front."""
        bare = left.rstrip(" \t\"'(*")
        if not bare:
            yield "opens"
            return
        last = bare[-1]
        if last in ":|=,–—-/&":
            yield f"mark {last if last in ':,' else '|'}"
            if last in ":|=-–":
                label = _WORD.findall(bare.lower())[-2:]
                yield "labelled" if any(word in self._labels for word in label) else "colon"
            return
        words = [word.lower() for word in _WORD.findall(bare)[-2:]]
        if not words:
            return
        word = words[-1]
        if (
            word in ("a", "an", "the", "his", "her", "my", "their", "just", "still", "also", "severe", "bad")
            and len(words) > 1
        ):
            yield f"article {word}"
            yield f"second {words[-2]}" if words[-2] in self._before else "second other"
        elif word.endswith("'s"):
            yield "before 's" if _WORD.findall(bare)[-1][0].islower() else "before capital 's"
        else:
            yield f"before {word}" if word in self._before else "before other"

    def _right(self, right: str, term: Term) -> Iterator[str]:
        """What stands right behind."""
        if _CLOSED.match(right):
            yield "closed"
            return
        word = _WORD.match(right.lstrip(" "))
        small = word[0].lower() if word else ""
        if small in ("and", "or", "but", "so", "in", "at", "since", "for", "on", "which", "who", "because", "after"):
            yield f"then {small}"
        elif small in ("is", "are", "was", "were", "has", "can", "may", "causes", "affects", "means"):
            yield "then verb"
        elif small in _ACTS or small.endswith("ed"):
            yield "then act"
        else:
            yield "then word"


_TOLD_WORDS = (
    "named,named near,whose,whose_weak,roles,many,general,clinical,topic,closed,labelled,then verb,then word,opens"
    ",famous,aged"
)
_TOLD = frozenset(_TOLD_WORDS.split(","))  # what is weighed apart for each kind, and for questions


def _qualified(value: str, first: int) -> int:
    """Where a term begins with the words in front that are parts of it: severe, type 2, breast."""
    if value[first - 1 : first] != " ":
        return first
    start = first
    words = value[max(0, first - 40) : first - 1].replace("\n", "\0").split(" ")
    while words:
        if words[-1].lower() in _QUALIFIERS:
            taken = 1
        elif len(words) > 1 and _NUMBERED.fullmatch(" ".join(words[-2:])):
            taken = 2
        else:
            break
        start -= len(" ".join(words[-taken:])) + 1
        words = words[:-taken]
    return start


def probability(signs: Sequence[str]) -> float:
    """That a term with these signs is somebody's condition."""
    return 1 / (1 + exp(-BIAS - sum(WEIGHTS.get(sign, 0.0) for sign in signs)))
