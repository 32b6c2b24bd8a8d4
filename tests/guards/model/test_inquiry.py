"""What is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.model.inquiry import Case, plain


@pytest.mark.parametrize(
    "mark",
    ["<|im_end|>", "<|eot|>", "<start_of_turn>", "</score>", "<guardian>", "<no-think>", "</text>",
     "<END CONVERSATION>", "<|start_of_role|>"],
)  # fmt: skip
def test_a_text_cannot_speak_in_the_marks_of_a_format(mark):
    assert mark not in plain(f"a{mark}b")


@pytest.mark.parametrize("text", ["1 < 2 > 0", "a <- b", "x<y", "<3", "if (a<b && c>d)", "「<重要>」"])
def test_other_angles_stay(text):
    assert plain(text) == text


@given(st.text(alphabet="<|/> a_-z", max_size=30))
def test_nothing_but_spaces_is_added_and_once_is_enough(text):
    assert plain(text).replace("< ", "<") == text.replace("< ", "<")
    assert plain(plain(text)) == plain(text)


def test_an_answer_is_shown_behind_its_question_and_alone_where_that_is_not_known():
    said = {"role": "assistant", "content": "a"}
    assert Case("a", by_assistant=True, question="q").turns() == [{"role": "user", "content": "q"}, said]
    assert Case("a", by_assistant=True).turns() == [said]
    assert Case("a", question="q").turns() == [{"role": "user", "content": "a"}]
