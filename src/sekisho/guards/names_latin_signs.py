"""What speaks for or against a candidate being a name: its words, and what stands around it.

Everything here runs for each candidate, so it looks at last characters and last words before it tries a pattern.
"""

import re
from collections.abc import Iterator, Sequence

from sekisho.guards.names_latin_runs import HONORIFICS, LETTER, Run
from sekisho.guards.names_latin_topics import Topics
from sekisho.guards.names_lexicon import Words

_BEFORE, _BEHIND = 48, 32  # code points that are looked at
_FAR = 24  # code points between two names of a list
_SPACE = " \t\"“”(*'"
LAST_WORD = re.compile(rf"[{LETTER}'’\-]+$")
_NEXT_WORD = re.compile(rf" ([{LETTER}'’\-]+)")
_LABEL = re.compile(
    rf"([{LETTER}][{LETTER}' /\-]*)[\"']? ?(?:\([^()\n]{{1,12}}\))?[ \t]*$"
    r"|([一-龥ぁ-んァ-ヶー]{2,8})(?:\([^()\n]{1,10}\))? ?$"
)
SAID = re.compile(
    r"(?i:(?:\b(?:my|his|her|your|their|whose|full|maiden|married|first|last)(?: full| first| last| maiden| married)? "
    r"name(?:'s| is| was|'s)?|(?:is|are|was|were|am|'s|man|woman|girl|boy|someone|somebody|guy|lady|child|person) "
    r"(?:called|named|known as)|\bin the name of|on behalf of|goes by|known as|under the name|signed by|the late"
    r"|name on (?:the )?(?:account|card)|attention of|care of|calling (?:her|him|them|it)|this is|i am|i'm|im|it's"
    r"|speaking (?:to|with)|spoke (?:to|with)|met(?: with)?|reports? to)$)"
)
# What the last word is, or ends with, where that matches.
_SAID_LAST = frozenset(
    ("name", "name's", "is", "was", "called", "named", "as", "of", "by", "late", "account", "card", "her", "him",
     "them", "it", "am", "to", "with", "report", "reports")
)  # fmt: skip
_SAID_ENDS = ("i'm", "im", "it's", "met")
_AGED = re.compile(r",? ?\(?(?:aged? )?[0-9]{1,2}(?:[MF]\b| ?(?:yo|y/o|years?)\b|[,);]|$)| ?\((?:he|she|they)/")
_REACHED = re.compile(
    r"[ \t]*[\n,;:|<(\-–]{0,3}[ \t]*"
    r"(?:\+?[(0-9][0-9 ()\-]{6,}|[A-Za-z0-9._%+\-]{2,}@|(?:DOB|[Bb]orn|b\.|[Tt]el|[Mm]obile|ext)\b)"
)
_POST = re.compile(
    r"[ \n,\-–|]{1,4}(?:[A-Za-z]+ ){0,2}(?:C[EFT]O|Director|Manager|Engineer|Buyer|Officer|Head|Foreman|Partner"
    r"|Consultant|Analyst|Assistant|Coordinator|Lead|Secretary|Accountant|head of)\b"
)
_HONOURED = re.compile(rf"-(?:{HONORIFICS})(?![A-Za-z])| ?(?:さん|様|さま|氏|くん|君|ちゃん|先生)")
_ENDS = re.compile(r"[ \t]*(?:\n|$|[,.!?)]+[ \t]*(?:\n|$))")
_JAPANESE = re.compile("[ぁ-んァ-ヶ一-鿿]")
_JOINED = re.compile(
    r"(?:(?:, ?|; ?|\n)[0-9]{1,3}(?:[:.][0-9]{2})?[.):]? |, ?|\n(?:[0-9]{1,2}[.)] |[\-*•] ?)?"
    r"| (?:and|or|&|\+|plus) |, (?:and|or) |; ?| ?/ ?|, [A-Za-z]+: ?| ?-> ?"
    r"| \([a-z]{2,9}\), )(?:(?:Mr|Mrs|Ms|Dr)\.? )?"
)
_OWNED = re.compile("['’]s (?:[A-Z]|[a-z]+ (?:law|theorem|rules?|method|test|principle|equation|paradox|razor)\\b)")
_NUMBERED = re.compile(r"(?:^|[,;:\n] ?)[0-9]{1,3}(?:[:.][0-9]{2})?[.):]? $")
_LETTERED = re.compile(
    r", ?(?:LCSW|MD|M\.D\.|RN|PhD|Ph\.D\.|Esq|CPA|MP|QC|KC|OBE|MBE|DDS|BSc|MSc|MA|JD|NP|DO|LPN|FRCS)\b"
)
_VERB = re.compile(r" (?:[a-z]{3,12}(?:ed|[a-rt-z]s)|is|was|has|will|can|won't)\b")
_SHAPED = re.compile(
    "(?:son|ski|sky|ska|ov|ova|ev|eva|enko|chuk|ez|ini|elli|etti|ian|yan|berg|stein|mann|feld|wood|worth|ford|ham|ton|ley"
    "|combe|bury|thwaite|field|bourne|stone|shaw|strom|quist|lund|gren|vic|oglu|zadeh|pour|kar|nathan|swamy|ulu|wu|wicz"
    "|czyk|ak|escu|dottir|sen|aard|haus|mayer|meyer|bauer|elo|ola|ade|unle|eke|aro|wala|preet|deep)$"
)
_THEIRS = frozenset(("he", "she", "his", "her", "him", "hers", "himself", "herself", "he's", "she's", "who"))
_OURS = frozenset(("i", "my", "me", "i'm", "i've", "please"))
_ASKING = frozenset(("what", "which", "why", "how", "did", "explain", "compare", "list", "describe", "who", "where"))
_DUMMIES = frozenset(("template", "templates", "placeholder", "placeholders"))
_STRENGTHS = (
    dict.fromkeys("GHJLM", "given")
    | dict.fromkeys("SRKbf", "other")
    | dict.fromkeys("wxyh", "word")
    | {"U": "unknown", "q": "town"}
)
_TELLING = frozenset(  # what is weighed apart for given names, other names and words
    ("title", "label", "said", "conjunction", "parted", "pretended", "greeted", "relation", "cue", "acts", "line",
     "opens", "joined:given", "joined:full",
     "article", "capital before", "possessed", "honoured", "japanese", "listed", "mark", "cited", "place",
     "joined:surname", "numbered", "between", "verb", "shaped", "fame", "many", "thing before",
     "thing behind", "block", "asks of the world", "culture alone")
)  # fmt: skip
_FOLLOWED = (
    ("firm", re.compile(" & ")),
    ("lettered", _LETTERED),
    ("aged", _AGED),
    ("reached", _REACHED),
    ("post", _POST),
    ("honoured", _HONOURED),
    ("ends", _ENDS),
)
_BLOCK_BEFORE = re.compile(r"(?:[0-9]{1,4}-){1,3}[0-9]{1,4},? $|-(?:ku|shi|machi|cho|gun),? $")
_BLOCK_BEHIND = re.compile(r" [0-9]{1,3}-[0-9]{1,3}|,? [A-Z][a-z]+-(?:ku|shi|machi|cho|gun|ken)\b")
_WARD = 8  # code points of -machi and a comma
_BEHIND_NUMBER = frozenset("0123456789.):")
_NEW = ".!?:;•|>-–—*"  # what a sentence or a part of one begins behind


