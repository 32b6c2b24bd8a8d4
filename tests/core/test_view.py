from array import array
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.text import Text
from sekisho.core.view import Places, View

SIGNS = st.sampled_from("㍿ｶﾞか\u3099\u200b\U000e0041😀\ud800Аa0一é\u0301ﬁ")
SPACED = st.builds(lambda gap, signs: gap.join(signs), st.sampled_from([" ", ". ", "_"]), st.lists(SIGNS, max_size=24))
ENCODED = st.builds(
    lambda *parts: parts[0] + b64encode(parts[1].encode("utf-8", "replace")).decode() + parts[2],
    st.text(SIGNS, max_size=4),
    st.text(SIGNS, min_size=12, max_size=24),
    st.text(SIGNS, max_size=4),
)
TEXTS = st.one_of(st.text(SIGNS, max_size=16), SPACED, ENCODED)


def views(text):
    whole = Text(text)
    return [whole.plain, whole.normalised, *whole.disguised, *whole.hidden]


@given(TEXTS, st.data())
def test_every_range_of_every_view_maps_to_a_range_that_shows_it_again(text, data):
    view = data.draw(st.sampled_from(views(text)))
    start = data.draw(st.integers(0, len(view.value)))
    end = data.draw(st.integers(start, len(view.value)))
    first, last = view.received(start, end)
    assert 0 <= first <= last <= len(text)
    if start < end:
        assert first < last
        seen = view.seen(first, last)
        assert seen[0] <= start
        assert seen[1] >= end
        if view.name in ("received", "normalised"):
            assert view.value[start:end] in Text(text[first:last]).normalised.value or view.name == "received"


@given(TEXTS, st.data())
def test_a_range_of_the_text_is_seen_in_a_range_that_came_from_it(text, data):
    view = Text(text).normalised
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    if start == end:
        return
    first, last = view.seen(start, end)
    inside = [
        i for i in range(len(view.value)) if view.received(i, i + 1)[0] < end and view.received(i, i + 1)[1] > start
    ]
    assert list(range(first, last)) == inside


@given(TEXTS)
def test_reading_backwards_maps_each_character_to_its_own_place(text):
    base = Text(text).normalised
    backwards = base.respelled("reversed", base.value[::-1], mirrored=True)
    size = len(base.value)
    for index in range(size):
        assert backwards.received(index, index + 1) == base.received(size - index - 1, size - index)


def test_places_outside_the_text_are_refused():
    view = View("received", "abc", 3)
    for start, end in ((-1, 1), (2, 1), (0, 4)):
        with pytest.raises(ValueError, match="no range"):
            view.received(start, end)
        with pytest.raises(ValueError, match="no range"):
            view.seen(start, end)
    with pytest.raises(ValueError, match="as many code points"):
        view.respelled("other", "abcd")


def test_places_are_worked_out_once():
    calls = []

    def locate():
        calls.append(1)
        return Places(array("L", [0, 0]), array("L", [1, 1]))

    view = View("expanded", "ab", 1, locate)
    assert (view.received(0, 1), view.received(1, 2), view.seen(0, 1)) == ((0, 1), (0, 1), (0, 2))
    assert calls == [1]
