import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.policy import notices
from sekisho.provenance.delivered import texts_of, unlabelled
from sekisho.provenance.marks import Marker

SAID = {"finish": "stop", "verdict": "pass", "model": "town-llm"}


def content(*answer):
    return json.dumps({"salt": "00", "request": {"messages": []}, "answer": answer}).encode()


def test_the_text_of_each_choice_is_given_in_order():
    answer = ({"index": 1, "content": "二つめ"}, {"index": 0, "content": "一つめ", "reasoning_content": "考え"})
    assert texts_of(SAID, content(*answer)) == ("一つめ", "二つめ")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_label_does_not_count_whole_or_streamed(language):
    label = notices.label("town-llm", language)
    whole = content({"index": 0, "content": f"答えです。\n\n{label}"})
    streamed = content({"index": 0, "content": "答えです。"}, {"index": 0, "label": f"\n\n{label}"})
    assert texts_of(SAID, whole) == texts_of(SAID, streamed) == ("答えです。",)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_marks_and_the_line_that_names_the_record_do_not_count_either(language):
    label, line = notices.label("town-llm", language), notices.line("01K", "https://town.example/verify", language)
    mark = Marker(bytes(32)).behind("答えです。", "01KAVTY6R0V3H5QZJ8D2M4N7XB")
    assert mark
    for under in (mark, f"\n\n{line}", f"{mark}\n\n{label}\n\n{line}"):
        assert texts_of(SAID, content({"index": 0, "content": f"答えです。{under}"})) == ("答えです。",)
    assert unlabelled(line) == line
    assert unlabelled(f"一行め\n二行め\n\n{label}\n") == "一行め\n二行め"


@pytest.mark.parametrize("end", [{"finish": "content_filter", "verdict": "refuse"}, {"verdict": "replace"}])
def test_the_notice_of_a_refusal_is_no_answer(end):
    assert texts_of({**SAID, **end}, content({"index": 0, "content": "お渡しできません。"})) == ()
    cut = content({"index": 0, "content": "ここまで。\n\nお渡しできません。"})
    assert texts_of({**SAID, **end}, cut) == ("ここまで。",)
    streamed = content({"index": 0, "content": "ここまで。\n\n次。"}, {"index": 0, "notice": "\n\nお渡しできません。"})
    assert texts_of({**SAID, **end}, streamed) == ("ここまで。\n\n次。",)


def test_an_answer_without_words_has_no_text():
    assert (
        texts_of(SAID, content({"index": 0, "content": None, "tool_calls": []}, {"index": 0, "arguments": "{}"})) == ()
    )


@given(st.binary(max_size=50) | st.recursive(st.none() | st.text(max_size=5), st.lists).map(content))
def test_contents_of_any_other_form_have_no_text(kept):
    assert texts_of({}, kept) == ()


def test_json_of_another_shape_has_no_text():
    for kept in (b"[]", b'{"answer":{}}', b'{"answer":["x", 3]}', b'{"answer":[{"index":"0","content":"x"}]}'):
        assert texts_of(SAID, kept) == ()
