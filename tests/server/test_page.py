"""The first page in a real, headless Chromium, against a stub that speaks its contract."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from tests.server.page_stub import ABOUT, EXCHANGE, FILES, RECEIPT, REFUSAL, Stub, serving

# Without motion, since a click on a page that is still scrolling may miss.
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --force-prefers-reduced-motion --lang=en-US"
)
PHONE = "090-1234-5678"
SECONDS = 300


@pytest.fixture(scope="module")
def chromium() -> Iterator[webdriver.Chrome]:
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    assert binary, "this test needs Chromium: apt-get install chromium chromium-driver fonts-noto-cjk"
    assert driver, "this test needs chromedriver: apt-get install chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in [*FLAGS.split(), f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        started.set_script_timeout(SECONDS)
        yield started
        started.quit()


@dataclass
class Visitor:
    """Somebody in front of the page."""

    driver: webdriver.Chrome
    stub: Stub
    origin: str

    def open(self, language: str = "ja") -> None:
        self.driver.get(self.origin)
        self.driver.execute_script("localStorage.clear(); sessionStorage.clear()")
        self.driver.get(self.origin)
        self.until(lambda: self.text("program-text"))
        self.until(lambda: self.stub.about["version"] in self.text("version"))
        self.speak(language)

    def at(self, name: str):
        return self.driver.find_element(By.ID, name)

    def text(self, name: str) -> str:
        return self.at(name).text

    def run(self, script: str, *arguments: object):
        return self.driver.execute_script(script, *arguments)

    def until(self, true) -> None:
        WebDriverWait(self.driver, SECONDS, poll_frequency=0.02).until(lambda _: true())

    def speak(self, language: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, f"[data-language={language}]").click()

    def write(self, question: str) -> None:
        self.run("document.getElementById('question').value = arguments[0]", question)

    def ask(self, question: str, ends: str = "state_done") -> None:
        self.write(question)
        self.at("ask").click()
        self.wait_for(ends)

    def wait_for(self, state: str) -> None:
        self.until(lambda: self.at("form").get_attribute("data-state") == state)

    def marks(self, where: str) -> list[str]:
        return [each.text for each in self.driver.find_elements(By.CSS_SELECTOR, f"#{where} mark")]

    def complaints(self) -> list[str]:
        return [each["message"] for each in self.driver.get_log("browser") if each["level"] in ("SEVERE", "WARNING")]


@pytest.fixture
def visitor(chromium: webdriver.Chrome) -> Iterator[Visitor]:
    stub = Stub()
    with serving(stub) as origin:
        chromium.get_log("browser")
        chromium.get_log("performance")
        yield Visitor(chromium, stub, origin)
        chromium.get("about:blank")


def test_a_question_is_answered_with_what_was_found_what_the_model_saw_and_the_papers(visitor: Visitor) -> None:
    visitor.open()
    visitor.ask(f"電話は{PHONE}です")
    assert visitor.text("answer") == f"承知しました。お電話は{PHONE}ですね。"
    assert visitor.marks("found") == [PHONE]
    assert "電話番号" in visitor.text("found")
    assert visitor.text("saw") == "電話は[PHONE_1]です"
    assert visitor.marks("saw") == ["[PHONE_1]"]
    assert visitor.text("verdict") == "一部を伏せて通しました"
    assert "office: entry.privacy → mask" in visitor.text("reasons")
    assert visitor.text("exchange") == EXCHANGE
    assert visitor.text("receipt") == f"{RECEIPT[:14]}…{RECEIPT[-14:]}"
    assert visitor.at("answer").get_attribute("aria-busy") == "false"
    assert visitor.complaints() == []


def test_the_request_carries_key_profile_language_and_the_wish_for_an_explanation(visitor: Visitor) -> None:
    visitor.open("en")
    visitor.run(
        "const s = document.getElementById('profile'); s.value = 'primary-school'; s.dispatchEvent(new Event('change'))"
    )
    assert visitor.text("profile-hint") == "Rules for a place where children are."
    visitor.ask("Hello")
    headers, body = visitor.stub.asked[0]["headers"], visitor.stub.asked[0]["body"]
    assert headers["authorization"] == f"Bearer {ABOUT['key']}"
    assert headers["sekisho-profile"] == "primary-school"
    assert headers["accept-language"] == "en"
    assert headers["sekisho-explain"] == "1"
    assert body == {"model": "embedded", "messages": [{"role": "user", "content": "Hello"}], "stream": True}


def test_marks_stand_right_after_an_emoji_outside_the_basic_plane(visitor: Visitor) -> None:
    visitor.open()
    visitor.ask(f"😀👨‍👩‍👧と𠮷野家 {PHONE} と 03-1234-5678 です🎌")
    assert visitor.marks("found") == [PHONE, "03-1234-5678"]
    assert visitor.text("saw").startswith("😀👨‍👩‍👧と𠮷野家 [PHONE_1]")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_pieces_join_to_the_text_and_cover_exactly_what_was_found(visitor: Visitor, data: st.DataObject) -> None:
    if not visitor.driver.current_url.startswith(visitor.origin):
        visitor.open()
    text = data.draw(st.text(alphabet="aあ😀\u0301\u200d𠮷 ", max_size=12))
    edge = st.integers(0, len(text))
    spans = [sorted(pair) for pair in data.draw(st.lists(st.tuples(edge, edge), max_size=4))]
    findings = [{"start": start, "end": end, "id": number} for number, (start, end) in enumerate(spans)]
    script = (
        "const done = arguments[2]; import('/static/marks.js').then((m) => done(m.pieces(arguments[0], arguments[1])))"
    )
    cut = visitor.driver.execute_async_script(script, text, findings)
    assert "".join(piece["text"] for piece in cut) == text
    for finding in findings:
        covered = "".join(piece["text"] for piece in cut if finding in piece["within"])
        assert covered == text[finding["start"] : finding["end"]]
        assert sum(finding in piece["ending"] for piece in cut) == (finding["start"] < finding["end"])


def test_switching_the_language_changes_every_text_and_is_remembered(visitor: Visitor) -> None:
    visitor.open("ja")
    visitor.ask(f"電話は{PHONE}です")
    script = (
        "const texts = {}; document.querySelectorAll('[data-text], [data-label], #verdict, #verdict-meaning,"
        " #found-note, #saw-note, #state, #profile-hint').forEach((each, i) =>"
        " texts[(each.dataset.text ?? each.dataset.label ?? each.id) + i] ="
        " each.textContent.trim() + '|' + (each.dataset.label ? each.getAttribute('aria-label') : '')); return texts"
    )
    before = visitor.run(script)
    visitor.speak("en")
    after = visitor.run(script)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == set(before)
    assert visitor.run("return document.documentElement.lang") == "en"
    assert visitor.text("verdict") == "Passed with parts masked"
    assert "Phone number" in visitor.text("found")
    visitor.driver.refresh()
    visitor.until(lambda: visitor.text("ask") == "Ask")
    assert visitor.run("return document.documentElement.lang") == "en"


def test_every_key_of_page_and_code_exists_in_both_languages(visitor: Visitor) -> None:
    visitor.open()
    script = "const done = arguments[0]; import('/static/texts.js').then((m) => done(m.TEXTS))"
    texts = visitor.driver.execute_async_script(script)
    assert list(texts["ja"]) == list(texts["en"])
    blank = re.compile(r"\{\w+\}")
    for key, sentence in texts["ja"].items():
        assert sentence.strip()
        assert texts["en"][key].strip()
        assert set(blank.findall(sentence)) == set(blank.findall(texts["en"][key])), key
    used = set(re.findall(r'data-(?:text|label|placeholder)="(\w+)"', (FILES / "index.html").read_text()))
    for name in ("page.js", "road.js", "exchange.js"):
        used |= set(re.findall(r'(?:tell|report|correct)\("(\w+)"', (FILES / name).read_text()))
        used |= set(re.findall(r'"((?:fault|banner|state)_\w+)"', (FILES / name).read_text()))
    assert used <= set(texts["ja"])
    assert len(used) > 60


@pytest.mark.parametrize(
    ("question", "label", "saw"),
    [("REFUSE", "関所からの説明", "モデルには何も渡していません。"), ("CUT", "答えは関所で止まりました", "")],
)
def test_a_refusal_shows_its_explanation(visitor: Visitor, question: str, label: str, saw: str) -> None:
    visitor.open()
    visitor.ask(question)
    assert visitor.text("answer").endswith(REFUSAL)
    assert visitor.text("answer-label") == label
    assert visitor.text("verdict") == "通しませんでした"
    assert visitor.at("station-papers").get_attribute("data-state") == "stopped"
    assert not visitor.at("notice").is_displayed()  # the answer has said it already
    assert saw in visitor.text("saw-note")


def test_an_error_shows_message_hint_and_number(visitor: Visitor) -> None:
    visitor.open()
    visitor.ask("BUSY", ends="state_failed")
    assert visitor.text("answer") == "モデル「embedded」は今、受け付けられません。"
    assert visitor.text("answer-hint") == "5秒ほど待ってください。"
    assert visitor.text("exchange") == EXCHANGE
    assert not visitor.at("receipt-row").is_displayed()
    visitor.ask("もう一度")
    assert "承知しました" in visitor.text("answer")


def test_a_stream_that_breaks_off_is_told_in_the_language_of_the_page(visitor: Visitor) -> None:
    visitor.open("ja")
    visitor.ask("BROKEN", ends="state_failed")
    assert visitor.text("answer").endswith("答えが途中で切れました。")
    visitor.speak("en")
    assert visitor.text("answer").endswith("The answer broke off.")


def test_a_running_answer_can_be_stopped_and_the_server_notices(visitor: Visitor) -> None:
    visitor.open()
    visitor.ask("ENDLESS", ends="state_receiving")
    visitor.until(lambda: "まだ続きます。" in visitor.text("answer"))
    assert visitor.at("ask").get_attribute("aria-disabled") == "true"
    visitor.at("stop").click()
    visitor.wait_for("state_stopped")
    assert visitor.stub.left.wait(SECONDS)
    assert not visitor.at("stop").is_displayed()
    assert visitor.run("return document.activeElement.id") == "ask"
    assert "まだ続きます。" in visitor.text("answer")


@pytest.mark.parametrize("text", ["<script>window.hurt = 1</script>", "<img src=x onerror='window.hurt = 1'>"])
def test_markup_in_a_question_is_shown_as_text(visitor: Visitor, text: str) -> None:
    visitor.open()
    visitor.ask(f"{text} {PHONE}")
    assert visitor.text("found").startswith(text)
    assert text in visitor.text("saw")
    assert visitor.run("return window.hurt") is None
    assert visitor.complaints() == []


def test_no_request_leaves_the_origin_and_nothing_breaks_the_content_policy(visitor: Visitor) -> None:
    visitor.open()
    visitor.ask(f"電話は{PHONE}です")
    visitor.at("check").click()
    visitor.until(lambda: visitor.text("answer-note"))
    events = [json.loads(each["message"])["message"] for each in visitor.driver.get_log("performance")]
    asked = {e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"}
    of_the_browser = ("data:", "chrome:")  # its own first tab, which a slow machine is still opening
    outside = {url for url in asked if not url.startswith((visitor.origin + "/", *of_the_browser))}
    assert f"{visitor.origin}/static/road.js" in asked
    assert outside == set()
    assert visitor.complaints() == []


def test_a_text_can_be_checked_without_a_model(visitor: Visitor) -> None:
    visitor.stub.about["models"] = []
    visitor.open()
    assert visitor.text("banner-text").startswith("モデルがまだ設定されていません")
    assert visitor.text("ask") == "検査だけする"
    visitor.ask(f"電話は{PHONE}です")
    assert visitor.stub.asked[0]["body"] == {"text": f"電話は{PHONE}です", "profile": "office", "stage": "entry"}
    assert visitor.marks("found") == [PHONE]
    assert visitor.text("saw") == "電話は[PHONE_1]です"
    assert visitor.text("verdict") == "一部を伏せて通します"


def test_a_model_that_gets_ready_can_be_asked_without_reloading(visitor: Visitor) -> None:
    waiting = {"name": "embedded", "ready": False, "note": {"ja": "42%まで読みました", "en": "42% read"}}
    visitor.stub.about["models"] = [waiting]
    visitor.open()
    assert "準備しています" in visitor.text("banner-text")
    assert visitor.text("banner-note") == "42%まで読みました"
    assert visitor.at("ask").get_attribute("aria-disabled") == "true"
    visitor.stub.about["models"] = [{**waiting, "ready": True}]
    visitor.until(lambda: visitor.at("ask").get_attribute("aria-disabled") == "false")
    visitor.ask("こんにちは")
    assert not visitor.at("banner").is_displayed()


def test_without_a_demonstration_key_the_visitors_own_is_used_and_veiled(visitor: Visitor) -> None:
    visitor.stub.about["key"] = ""
    visitor.open()
    visitor.ask("こんにちは", ends="state_no_key")
    assert visitor.run("return document.activeElement.id") == "key"
    visitor.at("key").send_keys("sk-own-abcdefgh")
    assert "sk-own" not in visitor.text("program-text")
    assert "sk-own-abcdefgh" in visitor.at("program-text").get_attribute("data-full")
    visitor.ask("こんにちは")
    assert visitor.stub.asked[0]["headers"]["authorization"] == "Bearer sk-own-abcdefgh"
    assert "sk-own" not in visitor.run("return JSON.stringify({...localStorage, ...sessionStorage}) + document.cookie")


def test_receipt_and_program_are_copied_whole(visitor: Visitor) -> None:
    visitor.open()
    grant = {"origin": visitor.origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    visitor.driver.execute_cdp_cmd("Browser.grantPermissions", grant)
    visitor.ask(f"電話は{PHONE}です")
    pasted = "const done = arguments[0]; navigator.clipboard.readText().then(done, (fault) => done(String(fault)))"
    visitor.driver.find_element(By.CSS_SELECTOR, "#receipt-row .copy").click()
    visitor.until(lambda: visitor.text("told") == "コピーしました")
    assert visitor.driver.execute_async_script(pasted) == RECEIPT
    visitor.at("tab-python").send_keys(Keys.ARROW_RIGHT)
    assert visitor.at("tab-curl").get_attribute("aria-selected") == "true"
    visitor.driver.find_element(By.CSS_SELECTOR, ".tabs .copy").click()
    visitor.until(lambda: visitor.driver.execute_async_script(pasted).startswith("curl "))
    assert ABOUT["key"] in visitor.driver.execute_async_script(pasted)
    assert ABOUT["base_url"] in visitor.text("program-text")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_contrasts_enough_and_a_phone_needs_no_sideways_scrolling(visitor: Visitor, scheme: str) -> None:
    visitor.open()
    visitor.ask(f"電話は{PHONE}です")
    visitor.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    try:
        weak = visitor.run((Path(__file__).parent / "contrast.js").read_text())
        phone = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
        visitor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        width = visitor.run("return document.documentElement.scrollWidth")
    finally:
        visitor.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        visitor.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert weak == []
    assert width == 360


def test_everything_can_be_reached_and_sent_by_keyboard_and_has_a_name(visitor: Visitor) -> None:
    visitor.open()
    visitor.at("question").send_keys("こんにちは", Keys.CONTROL, Keys.ENTER)
    visitor.wait_for("state_done")
    nameless = (
        "return [...document.querySelectorAll('a, button, select, textarea, input')].filter((each) =>"
        " !each.textContent.trim() && !each.labels?.length && !each.getAttribute('aria-label')).map((each) => each.id)"
    )
    assert visitor.run(nameless) == []
    assert visitor.at("answer").get_attribute("aria-live") == "polite"


def test_the_page_has_no_script_or_style_of_its_own_in_the_markup_and_never_sets_markup() -> None:
    markup = (FILES / "index.html").read_text()
    assert re.findall(r"\s(?:style|on\w+)=", markup) == []
    assert "<style" not in markup
    assert re.findall(r"<script(?![^>]*\ssrc=)", markup) == []
    code = "".join(path.read_text() for path in FILES.glob("*.js"))
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", code) == []
