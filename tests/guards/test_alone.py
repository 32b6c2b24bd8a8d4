import pytest

from sekisho.guards import alone
from sekisho.guards.alone import Alone, Renewed
from sekisho.guards.sets import Set

PATTERNS = {(0, True): "a[bc]", (1, False): "山本"}


def test_each_pattern_is_read_for_by_itself():
    anywhere, begun = Alone(PATTERNS), Alone(PATTERNS, begin=True)
    for text, found in (("xab", (True, False)), ("abx", (True, True)), ("xa", (False, False))):
        assert tuple(one.matches((0, True), text.encode()) for one in (anywhere, begun)) == found
    assert not anywhere.matches((1, False), b"ab")
    assert anywhere.matches((1, False), "山山本".encode())


def test_after_many_looks_all_are_made_anew_and_say_the_same(monkeypatch: pytest.MonkeyPatch):
    made: list[str] = []

    class Counted(Set):
        def __init__(self, patterns: list[str], memory: int, *, begin: bool = False) -> None:
            made.extend(patterns)
            super().__init__(patterns, memory, begin=begin)

    monkeypatch.setattr(alone, "Set", Counted)
    monkeypatch.setattr(alone, "OFTEN", 100)
    asked = Alone(PATTERNS)
    assert not asked.matches((1, False), b"ab")
    for text in (b"ab", b"ax") * 99:
        assert asked.matches((0, True), text) == (text == b"ab")
    assert made == ["山本", "a[bc]", "a[bc]"]
    assert asked.matches((1, False), "山本".encode())
    assert made == ["山本", "a[bc]", "a[bc]", "山本"]


def test_what_is_made_anew_is_another_and_was_kept_until_then():
    made = Renewed(lambda key: [key], often=3)
    first = made[0, True]
    assert made[0, True] is first
    assert made[1, True] == [(1, True)]
    assert made[0, True] is not first
    assert made[0, True] == first
