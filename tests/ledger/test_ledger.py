import asyncio
import hashlib
import json
import subprocess
from contextlib import closing

import pytest

from sekisho.core.errors import ConfigurationError, LedgerFault
from sekisho.ledger import erasure, store
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.ledger import Entry, Ledger
from sekisho.ledger.note import Checkpoint, VerifierKey
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer
from sekisho.provenance.statement import canonical

in_both = pytest.mark.parametrize("ledger", ["file", "server"], indirect=True)


async def filled(ledger, record, count, **options):
    return await asyncio.gather(*[ledger.append(record(number, **options)) for number in range(count)])


def bytes_of(directory):
    """All bytes of all files, read by another process: closing a file here would drop SQLite's locks."""
    return subprocess.run(["cat", *directory.iterdir()], capture_output=True, check=True).stdout


@in_both
async def test_records_get_positions_in_the_order_of_their_appends(ledger, record):
    entries = await filled(ledger, record, 300)
    assert [entry.position for entry in entries] == list(range(300))
    assert entries[7][:3] == Entry(7, record(7).exchange, hashlib.sha256(b"\x00" + record(7).statement).digest())
    assert ledger.size == 300
    assert ledger.leaf(299) == record(299).statement
    assert ledger.entry_of(record(8).exchange) == entries[8][:3]
    assert ledger.entry_of("nobody") is None


async def test_each_append_brings_its_proof_and_a_signed_checkpoint(tmp_path, record, verifier):
    signer = Signer.of("log.example", bytes(32))
    with closing(Ledger.open(tmp_path / "home", signer=signer)) as ledger:
        logged = [*await filled(ledger, record, 37), await ledger.append(record(37))]
    for one in logged:
        checkpoint = Checkpoint.opened(one.checkpoint, signer.verifier)
        hashes = [one.proof[at : at + 32] for at in range(0, len(one.proof), 32)]
        assert checkpoint.root == verifier.root([record(number).statement for number in range(checkpoint.size)])
        assert verifier.included(one.leaf, one.position, checkpoint.size, hashes, checkpoint.root)
    assert (logged[-1].position, Checkpoint.opened(logged[-1].checkpoint, signer.verifier).size) == (37, 38)
    assert len({one.checkpoint for one in logged}) < 38, "one signature serves all records of a commit"


