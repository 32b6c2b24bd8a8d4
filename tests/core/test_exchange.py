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
