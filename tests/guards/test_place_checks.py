"""Checks of places: what counts as one, what only sounds like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards import place_checks


@given(st.text())
def test_a_check_of_any_text_fails_on_none(text):
    assert place_checks.address_ja(text) in (None, 0.4, 0.95)
    assert place_checks.license_plate(text) in (None, 0.9)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (place_checks.address_ja, "東京都新宿区西新宿2-8-1", "東京都千代田区の人口は6-7"),
        (place_checks.location, "35.689487, 139.691706", "0.1234, 0.5678"),
        (place_checks.address_ja, "練馬区光が丘の三の九の二", "渋谷区が10-12"),
        (place_checks.address_ja, "札幌市中央区北1条西2丁目", "中央区銀座4丁目"),
        (place_checks.address_ja, "愛媛県今治市大三島町宮浦5902", "今治市大三島町宮浦5902"),
        (place_checks.address_ja, "萩市堀内3-2", "萩市 う 71-42"),
        (place_checks.labelled_address_ja, "夕張市南清水沢町812", "横浜市で3"),
        (place_checks.town_ja, "延岡市北川町川内名771", "延岡市北川町総会2026"),
        (place_checks.location, "N35.4437 E139.6380", "12.3456 78.9012"),
        (place_checks.license_plate, "杉並区 あ 1234", "分類番号の300"),
    ],
)
def test_a_check_tells_the_true_from_the_similar(check, good, bad):
    assert check(good) >= 0.5
    assert (check(bad) or 0) < 0.5
