"""The first page and the page that verifies, in a real Chromium, against the real command."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from selenium.webdriver.common.by import By
from tests.server.running import models, serving, upstream
from tests.server.test_page import Visitor, chromium  # noqa: F401 - a fixture

from sekisho import __version__

PHONE, NAME = "090-1234-5678", "山田太郎"
QUESTION = f"{NAME}です。電話は{PHONE}です。"
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    with upstream() as model, serving(tmp_path_factory.mktemp("page"), models(model.url)) as server:
        yield server.origin


@pytest.fixture
def visitor(chromium, origin):  # noqa: F811 - a fixture
    chromium.get_log("browser")
    visitor = Visitor(chromium, SimpleNamespace(about={"version": __version__}), origin)
    visitor.open("ja")
    yield visitor
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert visitor.complaints() == []
    chromium.get("about:blank")


def verified(visitor, words):
    visitor.until(lambda: words in visitor.text("result"))


def test_a_question_is_answered_and_shown_as_it_was_found_and_seen(visitor):
    visitor.ask(QUESTION)
    assert visitor.text("answer") == QUESTION
    assert {PHONE} <= set(visitor.marks("found"))
    assert any(NAME in mark for mark in visitor.marks("found"))
    assert PHONE not in visitor.text("saw")
    assert NAME not in visitor.text("saw")
    assert visitor.text("verdict") == "一部を伏せて通しました"
    assert "office: entry.privacy → mask" in visitor.text("reasons")


def test_its_receipt_leads_to_the_page_that_verifies_it(visitor):
    visitor.ask(QUESTION)
    exchange = visitor.text("exchange")
    visitor.at("receipt-link").click()
    verified(visitor, "この控えは、ここで署名されたものです。")
    assert visitor.driver.current_url.startswith(f"{visitor.origin}/verify#receipt=")
    assert exchange in visitor.text("result")
    assert "privacy.phone" in visitor.text("result")
    visitor.speak("en")
    verified(visitor, "This receipt was signed here.")


def test_a_receipt_that_was_changed_is_not_verified_and_the_page_says_why(visitor):
    visitor.ask("こんにちは")
    receipt = visitor.at("receipt").get_attribute("data-full")
    changed = receipt[:20] + ("A" if receipt[20] != "A" else "B") + receipt[21:]
    visitor.driver.get(f"{visitor.origin}/verify")
    visitor.run("document.getElementById('brought').value = arguments[0]", changed)
    visitor.at("send").click()
    verified(visitor, "この控えは確かめられませんでした。")
    assert len(visitor.text("result").splitlines()) > 1
    complaints = visitor.complaints()
    assert [one for one in complaints if "400" not in one] == []  # the browser notes the refusal, nothing else


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_that_verifies_fits_every_width_and_can_be_read(visitor, language, width, scheme, tmp_path):
    visitor.speak(language)
    visitor.ask(QUESTION)
    link = visitor.at("receipt-link").get_attribute("href")
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    visitor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    visitor.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    visitor.driver.get(link)
    verified(visitor, "署名された" if language == "ja" else "signed here")
    visitor.driver.save_screenshot(str(tmp_path / f"{language}-{width}-{scheme}.png"))
    assert visitor.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert visitor.run(CONTRAST) == []
    assert visitor.run("return document.documentElement.lang") == language
    nameless = [each.get_attribute("id") for each in visitor.driver.find_elements(By.CSS_SELECTOR, "button, textarea")]
    assert "brought" in nameless
