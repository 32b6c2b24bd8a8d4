import json

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.pipeline.making import event

from sekisho.pipeline.pattern import Pattern

SPELLINGS = (
    orjson.dumps,
    lambda value: json.dumps(value).encode(),
    lambda value: json.dumps(value, ensure_ascii=False).encode(),
)


def pattern(raw, following=None):
    chunk = orjson.loads(raw)
    delta = chunk["choices"][0]["delta"]
    return Pattern.of(raw, chunk, (delta, "content"), delta["content"], following or raw)


@given(st.text(min_size=1), st.text(), st.sampled_from(SPELLINGS))
@example("},", "", SPELLINGS[1])
@example("\x7f", "", SPELLINGS[1])
@example("finish_reason", "", orjson.dumps)
def test_events_alike_but_for_their_text_are_known_by_it(first, second, spelled):
    known = pattern(spelled(event(content=first)))
    assert known is not None
    assert known.texts([spelled(event(content=second))]) == [second]
    assert orjson.loads(known.event(second)) == event(content=second)


@given(st.text(min_size=1), st.integers(1, 3))
def test_an_event_with_another_field_is_another_event(text, index):
    known = pattern(orjson.dumps(event(content="x")))
    assert known is not None
    assert known.texts([orjson.dumps(event(content=text, index=index))]) == []
    assert known.texts([orjson.dumps(event(content=text, reasoning=text))]) == []
    assert known.texts([orjson.dumps(event(reasoning=text))]) == []


@pytest.mark.parametrize(
    "delta", ['{"content":"secret","content":"ok"}', '{"content":"ok","x":1,"x":2}', '{ "content":"a","content":"a"}']
)
def test_an_event_with_a_field_twice_is_no_pattern(delta):
    assert pattern(f'{{"choices":[{{"index":0,"delta":{delta}}}]}}'.encode()) is None


def test_an_event_that_the_next_is_unlike_is_no_pattern():
    first, second = event(content="a", role="assistant"), event(content="b")
    assert pattern(orjson.dumps(first), orjson.dumps(second)) is None
    assert pattern(orjson.dumps(second), orjson.dumps(event(content="c"))) is not None


@pytest.mark.parametrize(
    "spelled",
    [
        b'{ "choices" : [{"index": 0, "delta": {"content": "a, b: c"}}]}',
        b'{"choices":[{"index":0,"delta":{"content": "a, b"}}]}',
    ],
)
def test_spaces_between_fields_hide_no_field_that_stands_twice(spelled):
    assert pattern(spelled) is not None
    assert pattern(spelled.replace(b'"index"', b'"index":7, "index"')) is None


def test_a_text_that_stands_elsewhere_too_is_not_mistaken():
    known = pattern(b'{"choices":[{"index":0,"delta":{"content":"m"}}],"model":"m"}')
    assert known is None
    known = pattern(b'{"model":"m","choices":[{"index":0,"delta":{"content":"m"}}]}')
    assert known is not None
    assert known.texts([b'{"model":"m","choices":[{"index":0,"delta":{"content":"n"}}]}']) == ["n"]


LITERALS = st.sampled_from(
    (b'"a"', b'"b","c"', b'"d', b'e"', b'"', b"", b" ", b'"f"\n', b"\n", b'["g"', b'"h"]', b"1", b"null", b'"\\ud800"',
     b'"\xff"', b",", b'"a","b', b'c"'),
)  # fmt: skip


@given(st.data())
def test_events_read_together_say_what_each_says_alone(data):
    """Also where a text leaves its place, or an event is cut or follows another within one."""
    known = pattern(orjson.dumps(event(content="x")))
    assert known is not None
    part = st.one_of(LITERALS, st.just(b'"x"'), st.sampled_from((known.before, known.behind, known.before[:3])))
    fitting = st.lists(part, max_size=2).map(lambda parts: known.before + b"".join(parts) + known.behind)
    odd = st.lists(part, max_size=3).map(b"".join)
    events = data.draw(st.lists(st.one_of(fitting, st.just(known.event("y")), odd), min_size=1, max_size=6))
    expected = []
    for one in events:
        alone = alone_says(one, known)
        if alone is None:
            break
        expected.append(alone)
    assert known.texts(events) == expected


def alone_says(raw, known):
    """The text of an event, read as the whole that it is."""
    if not (raw.startswith(known.before) and raw.endswith(known.behind)):
        return None
    try:
        whole = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    text = whole["choices"][0]["delta"].get("content")
    return text if whole == event(content=text) and isinstance(text, str) else None
