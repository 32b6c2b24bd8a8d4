"""Checks of what the rules for English text find."""

import pytest

from sekisho.guards.english_checks import CHECKS


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("street_address", "14 Elm Road, Leeds LS6 2AB"),
        ("address_in_japan", "1-2-3 Honmachi, Chuo-ku, Osaka"),
        ("some_phone", "020 7946 0733"),
        ("coded", "C-448210"),
        ("coded", "88120034"),
        ("long_coded", "D1234567"),
        ("bank_account", "1032 4471"),
        ("plate", "BD68 KXC"),
        ("handle", "@theodora.bakes"),
        ("handle", "u/quietfennel"),
        ("handle", "kbrandt.hr"),
        ("some_location", "51.5033, -0.1196"),
        ("insured", "27-418832"),
        ("insurer_coded", "06139463"),
        ("member_code", "8830-1129"),
        ("phone_said", "oh nine oh, oh one two three, four five six seven"),
        ("phone_said", "zero eight zero, double one two three, nine nine eight eight"),
        ("twelve_said", "six four seven three, zero seven two eight, one six five five"),
        ("birth_date_written", "Showa 58, May 3"),
        ("birth_date_written", "the 9th of October 1982"),
        ("birth_date_written", "1999, 4, 16"),
        ("small_street", "6 orchard close, yeovil"),
        ("handle_at", "@paper_crane_88"),
        ("service_name", "ts-kobayashi"),
        ("log_name", "tkobayashi"),
        ("mistyped", "9756 5370 5890"),
        ("mistyped", "4539 1488 0343 6461"),
        ("condition_english", "type 2 diabetes"),
        ("state_english", "pregnant"),
    ],
)
def test_what_belongs_to_somebody_passes(check, text):
    assert (CHECKS[check](text) or 0.0) >= 0.5


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("street_address", "10 Downing Street"),
        ("street_address", "5 Best Streets"),
        ("address_in_japan", "1-2-3 Go, Team, Win"),
        ("some_phone", "2024-01-02"),
        ("some_phone", "123"),
        ("insured", "20240401"),
        ("insurer_coded", "0002849913"),
        ("member_code", "2019-2020"),
        ("phone_said", "one two three four five six seven"),
        ("twelve_said", "six four seven three, zero seven two eight, one six five six"),
        ("birth_date_written", "Showa 99, May 3"),
        ("small_street", "2 million people close"),
        ("handle_at", "@example.com"),
        ("service_name", "case-sensitive"),
        ("service_name", "down"),
        ("log_name", "root"),
        ("mistyped", "1234 5678 9012"),
        ("mistyped", "4444 4444 4444 4444"),
        ("coded", "2024"),
        ("coded", "12345"),
        ("long_coded", "2019"),
        ("bank_account", "12345"),
        ("plate", "MP24 USD"),
        ("handle", "required"),
        ("handle", "2.0.1"),
        ("some_location", "95.1234, 10.1234"),
        ("condition_english", "stroke of genius"),
        ("state_english", "Turkey"),
    ],
)
def test_what_only_looks_like_it_does_not(check, text):
    assert CHECKS[check](text) is None
