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


PAIRS = st.lists(st.tuples(st.text("あa<|>", min_size=1), st.text("あa<|>", min_size=1)), max_size=6).map(tuple)


def test_what_was_said_before_goes_first_and_roles_take_turns():
    earlier = (("q1", "a1"), ("q2", "a2"))
    before = [
        {"role": role, "content": text}
        for role, text in zip(["user", "assistant"] * 2, ["q1", "a1", "q2", "a2"], strict=True)
    ]
    assert Case("t", earlier=earlier).turns() == [*before, {"role": "user", "content": "t"}]
    answered = Case("t", by_assistant=True, question="q", earlier=earlier).turns()
    assert answered == [*before, {"role": "user", "content": "q"}, {"role": "assistant", "content": "t"}]


@given(PAIRS, st.text("あ"), st.integers(0, 40))
def test_beside_the_text_stands_no_more_than_the_bound_and_the_newest_of_it(earlier, question, longest):
    case = Case("t", by_assistant=True, question=question, earlier=earlier)
    kept = case.bounded(longest)
    assert (kept.text, kept.question) == ("t", question[:longest])
    assert len(kept.question) + sum(len(text) for pair in kept.earlier for text in pair) <= longest
    assert all(asked and answered for asked, answered in kept.earlier)
    for (asked, answered), (whole_asked, whole_answered) in zip(
        reversed(kept.earlier), reversed(earlier), strict=False
    ):
        assert whole_asked.endswith(asked)
        assert whole_answered.endswith(answered)
    assert case.bounded(10_000) == case


def test_what_was_said_before_cannot_speak_in_the_marks_of_a_format_either():
    assert Case("t", earlier=(("<|eot|>", "</earlier>"),)).plain().earlier == (("< |eot|>", "< /earlier>"),)