class Signs:
    """Names of signs for each candidate."""

    def __init__(self, words: Words) -> None:
        lists = words.lists
        self.topics = Topics(words)
        self._things_before = lists["things_before"]
        self._things_behind = lists["things_behind"]
        self._cues = lists["cues"]
        self._relations = lists["relations"]
        self._acts = lists["acts"]
        self._titles = lists["titles"]
        self._offices = lists["offices"]
        self._labels = lists["labels_latin"] | lists["relations"]
        self._greetings = lists["greetings"]
        self._partings = lists["partings"]
        self._cited = lists["cited"]
        self._pretended = lists["pretended"]
        self._before = {
            **dict.fromkeys(self._titles, "titled"),
            **dict.fromkeys(self._cues, "cue"),
            **dict.fromkeys(lists["prepositions"], "place"),
            **dict.fromkeys(lists["articles"], "article"),
            **dict.fromkeys(lists["conjunctions"], "conjunction"),
            **dict.fromkeys(self._relations, "relation"),
        }
        self._public = lists["public"] | lists["public_latin"] | lists["public_modern"]
        self._fame = {name.rpartition("_")[2].lower() for name in lists["public_latin"]}

    def of(self, value: str, run: Run, beside: tuple[Run | None, Run | None], whole: Sequence[str]) -> list[str]:
        """The signs of a candidate. `beside`: its neighbours, where it stands in a list; `whole`: signs of the text."""
        before, after = beside
        left = value[max(0, run.start - _BEFORE) : run.start]
        right = value[run.end : run.end + _BEHIND]
        signs = [*_shape(run), *self._left(left, run), *self._right(right, run), *whole]
        if not value.isascii() and _JAPANESE.search(left[-3:] + right[:3]):
            signs.append("japanese")
        if _in_block(left, right):
            signs.append("block")
        if self.known(run):
            signs.append("public")
        if before:
            signs.append("joined:" + _strength(before))
        elif after:
            signs.append("joined:" + _strength(after))
        signs += self._told(left, value[run.end : run.end + _BEFORE])
        if run.single:
            signs += self._alone(run)
            strength = "initialled" if run.codes[0] == "I" else _STRENGTHS[run.codes.lstrip("Ip")[0]]
            signs += [f"{strength}:{sign}" for sign in signs if sign in _TELLING]
        return signs

    def _alone(self, run: Run) -> Iterator[str]:
        """What a single word says: that a famous person is called so, that it looks like a surname."""
        if run.words[0] in self._fame and not run.title:
            yield "fame"
        if run.codes in ("U", "IU") and _SHAPED.search(run.words[0]):
            yield "shaped"

    def _told(self, left: str, right: str) -> Iterator[str]:
        """What the words around say of the whole sentence."""
        before = left.lower().split()
        behind = right.lower().replace(".", " ").replace(",", " ").split()
        if not self._cited.isdisjoint(before) or not self._cited.isdisjoint(behind) or any(map(_year, behind)):
            yield "cited"
        if not _THEIRS.isdisjoint(before) or not _THEIRS.isdisjoint(behind):
            yield "of persons"
        if not _OURS.isdisjoint(before) or not _OURS.isdisjoint(behind):
            yield "of us"
        if not _ASKING.isdisjoint(before):
            yield "asking"
        if not self._pretended.isdisjoint(before) or not _DUMMIES.isdisjoint(behind):
            yield "pretended"

    def _marked(self, left: str, run: Run) -> Iterator[str]:
        """What stands right in front: a title, a number, a firm's &."""
        if run.title:
            yield "office" if run.title in self._offices else "title"
        if left[-1:] == " " and left[-2:-1] in _BEHIND_NUMBER and _NUMBERED.search(left):
            yield "numbered"
        if left.endswith(" & "):
            yield "firm"

    def _left(self, left: str, run: Run) -> Iterator[str]:
        yield from self._marked(left, run)
        bare = left.rstrip(_SPACE)
        last = bare[-1:]
        if not last or last == "\n":
            yield "line"
            yield "opens"
            if last:
                yield from self._line_before(bare.rstrip("\n "))
            return
        if last in ":=|#" and self._labelled(bare[:-1]):
            yield "label"
        if last in _NEW:
            yield "opens"
            return
        word = LAST_WORD.search(bare)
        if word is None:
            yield from self._behind_mark(bare)
            return
        yield from self._word(word[0], bare, word.start(), run)

    def _line_before(self, line: str) -> Iterator[str]:
        """What the line before says: a letter's end, a label."""
        word = LAST_WORD.search(line.rstrip(",.!"))
        if line.endswith("--") or (word is not None and word[0].lower() in self._partings):
            yield "parted"
        elif line.endswith((":", "=")) and self._labelled(line[:-1]):
            yield "label"

    def _behind_mark(self, bare: str) -> Iterator[str]:
        """What stands before a comma: My son, …; Hi, …."""
        small = re.split("[ \n]", bare[:-1])[-1].lower() if bare.endswith(",") else ""
        if small in self._relations:
            yield "relation"
        elif small in self._greetings:
            yield "greeted"
        else:
            yield "parted" if small in self._partings else "mark"

    def _labelled(self, before: str) -> bool:
        """Whether a label such as Patient or 氏名 ends here."""
        found = _LABEL.search(before)
        if found is None:
            return False
        if found[2]:
            return any(found[2][-size:] in self._labels for size in range(2, min(5, len(found[2])) + 1))
        words = found[1].lower().split(" ")
        return words[-1] in self._labels or "_".join(words[-2:]) in self._labels

    def _word(self, word: str, bare: str, start: int, run: Run) -> Iterator[str]:
        small = word.lower()
        yield f"<{small}"
        opened = bare[:start].rstrip(_SPACE)
        second = not opened or opened[-1] in _NEW or opened[-1] == "\n"
        if small in self._things_before:
            yield "thing before"
        if may_be_said(small) and SAID.search(bare):
            yield "said"
        if small in ("from", "to", "between"):
            yield "between"
        if small in self._greetings and (second or small == "dear"):
            yield "greeted"
        sign = self._before.get(small)
        if sign == "titled" and word[0].isupper():
            sign = None
        if not (run.title and sign is None):
            yield sign or ("capital before" if word[0].isupper() and not second else "word before")
        if second:
            yield "second"

    def _word_behind(self, word: str, right: str) -> Iterator[str]:
        yield f">{word}"
        if word in self._things_behind:
            yield "thing behind"
        if _VERB.match(right):
            yield "verb"

    def _right(self, right: str, run: Run) -> Iterator[str]:
        if run.follows:
            yield f"follows:{run.follows}"
        if right[:1] in ("'", "’"):
            yield "possessed capital" if _OWNED.match(right) else "possessed"
            return
        word = _NEXT_WORD.match(right)
        if word is not None and word[1].islower():
            yield from self._word_behind(word[1], right)
        if word is not None and word[1] in self._acts:
            yield "acts"
        elif word is not None and not run.follows:
            yield "word behind"
        if word is None or not word[1].islower():  # most names stand before a word
            yield from (sign for sign, pattern in _FOLLOWED if pattern.match(right))

    def famed(self, run: Run) -> bool:
        """Whether it is one word that a person of history or of public life is called."""
        return run.single and run.words[0] in self._fame and not run.title

    def known(self, run: Run) -> bool:
        """Whether it is a person of history or of a story, in either order."""
        if run.single:
            return False
        two = [word.capitalize() for word in run.words][:2]
        return "_".join(two) in self._public or "_".join(reversed(two)) in self._public


