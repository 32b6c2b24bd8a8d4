from dataclasses import field, replace

import pytest

from sekisho.core.fixed import fixed


@fixed
class Pair:
    one: int
    others: list[int] = field(default_factory=list[int])


def test_it_is_a_dataclass_with_slots():
    pair = Pair(1)
    assert replace(pair, one=2) == Pair(2)
    assert pair.others is not Pair(1).others
    with pytest.raises(AttributeError):
        pair.more = 3


def test_what_is_equal_has_the_same_hash():
    @fixed
    class Name:
        said: str

    assert hash(Name("a")) == hash(Name("a"))
    assert {Name("a"), Name("a"), Name("b")} == {Name("b"), Name("a")}
