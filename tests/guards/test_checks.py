"""Checks of numbers: what counts as one, what does not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sekisho.guards import checks

DIGITS = st.text("0123456789", min_size=1, max_size=1)


@given(st.text("0123456789", min_size=12, max_size=18), st.integers(1, 9), st.integers(0, 11))
def test_luhn_accepts_one_check_digit_and_notices_every_wrong_digit(body, change, place):
    good = [body + digit for digit in "0123456789" if checks.luhn(body + digit)]
    assert len(good) == 1
    wrong = good[0][:place] + str((int(good[0][place]) + change) % 10) + good[0][place + 1 :]
    assert not checks.luhn(wrong)


@given(st.text("0123456789", min_size=11, max_size=11))
def test_an_individual_number_has_exactly_one_check_digit(body):
    assume(len(set(body)) > 1)
    assert sum(checks.my_number(body + digit) is not None for digit in "0123456789") == 1


@given(st.text("0123456789", max_size=30))
def test_digits_are_the_same_in_kanji_and_with_separators(number):
    kanji = "-".join(number.translate(str.maketrans("0123456789", "〇一二三四五六七八九")))
    assert checks.digits(kanji) == number


@given(st.text())
def test_no_check_of_free_text_fails_on_any_text(text):
    for check in (checks.mobile_phone, checks.landline_phone, checks.my_number, checks.credit_card):
        assert check(text) is None or 0 <= check(text) <= 1


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.mobile_phone, "090-1234-5678", "010-1234-5678"),
        (checks.landline_phone, "03-1234-5678", "031-234-5678"),
        (checks.international_phone, "+81 90-1234-5678", "+81 12"),
        (checks.north_american_phone, "(415) 555-2671", "(415) 155-2671"),
        (checks.my_number, "1234-5678-9018", "1234-5678-9012"),
        (checks.credit_card, "4111 1111 1111 1111", "4111 1111 1111 1112"),
        (checks.iban, "GB82 WEST 1234 5698 7654 32", "GB83 WEST 1234 5698 7654 32"),
        (checks.us_social_security, "219-09-9999", "666-09-9999"),
        (checks.email, "taro@example.co.jp", "icon@2x.png"),
        (checks.ip_v4, "203.0.113.5", "256.0.113.5"),
        (checks.mac_address, "00:1b:44:11:3a:b7", "ff:ff:ff:ff:ff:ff"),
        (checks.insured_number, "567890", "12345671"),
        (checks.insurance_symbol, "21-34", "10180"),
        (checks.mac_address, "3c22.fb8a.100d", "1234.5678.9012"),
    ],
)
def test_a_check_tells_the_true_from_the_similar(check, good, bad):
    assert check(good) >= 0.5
    assert (check(bad) or 0) < 0.5


def test_a_doubtful_number_scores_lower_than_a_sure_one():
    assert checks.drivers_license("305009876520") < checks.drivers_license("301234567890") or (
        checks.drivers_license("305009876520") > 0.5
    )
    assert checks.health_insurer("06132013") > checks.health_insurer("06132014")
