"""Which language a text is written in, as far as Japanese, English and others have to be told apart.

How it decides: code (in fences and between backquotes), addresses of pages and mail, and JSON are left out. Of what
remains letters are counted by script; a kana, a kanji or a hangul counts as two, since it says about as much as two
Latin letters. With fewer than `LEAST` it says nothing: a word, a name or a number is in no language.

- Three quarters and more of one script decide; what is more mixed is in no language, unless kana make a third of it.
- Kana or kanji: Japanese, unless characters that Chinese needs at every turn (的, 是, 了, 们) and Japanese hardly has
  make a twenty-fifth of it and kana less than a tenth. Kanji alone, such as a list of names, are in no language.
- Latin letters: the words without which no sentence does (the, of, is; der, und; de, que) are counted. English has at
  least two, and more than all others together; `other` has at least two, and twice as many as English.
- Hangul is Korean, every other script `other`.

It errs on romaji, which it says nothing of, on Chinese without a single one of these characters, and on a text that
quotes more of another language than it says itself.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import re2 as engine

from sekisho.core.located import read

FILE = Path(__file__).with_name("tongue.yaml")

Tongue = Literal["ja", "en", "zh", "ko", "other", ""]

LEAST = 24  # letters
LONGEST = 20_000  # characters that are looked at
_WORDS_LEAST = 2

_SURROGATE = re.compile("[\ud800-\udfff]")  # half of a character, which RE2 cannot read
_WORD = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")

_KANA_LEAST = 3


@cache
def _left_out() -> tuple[Any, Any, Any]:
    """Code, addresses, JSON. RE2's, since strangers write what they are looked for in."""
    re2: Any = engine
    return (
        re2.compile(r"(?s)```.*?(?:```|\z)|~~~.*?(?:~~~|\z)|`[^`\n]*`"),
        re2.compile(r"(?i)(?:https?://|www\.)[!-~]+|[!-~]+@[!-~]+\.[a-z]+"),
        re2.compile(r'[{\[]\s*(?:"[^"\n]*"\s*[:,\]}]|[{\[])[^\n]*[}\]]|"[^"\n]{1,80}"\s*:\s*(?:"[^"\n]*"|[-0-9.]+)'),
    )


@cache
def _scripts() -> Mapping[str, re.Pattern[str]]:
    """The letters of each script. Made when first needed: large sets of characters take milliseconds."""
    return {
        "kana": re.compile("[ぁ-ゖァ-ヺｦ-ﾟー]"),
        "kanji": re.compile("[㐀-䶿一-鿿々\U00020000-\U0003ffff]"),
        "ko": re.compile("[\u1100-\u11ff가-힣]"),
        "latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
        "other": re.compile("[\u0370-\u052f\u0590-\u109f\u1780-\u17ff]"),
    }


@cache
def _chinese() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Characters that Chinese needs at every turn; of these, those that Japanese does not write."""
    return re.compile(
        "[的是了们們这這那你您吗嗎呢吧很说說么麼没沒谁誰哪个個为為时時对對过過还還给給让讓请請谢謝她]"
    ), re.compile("[们們这這你您吗嗎呢吧说說么麼哪个为时对过还给让请谢她]")


@cache
def _named() -> re.Pattern[str]:
    """Names of languages, and words for translating."""
    return re.compile(
        "英語|英訳|英文|和訳|邦訳|日本語|中国語|韓国語|フランス語|ドイツ語|スペイン語|イタリア語|ポルトガル語|ロシア語|ベトナム語|[ァ-ヶー]語"
        "|翻訳|通訳|訳[しすせそをはがでに]|translat|English|Japanese|Chinese|Korean|French|German|Spanish|Italian|Portuguese"
        "|Russian|Vietnamese|Arabic|Thai\\b|Latin\\b|Hindi",
        re.IGNORECASE,
    )


def asked(text: str) -> Tongue:
    """The language in which somebody who writes this wants an answer; empty where that is not sure.

    A few kana are enough, since people put a Japanese question around a text in another language. Nothing is sure
    where a language is named or a translation wanted.
    """
    if _named().search(text, 0, LONGEST):
        return ""
    if len(_scripts()["kana"].findall(text, 0, LONGEST)) >= _KANA_LEAST:
        return "ja"
    return tongue(text)


def tongue(text: str) -> Tongue:
    """The language of a text; empty where there is too little, or too much of several, to say."""
    code, address, data = _left_out()
    prose = _SURROGATE.sub(" ", text[:LONGEST])
    prose = address.sub(" ", code.sub(" ", prose))
    if "{" in prose or "[" in prose or '"' in prose:
        prose = data.sub(" ", prose)
    counts = {script: len(letters.findall(prose)) for script, letters in _scripts().items()}
    japanese = 2 * (counts["kana"] + counts["kanji"])
    weights = {"cjk": japanese, "ko": 2 * counts["ko"], "latin": counts["latin"], "other": counts["other"]}
    total = sum(weights.values())
    if total < LEAST:
        return ""
    script = max(weights, key=weights.__getitem__)
    if script == "cjk" and 6 * counts["kana"] >= total:
        return "ja"
    return _written(script, prose, counts) if 4 * weights[script] >= 3 * total else ""


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    english: str
    others: dict[str, str]


@cache
def _words() -> tuple[frozenset[str], frozenset[str]]:
    """The words of English, and those of all other languages."""
    words = read(FILE).into(_Words)
    english = frozenset(words.english.split())
    return english, frozenset(" ".join(words.others.values()).split()) - english


def _written(script: str, prose: str, counts: Mapping[str, int]) -> Tongue:
    match script:
        case "cjk":
            return _east_asian(prose, counts["kana"], counts["kanji"])
        case "latin":
            return _latin(prose)
        case "ko":
            return "ko"
        case _:
            return "other"


def _east_asian(prose: str, kana: int, kanji: int) -> Tongue:
    needed, other = _chinese()
    chinese = len(needed.findall(prose))
    if 25 * chinese >= kana + kanji and 10 * kana < kana + kanji and (other.search(prose) or chinese >= 3):
        return "zh"
    return "ja" if 20 * kana >= kana + kanji else ""


def _latin(prose: str) -> Tongue:
    of_english, of_others = _words()
    words = [word.lower() for word in _WORD.findall(prose)]
    english = sum(word in of_english for word in words)
    others = sum(word in of_others for word in words)
    if english >= _WORDS_LEAST and english > others:
        return "en"
    return "other" if others >= _WORDS_LEAST and others >= 2 * english else ""
