import pytest

from sekisho.guards import sets
from sekisho.guards.sets import Set

LARGE = "(?:[一-鿿ぁ-ん]{1,24}[a-z0-9]{1,24}、){1,9}"


def test_the_numbers_of_those_that_match_are_told():
    patterns = ["山", "山.田", "x"]
    assert sorted(Set(patterns, 1 << 20).hits("x山本田".encode())) == [0, 1, 2]
    assert sorted(Set(patterns, 1 << 20, begin=True).hits("山本田x".encode())) == [0, 1]
    assert sorted(Set(patterns, 1 << 20, whole=True).hits("山本田".encode())) == [1]
    assert not Set(patterns, 1 << 20).hits(b"")
    assert not Set([], 1 << 20).hits(b"x")


def test_a_set_too_large_for_what_it_takes_at_first_gets_more(monkeypatch):
    monkeypatch.setattr(sets, "PROGRAM_MEMORY", 1)
    assert Set([LARGE], 64 << 10).hits("一a、".encode())


@pytest.mark.parametrize(("pattern", "megabytes"), [("(", 128), (LARGE, 0)])
def test_what_re2_does_not_take_is_refused(pattern, megabytes, monkeypatch):
    monkeypatch.setattr(sets, "SET_MEMORY", max(64 << 10, megabytes << 20))
    with pytest.raises(ValueError, match="RE2 does not take the patterns"):
        Set([pattern], 1 << 20)


def test_a_set_with_little_room_finds_the_same():
    patterns = [f"{one}[^。]{{0,40}}{other}" for one in "山川田" for other in "xyz"]
    text = "".join(f"{a}{b}い{c}" for a in "山川田森" for b in "あいうえ" for c in "xyz。") * 9
    little, much = Set(patterns, 0), Set(patterns, 64 << 20)
    for at in range(0, len(text), 7):
        part = text[at : at + 60].encode()
        assert sorted(little.hits(part)) == sorted(much.hits(part))
