"""Errors over HTTP: the shape of OpenAI's API, with the headers that clients act on."""

import json

import pytest

from sekisho.core.errors import (
    BodyTooLarge,
    Defect,
    InvalidField,
    ProfileNotAllowed,
    SlowRequest,
    Stopped,
    TooManyRequests,
    UnknownKey,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamRefused,
)
from sekisho.server.answers import error


def headers(fault):
    return [(name.decode(), value.decode()) for name, value in error(fault, "en").headers]


def body(fault, language="en"):
    return json.loads(error(fault, language).body)["error"]


def test_an_error_is_json_with_a_sentence_a_hint_and_a_stable_code():
    fault = InvalidField(field="messages.0", expected="an object")
    assert headers(fault) == [("content-type", "application/json")]
    assert body(fault) == {
        "message": "The field messages.0 is not valid; expected an object.",
        "type": "invalid_request_error",
        "param": "messages.0",
        "code": "invalid_field",
        "hint": "Correct the value as the API describes it.",
    }


def test_it_is_told_in_the_language_that_is_asked_for():
    assert body(UnknownKey(), "ja")["message"] == "有効なAPIキーがありません。"
    assert body(UnknownKey(), "en")["message"] == "No valid API key was given."


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        (UnknownKey(), 401, "authentication_error"),
        (ProfileNotAllowed(profile="x"), 403, "permission_error"),
        (TooManyRequests(limit="concurrent", retry_s=1), 429, "rate_limit_error"),
        (Stopped(what="all"), 503, "api_error"),
        (UpstreamBroken(model="m", why="cut"), 502, "api_error"),
        (Defect(kind="KeyError"), 500, "api_error"),
    ],
)
def test_clients_see_the_status_and_the_type_that_they_know(fault, status, kind):
    assert (error(fault, "en").status, body(fault)["type"]) == (status, kind)


def test_who_has_no_key_is_told_which_scheme_to_use_and_nobody_else_is():
    assert ("www-authenticate", "Bearer") in headers(UnknownKey())
    assert "www-authenticate" not in dict(headers(ProfileNotAllowed(profile="x")))


@pytest.mark.parametrize(
    "fault", [TooManyRequests(limit="tokens_per_minute", retry_s=42), UpstreamBusy(model="m", retry_s=42)]
)
def test_who_should_come_back_is_told_when(fault):
    assert ("retry-after", "42") in headers(fault)


def test_where_no_time_is_known_none_is_told():
    assert "retry-after" not in dict(headers(Stopped(what="all")))


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        (BodyTooLarge(limit=9), True),
        (SlowRequest(limit=9), True),
        (InvalidField(field="a", expected="b"), False),
        (UnknownKey(), False),
    ],
)
def test_the_connection_ends_where_a_rest_of_the_body_is_still_to_come(fault, ends):
    assert (("connection", "close") in headers(fault)) is ends


def test_an_error_of_a_recorded_exchange_names_it_and_others_name_none():
    fault = UpstreamBroken(model="m", why="cut")
    assert "sekisho-exchange" not in dict(headers(fault))
    fault.exchange = "01JZ0000000000000000000000"
    assert ("sekisho-exchange", "01JZ0000000000000000000000") in headers(fault)


def test_a_limit_of_the_models_server_is_told_with_its_time():
    told = dict(headers(UpstreamRefused(model="m", status_code=429, retry_s=2.5)))
    assert told["retry-after"] == "3"
    assert "retry-after" not in dict(headers(UpstreamRefused(model="m", status_code=429)))
    assert "retry-after" not in dict(headers(UpstreamRefused(model="m", status_code=500, retry_s=2.5)))
