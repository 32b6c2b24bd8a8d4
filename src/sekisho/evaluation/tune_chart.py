"""The trade-off curve of a threshold as SVG."""

from sekisho.core.language import Bilingual, Language
from sekisho.evaluation.chart import Axis, Frame, reach
from sekisho.evaluation.tune import Tuning

TITLE: Bilingual = {
    "ja": "しきい値の選び方: {category}({profile}、{stage})",
    "en": "Where the threshold lies: {category} ({profile}, {stage})",
}
DESCRIPTION: Bilingual = {
    "ja": "しきい値を変えたときの、見逃しと、無害なのに止めた割合。95%区間つき。該当{harmful}件、無害{harmless}件。",
    "en": "Misses against false refusals as the threshold moves, with 95 % intervals; {harmful} harmful and {harmless} "
    "harmless examples.",
}
X: Bilingual = {"ja": "無害なのに止めた割合", "en": "harmless texts stopped (false refusals)"}
Y: Bilingual = {"ja": "見逃した割合", "en": "harmful texts missed"}
BAND: Bilingual = {"ja": "すべてのしきい値と95%区間", "en": "all thresholds, 95 % band"}
TODAY: Bilingual = {"ja": "今: {at:g}", "en": "today: {at:g}"}
PROPOSED: Bilingual = {"ja": "提案: {at:g}", "en": "proposed: {at:g}"}


def curve(tuning: Tuning, language: Language) -> str:
    """The drawing. Bands and whiskers are Wilson's 95 % intervals, of the half that did not choose."""
    points = tuning.judged.curve
    question = tuning.question
    names = {"category": question.category, "profile": question.profile.name, "stage": question.stage.value}
    counts = {"harmful": points[0].harmful, "harmless": points[0].harmless}
    frame = Frame(
        TITLE[language].format(**names),
        DESCRIPTION[language].format(**counts),
        Axis(X[language], reach([point.stopped.value for point in points])),
        Axis(Y[language], reach([point.missed.high for point in points])),
    )
    drawn = [
        frame.band(
            [(point.stopped.value, point.missed.high) for point in points],
            [(point.stopped.value, point.missed.low) for point in points],
        ),
        frame.line([(point.stopped.value, point.missed.value) for point in points], "line blue"),
    ]
    legend = [("blue", BAND[language])]
    marked = [("red", TODAY, point) for point in tuning.today[:1]]
    if tuning.proposed is not None:
        marked.append(("green", PROPOSED, tuning.judged.at(tuning.proposed)))
    for colour, words, point in marked:
        drawn.append(frame.cross(point.stopped, point.missed, colour))
        legend.append((colour, words[language].format(at=point.threshold)))
    return frame.svg(drawn, legend)
