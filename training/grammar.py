"""Training lines by grammar: what people ask for, in the words in which anybody would ask.

Acts and claims stand in training/grammar/*.yaml, with frames that ask for help with them and frames that do not, and
acts of every day for the same frames. So a machine learns that neither a frame nor a topic alone is harmful.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent / "grammar"
HARM, CALM = 4, 3  # lines of an act or claim that ask for help with it, and that do not
EVERYDAY = 3  # lines of an act of every day
SEED = 7

_GODAN_RU = (
    *("作る", "売る", "撮る", "取る", "盗る", "殴る", "縛る", "破る", "操る", "切る", "送る", "回る", "配る", "偽る"),
    *("図る", "逃げ切る", "さらす", "陥る", "入る", "知る", "走る", "渡る", "すり取る", "抜き取る", "だまし取る"),
    *("盛る", "漏る", "ふるう", "吊る", "やる", "しぼる", "守る", "釣る", "乗っ取る"),
)
_ROWS = {"く": "き", "ぐ": "ぎ", "す": "し", "つ": "ち", "ぬ": "に", "ぶ": "び", "む": "み", "う": "い"}


def stem(act: str) -> str:
    """The 連用形 of a verb phrase in dictionary form."""
    if act.endswith("する"):
        return act[:-2] + "し"
    if act.endswith("くる"):
        return act[:-2] + "き"
    if act[-1] == "る":
        return act[:-1] + ("り" if act.endswith(_GODAN_RU) else "")
    return act[:-1] + _ROWS[act[-1]]


def lines() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Text, labels and language, always the same ones in the same order."""
    for path in sorted(HERE.glob("*.yaml")):
        given = yaml.safe_load(path.read_text("utf-8"))
        chance = random.Random(SEED)  # noqa: S311 - no secret
        for text, labels in [*_acts(given, chance), *_claims(given, chance), *_everyday(given, chance)]:
            yield text, labels, path.stem


def _acts(given: dict[str, Any], chance: random.Random) -> Iterator[tuple[str, tuple[str, ...]]]:
    frames = given["frames"]
    for category, acts in given["acts"].items():
        for act in acts:
            for text in _filled([*frames["ask"], *frames["sly"]], act, HARM, chance):
                yield text, (category,)
            for text in _filled(frames["calm"], act, CALM, chance):
                yield text, ()


def _claims(given: dict[str, Any], chance: random.Random) -> Iterator[tuple[str, tuple[str, ...]]]:
    frames = given["frames"]
    for category, claims in given["claims"].items():
        for claim in claims:
            for frame in chance.sample(frames["claim_harm"], HARM):
                yield frame.format(claim=claim), (category,)
            for frame in chance.sample(frames["claim_calm"], CALM):
                yield frame.format(claim=claim), ()


def _everyday(given: dict[str, Any], chance: random.Random) -> Iterator[tuple[str, tuple[str, ...]]]:
    for act in given["everyday"]:
        for text in _filled(given["frames"]["ask"], act, EVERYDAY, chance):
            yield text, ()


def _filled(frames: Sequence[str], act: str, count: int, chance: random.Random) -> Iterator[str]:
    for frame in chance.sample(frames, count):
        yield frame.format(act=act, stem=stem(act) if "{stem}" in frame else "")
