"""`POST /v1/verify` on a real server, with the process beside it."""

import json

import pytest
from tests.provenance.media.samples import SAMPLES, changed
from tests.server.running import KEY, models, request, serving, until, upstream

from sekisho.core.errors import InvalidField, UnreadableBody
from sekisho.core.settings import MarksSettings
from sekisho.ledger.note import VerifierKey
from sekisho.provenance import receipt
from sekisho.provenance.marks import Marker
from sekisho.provenance.media.files import Files
from sekisho.server.verifying import LONGEST, asked_of, written

ANSWER = (
    "転入届は、新しい住所に住み始めた日から14日以内に、市役所の窓口へお出しください。"
    "前の市区町村で受け取った転出証明書と、本人確認書類が必要です。マイナンバーカードをお持ちの方は、オンラインでも手続きできます。"
)
SECRETLY = "誰にも見せていない質問です"
PATH = "/v1/verify"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A server that has given the answer once, and has taken it in."""
    with upstream() as model, serving(tmp_path_factory.mktemp("serve"), models(model.url)) as server:
        model.stub.says = lambda _body: ANSWER
        server.get("/healthz")
        server.exchange = server.post(
            "/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": SECRETLY}]}
        )
        until(lambda: found(server, ANSWER))
        yield server
        assert server.complaints() == []


def found(server, text):
    """The matches; none as long as the process beside is not up."""
    body = json.dumps({"text": text}).encode()
    return json.loads(server.talk(request(body, path=PATH, key=""))[0].body).get("matches", [])


def sent(server, body, kind):
    answer = server.talk(request(body, f"Content-Type: {kind}", path=PATH, key=""))[0]
    return answer.status, json.loads(answer.body)


def test_an_answer_that_came_through_is_told_with_time_profile_and_proof(told):
    answer = told.exchange["choices"][0]["message"]["content"]
    said = told.post(PATH, {"text": answer})
    (match,) = said["matches"]
    assert (said["result"], match["exact"], said["behind"]) == ("unchanged", True, 0)
    assert (match["profile"], match["title"]["ja"], match["model"], match["verdict"]) == ("office", "事務", "m", "pass")
    public = VerifierKey.parse(said["key"])
    proven = receipt.verify(match["receipt"], public.public)
    assert (proven["id"], proven["time"]) == (match["exchange"], match["time"])
    assert proven.place.position == 0


def test_a_passage_is_told_by_its_place_in_the_text_that_was_brought(told):
    text = "聞いた話では、" + ANSWER[41:] + "そうです。"
    (match,) = found(told, text)
    assert match["result"] in ("edited", "passages")
    assert "転出証明書" in "".join(text[start:end] for start, end in match["spans"])


def test_a_mark_of_ours_names_its_exchange_and_says_whether_the_letters_are_the_same(told):
    exchange = found(told, ANSWER)[0]["exchange"]
    text = "ここでは保存されていない、しるしだけの付いた文章です。"
    marked = text + Marker.open(told.home).behind(text, exchange)
    (match,) = found(told, "前置き。" + marked + "後書き。")
    assert (match["exchange"], match["result"], match["by_mark"], match["spans"]) == (exchange, "unchanged", True, [])
    (changed,) = found(told, marked.replace("保存されていない", "保存されている"))
    assert (changed["exchange"], changed["result"]) == (exchange, "edited")
    assert found(told, text + Marker(bytes(32)).behind(text, exchange)) == []
    (both,) = found(told, ANSWER + Marker.open(told.home).behind(ANSWER, exchange))
    assert (both["exact"], both["by_mark"]) == (True, False)


def test_an_unknown_text_is_not_known(told):
    said = told.post(PATH, {"text": "この文章は、ここを通ったことがありません。まったく別のところで書かれたものです。"})
    assert (said["result"], said["matches"]) == ("unknown", [])


def test_nothing_that_the_visitor_did_not_bring_is_ever_told(told):
    """Neither the question nor any part of the answer comes back, only places in what was brought."""
    half = ANSWER[:60]
    raw = told.talk(request(json.dumps({"text": half}).encode(), path=PATH, key=""))[0].body.decode()
    assert json.loads(raw)["matches"]
    for hidden in (SECRETLY, ANSWER[61:90], "salt", half[:10]):
        assert hidden not in raw
        assert json.dumps(hidden)[1:-1] not in raw


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ANSWER.encode(), "text/plain; charset=utf-8"),
        (ANSWER.encode("cp932"), "text/plain"),
        (b"\xef\xbb\xbf" + ANSWER.encode(), "text/markdown"),
        (f"<html><style>p {{}}</style><p>{ANSWER[:30]}<b>{ANSWER[30:]}</b></p></html>".encode(), "text/html"),
    ],
)
def test_a_file_of_text_is_looked_up_and_what_was_read_of_it_comes_back(told, body, kind):
    status, said = sent(told, body, kind)
    assert (status, said["result"]) == (200, "unchanged")
    assert said["text"].strip() == ANSWER


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"\x89PNG", "image/png", 422, "file_unreadable"),
        (b"MZ", "application/x-msdownload", 415, "unknown_file"),
        (b"\xff\xfe\x81", "text/plain", 400, "unreadable_body"),
        (b"{}", "application/json", 400, "invalid_field"),
        (b'{"text": "a", "receipt": "b"}', "application/json", 400, "invalid_field"),
        (b'{"text": 1}', "application/json", 400, "invalid_field"),
        (b"{", "application/json", 400, "unreadable_body"),
        (b'{"receipt": "abc"}', "application/json", 400, "receipt_rejected"),
        (b"a" * (LONGEST + 1), "text/plain", 413, "text_too_long"),
    ],
)
def test_what_cannot_be_looked_up_is_told_why(told, body, kind, status, code):
    answered, said = sent(told, body, kind)
    assert (answered, said["error"]["code"]) == (status, code)


def test_a_file_with_papers_is_told_with_who_signed_and_whether_it_was_changed(told):
    paper = found(told, ANSWER)[0]["receipt"]
    marked = Files.open(told.home, MarksSettings()).mark(SAMPLES[".png"], "image/png", paper).data
    status, said = sent(told, marked, "image/png")
    assert (status, said["result"], said["present"], said["intact"], said["ours"]) == (200, "file", True, True, True)
    assert (said["generated"], said["receipt"]) == (True, paper)
    _, spoilt = sent(told, changed(marked), "image/png")
    assert (spoilt["intact"], bool(spoilt["flaws"])) == (False, True)
    _, bare = sent(told, SAMPLES[".png"], "image/png")
    assert (bare["present"], bare["receipt"]) == (False, "")


def test_where_look_ups_are_switched_off_only_receipts_verify(tmp_path):
    with upstream() as model, serving(tmp_path, {**models(model.url), "verifier": {"texts": False}}) as server:
        ask = {"messages": [{"role": "user", "content": "はい"}]}
        answer = server.talk(request(json.dumps(ask).encode(), key=KEY))[0]
        assert server.post(PATH, {"receipt": answer.headers["sekisho-receipt"]})["verified"] is True
        status, said = sent(server, ANSWER.encode(), "text/plain")
        assert (status, said["error"]["code"]) == (503, "lookup_unavailable")
        assert not list(server.home.glob("passages*"))


def test_a_body_is_either_a_receipt_or_a_text():
    assert asked_of(b'{"text": ""}').text == ""
    with pytest.raises(InvalidField):
        asked_of(b"[]")


def test_html_is_read_as_it_is_seen():
    page = (
        "<!doctype html><title>題</title><script>no()</script><h1>見出し</h1><p>一&amp;二<br>三</p><style>no{}</style>"
    )
    assert written(page.encode(), "text/html").split() == ["見出し", "一&二", "三"]
    with pytest.raises(UnreadableBody):
        written(b"\xff\xfe\x81", "text/html")
