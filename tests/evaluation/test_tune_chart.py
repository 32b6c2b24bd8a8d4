import xml.etree.ElementTree as ET

from tests.evaluation.test_tune import CAUGHT, FALSE, by_last_word, item, many, question

from sekisho.evaluation.tune import tune
from sekisho.evaluation.tune_chart import curve


def words(text):
    return {one.text for one in ET.fromstring(text).iter() if one.text}


def test_the_curve_has_its_band_both_marks_and_both_axes_in_the_language_asked_for():
    tuning = tune(question(), FALSE, many(), by_last_word)
    english, japanese = curve(tuning, "en"), curve(tuning, "ja")
    assert {"harmful texts missed", "harmless texts stopped (false refusals)", "today: 0.5"} <= words(english)
    assert {"見逃した割合", "無害なのに止めた割合", "今: 0.5"} <= words(japanese)
    assert f"proposed: {tuning.proposed:g}" in words(english)
    assert english.count("<polygon") == 1
    assert english.count('r="5"/>') == 2 + 3, "two marks, three in the legend"


def test_without_a_rule_and_a_proposal_nothing_is_marked():
    items = [item("bad 0.0", "harm"), item("bad again 0.0", "harm"), item("good 0.1"), item("good again 0.1")]
    tuning = tune(question(category="harm"), CAUGHT, items, by_last_word)
    assert tuning.proposed is None
    assert curve(tuning, "en").count('r="5"/>') == 1, "the curve itself in the legend"
