import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import InvalidField, RequestError, UnreadableBody
from sekisho.core.exchange import Stage
from sekisho.core.phrases import japanese
from sekisho.pipeline.request import MAX_TEXTS, Key, read, replaced

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
USER = {"role": "user", "content": "やあ"}


def strings(value):
    """Every string there is, names of fields included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [one for inner in value for one in strings(inner)]
    if isinstance(value, dict):
        return [one for name, inner in value.items() for one in (name, *strings(inner))]
    return []


def asked(**more):
    return orjson.dumps({"messages": [USER], **more})


@given(st.dictionaries(st.text(min_size=1, max_size=6), VALUES, max_size=4))
def test_every_string_that_is_sent_on_is_inspected(fields):
    """In a message as well as beside them; short plain names of fields tell nothing."""
    known = {"role", "content", "tool_calls", "messages", "model", "n", "stream", "stream_options"}
    fields = {name: value for name, value in fields.items() if name not in known}
    request = read(orjson.dumps({"messages": [{**USER, **fields}], **fields}))
    seen = [message.text for message in request.messages]
    for text in strings(fields):
        plain = text.isascii() and text.replace("_", "a").replace("$", "a").isalpha() and len(text) <= 32
        assert seen.count(text) >= (0 if plain else 2)


@given(
    VALUES, st.sampled_from(["messages", "model", "stream", "n", "stream_options", "tools", "role", "content", "parts"])
)
def test_whatever_stands_in_a_field_is_read_or_told_to_be_wrong(value, field):
    body = {"messages": [USER]}
    if field in ("role", "content"):
        body["messages"] = [{**USER, field: value}]
    elif field == "parts":
        body["messages"] = [{"role": "user", "content": [value]}]
    else:
        body[field] = value
    try:
        request = read(orjson.dumps(body))
    except InvalidField as caught:
        fault = caught
    else:
        orjson.dumps(replaced(request.body, {message.path: message.text for message in request.messages}))
        return
    assert fault.details["field"]


@given(st.binary(max_size=40))
def test_bytes_that_are_no_request_are_told_so(raw):
    with pytest.raises(RequestError):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"1",
        b"null",
        b'"a"',
        b"{",
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b"[" * 5000,
    ],
)
def test_unreadable_bodies(raw):
    with pytest.raises(UnreadableBody):
        read(raw)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "messages"), ({"messages": []}, "messages"), ({"messages": "a"}, "messages"),
        ({"messages": [1]}, "messages[0]"),
        ({"messages": [{"role": "king"}]}, "messages[0].role"), ({"messages": [{"role": []}]}, "messages[0].role"),
        ({"messages": [USER, {"role": {}}]}, "messages[1].role"), ({"messages": [{}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [1]}]}, "messages[0].content[0]"),
        ({"messages": [{**USER, "tool_calls": {}}]}, "messages[0].tool_calls"),
        ({"messages": [USER], "model": 1}, "model"), ({"messages": [USER], "stream": "yes"}, "stream"),
        ({"messages": [USER], "n": 0}, "n"), ({"messages": [USER], "n": 17}, "n"),
        ({"messages": [USER], "n": True}, "n"),
        ({"messages": [USER], "n": 1.5}, "n"), ({"messages": [USER], "stream_options": "a"}, "stream_options"),
        ({"messages": [USER], "stream_options": {"include_usage": "田中"}}, "stream_options"),
        ({"messages": [USER], "stream_options": {"田中": True}}, "stream_options"),
    ],
)  # fmt: skip
def test_fields_of_the_wrong_kind_are_named(body, field):
    with pytest.raises(InvalidField) as caught:
        read(orjson.dumps(body))
    assert caught.value.details["field"] == field
    wanted = caught.value.details["expected"]
    assert japanese(wanted) != wanted


@pytest.mark.parametrize("place", ["tools", "part", "message"])
def test_too_many_levels_are_told_before_anything_breaks(place):
    deep = orjson.loads(b"[" * 200 + b"]" * 200)
    body = {"messages": [USER], "tools": deep} if place == "tools" else {"messages": [{**USER, "x": deep}]}
    if place == "part":
        body = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": deep}]}]}
    with pytest.raises(InvalidField, match="64 levels"):
        read(orjson.dumps(body))


@pytest.mark.parametrize("place", ["parts", "messages", "images", "tools"])
def test_more_texts_than_guards_can_look_at_are_told_before_any_is(place):
    many = MAX_TEXTS + 1
    body = {
        "parts": {"messages": [{"role": "user", "content": ["a"] * many}]},
        "messages": {"messages": [USER] * many},
        "images": {"messages": [{"role": "user", "content": [{"type": "image_url"}] * many}]},
        "tools": {"messages": [USER], "tools": ["a"] * many},
    }[place]
    with pytest.raises(InvalidField) as caught:
        read(orjson.dumps(body))
    assert caught.value.details["field"] == ("tools" if place == "tools" else "messages")
    assert japanese(caught.value.details["expected"]) == f"リクエスト全体で {MAX_TEXTS} 個までの文字列"
    read(orjson.dumps({"messages": [USER] * MAX_TEXTS}))


def test_of_two_fields_of_one_name_the_one_that_is_sent_on_is_read():
    request = read(b'{"messages":[{"role":"user","content":"one","content":"two"}]}')
    assert [message.text for message in request.messages] == ["two"]
    assert request.body["messages"][0]["content"] == "two"


def test_stages_and_authors():
    body = {
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "tool", "content": "t", "tool_call_id": "i"},
            {"role": "user", "content": [{"type": "text", "text": "u"}, "v"]},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "description": "d"}}],
        "documents": [{"title": "e", "text": "g"}],
        "chat_template_kwargs": {"documents": ["h"], "thinking": "k"},
        "metadata": {"documents": "m"},
    }
    seen = {message.text: (message.stage, message.author) for message in read(orjson.dumps(body)).messages}
    assert seen["s"] == (Stage.ENTRY, "system")
    assert seen["t"] == seen["i"] == (Stage.SOURCE, "tool")
    assert seen["u"] == seen["v"] == (Stage.ENTRY, "user")
    assert seen["d"] == seen["f"] == seen["k"] == seen["m"] == (Stage.ENTRY, "caller")
    assert seen["e"] == seen["g"] == seen["h"] == (Stage.SOURCE, "tool")


def test_what_is_not_text_is_named_apart():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    request = read(orjson.dumps({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, image]}]}))
    assert [message.path for message in request.opaque] == [("messages", 0, "content", 1)]
    assert [message.text for message in request.messages] == ["text", "a"]


def test_texts_and_names_are_replaced_in_a_copy():
    body = {"messages": [USER], "tools": {"090-1": {"080-1": "x"}, "y": "z"}}
    texts = {
        ("messages", 0, "content"): "[M]",
        ("tools", Key("090-1")): "[A]",
        ("tools", "090-1", Key("080-1")): "[B]",
        ("tools", "090-1", "080-1"): "[C]",
    }
    assert replaced(body, texts) == {
        "messages": [{"role": "user", "content": "[M]"}],
        "tools": {"[A]": {"[B]": "[C]"}, "y": "z"},
    }
    assert body["tools"]["090-1"] == {"080-1": "x"}
    assert replaced(body, {}) is body


def test_a_large_body_is_read():
    request = read(asked(more=["あ" * 400] * 5_000))
    assert len(request.messages) == 5_001


def test_long_numbers_in_documents_are_texts_and_others_are_none():
    card = 4111111111111111
    documents = [{"card": card, "pages": [12, card, True, 1.5]}]
    body = {"messages": [{"role": "user", "content": "a"}], "documents": documents, "seed": card}
    request = read(orjson.dumps(body))
    found = {one.path: one.text for one in request.messages if one.text == str(card)}
    assert set(found) == {("documents", 0, "card"), ("documents", 0, "pages", 1)}
    changed = replaced(request.body, dict.fromkeys(found, "[CARD_1]"))
    assert changed["documents"] == [{"card": "[CARD_1]", "pages": [12, "[CARD_1]", True, 1.5]}]
    assert changed["seed"] == card
