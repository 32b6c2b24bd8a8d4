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
