"""The block `answer` of a profile: what answers must be, and how often a model is asked again for one that is not."""

from collections.abc import Mapping
from typing import cast, get_args

from sekisho.core.language import Bilingual
from sekisho.core.located import Located
from sekisho.core.schema import Schema
from sekisho.core.schema_keywords import SchemaFault
from sekisho.policy.profile import AnswerFormat, AnswerLanguage, Contract
from sekisho.policy.rules import known, mapping, one_of

KEYS = ("language", "length", "format", "schema", "again")
MOST_AGAIN = 2


def contract_of(document: Located, data: Mapping[str, object]) -> Contract | None:
    """Reads the block `answer`; None where there is none. Raises `ConfigurationError` with line and column."""
    if "answer" not in data:
        return None
    written = mapping(document, data["answer"], "answer")
    for key in written:
        known(document, key, KEYS, "key", ("answer", key))
    least, most = _length(document, written)
    form, schema = _format(document, written), _schema(document, written)
    if schema is not None and form == "text":
        raise document.error(
            {
                "ja": "`schema` はJSONの形なので、`format: text` とは両立しません",
                "en": "a `schema` is of JSON, not of text",
            },
            "answer",
            "format",
        )
    return Contract(_language(document, written), least, most, form, schema, _again(document, written))


def _language(document: Located, written: Mapping[str, object]) -> AnswerLanguage | None:
    return cast("AnswerLanguage | None", _word(document, written, "language", get_args(AnswerLanguage)))


def _format(document: Located, written: Mapping[str, object]) -> AnswerFormat | None:
    return cast("AnswerFormat | None", _word(document, written, "format", get_args(AnswerFormat)))


def _word(document: Located, written: Mapping[str, object], key: str, words: tuple[str, ...]) -> str | None:
    if key not in written:
        return None
    value = written[key]
    if not isinstance(value, str):
        raise document.error(one_of(words), "answer", key)
    known(document, value, words, key, ("answer", key))
    return value


def _length(document: Located, written: Mapping[str, object]) -> tuple[int | None, int | None]:
    if "length" not in written:
        return None, None
    value = written["length"]
    ends = cast("list[object]", value) if isinstance(value, list) else []
    if len(ends) != 2 or not all(end is None or _count(end) for end in ends) or ends == [None, None]:
        what: Bilingual = {
            "ja": "長さは文字数で [最短, 最長] と書いてください。どちらかは null にできます",
            "en": "a length is two numbers of characters: [least, most]; one of them may be null",
        }
        raise document.error(what, "answer", "length")
    least, most = cast("list[int | None]", ends)
    if least is not None and most is not None and least > most:
        raise document.error(
            {
                "ja": f"最長が最短より小さくなっています: {least} > {most}",
                "en": f"the longest is shorter than the shortest: {least} > {most}",
            },
            "answer",
            "length",
        )
    return least, most


def _schema(document: Located, written: Mapping[str, object]) -> Schema | None:
    if "schema" not in written:
        return None
    try:
        return Schema(written["schema"])
    except SchemaFault as fault:
        what: Bilingual = {
            "ja": f"このスキーマは使えません。ここに必要なのは {fault.expected['ja']} です",
            "en": f"the schema cannot be used; expected {fault.expected['en']}",
        }
        raise document.error(what, "answer", "schema", *_steps(written["schema"], fault.path)) from fault


def _steps(schema: object, path: tuple[str, ...]) -> list[str | int]:
    """A path of a schema as one of its document, where places in lists are numbers."""
    steps: list[str | int] = []
    for step in path:
        if isinstance(schema, list):
            steps.append(int(step))
            schema = cast("list[object]", schema)[int(step)]
        else:
            steps.append(step)
            schema = cast("dict[str, object]", schema).get(step) if isinstance(schema, dict) else None
    return steps


def _again(document: Located, written: Mapping[str, object]) -> int:
    again = written.get("again", 0)
    if not _count(again) or cast("int", again) > MOST_AGAIN:
        raise document.error(
            {
                "ja": f"`again` は0から{MOST_AGAIN}までの整数です",
                "en": f"`again` is a whole number from 0 to {MOST_AGAIN}",
            },
            "answer",
            "again",
        )
    return cast("int", again)


def _count(value: object) -> bool:
    return type(value) is int and 0 <= value <= 1_000_000_000
