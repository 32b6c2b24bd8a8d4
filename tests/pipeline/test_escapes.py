import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pace import spent, turns

from sekisho.pipeline.channel import Piece
from sekisho.pipeline.escapes import Unescaped, escaped

ANY = st.text(st.characters(exclude_categories=()), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def changes(draw, text):
    """Pieces that cover a text, some of them changed."""
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)) | {0, len(text)})
    pieces = []
    for start, end in pairwise(places):
        plain = draw(st.booleans())
        pieces.append(Piece(start, end, text[start:end] if plain else draw(ANY), plain))
    return pieces


@given(ANY, st.booleans())
def test_the_inside_of_a_json_string_says_what_json_says(text, ascii_only):
    source = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    assert Unescaped.of(source).text == json.loads(f'"{source}"')


@given(ANY)
def test_any_source_is_taken_apart_and_put_together_unchanged(source):
    said = Unescaped.of(source)
    pieces = [Piece(0, len(said.text), said.text, plain=True)] if said.text else []
    assert said.rewritten(pieces) == source


@given(st.data(), ANY)
def test_what_is_not_changed_keeps_its_spelling(data, text):
    source = json.dumps(text, ensure_ascii=data.draw(st.booleans()))[1:-1]
    said = Unescaped.of(source)
    expected = "".join(said.part(p.start, p.end) if p.plain else escaped(p.text) for p in data.draw(changes(said.text)))
    assert expected.count("\\") >= 0
    places = [said.place(position) for position in range(len(said.text) + 1)]
    assert places == sorted(places)
    assert places[-1] == len(source)
    assert "".join(said.part(at, at + 1) for at in range(len(said.text))) == source


@given(st.data(), JSON, st.booleans())
def test_changed_json_is_still_json(data, value, ascii_only):
    source = json.dumps(value, ensure_ascii=ascii_only)
    said = Unescaped.of(source)
    pieces = data.draw(changes(said.text))
    json.loads(said.rewritten(pieces))


@given(st.data(), st.lists(st.text("abc", min_size=1, max_size=8), min_size=1, max_size=4))
def test_nothing_of_a_changed_range_is_left_however_it_lies_across_strings(data, words):
    source = json.dumps(dict.fromkeys([f"k{n}" for n in range(len(words))], "x") | {"w": words})
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    said = Unescaped.of(source)
    pieces = [
        Piece(0, start, source[:start], True),
        Piece(start, end, "[M]", False),
        Piece(end, len(source), source[end:], True),
    ]
    result = said.rewritten([piece for piece in pieces if piece.start < piece.end or not piece.plain])
    json.loads(result)
    left = [c for c in result.replace("[M]", "") if c in "abc"]
    assert len(left) <= sum(c in "abc" for c in source[:start] + source[end:])


@given(ANY)
def test_escaping_undoes_itself_and_can_be_sent_as_utf_8(text):
    escaped(text).encode()
    assert json.loads(f'"{escaped(text)}"') == text


@pytest.mark.parametrize(("source", "text"), [("\\", "\\"), ("\\q", "q"), ("\\u12", "u12"), ("\\\\n", "\\n")])
def test_broken_escapes_say_the_character_behind_the_backslash(source, text):
    assert Unescaped.of(source).text == text


def test_a_number_that_is_masked_becomes_a_string():
    said = Unescaped.of('{"card": 4111111111111111, "n": 1}')
    assert json.loads(said.rewritten([Piece(0, 9, '{"card": ', True), Piece(9, 25, "[番号]", False), Piece(25, 34, ', "n": 1}', True)])) == {"card": "[番号]", "n": 1}  # fmt: skip  # noqa: E501


def test_five_megabytes_of_escapes_take_no_more_than_their_length():
    def work():
        assert Unescaped.of("\\u3042" * 800_000).text == "あ" * 800_000

    assert turns(spent(work)) < 10_000
