"""What words are: a dictionary of Japanese, and the lists of names.yaml."""

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sekisho.core.located import read
from sekisho.guards.kept import LONGEST, kept
from sekisho.guards.name_checks import PUBLIC
from sekisho.guards.word_set import WordSet

try:
    from sudachipy import Dictionary
except ImportError as missing:  # the guard is loaded, and what it needs is not there
    raise ImportError("the guard `names` needs the extra: pip install 'sekisho[names]'") from missing

WORDS = Path(__file__).with_name("names.yaml")
ENUMERATED = Path(__file__).with_name("names_words.txt.gz")  # written by training/names_words.py
SETS = ("surnames", "given", "foreign", "nouns", KANA := "kana", "frequent", "usual", "seen", RARE := "rare")
WRITTEN = "written"

SURNAME, GIVEN, PERSON, PLACE, PROPER = "S", "G", "P", "L", "O"
NOUN, SUFFIX, PARTICLE, SPACE, MARK, OTHER = "N", "X", "p", "w", "m", "o"

_KINDS: dict[tuple[str, ...], str] = {
    ("名詞", "固有名詞", "人名", "姓"): SURNAME,
    ("名詞", "固有名詞", "人名", "名"): GIVEN,
    ("名詞", "固有名詞", "人名", "一般"): PERSON,
    ("名詞", "固有名詞", "地名"): PLACE,
    ("名詞", "固有名詞"): PROPER,
    ("名詞",): NOUN,
    ("接尾辞",): SUFFIX,
    ("助詞",): PARTICLE,
    ("空白",): SPACE,
    ("補助記号",): MARK,
}
_KANJI = re.compile("[一-龥々ヶツノ]{1,4}")
_KATAKANA = re.compile("[ァ-ヴー]{2,12}")
_VARIANTS = "髙﨑濵濱邊邉澤齋齊斉廣嶋嶌櫻國圓眞惠榮瀨德增黑驒冨槇"
_OLD_FORMS = str.maketrans(_VARIANTS, "高崎浜浜辺辺沢斎斎斎広島島桜国円真恵栄瀬徳増黒騨富槙")
_OLD_FORM = re.compile(f"[{_VARIANTS}]")


@dataclass(frozen=True, slots=True)
class Tokens:
    """A piece of text in words: where each begins and ends (code points of the whole text), and its kind."""

    begins: list[int]
    ends: list[int]
    kinds: str


@dataclass(frozen=True)
class Words:
    """The lists of names.yaml."""

    lists: Mapping[str, frozenset[str]]

    @classmethod
    def load(cls, path: Path = WORDS) -> "Words":
        """Reads the lists. Raises `ConfigurationError` for a file of another form."""
        lists = {name: frozenset(words.split()) for name, words in read(path).into(dict[str, str]).items()}
        return cls({**lists, "public": PUBLIC | lists.get("public", frozenset())})

    def lexicon(self) -> "Lexicon":
        """The dictionary with the words that these lists add."""
        return Lexicon(self.lists["surnames"], self.lists["given_words"])

    @cached_property
    def given_signs(self) -> frozenset[str]:
        """Characters of given names."""
        return frozenset("".join(self.lists["given_signs"]))


def enumerated(dictionary: Dictionary) -> dict[str, frozenset[str]]:
    """Surnames and given names in kanji, persons in katakana, and which of all these are nouns as well.

    It goes through the whole dictionary. What comes of it is kept in names_words.txt.gz, since that takes most of a
    second.
    """
    kind_of = positions(dictionary)
    by_kind: dict[str, set[str]] = {kind: set() for kind in {SURNAME, GIVEN, PERSON, NOUN}}
    for entry in dictionary.entries():
        words = by_kind.get(kind_of[entry.part_of_speech_id()])
        if words is not None:
            words.add(entry.surface())
    persons = by_kind[SURNAME] | by_kind[GIVEN] | by_kind[PERSON]
    foreign = frozenset(word for word in persons if _KATAKANA.fullmatch(word))
    surnames, given = (frozenset(word for word in by_kind[kind] if _KANJI.fullmatch(word)) for kind in (SURNAME, GIVEN))
    nouns = frozenset(by_kind[NOUN] & (surnames | given | foreign))
    return dict(zip(SETS[:4], (surnames, given, foreign, nouns), strict=True))


