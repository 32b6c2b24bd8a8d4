import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.pipeline import completion

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab_é", max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*completion.TOP, "x", "prompt_filter"]), JSON, max_size=6))
def test_only_known_fields_pass_and_of_usage_only_numbers(value):
    passed = completion.passing(value)
    assert passed.keys() <= completion.TOP
    assert "choices" not in value or passed["choices"] == value["choices"]
    counts = orjson.dumps(passed.get("usage"), option=orjson.OPT_SORT_KEYS)
    assert counts.count(b'":"') == 0
    assert all(
        isinstance(one, str | int | float | None) for name, one in passed.items() if name not in ("choices", "usage")
    )
    assert completion.passing(passed) == passed


def test_a_usual_head_passes_as_it_is():
    usage = {"prompt_tokens": 1, "total_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1, "audio_tokens": None}}
    head = {
        **completion.head("x", 1, "m", "chat.completion"),
        "system_fingerprint": None,
        "usage": usage,
        "choices": [],
    }
    assert completion.passing(head) == head


@pytest.mark.parametrize(
    ("said", "meant"), [("length", "length"), ("eos", "stop"), (None, "stop"), ([], "stop"), (1, "stop")]
)
def test_finish_reasons_are_those_of_the_protocol(said, meant):
    assert completion.finish_of(said) == meant


@pytest.mark.parametrize(
    "usage", [None, [], {}, {"total_tokens": "7"}, {"total_tokens": -1}, {"total_tokens": 1 << 50}]
)
def test_nonsense_about_tokens_counts_as_nothing_said(usage):
    assert completion.tokens_of(usage) is None
    assert completion.tokens_of({"total_tokens": 7}) == 7


def test_a_refusal_is_a_well_formed_completion():
    body = completion.refusal("ID", 7, "m", "できません")
    assert body["choices"][0]["finish_reason"] == "content_filter"
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "できません", "refusal": None}
    assert body["usage"]["total_tokens"] == 0
    assert (body["id"], body["created"], body["object"]) == ("chatcmpl-ID", 7, "chat.completion")