@in_both
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 64, 100])
async def test_every_proof_of_every_size_verifies_by_the_text_of_the_rfc(ledger, record, verifier, size):
    await filled(ledger, record, size)
    roots = [verifier.root([record(number).statement for number in range(end)]) for end in range(size + 1)]
    assert ledger.root == roots[size]
    for position in range(size):
        leaf = verifier.leaf(record(position).statement)
        for end in {position + 1, (position + 1 + size) // 2, size}:
            proof = ledger.inclusion_proof(position, end)
            assert verifier.included(leaf, position, end, proof, roots[end])
            assert not verifier.included(leaf, position, end, proof, bytes(32))
    for old in range(1, size + 1):
        assert ledger.root_at(old) == roots[old]
        proof = ledger.consistency_proof(old, size)
        assert verifier.consistent(old, size, roots[old], roots[size], proof)
        assert not verifier.consistent(old, size, bytes(32), roots[size], proof)


@in_both
async def test_what_is_not_in_the_log_cannot_be_asked_for(ledger, record):
    await filled(ledger, record, 3)
    for asked in (
        lambda: ledger.leaf(3),
        lambda: ledger.leaf(-1),
        lambda: ledger.inclusion_proof(3, 3),
        lambda: ledger.inclusion_proof(-1, 3),
        lambda: ledger.inclusion_proof(0, 4),
        lambda: ledger.consistency_proof(0, 3),
        lambda: ledger.consistency_proof(2, 4),
        lambda: ledger.root_at(4),
    ):
        with pytest.raises(IndexError):
            asked()


@in_both
async def test_an_empty_ledger_has_the_root_of_the_rfc(ledger, tmp_path):
    assert (ledger.size, ledger.root) == (0, hashlib.sha256(b"").digest())
    assert ledger.checkpoint(Signer.open(tmp_path, "log.example")).split("\n")[1] == "0"


@in_both
async def test_a_checkpoint_states_size_and_root_and_verifies_with_the_public_key(ledger, record, tmp_path):
    await filled(ledger, record, 5)
    signer = Signer.open(tmp_path, "log.example/town")
    note = ledger.checkpoint(signer)
    checkpoint = Checkpoint.opened(note, VerifierKey.parse(signer.verifier_key))
    assert checkpoint == Checkpoint("log.example/town", 5, ledger.root)


async def test_the_log_goes_on_after_it_is_opened_again(tmp_path, record):
    for start in (0, 3):
        ledger = Ledger.open(tmp_path)
        entries = [await ledger.append(record(start + number)) for number in range(3)]
        assert [entry.position for entry in entries] == [start, start + 1, start + 2]
        ledger.close()


async def test_contents_come_back_as_they_were_and_lie_encrypted(ledger, record, tmp_path):
    large = "山田花子".encode() * 200_000
    await asyncio.gather(
        ledger.append(record(0, "電話は090-1234-5678です".encode())),
        ledger.append(record(1, b"")),
        ledger.append(record(2)),
        ledger.append(record(3, large)),
    )
    assert ledger.content(record(0).exchange) == "電話は090-1234-5678です".encode()
    assert ledger.content(record(1).exchange) == b""
    assert ledger.content(record(2).exchange) is None
    assert ledger.content(record(3).exchange) == large
    assert ledger.contents_kept() == 3
    files = bytes_of(tmp_path / "home")
    assert b"090-1234-5678" not in files
    assert "山田花子".encode() not in files


def secrets_and_seals(directory):
    connection = store.connect(directory / store.FILE, store.sqlite3.Connection, sync=True)
    rows = connection.execute("SELECT secret, sealed FROM keys JOIN contents USING (position)").fetchall()
    connection.close()
    return rows


async def test_erasing_leaves_no_trace_in_any_file_and_every_proof_valid(ledger, record, verifier, tmp_path):
    await filled(ledger, record, 20, content=b"said " * 300)
    directory, exchange = tmp_path / "home", record(5).exchange
    secret, sealed = secrets_and_seals(directory)[5]
    before = bytes_of(directory)
    assert secret in before
    assert sealed[:200] in before
    old_root = ledger.root

    assert ledger.erase(exchange) == 1

    after = bytes_of(directory)
    assert secret not in after
    assert not any(sealed[at : at + 64] in after for at in range(0, 1400, 64))
    assert ledger.content(exchange) is None
    assert ledger.content(record(6).exchange) == b"said " * 300
    assert json.loads(ledger.leaf(20)) == {
        "id": exchange,
        "kind": "erasure",
        "position": 5,
        "reason": "request",
        "time": "2026-01-01T00:00:00.000Z",
        "v": 1,
    }
    assert ledger.entry_of(exchange).position == 5
    leaf = verifier.leaf(record(5).statement)
    assert verifier.included(leaf, 5, 21, ledger.inclusion_proof(5, 21), ledger.root)
    assert verifier.consistent(20, 21, old_root, ledger.root, ledger.consistency_proof(20, 21))
    assert ledger.audit().erased == 1


async def test_keys_destroyed_in_any_order_leave_no_copy_behind(ledger, record, tmp_path):
    await asyncio.gather(*[ledger.append(record(number, b"x" * (number * 37 % 9000))) for number in range(400)])
    rows = secrets_and_seals(tmp_path / "home")
    gone = [number * 7 % 400 for number in range(300)]
    for number in gone[:20]:
        assert ledger.erase(record(number).exchange) == 1
    files = bytes_of(tmp_path / "home")
    assert [number for number in gone[:20] if rows[number][0] in files] == []
    assert rows[gone[20]][0] in files


@in_both
async def test_erasing_twice_or_nothing_records_nothing(ledger, record):
    await ledger.append(record(0, b"once"))
    assert [ledger.erase(record(0).exchange), ledger.erase(record(0).exchange), ledger.erase("nobody")] == [1, 0, 0]
    assert ledger.size == 2


@in_both
async def test_sweeping_erases_exactly_what_is_over(ledger, record):
    await asyncio.gather(
        ledger.append(record(0, b"past", 99)),
        ledger.append(record(1, b"now", 100)),
        ledger.append(record(2, b"future", 101)),
        ledger.append(record(3, b"for ever")),
    )
    assert [ledger.sweep(100), ledger.sweep(100)] == [2, 0]
    assert [ledger.content(record(number).exchange) for number in range(4)] == [None, None, b"future", b"for ever"]
    assert json.loads(ledger.leaf(4))["reason"] == "retention"
    assert ledger.audit().erased == 2


@in_both
async def test_sweeping_goes_on_until_nothing_is_left(ledger, record):
    await filled(ledger, record, 1003, content=b"x", keep_until_s=5)
    assert ledger.sweep(6) == 1003
    assert ledger.contents_kept() == 0


async def test_erasing_by_date_spares_what_began_later(ledger):
    names = [erasure.first_id(time_ms) + "0" * 16 for time_ms in (999, 1000, 1001)]
    for name in names:
        await ledger.append(Record(name, canonical({"id": name}), b"said"))
    assert [ledger.erase_before(1000), ledger.erase_before(1000)] == [1, 0]
    assert [ledger.content(name) for name in names] == [None, b"said", b"said"]
    assert ledger.audit().erased == 1


async def test_the_entry_of_an_erasure_is_found_and_only_where_there_is_one(ledger, record):
    await filled(ledger, record, 2, content=b"said")
    assert ledger.erasure_of(record(0).exchange) is None
    ledger.erase(record(0).exchange)
    assert ledger.erasure_of(record(0).exchange).position == 2
    assert ledger.erasure_of(record(1).exchange) is None


async def test_a_content_that_was_exchanged_for_another_does_not_open(ledger, record, tmp_path):
    await filled(ledger, record, 2, content=b"said")
    connection = store.connect(tmp_path / "home" / store.FILE, store.sqlite3.Connection, sync=True)
    connection.execute("UPDATE contents SET sealed = (SELECT sealed FROM contents WHERE position = 1)")
    connection.close()
    with pytest.raises(LedgerAltered, match=r"Entry 0 .*\(its encrypted content"):
        ledger.content(record(0).exchange)


async def test_a_proof_never_comes_from_a_missing_node(ledger, record, tmp_path):
    await filled(ledger, record, 8)
    connection = store.connect(tmp_path / "home" / store.FILE, store.sqlite3.Connection, sync=True)
    connection.execute("UPDATE entries SET hashes = substr(hashes, 1, 32) WHERE position = 3")
    connection.close()
    with pytest.raises(LedgerAltered, match=r"Entry 3 .*\(its tree hashes"):
        ledger.inclusion_proof(7, 8)


async def test_a_ledger_without_its_master_key_does_not_open_with_a_new_one(ledger, tmp_path):
    (tmp_path / "home" / "master.key").unlink()
    with pytest.raises(ConfigurationError, match=r"master\.key: is missing"):
        Ledger.open(tmp_path / "home")


async def test_a_directory_that_cannot_be_made_is_a_configuration_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        Ledger.open(tmp_path / "file" / "home")


async def test_files_are_for_their_owner_only(ledger, record, tmp_path):
    await ledger.append(record(0, b"said"))
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "home").iterdir()}
    assert modes.keys() >= {"ledger.sqlite", "ledger.sqlite-wal", "ledger.lock", "master.key"}
    assert set(modes.values()) == {0o600}
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


async def test_a_closed_ledger_says_so(tmp_path, record):
    ledger = Ledger.open(tmp_path)
    ledger.close()
    with pytest.raises(LedgerFault, match="closed"):
        await ledger.append(record(0))
    with pytest.raises(LedgerFault):
        ledger.root  # noqa: B018
