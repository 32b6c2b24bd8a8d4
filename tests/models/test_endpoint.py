"""Base URLs."""

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.models.endpoint import Endpoint


def test_a_plain_url_is_read():
    endpoint = Endpoint.of("http://127.0.0.1:8000/v1", "here")
    assert endpoint == Endpoint("127.0.0.1", 8000, False, "127.0.0.1:8000", "/v1")


def test_a_slash_at_the_end_changes_nothing():
    assert Endpoint.of("http://a/v1/", "here") == Endpoint.of("http://a/v1", "here")


def test_each_scheme_has_its_own_port():
    assert Endpoint.of("https://a.example/v1", "here").port == 443
    assert Endpoint.of("http://a.example/v1", "here").port == 80


def test_the_brackets_of_ipv6_are_for_the_host_header_only():
    endpoint = Endpoint.of("http://[::1]:9/v1", "here")
    assert (endpoint.host, endpoint.authority) == ("::1", "[::1]:9")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/v1",
        "http://",
        "http://a:70000/v1",
        "http://user:secret@a/v1",
        "http://a/v1?x=1",
        "http://a/v1#x",
        "http://a/v1\r\nX: y",
        "http://a/v 1",
        "http://例え.jp/v1",
        "http://[::1/v1",
    ],
)
def test_what_could_mislead_is_refused_and_the_setting_is_named(url):
    with pytest.raises(ConfigurationError, match=r"^models\.m\.url: "):
        Endpoint.of(url, "models.m.url")


def test_the_key_goes_into_one_header_and_no_header_without_one():
    endpoint = Endpoint.of("http://a/v1", "here")
    assert endpoint.head("k").count(b"\r\nAuthorization: Bearer k\r\n") == 1
    assert b"Authorization" not in endpoint.head("")


def test_the_request_asks_for_an_answer_that_guards_can_read():
    assert b"\r\nAccept-Encoding: identity\r\n" in Endpoint.of("http://a/v1", "here").head("")
