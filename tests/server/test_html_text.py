"""What a reader sees of HTML."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pace import spent, turns

from sekisho.server.html_text import seen

LETTERS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=40)
TAGS = ("<a b='", "<a a=", "<a", "<", "</a ", "<a b = ", '<a b="x" ', "<script>", "</script", "<title>")
HARD = (*TAGS, "<!--", "<![CDATA[", "<!a", "<?", "&#", "&a", "=" + " " * 40)


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<!doctype html><title>題</title><h1>見出し</h1><p>一&amp;二<br/>三</p>", "見出し\n一&二\n三"),
        ("一<b class='>'>二</b>三", "一二三"),
        ('一<a title=">" href=x>二</a>', "一二"),
        ("一<!-- <p>隠す</p> -->二<!-->三", "一二三"),
        ("一<SCRIPT>no('<p>')</Script >二<style>p{}</style>三", "一二三"),
        ("一<script>no()", "一"),
        ("3 < 4 and 5<6 <3 & more &copy; &#12354;&#x3042;", "3 < 4 and 5<6 <3 & more © ああ"),
        ("一<?xml ?>二<![CDATA[x]]>三</ >四", "一二三四"),
        ("一<a b='never closed>二</a>三", "一"),
        ("&#" + "9" * 5000 + "; &#x" + "f" * 5000 + ";", "\ufffd \ufffd"),
    ],
)
def test_a_page_is_read_as_a_browser_shows_it(page, text):
    assert seen(page) == text


@given(LETTERS, LETTERS)
def test_escaped_text_comes_back_and_that_of_tags_does_not(text, value):
    expected = text.strip()
    assert seen(f'<b title="{escape(value)}">{escape(text)}</b>') == expected


@pytest.mark.parametrize("piece", HARD)
def test_no_page_takes_longer_than_its_length(piece):
    """Most of these take `html.parser` a time that grows with the square of the length."""
    page = piece * (400_000 // len(piece))
    assert turns(spent(seen, page)) < 1_000
