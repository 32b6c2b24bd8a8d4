"""An organisation's own words and patterns, as a profile writes them under `terms`."""

from typing import cast

from sekisho.core.located import Located, Step
from sekisho.policy.profile import Term
from sekisho.policy.rules import known, mapping
from sekisho.policy.taxonomy import taxonomy

KEYS = ("category", "words", "pattern", "score")
SCORE = 0.95  # of an entry that says nothing
MOST = 200  # entries
MOST_WORDS = 1000  # of one entry
LONGEST = 500  # code points of a word or pattern


def terms_of(document: Located, written: object) -> tuple[Term, ...]:
    """Reads what stands under `terms`.

    Raises `ConfigurationError` with the place of an unknown key or category, of an entry that has not just one of
    `words` and `pattern`, of an empty or very long one, and of a score outside [0, 1].
    """
    if not isinstance(written, list):
        raise document.error(
            {
                "ja": "`terms` は一覧です。一件ごとに `category` と、`words` か `pattern` を書きます",
                "en": "`terms` is a list of entries with `category` and `words` or `pattern`",
            },
            "terms",
        )
    entries = cast("list[object]", written)
    if len(entries) > MOST:
        raise document.error(
            {"ja": f"{MOST} 件を超えています", "en": f"there are more than {MOST} entries"}, "terms", MOST
        )
    return tuple(_term(document, value, ("terms", index)) for index, value in enumerate(entries))


def _term(document: Located, value: object, path: tuple[Step, ...]) -> Term:
    entry = mapping(document, value, *path)
    for key in entry:
        known(document, key, KEYS, "key", (*path, key))
    category = entry.get("category")
    if not isinstance(category, str):
        raise document.error({"ja": "分類を書いてください", "en": "expected a category"}, *path, "category")
    known(document, category, taxonomy(), "category", (*path, "category"))
    if ("words" in entry) == ("pattern" in entry):
        raise document.error(
            {"ja": "`words` か `pattern` のどちらか一方を書いてください", "en": "expected either `words` or `pattern`"},
            *path,
        )
    score = _score(document, entry.get("score", SCORE), (*path, "score"))
    where = document.where(*path)
    if "words" in entry:
        return Term(category, words_of(document, entry["words"], (*path, "words")), "", score, where)
    return Term(category, (), _text(document, entry["pattern"], (*path, "pattern")), score, where)


def _score(document: Located, value: object, path: tuple[Step, ...]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise document.error({"ja": "`score` は、0から1までの数です", "en": "the score is a number from 0 to 1"}, *path)
    return float(value)


def words_of(document: Located, written: object, path: tuple[Step, ...], *, most: int = MOST_WORDS) -> tuple[str, ...]:
    """A list of words to be found anywhere in texts. Raises `ConfigurationError` with the place of one that is none."""
    if not isinstance(written, list) or not written:
        raise document.error({"ja": "語句の一覧を書いてください", "en": "expected a list of words"}, *path)
    if len(cast("list[object]", written)) > most:
        raise document.error(
            {"ja": f"語句が {most} 個を超えています", "en": f"there are more than {most} words"}, *path, most
        )
    found = [_text(document, word, (*path, index)) for index, word in enumerate(cast("list[object]", written))]
    for index, word in enumerate(found):
        if len(word.strip()) < 2:
            raise document.error(
                {
                    "ja": "1文字の語句は、どこでも見つかってしまいます",
                    "en": "a word of one character would be found everywhere",
                },
                *path,
                index,
            )
    return tuple(found)


def _text(document: Located, value: object, path: tuple[Step, ...]) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        raise document.error(
            {
                "ja": f"{LONGEST} 文字までの文字列を書いてください",
                "en": f"expected a text of at most {LONGEST} characters",
            },
            *path,
        )
    return value
