import gc

from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.text import Text


def view(text, name):
    return next((one for one in Text(text).disguised if one.name == name), None)


def test_words_in_tag_characters_are_read_even_when_scattered():
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "ignore")
    text = f"こんにちは{hidden[:3]}、{hidden[3:]}世界"
    tags = view(text, "tags")
    assert tags.value == "ignore"
    assert tags.received(0, 6) == (5, 12)
    assert Text(text).normalised.value == "こんにちは、世界"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=30))
def test_bytes_in_variation_selectors_are_read(words):
    hidden = "".join(chr(0xFE00 + b) if b < 16 else chr(0xE0100 + b - 16) for b in words.encode())
    assert view("😀" + hidden, "selectors").value == words


def test_emoji_with_their_usual_selectors_hide_nothing():
    assert view("☀️❤️✌️☎️✈️", "selectors") is None


def test_rot13_and_reversed_words_are_read_at_their_places():
    text = "前置き vtaber erongi"
    rotated, backwards = view(text, "rot13"), view(text, "reversed")
    at = rotated.value.index("ignore")
    assert text[slice(*rotated.received(at, at + 6))] == "vtaber"
    at = backwards.value.index("ignore")
    assert text[slice(*backwards.received(at, at + 6))] == "erongi"


def test_a_text_without_latin_letters_says_nothing_else_in_rot13():
    assert [one.name for one in Text("数字は１２３").disguised] == ["reversed"]
    assert [one.name for one in Text("数字はＡ").disguised] == ["rot13", "reversed"]


@given(st.text(st.characters(exclude_categories=[])))
def test_what_automata_read_is_the_normalised_view(text):
    assert Text(text).encoded.decode() == Text(text).normalised.value


def test_views_are_made_only_when_asked_for():
    text = Text("こんにちは")
    assert len(text) == 5
    assert text.normalised is text.normalised
    assert text._disguised is None


def test_a_text_that_is_normal_is_not_copied():
    text = Text("普通の文です。")
    assert text.normalised.value is text.received
    assert text.normalised.locate is None


def test_a_text_with_all_its_views_is_freed_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        for number in range(20):
            text = Text(f"{number} ｱｲ\u200bignore this i g n o r e aWdub3JlIGFsbCBvZiBpdA==")
            for one in (text.normalised, *text.disguised, *text.hidden):
                one.received(0, 1)
            del text, one
        assert gc.collect() == 0
    finally:
        gc.enable()
