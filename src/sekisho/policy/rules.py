"""The rules of a stage, as a profile writes them."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import cast

from sekisho.core.exchange import Stage
from sekisho.core.language import Bilingual
from sekisho.core.located import Located, Step
from sekisho.core.verdict import Verdict
from sekisho.policy.profile import Rule, default_threshold, rule_name
from sekisho.policy.taxonomy import taxonomy

STEP_KEYS = ("at", "do", "text")
WORDS = tuple(verdict.word for verdict in Verdict)
_JAPANESE = "[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff60]"
_FOLD = re.compile(f"(?<=[、。\uff01\uff1f」』\uff09]) +(?={_JAPANESE})|(?<={_JAPANESE}) +(?=[「『\uff08])")


def rules_of(document: Located, profile: str, stage: Stage, written: object) -> tuple[Rule, ...]:
    """Reads what stands under `entry`, `source`, `action` or `exit`.

    Raises `ConfigurationError` with the place of an unknown category, verdict or key, a threshold outside [0, 1],
    a `replace` without text, or a step that could never speak.
    """
    rules: list[Rule] = []
    for prefix, value in mapping(document, written, stage.value).items():
        known(document, prefix, taxonomy(), "category", (stage.value, prefix))
        rules.extend(_steps(document, profile, stage, prefix, value))
    return tuple(rules)


def mapping(document: Located, value: object, *path: Step) -> Mapping[str, object]:
    """`value` as a mapping. Raises `ConfigurationError` where it is something else."""
    if not isinstance(value, dict):
        raise document.error({"ja": "「項目: 値」の形で書いてください", "en": "expected `key: value` pairs"}, *path)
    return cast("dict[str, object]", value)


def bilingual(document: Located, value: object, *path: Step) -> Bilingual:
    """`value` as a text in both languages. Raises `ConfigurationError` where one of them is missing.

    A line that YAML folds ends in a space; beside Japanese punctuation, where none is written, it is taken out. Spaces
    between words stay, since texts for children have them.
    """
    words = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    for key in words:
        known(document, key, ("ja", "en"), "language", (*path, key))
    texts = {key: text for key in ("ja", "en") if isinstance(text := words.get(key), str) and text.strip()}
    if len(texts) < 2:
        raise document.error(
            {
                "ja": "両方の言語で書いてください: {ja: …, en: …}",
                "en": "expected a text in both languages: {ja: …, en: …}",
            },
            *path,
        )
    return {"ja": _FOLD.sub("", texts["ja"]), "en": texts["en"]}


def known(document: Located, word: str, words: Iterable[str], kind: str, path: tuple[Step, ...]) -> None:
    """Raises `ConfigurationError` that suggests the nearest of `words` where `word` is none of them."""
    words = tuple(words)
    if word not in words:
        near = get_close_matches(word, words, n=1, cutoff=0.5)
        expected = f"did you mean `{near[0]}`?" if near else "expected " + ", ".join(_shown(words))
        hint = f"`{near[0]}` ですか?" if near else "書けるのは " + ", ".join(_shown(words)) + " です"
        said = f"`{word[:80]}` はここに書けません。{hint}"
        raise document.error({"ja": said, "en": f"unknown {kind} `{word[:80]}`; {expected}"}, *path)


def one_of(words: Iterable[str]) -> Bilingual:
    """What is expected where one of some words must stand."""
    listed = ", ".join(words)
    return {"ja": f"{listed} のどれかを書いてください", "en": f"expected one of {listed}"}


def _shown(words: tuple[str, ...]) -> tuple[str, ...]:
    """All of a short list; of the taxonomy only the first level."""
    return words if len(words) <= 20 else tuple(word for word in words if "." not in word)


def _steps(document: Located, profile: str, stage: Stage, prefix: str, value: object) -> list[Rule]:
    path = (stage.value, prefix)
    if not isinstance(value, list):
        return [_step(document, profile, value, path)]
    steps = cast("list[object]", value)
    if not steps:
        raise document.error({"ja": "段を一つ以上書いてください", "en": "expected at least one step"}, *path)
    rules = [_step(document, profile, step, (*path, index)) for index, step in enumerate(steps)]
    for index, rule in enumerate(rules):
        if any(other is not rule and _covers(other, rule) for other in rules):
            what: Bilingual = {
                "ja": f"この段が働くことはありません。別の段が、{rule.at:g} から同じかより厳しい判定をするためです",
                "en": f"this step never speaks: another one says the same or worse from {rule.at:g} on",
            }
            raise document.error(what, *path, index)
    return rules


def _covers(other: Rule, rule: Rule) -> bool:
    return other.at <= rule.at and other.verdict >= rule.verdict


def _step(document: Located, profile: str, value: object, path: tuple[Step, ...]) -> Rule:
    step = {"do": value} if isinstance(value, str) else mapping(document, value, *path)
    for key in step:
        known(document, key, STEP_KEYS, "key", (*path, key))
    stage, prefix = Stage(path[0]), str(path[1])
    verdict = _verdict(document, step, path)
    at = _threshold(document, step.get("at", default_threshold(prefix)), (*path, "at"))
    text = bilingual(document, step["text"], *path, "text") if "text" in step else None
    if verdict is Verdict.REPLACE and text is None:
        raise document.error(
            {
                "ja": "`replace` には、代わりに渡す文が必要です。text: {ja: …, en: …} と書いてください",
                "en": "`replace` needs the text that is put in place: text: {ja: …, en: …}",
            },
            *path,
        )
    if verdict is not Verdict.REPLACE and text is not None:
        raise document.error(
            {
                "ja": f"`{verdict.word}` に文は書けません。書けるのは `replace` だけです",
                "en": f"`{verdict.word}` takes no text; only `replace` does",
            },
            *path,
            "text",
        )
    return Rule(prefix, at, verdict, rule_name(profile, stage, prefix, verdict, at), text)


def _verdict(document: Located, step: Mapping[str, object], path: tuple[Step, ...]) -> Verdict:
    word = step.get("do")
    if not isinstance(word, str):
        raise document.error(
            {
                "ja": "判定を書いてください(" + ", ".join(WORDS) + ")",
                "en": "expected a verdict (" + ", ".join(WORDS) + ")",
            },
            *path,
            "do",
        )
    known(document, word, WORDS, "verdict", (*path, "do"))
    return Verdict.of(word)


def _threshold(document: Located, value: object, path: tuple[Step, ...]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise document.error(
            {"ja": "しきい値 `at` は、0から1までの数です", "en": "the threshold `at` is a number from 0 to 1"}, *path
        )
    return float(value)
