"""English and Japanese documents say the same: same files, same headings in number and level, same blocks."""

import re
import xml.etree.ElementTree as ET

import pytest
from tests.docs.pages import ROOT, Page, guides, pairs


def test_both_languages_have_the_same_files() -> None:
    assert set(guides("en")) == set(guides("ja"))


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair[0].name)
def test_headings_agree_in_number_and_level(pair: tuple[Page, Page]) -> None:
    english, japanese = pair
    assert [one.level for one in english.headings] == [one.level for one in japanese.headings]


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair[0].name)
def test_headings_that_are_code_are_the_same(pair: tuple[Page, Page]) -> None:
    english, japanese = ([one.text for one in page.headings if one.text.startswith("`")] for page in pair)
    assert english == japanese


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair[0].name)
def test_code_blocks_agree_in_number_and_language(pair: tuple[Page, Page]) -> None:
    english, japanese = ([(block.language, block.info) for block in page.blocks] for page in pair)
    assert english == japanese


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair[0].name)
def test_pages_are_in_their_language(pair: tuple[Page, Page]) -> None:
    for page, kana in zip(pair, (False, True), strict=True):
        assert bool(re.search("[ぁ-ん]{2}.*。", page.sections[1])) is kana, page.name


def test_the_pictures_are_the_same_drawing_with_words_in_each_language() -> None:
    english, japanese = (ET.parse(ROOT / "docs/img" / name).getroot() for name in ("exchange.svg", "exchange.ja.svg"))
    shapes = [[one.tag for one in root.iter() if not one.tag.endswith("tspan")] for root in (english, japanese)]
    assert shapes[0] == shapes[1]
    for root in (english, japanese):
        assert not [name for one in root.iter() for name in one.attrib if name.endswith("href")]
        assert root.find("{*}title") is not None
