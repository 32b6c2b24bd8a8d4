"""A profile's document: checked YAML becomes a `Profile`."""

import re
import unicodedata
from collections.abc import Mapping
from typing import TypeVar, cast, get_args

from sekisho.core.exchange import Stage
from sekisho.core.language import Bilingual, Language
from sekisho.core.located import Located
from sekisho.policy.contract import contract_of
from sekisho.policy.persons import persons_of
from sekisho.policy.profile import Audience, Label, Profile, Stream, TextMark
from sekisho.policy.rules import bilingual, known, mapping, one_of, rules_of
from sekisho.policy.terms import terms_of

STAGES = tuple(stage.value for stage in Stage)
KEYS = (
    "profile",
    "title",
    "description",
    "models",
    "audience",
    "responsible",
    "language",
    "terms",
    "persons",
    *STAGES,
    "stream",
    "label",
    "marks",
    "record",
    "unsure",
    "answer",
)

# A model judges a text as a whole; where personal data and secrets stand it does not say, and faults are no opinion.
AREAS = ("attack", "harm", "code", "agency", "person", "rights", "grounding", "contract")

LONGEST_RESPONSIBLE = 200  # code points: it stands in every notice
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))  # categories that break a line, turn it round or cannot be sent
CONTENTS = ("encrypted", "none")
DAY_S = 86_400
UNIT_S = {"h": 3_600, "d": DAY_S, "y": 365 * DAY_S}
DEFAULT_KEEP = "90d"

# The name travels in HTTP headers and in names of files.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdy])")

Word = TypeVar("Word", bound=str)


def profile_of(document: Located) -> Profile:
    """Reads one profile. Raises `ConfigurationError` that names line and column of the first mistake."""
    data = mapping(document, document.data)
    for key in data:
        known(document, key, KEYS, "key", (key,))
    name = _name(document, data)
    if "title" not in data:
        raise document.error({"ja": "`title` がありません: {ja: …, en: …}", "en": "`title` is missing: {ja: …, en: …}"})
    title = bilingual(document, data["title"], "title")
    nothing: Bilingual = {"ja": "", "en": ""}
    keep_content, keep_s = _record(document, data)
    return Profile(
        name=name,
        title=title,
        description=bilingual(document, data["description"], "description") if "description" in data else nothing,
        stages={stage: rules_of(document, name, stage, data[stage.value]) for stage in Stage if stage.value in data},
        models=_models(document, data.get("models", [])),
        audience=_choice(document, data, "audience", "staff", get_args(Audience)),
        stream=_choice(document, data, "stream", "pattern", get_args(Stream)),
        label=_choice(document, data, "label", "header", get_args(Label)),
        marks=_marks(document, data.get("marks", [])),
        keep_content=keep_content,
        keep_s=keep_s,
        language=_language(document, data),
        responsible=_responsible(document, data),
        unsure=_unsure(document, data),
        terms=terms_of(document, data.get("terms", [])),
        persons=persons_of(document, data.get("persons", [])),
        answer=contract_of(document, data),
    )


def _name(document: Located, data: Mapping[str, object]) -> str:
    name = data.get("profile")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        what: Bilingual = {
            "ja": "`profile` はプロファイルの名前です。英小文字、数字、ハイフンを64文字まで使えます",
            "en": "`profile` is the profile's name: up to 64 lower-case letters, digits and hyphens",
        }
        raise document.error(what, "profile")
    return name


