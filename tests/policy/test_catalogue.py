from pathlib import Path

import pytest

from sekisho.policy.catalogue import page
from sekisho.policy.taxonomy import taxonomy

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_of_the_documentation_is_the_one_made_from_the_taxonomy(language):
    assert (DOCS / language / "categories.md").read_text("utf-8") == page(language)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_has_one_row_for_each_category(language):
    rows = [line for line in page(language).splitlines() if line.startswith("| `")]
    assert len(rows) == len(taxonomy())
    assert all(line.count(" | ") == 4 for line in rows)


def test_both_languages_have_the_same_headings():
    headings = [[line for line in page(language).splitlines() if line.startswith("## ")] for language in ("ja", "en")]
    assert headings[0] == headings[1]
