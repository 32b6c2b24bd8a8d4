"""What speaks for or against a candidate being a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.names import names
from sekisho.guards.names_latin_signs import LAST_WORD, SAID, may_be_said
from sekisho.guards.names_tables import cells

NAMED = ("Ben", "Travis", "Susan", "Lincoln", "Roosevelt", "Lee", "Ishikawa")


def signs(text: str) -> set[str]:
    """Those of the last candidate that is one of these names."""
    runs = names.latin.runs.of(text)
    told = zip(runs, names.latin.signs(text, runs, cells(text)), strict=True)
    return next(set(found) for run, found in reversed(list(told)) if text[run.start : run.end].endswith(NAMED))


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("My son Ben is ill.", "relation"),
        ("My ex, Travis, called.", "relation"),
        ("Dear Susan, hello", "greeted"),
        ("Kind regards,\nSusan", "parted"),
        ("Patient: Susan", "label"),
        ("Reported by: Susan", "label"),
        ("氏名(英字):Susan", "label"),
        ("We spoke with Susan.", "said"),
        ("please ask Susan now", "cue"),
        ("the Susan thing", "article"),
        ("Susan said no", "acts"),
        ("Susan's bag", "possessed"),
        ("Susan, 34, left", "aged"),
        ("Susan (she/her)", "aged"),
        ("Susan <susan@example.com>", "reached"),
        ("Susanさんです", "honoured"),
        ("Abraham Lincoln spoke", "public"),
        ("President Roosevelt signed", "office"),
        ("Susan wrote the novel in 1813", "cited"),
        ("placeholder Susan", "pretended"),
        ("Susan and Peter came", "joined:weak"),
        ("Susan and Sharma came", "joined:surname"),
        ("Susan and Travis came", "joined:given"),
        ("Susan & Sons", "firm"),
        ("Susan's Rules", "possessed capital"),
        ("Susan, PhD", "lettered"),
        ("Susan teaches maths", "verb"),
        ("from Lincoln to York", "between"),
        ("Lincoln was tall", "fame"),
        ("12 Susan, 13 Peter", "numbered"),
        ("Peter, Mary, Susan", "many"),
        ("our dog Susan barks", "thing before"),
        ("Susan shoes are cheap", "thing behind"),
        ("1-2-3 Ishikawa, Minato-ku", "block"),
        ("owner,device\nSusan,pc-14", "label"),
        ("Susan-bucho wrote", "honoured"),
        ("Sherlock Holmes asked Susan", "beside public"),
    ],
)
def test_signs_are_read_from_the_words_around(text, sign):
    assert sign in signs(text)


def test_a_label_counts_for_the_whole_list():
    assert "listed" in signs("Attendees: Nomura, Ishikawa, Lee")
    assert "listed" not in signs("Attendees: Nomura. We met Ishikawa")


_WORDS = (
    "my full first name name's name’s is was were known named called in the of on behalf goes by under signed late"
    " account card attention care calling her him them it this i am i'm im it's speaking to with met reports report"
    " claim helmet İm"
)


@given(st.lists(st.sampled_from(_WORDS.split()), min_size=1, max_size=5), st.sampled_from(" ,'-"))
def test_what_announces_a_name_ends_with_one_of_the_words_that_are_looked_at_first(words, between):
    text = f" {' '.join(words[:-1])}{between}{words[-1]}"
    last = LAST_WORD.search(text)
    assert last is not None
    assert may_be_said(last[0].lower()) or not SAID.search(text)
