"""The page that verifies, in a real Chromium, against the real command; and its proofs against our own."""

import base64
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from tests.provenance.media.documents import document
from tests.provenance.media.pictures import picture
from tests.provenance.media.samples import SAMPLES, changed
from tests.provenance.media.sounds import flac, sung, wav
from tests.server.running import models, request, serving, until, upstream
from tests.server.test_page import SECONDS, Visitor, chromium  # noqa: F401 - a fixture
from tests.stub_upstream import raw, whole

from sekisho import __version__
from sekisho.core.settings import MarksSettings
from sekisho.ledger.signer import Signer
from sekisho.provenance.media.files import Files

FILES = Path(__file__).parents[2] / "src" / "sekisho" / "server" / "page"
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
ANSWER = (
    "転入届は、新しい住所に住み始めた日から14日以内に、市役所の窓口へお出しください。"
    "前の市区町村で受け取った転出証明書と、本人確認書類が必要です。マイナンバーカードをお持ちの方は、オンラインでも手続きできます。"
)
UNKNOWN = "この文章は、ここを通ったことがありません。まったく別のところで、別の人が書いたものです。"
SIGNER = Signer.of("log.example/town", bytes(32))
OTHER = Signer.of("log.example/town", bytes(range(32)))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that has given the answer once, and has taken it in."""
    with upstream() as model, serving(tmp_path_factory.mktemp("page"), models(model.url)) as started:
        model.stub.says = lambda _body: ANSWER
        started.get("/healthz")
        started.post("/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "転入届は?"}]})
        body = request(json.dumps({"text": ANSWER}).encode(), path="/v1/verify", key="")
        started.stub = model.stub
        started.match = until(lambda: json.loads(started.talk(body)[0].body).get("matches"))[0]
        yield started


@pytest.fixture
def visitor(chromium, server):  # noqa: F811 - a fixture
    chromium.get_log("browser")
    chromium.get(f"{server.origin}/verify")
    visitor = Visitor(chromium, SimpleNamespace(about={"version": __version__}), server.origin)
    visitor.run("localStorage.clear()")
    chromium.refresh()
    visitor.speak("ja")
    yield visitor
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    chromium.get("about:blank")


def bring(visitor, text):
    visitor.run("document.getElementById('brought').value = arguments[0]", text)
    visitor.at("send").click()
    done(visitor)


def done(visitor):
    visitor.until(lambda: visitor.at("form").get_attribute("data-state") == "done")


def says(visitor, words):
    visitor.until(lambda: words in visitor.text("result"))


def test_an_answer_brought_back_is_known_with_time_profile_and_a_proof_checked_here(visitor, server):
    bring(visitor, ANSWER)
    says(visitor, "一字一句、ここを通った答えそのままです。")
    says(visitor, "このブラウザーで確かめました。署名が合い、台帳に載っています。")
    assert "".join(visitor.marks("result")) == ANSWER
    for told in ("事務", "office", "そのまま通しました", server.match["exchange"]):
        assert told in visitor.text("result")
    when = visitor.driver.find_element(By.CSS_SELECTOR, "#result time")
    assert when.get_attribute("datetime") == server.match["time"]
    visitor.speak("en")
    says(visitor, "Letter for letter, an answer that came through here.")
    says(visitor, "Checked by this browser")
    assert visitor.complaints() == []


def test_in_an_edited_text_exactly_what_is_the_same_is_marked(visitor):
    bring(visitor, "😀 友人の話です。" + ANSWER.replace("市役所の窓口", "区役所の総合窓口"))
    says(visitor, "ここを通った答えに、手が加えられています。")
    marked = "".join(visitor.marks("result"))
    assert "前の市区町村で受け取った転出証明書" in marked
    assert not re.search("友人|総合|😀", marked)


def test_an_unknown_text_is_told_with_what_that_does_not_mean(visitor):
    bring(visitor, UNKNOWN)
    says(visitor, "見当たりませんでした。")
    says(visitor, "AIが書いたものではない、という意味ではありません。")
    assert visitor.marks("result") == []


def test_a_text_that_is_too_short_is_not_called_unknown(visitor):
    visitor.at("brought").send_keys("短い文です。", Keys.CONTROL + Keys.ENTER)
    says(visitor, "短すぎて、照合できません。")
    visitor.speak("en")
    says(visitor, "Enter at least 20 letters")


def test_a_receipt_is_told_in_words_beside_those_of_the_record(visitor, server):
    number = "090-1234-5678"
    question = {"model": "m", "messages": [{"role": "user", "content": f"電話は{number}です"}]}
    (told,) = server.talk(request(json.dumps(question).encode()))
    bring(visitor, told.headers["sekisho-receipt"])
    for words in ("やりとり", "exchange", "一部を伏せて通しました", "最後まで答えた", "電話番号", "privacy.phone"):
        says(visitor, words)
    assert visitor.driver.find_element(By.CSS_SELECTOR, "#result time").get_attribute("datetime").endswith("Z")


def test_a_file_is_looked_up_and_a_receipt_in_a_file_is_recognised(visitor, server, tmp_path):
    told = {"letter.txt": "一字一句", "page.html": "一字一句", "receipt.txt": "この控えは、ここで署名されたものです。"}
    (tmp_path / "letter.txt").write_text(ANSWER, "cp932")
    (tmp_path / "page.html").write_text(f"<p>{ANSWER}</p>", "utf-8")
    (tmp_path / "receipt.txt").write_text(server.match["receipt"] + "\n", "utf-8")
    for name, words in told.items():
        visitor.at("file").send_keys(str(tmp_path / name))
        says(visitor, words)
        assert visitor.text("result").startswith(f"ファイル: {name}")


def test_a_file_of_another_kind_gets_an_honest_answer(visitor, tmp_path):
    (tmp_path / "program.exe").write_bytes(b"MZ")
    visitor.at("file").send_keys(str(tmp_path / "program.exe"))
    says(visitor, "この種類のファイルは、ここでは読めません。")
    (tmp_path / "picture.png").write_bytes(SAMPLES[".png"])
    visitor.at("file").send_keys(str(tmp_path / "picture.png"))
    says(visitor, "来歴情報(C2PA)はありません。")


def test_a_picture_that_was_marked_here_is_shown_with_its_receipt(visitor, server, tmp_path):
    marked = Files.open(server.home, MarksSettings()).mark(SAMPLES[".png"], "image/png", server.match["receipt"]).data
    (tmp_path / "picture.png").write_bytes(marked)
    visitor.at("file").send_keys(str(tmp_path / "picture.png"))
    says(visitor, "ここで署名され、その後変えられていません。")
    says(visitor, "署名が合い、台帳に載っています。")
    (tmp_path / "picture.png").write_bytes(changed(marked))
    visitor.at("file").send_keys(str(tmp_path / "picture.png"))
    says(visitor, "署名の後に変えられています。")


def test_a_picture_that_came_through_is_shown_with_a_proof_when_its_papers_are_gone(visitor, server, tmp_path):
    drawn = {"data": [{"b64_json": base64.b64encode(picture(5)).decode()}]}
    server.stub.then(raw(whole(json.dumps(drawn).encode())))
    server.post("/v1/images/generations", {"model": "m", "prompt": "山の絵"})
    body = request(picture(5), "Content-Type: image/png", path="/v1/verify", key="")
    until(lambda: json.loads(server.talk(body)[0].body)["matches"])
    (tmp_path / "picture.jpg").write_bytes(picture(5, "JPEG", quality=50))
    visitor.at("file").send_keys(str(tmp_path / "picture.jpg"))
    says(visitor, "よく似た画像が、ここを通っています。")
    says(visitor, "来歴情報(C2PA)はありません。")
    says(visitor, "署名が合い、台帳に載っています。")


def test_sound_that_came_through_is_told_by_its_data_or_by_how_it_sounds(visitor, server, tmp_path):
    server.stub.then(raw(whole(wav(sung(5)))))
    asked = json.dumps({"model": "m", "voice": "a", "input": "おはよう"}).encode()
    server.talk(request(asked, path="/v1/audio/speech"))
    body = request(wav(sung(5)), "Content-Type: audio/wav", path="/v1/verify", key="")
    until(lambda: json.loads(server.talk(body)[0].body)["matches"])
    (tmp_path / "speech.wav").write_bytes(wav(sung(5)))
    (tmp_path / "speech.flac").write_bytes(flac(sung(5)))
    told = {
        "speech.wav": "同じ音や映像のデータを持つファイルが、ここを通っています。",
        "speech.flac": "よく似た音声が、ここを通っています。",
    }
    for name, words in told.items():
        visitor.at("file").send_keys(str(tmp_path / name))
        says(visitor, words)
        says(visitor, "符号の100%が同じ")
        says(visitor, "署名が合い、台帳に載っています。")


def test_in_a_document_what_came_through_is_marked_and_its_papers_stand_below(visitor, tmp_path):
    (tmp_path / "letter.docx").write_bytes(document(".docx", ["前略", ANSWER, "それでは、よろしくお願いします。"]))
    visitor.at("file").send_keys(str(tmp_path / "letter.docx"))
    says(visitor, "署名が合い、台帳に載っています。")
    says(visitor, "来歴情報(C2PA)はありません。")
    assert ANSWER in visitor.text("result")
    assert visitor.run("return document.querySelectorAll('#result mark').length") > 0


def test_nothing_brought_is_asked_for(visitor):
    bring(visitor, " \n")
    says(visitor, "文章か控えを入れてください。")


def test_markup_in_a_text_is_shown_as_text(visitor):
    bring(visitor, ANSWER + "<img src=x onerror='window.hurt = 1'><script>window.hurt = 1</script>")
    says(visitor, "<script>")
    assert visitor.run("return window.hurt") is None


def test_a_key_that_the_visitor_keeps_is_the_only_one_believed(visitor, server):
    own = server.get("/ledger/key").decode().strip()
    visitor.run("document.getElementById('key').value = arguments[0]", own)
    visitor.at("key-keep").click()
    visitor.until(lambda: "この鍵で確かめます" in visitor.text("key-state"))
    visitor.driver.refresh()
    bring(visitor, ANSWER)
    says(visitor, "お手元の公開鍵で確かめています。")
    visitor.run("document.getElementById('key').value = arguments[0]", SIGNER.verifier_key)
    visitor.at("key-keep").click()
    visitor.until(lambda: "log.example/town" in visitor.text("key-state"))
    bring(visitor, ANSWER)
    says(
        visitor,
        "お手元の公開鍵でも、そこから正しく引き継がれた鍵でも署名されていません。この証明を信じないでください。",
    )
    bring(visitor, server.match["receipt"])
    says(visitor, "この控えは確かめられませんでした。")
    visitor.at("key-forget").click()
    bring(visitor, ANSWER)
    says(visitor, "鍵はサーバーが示したものです。")


def test_what_is_no_key_is_not_kept(visitor):
    visitor.run("document.getElementById('key').value = 'nonsense'")
    visitor.at("key-keep").click()
    visitor.until(lambda: "公開鍵の形ではありません" in visitor.text("key-state"))
    assert visitor.run("return localStorage.getItem('sekisho.key')") is None


def test_a_proof_of_another_exchange_is_not_taken_for_that_of_the_match(visitor, server):
    forged = {**server.match, "exchange": "01KAVTY6R0V3H5QZJ8D2M4N7XB"}
    key = server.get("/ledger/key").decode().strip()
    lying(visitor, {"result": "unchanged", "matches": [forged], "behind": 0, "key": key, "text": None})
    bring(visitor, ANSWER)
    says(visitor, "別のやりとりのものです。この一致を信じないでください。")


def test_facts_come_from_the_proven_statement_and_not_from_the_server(visitor, server):
    forged = {**server.match, "verdict": "refuse", "model": "another", "time": "1999-01-01T00:00:00Z"}
    key = server.get("/ledger/key").decode().strip()
    lying(visitor, {"result": "unchanged", "matches": [forged], "behind": 7, "key": key, "text": None})
    bring(visitor, ANSWER)
    says(visitor, "署名が合い、台帳に載っています。")
    assert "新しい答え7件は、まだ照合に加わっていません。" in visitor.text("result")
    assert not re.search("another|1999|通しませんでした", visitor.text("result"))


def lying(visitor, told):
    """Makes the server's next answers this one."""
    visitor.run("const told = arguments[0]; window.fetch = async () => new Response(JSON.stringify(told))", told)


