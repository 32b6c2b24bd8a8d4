import re2
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.alone import Alone
from sekisho.guards.everywhere import TOGETHER, Everywhere
from sekisho.guards.gate import Gate, Need
from sekisho.guards.half import of_all
from sekisho.guards.traces import Traces

SOURCES = [
    "forget [a-z]{1,9}",
    "[a-z]山",
    "k7",
    *(f"[0-9]{{1,{times}}}[{letter}a-z]" for times in (1, 2, 3) for letter in "eai "),
]
PARTS = of_all(SOURCES)
RARE = {key: half for key, half in PARTS.items() if half.gated}
EDGES = Alone({key: half.edge for key, half in PARTS.items()})
EVERYWHERE = Everywhere((RARE, {key: half for key, half in PARTS.items() if key not in RARE}), EDGES)
GATE = Gate({key: Need(half.needs, half.reach, half.outside) for key, half in RARE.items()}, Traces())


def test_some_are_read_for_alone_and_others_together():
    assert len(RARE) == 3
    assert len(PARTS) - len(RARE) > TOGETHER


@given(st.lists(st.sampled_from(["12", "forget ", "all", "a山", "k7", " ", "3c", "9999", "。"]), max_size=8), st.data())
def test_what_matches_somewhere_is_told_of_those_that_are_asked_for(words, data):
    encoded = "".join(words).encode()
    among = data.draw(st.sets(st.sampled_from(sorted(PARTS))))
    matching = {key for key in among if re2.compile(PARTS[key].superset).search(encoded)}
    assert EVERYWHERE.hits(encoded, GATE.open(encoded).keys, EVERYWHERE.sought(frozenset(among))) == matching
