"""Whether scores mean what they say: of what is found with a score of 0.7, seven in ten should be right.

Source: Guo, Pleiss, Sun & Weinberger 2017, On Calibration of Modern Neural Networks, sections 2 and 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.core.language import Bilingual, Language
from sekisho.evaluation.chart import Axis, Frame
from sekisho.evaluation.guards import Seen, agree, score_of
from sekisho.evaluation.items import ItemSet, language_of
from sekisho.evaluation.metrics import Figure, bootstrap, proportion

BINS = 10
TITLE: Bilingual = {"ja": "スコアの信頼性", "en": "Reliability of scores"}
DESCRIPTION: Bilingual = {
    "ja": "スコアごとに、見つけたもののうち正しかった割合。95%区間つき。点線に近いほど、スコアが確率として正しい。",
    "en": "The share of what was found that is right, by score, with 95 % intervals. On the dashed line scores are "
    "probabilities.",
}
X: Bilingual = {"ja": "スコアの平均", "en": "mean score"}
Y: Bilingual = {"ja": "正しかった割合", "en": "share that is right"}
NAMES: dict[Language, Bilingual] = {
    "ja": {"ja": "日本語({count}件)", "en": "Japanese ({count})"},
    "en": {"ja": "英語({count}件)", "en": "English ({count})"},
}
COLOURS: dict[Language, str] = {"ja": "red", "en": "blue"}


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that was found, with its score in (0, 1], and whether it is right."""

    score: float
    right: bool
    language: Language


def claims(given: ItemSet, seen: Sequence[Seen]) -> list[Claim]:
    """What was found in a set: each place where it is about places, else each text in which anything was found.

    Where nothing was found, nothing was claimed.
    """
    if given.by_place:
        return [
            Claim(score, any(agree(span, (start, end, kind)) for span in one.item.spans), language_of(one.item.text))
            for one in seen
            for start, end, kind, score in sorted({(f.start, f.end, f.category, f.score) for f in one.found})
            if kind.split(".")[0] in given.areas and score > 0
        ]
    return [
        Claim(score, bool(one.item.labels), language_of(one.item.text))
        for one in seen
        if (score := score_of(one, given.areas)) > 0
    ]


def binned(given: Sequence[Claim]) -> list[Sequence[Claim]]:
    """The claims by score, in `BINS` of the same width; only those that hold any."""
    bins: list[list[Claim]] = [[] for _ in range(BINS)]
    for one in given:
        bins[min(BINS - 1, int(one.score * BINS))].append(one)
    return [one for one in bins if one]


def error(given: Sequence[Claim]) -> Figure:
    """The expected calibration error: how far scores are from shares, over bins, by how many are in each."""
    return bootstrap(given, _error)


def diagram(given: Sequence[Claim], language: Language) -> str:
    """The drawing: a point for each bin and language, with Wilson's 95 % interval."""
    frame = Frame(TITLE[language], DESCRIPTION[language], Axis(X[language], 1.0), Axis(Y[language], 1.0))
    drawn = [frame.line([(0, 0), (1, 1)], "guide")]
    legend: list[tuple[str, str]] = []
    for spoken, colour in COLOURS.items():
        mine = [one for one in given if one.language == spoken]
        points = [(_mean(one), proportion(sum(claim.right for claim in one), len(one))) for one in binned(mine)]
        drawn.append(frame.line([(score, share.value) for score, share in points], f"line {colour}"))
        drawn += [frame.dot(score, share, colour) for score, share in points]
        legend.append((colour, NAMES[spoken][language].format(count=len(mine))))
    return frame.svg(drawn, legend)


def _error(given: Sequence[Claim]) -> float:
    if not given:
        return float("nan")
    gaps = (abs(sum(claim.score - claim.right for claim in one)) for one in binned(given))
    return sum(gaps) / len(given)


def _mean(given: Sequence[Claim]) -> float:
    return sum(claim.score for claim in given) / len(given)
