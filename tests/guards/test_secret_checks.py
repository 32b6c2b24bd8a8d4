"""Checks of values: secrets, and what stands where one would."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards import secret_checks


@pytest.mark.parametrize("value", ["hunter2!", "Sakura2024", "q7Zt3xKp", "P@ssw0rd"])
def test_a_mixed_value_is_a_password(value):
    assert secret_checks.password(value) >= 0.6


@pytest.mark.parametrize(
    "value", ["required", "<password>", "${DB_PASSWORD}", "********", "xxxx", "os.getenv(", "password_hash", "abc"]
)
def test_a_placeholder_or_code_is_no_password(value):
    assert secret_checks.password(value) is None


@pytest.mark.parametrize("value", ["8文字以上", "必須", "string", "your-password"])
def test_a_rule_about_passwords_is_no_password(value):
    assert secret_checks.quoted_password(value) is None


def test_a_word_in_quotes_is_a_password():
    assert secret_checks.quoted_password("ひらけごま") == 0.92


def test_a_stated_value_must_look_like_a_password():
    assert secret_checks.said_password("Sakura2024")
    assert secret_checks.said_password("incorrect") is None


def test_a_random_value_is_told_from_a_variable():
    assert secret_checks.random_value("q7Zt3xKp9LmW2vBn5RcY")
    assert secret_checks.random_value("settings.SECRET_KEY_BASE2") is None
    assert secret_checks.random_value("aaaaaaaaaaaaaaaaaaa1") is None


def test_a_token_of_one_letter_is_documentation():
    assert secret_checks.random_token("ghp_aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2")
    assert secret_checks.random_token("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx") is None


@given(st.text("abcdefgh", min_size=1, max_size=8), st.text("ijklmnop!", min_size=1, max_size=12))
def test_basic_credentials_are_read(user, word):
    assert secret_checks.basic_credentials(base64.b64encode(f"{user}:{word}".encode()).decode())


def test_base64_of_something_else_is_no_credential():
    assert secret_checks.basic_credentials("authentication") is None


def test_a_web_token_needs_a_header_to_be_sure():
    assert secret_checks.json_web_token("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln") == 0.98
    assert secret_checks.json_web_token("eyJmb28iOiJiYXIifQ.eyJzdWIiOiIxIn0.c2ln") == 0.7


def test_a_bitcoin_key_needs_its_checksum():
    assert secret_checks.bitcoin_key("5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ")
    assert secret_checks.bitcoin_key("5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK") is None


def test_the_password_within_a_url_is_not_a_variable():
    assert secret_checks.url_password("https://me:pa55w0rd@example.com/")
    assert secret_checks.url_password("https://me:${PASS}@example.com/") is None
    assert secret_checks.connection_string("host=db;pwd= s3cr3tPw9")
    assert secret_checks.connection_string("host=db;pwd=<password>") is None


@given(st.text(max_size=50))
def test_entropy_lies_between_nothing_and_one_sign_each(text):
    assert 0 <= secret_checks.entropy(text) <= 6


@pytest.mark.parametrize("value", ["Falcon_12", "blueMonday!88", "r3mot3!", "guest-0425"])
def test_a_value_where_words_may_stand_is_a_password_where_it_is_mixed(value):
    assert secret_checks.mixed_password(value) == 0.88


@pytest.mark.parametrize(
    "value", ["protection", "sign-in", "2.0.1", "12/2024", "required!", "ghp_aB1cD2eF3gH4iJ5kL6mN7oP8"]
)
def test_words_and_versions_are_none_and_a_known_key_is_told_by_its_own_rule(value):
    assert secret_checks.mixed_password(value) is None


def test_a_phrase_of_words_is_told_from_talk_of_one():
    assert secret_checks.passphrase("old oak by the river 9")
    assert secret_checks.passphrase("must be at least four words") is None


def test_a_seed_has_the_words_that_wallets_make_and_no_grammar():
    words = "orbit lunar canyon velvet trophy mango ladder insect pulse shield copper dawn"
    assert secret_checks.seed_phrase(words)
    assert secret_checks.seed_phrase(words + " river") is None
    assert secret_checks.seed_phrase(words.replace("mango", "and")) is None


def test_a_year_is_no_code():
    assert secret_checks.pin("4471")
    assert secret_checks.pin("2024") is None


def test_a_long_token_counts_whatever_its_last_part_is():
    assert secret_checks.random_token("sk-proj-aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0-iS")


def test_a_public_key_is_no_secret():
    assert secret_checks.random_value("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3k") is None
