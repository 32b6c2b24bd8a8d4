import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.exchange import Exchange, Judged, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict


def exchange(body=None):
    return Exchange("0" * 26, 0, "key", "office", "ja", body or {})


@given(st.lists(st.sampled_from(list(Verdict)), max_size=6))
def test_the_verdict_of_an_exchange_is_the_worst_and_only_worsens(verdicts):
    one, before = exchange(), Verdict.PASS
    for verdict in verdicts:
        one.add(Judged(Finding(0, 1, "c", 1.0, "g"), Stage.ENTRY, verdict, "rule"))
        assert one.verdict >= before
        before = one.verdict
    assert one.verdict == max(verdicts, default=Verdict.PASS)
    assert len(one.judged) == len(verdicts)


@pytest.mark.parametrize(
    ("body", "streamed"), [({}, False), ({"stream": True}, True), ({"stream": "true"}, False), ({"stream": 1}, False)]
)
def test_only_true_asks_for_a_stream(body, streamed):
    assert exchange(body).streamed is streamed


def test_what_is_told_of_an_exchange_is_what_something_follows_from_or_what_is_likelier_right_than_not():
    one = exchange()
    for category, score, verdict in (
        ("harm.adult", 0.07, Verdict.PASS),
        ("attack.jailbreak", 0.3, Verdict.REFUSE),
        ("privacy.phone", 0.9, Verdict.MASK),
        ("privacy.person_name", 0.5, Verdict.PASS),
        ("privacy.phone", 0.95, Verdict.MASK),
    ):
        one.add(Judged(Finding(0, 1, category, score, "g"), Stage.ENTRY, verdict, "rule"))
    assert one.categories == ["attack.jailbreak", "privacy.person_name", "privacy.phone"]