def positions(dictionary: Dictionary) -> list[str]:
    """The kind that each part of speech is, by its number."""
    found: list[str] = []
    while (position := dictionary.pos_of(len(found))) is not None:
        found.append(next((_KINDS[position[:size]] for size in (4, 3, 2, 1) if position[:size] in _KINDS), OTHER))
    return found


def _lists() -> Iterator[tuple[str, list[str]]]:
    for line in gzip.decompress(ENUMERATED.read_bytes()).decode().splitlines():
        name, _, words = line.partition("\t")
        yield name, words.split(" ")


class Lexicon:
    """SudachiPy with its small dictionary. Threads may share it: it holds nothing of a text but words it looked up."""

    def __init__(self, surnames: frozenset[str] = frozenset(), given: frozenset[str] = frozenset()) -> None:
        """`surnames`: nouns that `tokens` calls surnames; `given`: words that are given names as well.

        Raises `ModuleNotFoundError` where the dictionary's package is missing.
        """
        try:
            self._dictionary = Dictionary(dict="small")
        except Exception as fault:  # SudachiPy raises types of its own, which differ between versions
            raise ModuleNotFoundError(
                f"the guard `names` needs the extra: pip install 'sekisho[names]' ({fault})"
            ) from fault
        self._also_surnames = surnames
        self._kind_of = positions(self._dictionary)
        self.kinds = kept(self._kinds)
        self.compound = kept(self._compound)
        sets: dict[str, WordSet] = {}
        for name, words in _lists():
            if name == KANA:
                self.kana = frozenset(words)
            else:
                sets[name] = WordSet(words)
        self.surnames, self.given, self.foreign, self.nouns = (sets[name] for name in SETS[:4])
        self.frequent, self.usual, self.seen, self.rare = (sets[name] for name in SETS[5:])
        self.called = self.given  # those that the dictionary has as given names
        self.given = self.called | sets[WRITTEN] | WordSet(given)

    def _kinds(self, word: str) -> str:
        """Everything that a word can be, as a string of kinds; empty for a word that is not in the dictionary."""
        if len(word) > LONGEST:
            return ""  # and the dictionary takes no word of more than 49,149 bytes
        return "".join({self._kind_of[one.part_of_speech_id()] for one in self._dictionary.lookup(word)})

    def unheard(self, run: str) -> bool:
        """Whether two kanji are in no dictionary, as many names of our days are: 結翔."""
        return len(run) == 2 and not self.kinds(run)

    def _compound(self, word: str) -> int:
        """Whether two nouns make up a word that no dictionary holds (2), or one ends it (1): ボールペン."""
        if self.kinds(word):
            return 0
        tails = [at for at in range(2, len(word) - 1) if NOUN in self.kinds(word[at:])]
        if any(at > 2 and self._thing(word[:at]) for at in tails):
            return 2
        return int(any(len(word) - at > 2 and self._thing(word[at:]) for at in tails))

    def _thing(self, word: str) -> bool:
        kinds = self.kinds(word)
        return NOUN in kinds and not {GIVEN, SURNAME} & set(kinds)

    def tokens(self, value: str, start: int) -> Tokens:
        """The words of a piece of text that begins at `start`; at most 12,000 code points."""
        # A tokenizer of its own costs half a microsecond, and is not to be shared by threads.
        found = self._dictionary.tokenizer("C", fields={"pos"}).tokenize(value)
        begins = [start + one.begin() for one in found]
        ends = [*begins[1:], start + found[-1].end()] if begins else []
        kind_of, also = self._kind_of, self._also_surnames
        kinds = [kind_of[one.part_of_speech_id()] for one in found]
        kinds = [
            SURNAME if kind == NOUN and value[begin - start : end - start] in also else kind
            for kind, begin, end in zip(kinds, begins, ends, strict=True)
        ]
        return Tokens(begins, ends, "".join(kinds))


def modern(value: str) -> str:
    """The text with common characters for variants in names (髙, 﨑, 濱), one for one."""
    if value.isascii() or not _OLD_FORM.search(value):
        return value  # most texts
    return value.translate(_OLD_FORMS)