def _in_block(left: str, right: str) -> bool:
    """Whether it is a part of an address in Japan: 1-2-3 Ishikawa; Ishikawa, Minato-ku."""
    if left[-1:] == " " and "-" in left[-_WARD:] and _BLOCK_BEFORE.search(left):
        return True
    return "-" in right and _BLOCK_BEHIND.match(right) is not None


def _shape(run: Run) -> Iterator[str]:
    named = [code for code in run.codes if code not in "pI"]
    if len(named) == 1:
        yield f"one:{named[0]}"
        if len(run.codes) > 1:
            yield "initial"
    else:
        yield f"first:{named[0]}"
        yield f"last:{named[-1]}"
        yield f"pair:{named[0]}{named[-1]}"
        if len(named) > 2:
            yield "three"
        if "I" in run.codes:
            yield "middle"
    if "p" in run.codes:
        yield "particle"
    if run.capitals:
        yield "capitals" if len(named) > 1 else "acronym" if len(run.words[0]) < 4 else "capital"


def may_be_said(last: str) -> bool:
    """Whether `SAID` may match behind a last word, in small letters: a search takes ten times as long."""
    return last in _SAID_LAST or last.endswith(_SAID_ENDS) or not last.isascii()


def _year(word: str) -> bool:
    return len(word) == 4 and word.isdigit() and word[0] in "12" and word < "2016"


def joined(value: str, one: Run, other: Run) -> bool:
    """Whether two candidates stand in one list."""
    return other.start - one.end <= _FAR and _JOINED.fullmatch(value, one.end, other.start) is not None


def _strength(run: Run) -> str:
    named = [code for code in run.codes if code not in "pI"]
    if len(named) == 1 and run.codes[0] == "I":
        return "full"
    if len(named) == 1 and named[0] in "SRK":
        return "surname"
    if len(named) > 1:
        return "full" if named[0] in "GHJ" or named[-1] in "SR" else "weak"
    return "given" if named and named[0] in "GHJ" else "weak"
