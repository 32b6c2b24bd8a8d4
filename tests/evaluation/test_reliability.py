import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.evaluation.guards import Seen
from sekisho.evaluation.items import Item, ItemSet, Span
from sekisho.evaluation.reliability import Claim, binned, claims, diagram, error

some = st.builds(Claim, st.floats(0.001, 1), st.booleans(), st.sampled_from(["ja", "en"]))


def seen(text, *found, labels=(), spans=()):
    item = Item(text, text, frozenset(labels), spans, Stage.ENTRY, hard=False)
    return Seen(item, tuple(Finding(*one, "g") for one in found))


def test_of_texts_the_highest_score_counts_and_silence_claims_nothing():
    all_seen = [
        seen("悪い", (0, 1, "harm.hate", 0.9), (0, 1, "harm.adult", 0.3), labels=["harm.hate"]),
        seen("fine", (0, 1, "harm.hate", 0.4)),
        seen("silent", (0, 1, "attack.jailbreak", 0.8)),
    ]
    told = claims(ItemSet("s", tuple(one.item for one in all_seen), by_place=False), all_seen)
    assert told == [Claim(0.9, True, "ja"), Claim(0.4, False, "en")]


def test_of_places_each_is_right_where_a_span_agrees():
    one = seen("call 12345", (5, 10, "privacy.phone", 0.7), (0, 4, "privacy.phone", 0.6), (0, 4, "secret", 0.5),
               labels=["privacy.phone"], spans=(Span(5, 10, "privacy.phone"),))  # fmt: skip
    told = claims(ItemSet("s", (one.item,), by_place=True), [one])
    assert sorted((claim.score, claim.right) for claim in told) == [(0.6, False), (0.7, True)]


def test_the_error_is_nought_where_shares_are_as_told_and_one_where_all_is_wrong():
    honest = [Claim(0.75, n % 4 > 0, "ja") for n in range(40)]
    assert error(honest).value == 0
    assert error([Claim(1.0, False, "ja")] * 9).value == 1
    assert error([*honest, *[Claim(0.25, True, "en")] * 40]).value == pytest.approx(0.375)
    assert math.isnan(error([]).value)


@given(st.lists(some, min_size=1, max_size=40))
def test_every_claim_is_in_one_bin_and_the_error_is_a_share(given):
    assert sorted(map(id, given)) == sorted(id(claim) for one in binned(given) for claim in one)
    assert all(max(c.score for c in one) - min(c.score for c in one) <= 0.1 + 1e-9 for one in binned(given))
    assert 0 <= error(given).value <= 1 + 1e-9


def test_the_diagram_has_a_point_for_each_bin_of_each_language():
    drawn = diagram([Claim(0.15, True, "ja"), Claim(0.18, False, "ja"), Claim(0.95, True, "en")], "ja")
    words = {one.text for one in ET.fromstring(drawn).iter() if one.text}
    assert {"スコアの平均", "正しかった割合", "日本語(2件)", "英語(1件)"} <= words
    assert drawn.count('r="5"/>') == 2 + 2, "two points, two in the legend"
