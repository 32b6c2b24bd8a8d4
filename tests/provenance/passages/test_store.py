from contextlib import closing

import numpy as np
import pytest

from sekisho.provenance.index_file import empty_log, transaction
from sekisho.provenance.passages import store
from sekisho.provenance.passages.beginnings import PARTS
from sekisho.provenance.passages.postings import Postings, packed
from sekisho.provenance.passages.prints import BITS, Fingerprinter

FINGERPRINTER = Fingerprinter(bytes(range(32)))


def prints(number):
    return FINGERPRINTER.of(
        f"{number} " + "".join(map(chr, np.random.default_rng(number).integers(0x4E00, 0x9000, 60)))
    )


def row(number):
    made = prints(number)
    return number, len(made.letters), packed(made)


def nothing():
    """Breathes."""


@pytest.fixture
def connection(tmp_path):
    with closing(store.FILE.connect(tmp_path)) as opened:
        yield opened


def found(connection, number):
    """Where the fingerprints of a text stand, by level."""
    hashes = np.unique(np.append(prints(number).hashes, np.uint64(prints(number).whole)))
    fresh = Postings.joined(store.fresh(connection, -1))
    levels = {"fresh": fresh.taken(np.isin(fresh.hashes, hashes))}
    for level in (store.SMALL, store.LARGE):
        levels[level.table] = store.look_up(connection, level, hashes)
    return {name: len(one) for name, one in levels.items() if (one.texts == number).any()}


def test_texts_move_from_level_to_level_and_are_found_in_each(connection):
    with transaction(connection):
        store.add(connection, [row(number) for number in range(6)])
    assert set(found(connection, 3)) == {"fresh"}
    store.settle(connection, nothing, 7, 7)
    assert set(found(connection, 3)) == {"fresh"}, "too few to move"
    store.settle(connection, nothing, 6, 7)
    count = found(connection, 3)
    assert set(count) == {"small"}
    assert count["small"] == len(set(prints(3).hashes.tolist())) + 1
    store.settle(connection, nothing, 1, 6)
    assert found(connection, 3) == {"large": count["small"]}
    assert store.state(connection).small_texts == 0


def test_rows_are_merged_with_those_that_are_there(connection):
    for number in range(5):
        with transaction(connection):
            store.add(connection, [row(number)])
        store.settle(connection, nothing, 1, 3)
    for number in range(5):
        assert len(found(connection, number)) == 1


def test_a_text_with_more_fingerprints_than_a_statement_has_variables_is_looked_up(connection):
    store.add(connection, [row(number) for number in range(6)])
    store.settle(connection, nothing, 1, 100)
    own = np.unique(prints(3).hashes)
    others = np.linspace(0, (1 << BITS) - 1, 40_000).astype(np.uint64)
    alone = store.look_up(connection, store.SMALL, own)
    assert len(alone) == len(own)
    among = store.look_up(connection, store.SMALL, np.union1d(own, others))
    assert among.hashes[np.isin(among.hashes, own)].tolist() == alone.hashes.tolist()


def test_a_number_that_is_there_is_left_as_it_is(connection):
    store.add(connection, [row(1)])
    store.settle(connection, nothing, 1, 100)
    store.add(connection, [(1, 5, packed(prints(2)))])
    assert connection.execute("SELECT letters FROM texts").fetchall() == [(row(1)[1],)]
    assert store.fresh(connection, -1) == []


@pytest.mark.parametrize("levels", [(100, 100), (1, 100), (1, 1)])
def test_what_is_forgotten_and_purged_leaves_nothing_in_any_level_nor_in_the_files(tmp_path, levels):
    with closing(store.FILE.connect(tmp_path)) as connection:
        store.add(connection, [row(number) for number in range(10)])
        store.settle(connection, nothing, *levels)
        before = store.state(connection).changes
        with transaction(connection):
            store.forget(connection, [4, 5, 77])
        assert store.gone(connection) == (2 if levels[0] == 1 else 0)
        store.purge(connection, nothing)
        empty_log(connection)
        assert store.gone(connection) == 0
        assert store.state(connection).changes > before
        assert found(connection, 4) == {}
        assert store.known(connection, [6, 5, 3, 77]) == [6, 3]
        assert found(connection, 6)
    gone = packed(prints(4))
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(gone[at : at + 4] + (4).to_bytes(4, "little") in kept for at in range(0, len(gone) - 10, 10))


def test_a_purge_that_is_killed_is_done_again(connection):
    store.add(connection, [row(number) for number in range(10)])
    store.settle(connection, nothing, 1, 100)
    store.forget(connection, [4])
    left = [30]

    def breathe():
        left[0] -= 1
        if not left[0]:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        store.purge(connection, breathe)
    assert store.gone(connection) == 1
    store.purge(connection, nothing)
    assert (store.gone(connection), found(connection, 4)) == (0, {})
    assert found(connection, 5)


def test_a_number_that_was_forgotten_is_not_taken_before_it_has_left_the_rows(connection):
    store.add(connection, [row(1), row(2)])
    store.settle(connection, nothing, 1, 100)
    store.forget(connection, [1])
    store.add(connection, [row(1)])
    assert store.known(connection, [1]) == []
    store.purge(connection, nothing)
    store.add(connection, [row(1)])
    assert set(found(connection, 1)) == {"fresh"}


def test_a_transaction_that_fails_leaves_nothing(connection):
    with pytest.raises(OverflowError), transaction(connection):
        store.add(connection, [row(1), (2**70, 1, b"")])
    assert store.known(connection, [1]) == []


def test_settling_that_is_killed_half_way_loses_and_doubles_nothing(tmp_path):
    class Killed(Exception):
        pass

    def killing(after):
        left = [after]

        def breathe():
            left[0] -= 1
            if not left[0]:
                raise Killed

        return breathe

    with closing(store.FILE.connect(tmp_path)) as connection:
        store.add(connection, [row(number) for number in range(8)])
        for after in (3, 40):
            with pytest.raises(Killed):
                store.settle(connection, killing(after), 1, 100)
        store.settle(connection, nothing, 1, 100)
        count = {number: found(connection, number) for number in range(8)}
        with pytest.raises(Killed):
            store.settle(connection, killing(30), 1, 1)
        for number in range(8):
            assert sum(found(connection, number).values()) == count[number]["small"]
        store.settle(connection, nothing, 1, 1)
        assert [found(connection, number) for number in range(8)] == [
            {"large": count[number]["small"]} for number in range(8)
        ]


def test_what_rows_begin_with_forgets_what_was_erased(connection):
    for levels in ((1, 100), (1, 1)):
        with transaction(connection):
            store.add(connection, [row(number) for number in range(10)])
        store.settle(connection, nothing, *levels)
        assert any(bits.strip(b"\0") for _, _, bits in store.begun(connection, 0))
        with transaction(connection):
            store.forget(connection, list(range(10)))
        store.purge(connection, nothing)
        assert not any(bits.strip(b"\0") for _, _, bits in store.begun(connection, -1))


def test_what_rows_begin_with_is_told_only_as_far_as_it_is_new(connection):
    before = store.state(connection).marks
    assert len(list(store.begun(connection, -1))) == PARTS * len(store.LEVELS)
    assert list(store.begun(connection, before)) == []
    with transaction(connection):
        store.add(connection, [row(1)])
    store.settle(connection, nothing, 1, 100)
    assert {level for level, _, _ in store.begun(connection, before)} == {store.SMALL}
    assert list(store.begun(connection, store.state(connection).marks)) == []
