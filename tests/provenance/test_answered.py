import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance.answered import choices, received

CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
texts = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["content", "reasoning"]), st.text(max_size=4)))


@given(texts)
def test_pieces_of_a_stream_make_the_same_answer_as_the_whole(pieces):
    whole: dict[int, dict] = {}
    for index, name, text in pieces:
        told = whole.setdefault(index, {"index": index, "role": "assistant", "content": None, "refusal": None})
        told[name] = (told.get(name) or "") + text
    streamed = [{"index": index, name: text} for index, name, text in pieces]
    assert choices(streamed) == choices([whole[index] for index in sorted(whole)])


def test_what_we_add_to_a_stream_is_read_as_the_end_of_the_text():
    parts = [{"index": 0, "content": "はい。"}, {"index": 0, "notice": "\n\nここまで。"}, {"index": 0, "label": "AI"}]
    assert choices(parts) == [{"index": 0, "content": "はい。\n\nここまで。AI"}]


def test_tool_calls_are_put_one_behind_the_other_without_their_index():
    pieces = [
        {"index": 1, "tool_calls": [{"index": 0, **CALL}]},
        {"index": 1, "tool_calls": [{"index": 1, **CALL}, 3]},
        {"index": 0, "function_call": CALL["function"]},
    ]
    assert choices(pieces) == [
        {"index": 0, "function_call": CALL["function"]},
        {"index": 1, "tool_calls": [CALL, CALL, 3]},
    ]


def test_a_completion_and_a_chunk_are_read_alike():
    said = {"role": "assistant", "content": "はい。"}
    for name in ("message", "delta"):
        assert choices(received({"choices": [{"index": 2, name: said}]})) == [{"index": 2, "content": "はい。"}]
    assert choices(received({"choices": [{"delta": {}}]})) == [{"index": 0}]


@pytest.mark.parametrize(
    "given_body",
    [{}, {"choices": {}}, {"choices": ["x"]}, {"choices": [{"message": "x"}]}, {"choices": [{"index": "0"}]},
     {"choices": [{}] * 65}],
)  # fmt: skip
def test_what_is_no_completion_is_said_to_be_none(given_body):
    with pytest.raises(ValueError, match="not a chat completion"):
        received(given_body)