def test_a_browser_without_ed25519_says_that_it_cannot_check(visitor):
    visitor.run("crypto.subtle.importKey = async () => { throw new DOMException('no', 'NotSupportedError') }")
    bring(visitor, ANSWER)
    says(visitor, "このブラウザーでは確かめられません。")
    assert "信じないでください" not in visitor.text("result")


def test_a_server_that_is_gone_is_told(visitor):
    visitor.run("window.fetch = async () => { throw new TypeError('gone') }")
    bring(visitor, ANSWER)
    says(visitor, "サーバーにつながりません。")


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_results_fit_every_width_and_can_be_read(visitor, language, width, scheme):
    visitor.speak(language)
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    visitor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    visitor.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    bring(visitor, "前置きです。" + ANSWER)
    says(visitor, "確かめました" if language == "ja" else "Checked by")
    assert visitor.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert visitor.run(CONTRAST) == []


def test_every_text_exists_in_both_languages_and_no_code_stands_in_the_markup(visitor):
    script = "const done = arguments[0]; import('/static/verify_texts.js').then((m) => done(m.TEXTS))"
    texts = visitor.driver.execute_async_script(script)
    assert list(texts["ja"]) == list(texts["en"])
    blank = re.compile(r"\{\w+\}")
    assert [
        key
        for key in texts["ja"]
        if blank.findall(texts["ja"][key])
        and set(blank.findall(texts["ja"][key])) != set(blank.findall(texts["en"][key]))
    ] == []
    markup, code = (FILES / "verify.html").read_text(), (FILES / "verify.js").read_text()
    used = set(re.findall(r'data-text="(\w+)"', markup)) | set(re.findall(r"\btexts\.(?!js)(\w+)", code))
    assert used <= set(texts["ja"])
    assert not re.search(r"<style|\son\w+=|style=|innerHTML|insertAdjacentHTML", markup + code)


