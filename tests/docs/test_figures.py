"""A figure of speed stands in the same section as the name of the script that prints it."""

import re

import pytest
from tests.docs.pages import Page, everything

FIGURE = re.compile(
    r"\d[\d,.]*\s?(?:[µμ]s|ms|ミリ秒|マイクロ秒|(?:requests|tokens|events|streams|answers|characters) (?:a|per) second"
    r"|(?:requests|tokens|events|streams|MB|GB)/s|(?:件|回|トークン|リクエスト)/秒)(?![a-z])"
    r"|毎秒\s?\d"
)
SCRIPT = re.compile(r"bench/\w+\.py")


@pytest.mark.parametrize("page", everything(), ids=lambda page: page.name)
def test_every_figure_of_speed_names_its_script(page: Page) -> None:
    bare = [
        FIGURE.findall(section) for section in page.sections if FIGURE.search(section) and not SCRIPT.search(section)
    ]
    assert bare == []


@pytest.mark.parametrize("text", ["12 ms", "80 µs", "12,400 requests/s", "1,000 tokens a second", "毎秒300", "5件/秒"])
def test_figures_of_speed_are_recognised(text: str) -> None:
    assert FIGURE.search(text)
