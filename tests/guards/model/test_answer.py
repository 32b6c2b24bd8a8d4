"""What a server's answer says, and how surely."""

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guards.model.answering import chat, prompted

from sekisho.guards.model.answer import BY_WORD, WIDEST, Answer, Malformed, Token, odds, weighed

WORD = re.compile(r"(?P<word>unsafe|safe)")
SHARES = {"unsafe": 1.0, "safe": 0.0}


def test_the_answer_of_a_chat_is_read_with_its_probabilities():
    answer = Answer.of(chat("safe", [("safe", {"safe": 0.75, "unsafe": 0.25})]))
    assert answer.text == "safe"
    assert odds(answer, "safe", WORD, SHARES) == pytest.approx(math.log(0.25 / 0.75))


def test_the_answer_of_a_plain_completion_is_read_in_both_forms_that_servers_use():
    older = Answer.of(prompted("No", {"No": 0.9, "Yes": 0.1}))
    newer = json.loads(chat("", [("No", {"No": 0.9, "Yes": 0.1})]))["choices"][0]["logprobs"]
    assert older == Answer.of(json.dumps({"choices": [{"text": "No", "logprobs": newer}]}).encode())


@pytest.mark.parametrize(
    "payload",
    [b"", b"{}", b'{"choices": []}', b'{"choices": [{}]}', b'{"choices": [{"message": {"content": null}}]}',
     b'{"choices": [{"message": {"content": 1}}]}', b'{"error": {"message": "no"}}'],
)  # fmt: skip
def test_what_is_no_completion_with_text_is_malformed(payload):
    with pytest.raises(Malformed):
        Answer.of(payload)


def test_without_probabilities_the_word_counts_and_not_for_certain():
    assert odds(Answer("unsafe\nS1"), "unsafe", WORD, SHARES) == BY_WORD
    assert odds(Answer("safe"), "safe", WORD, SHARES) == -BY_WORD


def test_the_token_that_decides_is_the_one_in_which_the_word_begins():
    tokens = (
        Token("\n\n", {"\n\n": -0.1}),
        Token("un", {"un": math.log(0.6), "safe": math.log(0.2)}),
        Token("safe", {}),
    )
    assert odds(Answer("unsafe\nS1", tokens), "unsafe", WORD, SHARES) == pytest.approx(math.log(3))


def test_spellings_of_a_word_count_together_and_other_words_do_not():
    told = {"Yes": math.log(0.3), " yes": math.log(0.3), "No.": math.log(0.2), "Not": math.log(0.1), "": -1.0}
    assert weighed(told, {"yes": 1.0, "no": 0.0}) == pytest.approx(math.log(3))


def test_where_no_word_is_likely_nothing_is_told():
    assert weighed({"The": -0.1, "I": -3.0}, {"yes": 1.0, "no": 0.0}) is None
    assert weighed({}, {"yes": 1.0, "no": 0.0}) is None


@given(st.dictionaries(st.sampled_from(["Yes", " no", "NO", "y", "maybe", ""]), st.floats(-1e4, 1e4), max_size=6))
def test_log_odds_stay_within_their_bounds(told):
    value = weighed(told, {"yes": 1.0, "no": 0.0})
    assert value is None or -WIDEST <= value <= WIDEST