def test_a_file_whose_receipt_an_earlier_key_signed_is_not_called_false(chromium, tmp_path):  # noqa: F811 - a fixture
    with upstream() as model:
        with serving(tmp_path, models(model.url)) as first:
            (told,) = first.talk(request(json.dumps({"messages": [{"role": "user", "content": "あ"}]}).encode()))
            first.stop()
            assert first.command("ledger", "rotate-key").returncode == 0
        paper = told.headers["sekisho-receipt"]
        marked = Files.open(first.home, MarksSettings()).mark(SAMPLES[".wav"], "audio/wav", paper).data
        (tmp_path / "sound.wav").write_bytes(marked)
        with serving(tmp_path, models(model.url)) as second:
            chromium.get(f"{second.origin}/verify")
            visitor = Visitor(chromium, SimpleNamespace(about={"version": __version__}), second.origin)
            visitor.speak("ja")
            visitor.at("file").send_keys(str(tmp_path / "sound.wav"))
            says(visitor, "署名が合い、台帳に載っています。")
            chromium.get("about:blank")


def test_who_keeps_the_first_key_follows_its_changes(chromium, tmp_path):  # noqa: F811 - a fixture
    asked = request(json.dumps({"messages": [{"role": "user", "content": "あ"}]}).encode())
    keys, papers = [], []
    with upstream() as model:
        for last in (False, False, True):
            with serving(tmp_path, models(model.url)) as started:
                keys.append(started.get("/ledger/key").decode().strip())
                papers.append(started.talk(asked)[0].headers["sekisho-receipt"])
                if not last:
                    started.stop()
                    assert started.command("ledger", "rotate-key").returncode == 0
                    continue
                chromium.get(f"{started.origin}/verify")
                visitor = Visitor(chromium, SimpleNamespace(about={"version": __version__}), started.origin)
                visitor.speak("ja")
                for kept in keys:
                    visitor.run("localStorage.setItem('sekisho.key', arguments[0])", kept)
                    for key, paper in zip(keys, papers, strict=True):
                        bring(visitor, paper)
                        by = "お手元の公開鍵で" if key == kept else "お手元の公開鍵から、鍵の変更の記録をたどって"
                        says(visitor, by + "確かめ")
                        assert key in visitor.text("result")
                visitor.run("localStorage.clear()")
                chromium.get("about:blank")


def test_a_false_history_is_told(visitor, server):
    own = server.get("/ledger/key").decode().strip()
    visitor.run("localStorage.setItem('sekisho.key', arguments[0])", own)
    told = json.dumps({"result": "unchanged", "matches": [server.match], "behind": 0, "key": own, "text": None})
    answers = "window.fetch = async (path) => new Response(path === '/ledger/keys' ? 'nonsense' : arguments[0])"
    visitor.run(answers.replace("arguments[0]", json.dumps(told)))
    bring(visitor, ANSWER)
    says(visitor, "公開鍵の変更の記録が正しくありません。この証明を信じないでください。")
