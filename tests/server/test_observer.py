"""Counts and lines for operators: right in number, and free of what anybody wrote."""

import json

import pytest
from tests.server.running import KEY, models, question, request, serving, until
from tests.stub_upstream import status

MARK = "ZYXMARKEDSECRET"
PHONE = "090-1234-5678"


def ask(server, text="こんにちは", *headers, **more):
    return server.talk(request(question(text, **more), *headers))[0]


def test_exchanges_tokens_findings_and_errors_are_counted(server, model, name):
    counted = {
        f'sekisho_exchanges_total{{finish="stop",model="{name}",profile="office",verdict="mask"}}': 2,
        f'sekisho_tokens_total{{model="{name}"}}': 24,
        'sekisho_findings_total{category="privacy.phone",stage="entry",verdict="mask"}': 2,
        'sekisho_exchange_seconds_count{profile="office"}': 2,
        'sekisho_errors_total{code="unknown_key"}': 1,
        'sekisho_errors_total{code="upstream_refused"}': 1,
    }
    before = {start: server.metric(start) for start in counted}
    ask(server, PHONE, model=name)
    ask(server, PHONE, model=name, stream=True, stream_options={"include_usage": True})
    server.talk(request(question(), key="sk-nobody"))
    model.stub.then(status(500))
    ask(server, model=name)
    assert {start: server.metric(start) - before[start] for start in counted} == counted


def test_counts_are_for_this_machine_or_for_those_with_a_key(server):
    body = server.get("/metrics").decode()
    assert "# TYPE sekisho_exchanges_total counter" in body


def logged(server, answer):
    """The line of an exchange; when it is there, those of earlier ones are as well."""
    exchange = answer.headers["sekisho-exchange"]
    (line,) = until(lambda: [one for one in server.logged() if one["id"] == exchange])
    return line


def test_each_exchange_is_one_line_of_json(server, name):
    line = logged(server, ask(server, PHONE, model=name))
    assert (line["verdict"], line["finish"], line["model"], line["stream"]) == ("mask", "stop", name, False)
    assert line["categories"] == ["privacy.phone"]
    assert line["key"] == "demonstration"
    assert line["ms"] > 0
    assert line["time"].endswith("Z")


@pytest.mark.parametrize("streamed", [False, True])
def test_nothing_that_anybody_wrote_and_no_key_stands_in_log_or_counts(server, model, name, streamed):
    model.stub.says = lambda _body: f"{MARK} 答え"
    ask(server, f"{MARK} {PHONE}", f"X-Mark: {MARK}", f"Sekisho-Profile: {MARK}", model=name)
    ask(server, f"{MARK} {PHONE}", f"X-Mark: {MARK}", model=name, stream=streamed, user=MARK)
    ask(server, f"{MARK} {PHONE}", model=f"{MARK}-model", stream=streamed)
    model.stub.then(status(500, body=MARK.encode()))
    ask(server, MARK, model=name, stream=streamed)
    server.talk(request(f'{{"messages": {MARK}'.encode()))
    server.talk(request(question(MARK), key=f"sk-{MARK}"))
    server.talk(request(b"", path=f"/{MARK}"))
    logged(server, ask(server, model=name))
    told = (
        "".join(line for line in server.lines if line.startswith("{"))
        + server.get("/metrics").decode()
        + json.dumps(server.records())
    )
    for secret in (MARK, PHONE, KEY):
        assert secret not in told


def test_a_quiet_server_writes_no_line_for_an_exchange(tmp_path, model):
    with serving(tmp_path, {**models(model.url), "log": "quiet"}) as server:
        assert ask(server).status == 200
        server.stop()  # lines that wait are then written
        assert server.logged() == []
