"""Every path but the way of an exchange."""

import json

import pytest
from tests.server.running import KEY, request
from tests.stub_upstream import status

from sekisho.ledger.note import VerifierKey

PHONE = "090-1234-5678"


def get(server, path, *headers, method="GET", body=b"", key=KEY):
    return server.talk(request(body, *headers, path=path, method=method, key=key))[0]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
        ("GET", "/v1/check", 405, "method_not_allowed"),
        ("GET", "/v1/nothing", 404, "not_found"),
        ("POST", "/", 405, "method_not_allowed"),
        ("GET", "//", 404, "not_found"),
        ("GET", "/static/..%2fpage.py", 404, "not_found"),
        ("GET", "/static/../page.py", 404, "not_found"),
        ("GET", "/static/%00", 404, "not_found"),
        ("GET", "/%ff%fe", 404, "not_found"),
        ("POST", "/v1/chat/completions/", 404, "not_found"),
    ],
)
def test_a_wrong_path_or_method_is_told_as_clients_expect(server, method, path, status, code):
    answer = get(server, path, method=method)
    assert (answer.status, answer.error["code"]) == (status, code)
    assert set(answer.error) == {"message", "type", "param", "code", "hint"}


@pytest.mark.parametrize("path", ["/", "/verify", "/static/page.js", "/static/page.css"])
def test_pages_come_with_a_strict_policy(server, path):
    answer = get(server, path)
    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_text_is_checked_without_a_model(server, model):
    told = server.post("/v1/check", {"text": f"電話 {PHONE}"})
    assert told["verdict"] == "mask"
    assert PHONE not in told["masked"]
    assert {one["category"] for one in told["findings"]} == {"privacy.phone"}
    assert model.stub.received == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "unreadable_body"),
        (b"{", 400, "unreadable_body"),
        (b'{"text": "\xff"}', 400, "unreadable_body"),
        (b"{}", 400, "invalid_field"),
        (b'{"text": 5}', 400, "invalid_field"),
        (b'{"text": "a", "stage": "nowhere"}', 400, "invalid_field"),
        (b'{"text": "a", "profile": "nowhere"}', 403, "profile_not_allowed"),
        (b'{"text": "' + b"a" * 300_000 + b'"}', 413, "body_too_large"),
    ],
)
def test_a_check_that_makes_no_sense_is_told_why(server, body, status, code):
    answer = get(server, "/v1/check", method="POST", body=body)
    assert (answer.status, answer.error["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/v1/check", "/v1/models"])
def test_no_key_no_answer(server, path):
    method = "POST" if path == "/v1/check" else "GET"
    answer = get(server, path, method=method, key="nobody")
    assert (answer.status, answer.error["code"]) == (401, "unknown_key")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_receipt_is_verified_without_a_key_and_a_changed_one_is_not(server, name):
    ask = json.dumps({"model": name, "messages": [{"role": "user", "content": "はい"}]}).encode()
    receipt = get(server, "/v1/chat/completions", method="POST", body=ask).headers["sekisho-receipt"]
    good = get(server, "/v1/verify", method="POST", key="", body=json.dumps({"receipt": f" {receipt}\n"}).encode())
    assert json.loads(good.body)["verified"] is True
    bad = get(server, "/v1/verify", method="POST", key="", body=json.dumps({"receipt": "x" + receipt}).encode())
    assert bad.status == 400


def test_the_signed_tree_head_verifies_with_the_public_key(server):
    note = get(server, "/ledger/checkpoint", key="").body.decode()
    public = VerifierKey.parse(get(server, "/ledger/key", key="").body.decode().strip())
    origin, size, *_ = note.splitlines()
    assert origin == public.name
    assert int(size) == len(server.records())


def test_health_tells_version_ledger_and_models(server):
    told = json.loads(get(server, "/healthz", key="").body)
    assert told["status"] == "ok"
    assert told["ledger"] == len(server.records())
    assert told["models"]["m0"] in (True, False)  # other tests make it fail; the next one looks at that


def test_a_model_that_fails_again_and_again_is_not_ready(server, model, name):
    ask = json.dumps({"model": name, "messages": [{"role": "user", "content": "はい"}]}).encode()

    def ready():
        return json.loads(get(server, "/healthz", key="").body)["models"][name]

    for plan, after in ((status(400), True), (status(500), False)):
        model.stub.plan = plan
        for _ in range(5):
            get(server, "/v1/chat/completions", method="POST", body=ask)
        assert ready() == after


def test_the_demonstration_key_is_shown_only_where_the_browser_asked_by_this_machines_name(server):
    near = server.talk(b"GET /page.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")[0]
    far = server.talk(b"GET /page.json HTTP/1.1\r\nHost: evil.example\r\n\r\n")[0]
    assert json.loads(near.body)["key"] == KEY
    assert json.loads(far.body)["key"] == ""


def test_the_page_learns_profiles_models_and_its_own_address(server):
    told = json.loads(get(server, "/page.json").body)
    assert told["base_url"] == f"{server.origin}/v1"
    assert "office" in [profile["name"] for profile in told["profiles"]]
    assert told["categories"]["privacy.phone"]["ja"] == "電話番号"