def _models(document: Located, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise document.error(
            {
                "ja": "`models` は名前の一覧です。[] なら設定にあるすべてのモデルです",
                "en": "`models` is a list of names; [] means every configured model",
            },
            "models",
        )
    models: list[str] = []
    for index, model in enumerate(cast("list[object]", value)):
        if not isinstance(model, str) or not model:
            raise document.error(
                {"ja": "モデルの名前を書いてください", "en": "expected the name of a model"}, "models", index
            )
        if model in models:
            raise document.error(
                {"ja": f"モデル `{model[:80]}` が二度書かれています", "en": f"the model `{model[:80]}` is given twice"},
                "models",
                index,
            )
        models.append(model)
    return tuple(models)


def _marks(document: Located, value: object) -> tuple[TextMark, ...]:
    words: tuple[TextMark, ...] = get_args(TextMark)
    if not isinstance(value, list):
        raise document.error(
            {
                "ja": f"`marks` は一覧です。書けるのは {', '.join(words)} です",
                "en": f"`marks` is a list of {', '.join(words)}",
            },
            "marks",
        )
    marks: list[TextMark] = []
    for index, mark in enumerate(cast("list[object]", value)):
        if not isinstance(mark, str):
            raise document.error(one_of(words), "marks", index)
        known(document, mark, words, "mark", ("marks", index))
        if mark in marks:
            raise document.error(
                {"ja": f"しるし `{mark}` が二度書かれています", "en": f"the mark `{mark}` is given twice"},
                "marks",
                index,
            )
        marks.append(cast("TextMark", mark))
    return tuple(marks)


def _language(document: Located, data: Mapping[str, object]) -> Language | None:
    if "language" not in data:
        return None
    words: tuple[Language, ...] = get_args(Language)
    language: Language = _choice(document, data, "language", words[0], words)
    return language


def _responsible(document: Located, data: Mapping[str, object]) -> Bilingual | None:
    if "responsible" not in data:
        return None
    said = bilingual(document, data["responsible"], "responsible")
    responsible: Bilingual = {"ja": said["ja"].strip(), "en": said["en"].strip()}
    for language, text in responsible.items():
        if len(text) > LONGEST_RESPONSIBLE or any(unicodedata.category(sign) in UNSEEN for sign in text):
            raise document.error(
                {
                    "ja": f"{LONGEST_RESPONSIBLE} 文字以内の1行で、制御文字や書式文字を使わずに書いてください",
                    "en": f"expected one line of at most {LONGEST_RESPONSIBLE} characters, "
                    "without control or format characters",
                },
                "responsible",
                language,
            )
    return responsible


def _choice(document: Located, data: Mapping[str, object], key: str, default: Word, words: tuple[Word, ...]) -> Word:
    value = data.get(key, default)
    if not isinstance(value, str):
        raise document.error(one_of(words), key)
    known(document, value, words, key, (key,))
    return cast("Word", value)


def _record(document: Located, data: Mapping[str, object]) -> tuple[bool, int | None]:
    record = mapping(document, data.get("record", {}), "record")
    for key in record:
        known(document, key, ("content", "keep"), "key", ("record", key))
    content = record.get("content", "none")
    if not isinstance(content, str):
        raise document.error(one_of(CONTENTS), "record", "content")
    known(document, content, CONTENTS, "content", ("record", "content"))
    if content == "none":
        if "keep" in record:
            raise document.error(
                {
                    "ja": "`keep` は内容を保存する期間ですが、`content` が none になっています",
                    "en": "`keep` says how long contents are kept, but `content` is none",
                },
                "record",
                "keep",
            )
        return False, 0
    return True, _seconds(document, record.get("keep", DEFAULT_KEEP))


def _unsure(document: Located, data: Mapping[str, object]) -> dict[str, tuple[float, float]]:
    written = mapping(document, data.get("unsure", {}), "unsure")
    bands: dict[str, tuple[float, float]] = {}
    for area, value in written.items():
        known(document, area, AREAS, "area", ("unsure", area))
        ends = cast("list[object]", value) if isinstance(value, list) else []
        if len(ends) != 2 or not all(_probability(end) for end in ends):
            raise document.error(
                {
                    "ja": "範囲は、0から1までの二つの数で [下限, 上限] と書いてください",
                    "en": "a band is two numbers from 0 to 1: [lowest, highest]",
                },
                "unsure",
                area,
            )
        low, high = cast("tuple[float, float]", ends)
        if low > high:
            raise document.error(
                {
                    "ja": f"範囲の上限が下限より小さくなっています: {low:g} > {high:g}",
                    "en": f"the band ends before it begins: {low:g} > {high:g}",
                },
                "unsure",
                area,
            )
        bands[area] = (float(low), float(high))
    return bands


def _probability(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0


def _seconds(document: Located, keep: object) -> int | None:
    if keep == "forever":
        return None
    span = _SPAN.fullmatch(keep) if isinstance(keep, str) else None
    if span is None:
        raise document.error(
            {
                "ja": "`keep` は 12h、90d、1y のような期間か、forever です",
                "en": "`keep` is a span such as 12h, 90d or 1y, or forever",
            },
            "record",
            "keep",
        )
    return int(span[1]) * UNIT_S[span[2]]
