from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.exchange import Stage
from sekisho.guards.remembered import Remembered


@given(st.binary(), st.binary())
def test_a_text_is_known_by_stage_owner_and_every_character(text, other):
    memory = Remembered()
    memory.add(memory.digest(Stage.ENTRY, "key", text))
    assert memory.digest(Stage.ENTRY, "key", text) in memory
    assert memory.digest(Stage.SOURCE, "key", text) not in memory
    assert memory.digest(Stage.ENTRY, "another", text) not in memory
    assert (memory.digest(Stage.ENTRY, "key", other) in memory) == (other == text)


def test_another_process_has_other_digests():
    assert Remembered().digest(Stage.ENTRY, "", b"a") != Remembered().digest(Stage.ENTRY, "", b"a")


def test_the_oldest_are_forgotten_and_the_rest_bounded():
    memory = Remembered(most=10)
    digests = [memory.digest(Stage.ENTRY, "", b"%d" % number) for number in range(100)]
    for digest in digests:
        memory.add(digest)
    known = [digest in memory for digest in digests]
    assert not any(known[:80])
    assert all(known[-10:])


def test_any_owner_has_a_digest():
    assert len(Remembered().digest(Stage.EXIT, "\ud83d\0", b"")) == 16
