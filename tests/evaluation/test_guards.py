import math

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.evaluation.guards import run
from sekisho.evaluation.items import Item, ItemSet, Span
from sekisho.guards.inspector import Inspector
from sekisho.guards.privacy import privacy
from sekisho.guards.protocol import guard

PHONE = "090-1234-5678"


@guard("words", Stage.ENTRY)
def words(text, context):
    marks = {"bad": 0.9, "hm": 0.4}
    return [
        Finding(0, len(text), "harm.hate", score, "words") for word, score in marks.items() if word in text.received
    ]


def item(text, *labels, spans=(), hard=False, stage=Stage.ENTRY):
    return Item(text, text, frozenset(labels), spans, stage, hard)


def measured(items, guards=(words,), by_place=False):
    ((row, _),) = run(Inspector(guards, budget_s=1), [ItemSet("s", tuple(items), by_place)])
    return row


def test_texts_are_counted_at_the_threshold():
    row = measured(
        [item("bad", "harm.hate"), item("hm", "harm.hate"), item("bad luck", hard=True), item("fine"), item("well")]
    )
    assert (row.positive, row.negative) == (2, 3)
    assert (row.precision.value, row.recall.value, row.f1.value) == (0.5, 0.5, 0.5)
    assert (round(row.touched.value, 3), row.touched_hard.value) == (0.333, 1)
    assert row.auc.value == (1 * 2.5 + 1 * 2) / 6
    assert row.by_category["harm.hate"].value == 0.5
    assert row.us_per_kb > 0


def test_what_is_found_outside_the_sets_areas_does_not_count():
    row = measured([item("bad", "attack.jailbreak"), item("bad too")])
    assert (row.recall.value, row.touched.value) == (0, 0)


def test_places_count_where_they_overlap_enough_and_are_of_the_same_kind():
    text = f"電話{PHONE}まで"
    right = Span(2, 2 + len(PHONE), "privacy.phone")
    rows = {
        name: measured([item(text, spans=(span,)), item("無し", spans=())], [privacy], by_place=True)
        for name, span in {
            "right": right,
            "short": Span(2, 10, "privacy.phone"),
            "other": Span(right.start, right.end, "privacy.email"),
        }.items()
    }
    assert {name: row.recall.value for name, row in rows.items()} == {"right": 1, "short": 0, "other": 0}
    assert rows["right"].f1.value == 1
    assert rows["right"].by_category["privacy.phone"].value == 1
    assert rows["right"].touched.value == 0
    assert math.isnan(rows["right"].auc.value)


def test_each_item_is_seen_at_its_own_stage():
    row = measured([item("bad", "harm.hate", stage=Stage.EXIT), item("fine")])
    assert row.recall.value == 0, "the guard works at the entry only"
