import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.finding import Finding


@pytest.mark.parametrize(
    ("start", "end", "score"), [(-1, 0, 0.5), (2, 1, 0.5), (0, 1, 1.1), (0, 1, -0.1), (0, 1, float("nan"))]
)
def test_a_finding_out_of_range_cannot_be_made(start, end, score):
    with pytest.raises(ValueError, match="out of range"):
        Finding(start, end, "privacy.phone", score, "g")


def test_a_prefix_holds_whole_words_only():
    finding = Finding(0, 1, "privacy.phone", 1.0, "g")
    assert finding.within("privacy")
    assert finding.within("privacy.phone")
    assert not finding.within("priv")
    assert not finding.within("privacy.phone.mobile")


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=8))
def test_findings_sort_by_their_place(spans):
    found = sorted(Finding(a, a + b, "c", 0.5, "g") for a, b in spans)
    assert [f.start for f in found] == sorted(a for a, _ in spans)
