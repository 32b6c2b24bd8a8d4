import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipeline.making import event

from sekisho.pipeline.pattern import Pattern

SPELLINGS = (
    orjson.dumps,
    lambda value: json.dumps(value).encode(),
    lambda value: json.dumps(value, ensure_ascii=False).encode(),
)


def pattern(raw):
    chunk = orjson.loads(raw)
    return Pattern.of(raw, chunk, chunk["choices"][0]["delta"], "content")


@given(st.text(min_size=1), st.text(), st.sampled_from(SPELLINGS))
def test_events_alike_but_for_their_text_are_known_by_it(first, second, spelled):
    known = pattern(spelled(event(content=first)))
    assert known is not None
    assert known.text(spelled(event(content=second))) == second
    assert orjson.loads(known.event(second)) == event(content=second)


@given(st.text(min_size=1), st.integers(1, 3))
def test_an_event_with_another_field_is_another_event(text, index):
    known = pattern(orjson.dumps(event(content="x")))
    assert known is not None
    assert known.text(orjson.dumps(event(content=text, index=index))) is None
    assert known.text(orjson.dumps(event(content=text, reasoning=text))) is None
    assert known.text(orjson.dumps(event(reasoning=text))) is None


@pytest.mark.parametrize(
    "delta", ['{"content":"secret","content":"ok"}', '{"content":"ok","x":1,"x":2}', '{ "content":"a","content":"a"}']
)
def test_an_event_with_a_field_twice_is_no_pattern(delta):
    assert pattern(f'{{"choices":[{{"index":0,"delta":{delta}}}]}}'.encode()) is None


def test_a_text_that_stands_elsewhere_too_is_not_mistaken():
    known = pattern(b'{"choices":[{"index":0,"delta":{"content":"m"}}],"model":"m"}')
    assert known is None
    known = pattern(b'{"model":"m","choices":[{"index":0,"delta":{"content":"m"}}]}')
    assert known is not None
    assert known.text(b'{"model":"m","choices":[{"index":0,"delta":{"content":"n"}}]}') == "n"
