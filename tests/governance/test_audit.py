import inspect
import io
import re
from random import Random

import pytest
from tests.governance.making import POLICIES, POLICY, SIGNER, START_MS, audit, erased, statement

from sekisho.governance import audit as module
from sekisho.governance.audit import Auditor
from sekisho.governance.rejected import BundleRejected
from sekisho.ledger import bundle, tile_files
from sekisho.ledger.archive import BLOCK
from sekisho.ledger.cosignature import Cosigner
from sekisho.ledger.keychange import ID, Change
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.signer import Signer
from sekisho.pipeline.identity import timestamp
from sekisho.provenance.statement import canonical

WITNESS = Cosigner(Signer.of("witness.example/w1", bytes([7]) * 32))
OTHER = Signer.of("log.example/town", bytes([8]) * 32)


def refusal(raw, **given):
    with pytest.raises(BundleRejected) as caught:
        audit(raw, **given)
    return caught.value.part, caught.value.where


def test_the_steps_in_the_code_are_those_of_the_docstring():
    told = re.findall(r"^\s+(\d+)\. ", Auditor.run.__doc__, re.MULTILINE)
    lines = [line for line in inspect.getsource(module).splitlines() if line.strip().startswith("# ")]
    done = {step for line in lines for step in re.findall(r"(\d+)\. [A-Z]", line)}
    assert told == [str(number) for number in range(1, 13)]
    assert done == set(told)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 700])
def test_a_log_of_any_size_passes(log, size):
    if size:
        log.grow(size)
    report = audit(log.bundle())
    assert (report.origin, report.size, report.root) == ("log.example/town", size, log.ledger.root.hex())
    assert sum(report.verdicts.values()) == size
    assert report.unexplained == []


def test_the_same_log_gives_the_same_bytes(log):
    log.grow(300)
    assert log.bundle() == log.bundle()


def test_every_single_bit_counts(log):
    """All bits of a small bundle would take minutes: every byte of what is not filler, and a bit of each block."""
    log.grow(3)
    raw = log.bundle()
    chance = Random(1)
    places = {at for at in range(len(raw)) if raw[at]} | {
        chance.randrange(at, at + BLOCK) for at in range(0, len(raw), BLOCK)
    }
    for place in sorted(places):
        changed = bytearray(raw)
        changed[place] ^= 1 << chance.randrange(8)
        refusal(bytes(changed))


def test_a_byte_more_or_less_is_found(log):
    log.grow(3)
    raw = log.bundle()
    for changed in (raw + b"\0", raw[:-1], raw[:-BLOCK], raw + raw, b"", raw[1:], raw[: len(raw) // 2]):
        assert refusal(changed)[0] in ("container", "seal")


def test_members_moved_doubled_or_dropped_are_found(log):
    log.grow(300)
    raw = log.bundle()
    starts = [at for at in range(0, len(raw), BLOCK) if raw[at + 257 : at + 262] == b"ustar"]
    parts = [raw[start:stop] for start, stop in zip(starts, [*starts[1:], len(raw)], strict=True)]
    for index in range(len(parts) - 1):
        swapped = [*parts[:index], parts[index + 1], parts[index], *parts[index + 2 :]]
        doubled = [*parts[: index + 1], *parts[index:]]
        dropped = [*parts[:index], *parts[index + 1 :]]
        for changed in (swapped, doubled, dropped):
            assert refusal(b"".join(changed))[0] == "container"


def test_another_key_does_not_pass(log):
    log.grow(1)
    raw = log.bundle()
    with pytest.raises(BundleRejected):
        Auditor(OTHER.verifier).run(io.BytesIO(raw))


def test_a_witness_must_have_cosigned(log):
    log.grow(5)
    key = WITNESS.verifier
    assert refusal(log.bundle(), witnesses=[key]) == ("witness", "witness.example/w1")
    note = log.checkpoint()
    cosigned = note + WITNESS.line(note.partition("\n\n")[0] + "\n", 1_767_300_000)
    report = audit(log.bundle(cosigned), witnesses=[key])
    assert report.witnessed == [("witness.example/w1", 1_767_300_000)]
    wrong = note + WITNESS.line("another text\n", 1_767_300_000)
    assert refusal(log.bundle(wrong), witnesses=[key]) == ("witness", "witness.example/w1")
    raw = log.bundle(cosigned)  # the seal covers cosignatures for which the auditor has no key, too
    place = raw.index(b"witness.example/w1 ") + 60
    assert refusal(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])[0] in ("seal", "checkpoint")


def test_a_policy_must_be_the_text_of_its_digest(log):
    log.grow(1)
    digest = next(iter(POLICIES))
    assert refusal(log.bundle(policies={digest: POLICY + b" "})) == ("policy", f"policies/{digest}.json")
    assert audit(log.bundle(policies={})).unexplained == [digest]


def test_an_exchange_recorded_twice_is_found(log):
    log.grow(300)
    log.add(log.ledger.leaf(7))
    assert refusal(log.bundle()) == ("twice", "#300")


def test_erasures_must_speak_of_what_is_there(log):
    first, second = statement(0), statement(1)
    log.add(first, second)
    log.add(erased(first["id"], 0))
    assert audit(log.bundle()).kinds == {"erasure": 1, "exchange": 2}
    log.add(erased(first["id"], 1))
    assert refusal(log.bundle()) == ("erasure", "#3")


def test_a_content_is_not_erased_twice(log):
    first = statement(0)
    log.add(first)
    log.add(erased(first["id"], 0), erased(first["id"], 0))
    assert refusal(log.bundle()) == ("erasure", "#2")


def test_statements_that_are_not_canonical_are_found(log):
    log.grow(1)
    log.add(canonical(statement(1)).replace(b",", b", ", 1))
    assert refusal(log.bundle()) == ("canonical", "#1")


def test_receipts_stand_at_their_places(log):
    log.grow(300)
    given = {f"{number}.txt": log.receipts[number].encode() for number in (0, 1, 255, 256, 299)}
    assert audit(log.bundle(), receipts=given).receipts == 5


def test_a_log_rewritten_by_its_owner_contradicts_receipts_and_checkpoints(log, tmp_path):
    log.grow(300)
    kept = {"kept.txt": log.checkpoint().encode()}
    given = {"one.txt": log.receipts[7].encode()}
    log.ledger.close()
    for file in log.home.glob("ledger.*"):
        file.unlink()
    log.__post_init__()
    log.grow(400)
    raw = log.bundle()
    assert audit(raw).size == 400  # sound in itself
    assert refusal(raw, receipts=given) == ("missing", "one.txt")
    assert refusal(raw, checkpoints=kept) == ("earlier", "kept.txt")


def test_a_log_cut_short_contradicts_what_others_kept(log):
    log.grow(10)
    short = log.bundle()
    log.grow(10)
    assert refusal(short, checkpoints={"later": log.checkpoint().encode()}) == ("later", "later")
    assert refusal(short, receipts={"r": log.receipts[15].encode()}) == ("later", "r")


def test_checkpoints_of_every_size_agree(log):
    given = {}
    for _ in range(60):
        log.grow(11)
        given[str(log.ledger.size)] = log.checkpoint().encode()
    given["empty"] = SIGNER.note(
        Checkpoint(
            SIGNER.name, 0, bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        ).text
    ).encode()
    assert audit(log.bundle(), checkpoints=given).checkpoints == 61


@pytest.mark.parametrize("size", [0, 1, 256, 700])
def test_static_files_are_audited_as_well(log, tmp_path, size):
    if size:
        log.grow(size)
    tile_files.export(log.ledger, SIGNER, tmp_path / "www", log.checkpoint())
    if not size:
        (tmp_path / "www").mkdir(exist_ok=True)
        (tmp_path / "www/checkpoint").write_text(log.checkpoint())
    report = Auditor(SIGNER.verifier).run_files(tmp_path / "www")
    assert (report.size, report.root, report.unexplained) == (size, log.ledger.root.hex(), [])


def test_every_file_that_the_log_needs_counts(log, tmp_path):
    log.grow(300)
    www = tmp_path / "www"
    tile_files.export(log.ledger, SIGNER, www, log.checkpoint())
    files = [file for file in www.rglob("*") if file.is_file()]
    assert len(files) == 6
    for file in files:
        raw = file.read_bytes()
        for changed in (raw[:-1], raw + b"\0", bytes([raw[0] ^ 1]) + raw[1:], raw + bytes(1 << 25)):
            file.write_bytes(changed)
            with pytest.raises(BundleRejected):
                Auditor(SIGNER.verifier).run_files(www)
        file.unlink()
        with pytest.raises(BundleRejected):
            Auditor(SIGNER.verifier).run_files(www)
        file.write_bytes(raw)
    assert Auditor(SIGNER.verifier).run_files(www).size == 300


NEW = Signer.of("log.example/town", bytes([4]) * 32)


def rotated(log):
    """A log whose key was changed after 300 entries."""
    log.grow(300)
    before = log.checkpoint()
    change = Change.made(SIGNER, NEW, log.ledger.size, timestamp(START_MS + 400_000))
    log.add(change.raw, name=ID)
    path = log.home / "bundle.tar"
    bundle.export(log.ledger, NEW, log.ledger.checkpoint(NEW), POLICIES, path)
    return path.read_bytes(), before, change


def test_a_key_that_was_changed_is_followed_from_any_key_of_the_log(log):
    raw, before, _ = rotated(log)
    given = {"receipts": {"r": log.receipts[5].encode()}, "checkpoints": {"c": before.encode()}}
    report = Auditor(SIGNER.verifier, **given).run(io.BytesIO(raw))
    assert report.kinds == {"exchange": 300, "key": 1}
    assert Auditor(NEW.verifier, **given).run(io.BytesIO(raw)) == report
    with pytest.raises(BundleRejected):
        Auditor(OTHER.verifier).run(io.BytesIO(raw))


def test_a_retired_key_signs_nothing_more(log):
    raw, _, _ = rotated(log)
    assert refusal(raw, checkpoints={"c": log.checkpoint().encode()}) == ("checkpoint", "c")
    assert refusal(log.bundle()) == ("keys", "keys")  # sealed with the old key, though the log names a newer one


def test_a_history_that_is_not_that_of_the_log_is_found(log, monkeypatch):
    raw, _, change = rotated(log)
    monkeypatch.setattr(bundle, "keys", lambda newest, _: f"{newest}\n".encode())
    path = log.home / "short.tar"
    bundle.export(log.ledger, NEW, log.ledger.checkpoint(NEW), {}, path)
    with pytest.raises(BundleRejected, match="keys"):
        Auditor(NEW.verifier).run(io.BytesIO(path.read_bytes()))
    at = raw.index(change.raw) + 40
    assert refusal(raw[:at] + b"x" + raw[at + 1 :])[0] in ("keys", "container")


def test_static_files_need_the_newest_key(log, tmp_path):
    rotated(log)
    for signer, sound in ((NEW, True), (SIGNER, False)):
        www = tmp_path / str(sound)
        tile_files.export(log.ledger, signer, www, log.ledger.checkpoint(signer))
        if sound:
            assert Auditor(signer.verifier).run_files(www).size == 301
        else:
            with pytest.raises(BundleRejected):
                Auditor(signer.verifier).run_files(www)


def test_static_files_take_any_key_and_what_it_signed_with_the_history(log, tmp_path):
    _, before, change = rotated(log)
    given = {"receipts": {"r": log.receipts[5].encode()}, "checkpoints": {"c": before.encode()}}
    tile_files.export(log.ledger, NEW, tmp_path, log.ledger.checkpoint(NEW))
    for signer in (SIGNER, NEW):
        report = Auditor(signer.verifier, changes=[change], **given).run_files(tmp_path)
        assert (report.size, report.receipts, report.checkpoints) == (301, 1, 1)
    for changes in ([], [change, Change.made(NEW, OTHER, 301, timestamp(START_MS))]):
        with pytest.raises(BundleRejected):
            Auditor(NEW.verifier, changes=changes, **given).run_files(tmp_path)
    forked = [change, Change.made(SIGNER, OTHER, 300, change.time)]
    with pytest.raises(BundleRejected, match="keys"):
        Auditor(NEW.verifier, changes=forked).run_files(tmp_path)


def test_a_history_longer_than_the_files_is_found(log, tmp_path):
    log.grow(3)
    change = Change.made(SIGNER, NEW, 3, timestamp(START_MS))
    tile_files.export(log.ledger, SIGNER, tmp_path, log.checkpoint())
    with pytest.raises(BundleRejected):
        Auditor(SIGNER.verifier, changes=[change]).run_files(tmp_path)


def test_static_files_of_the_key_before_are_continued(log, tmp_path):
    log.grow(10)
    www = tmp_path / "www"
    tile_files.export(log.ledger, SIGNER, www, log.checkpoint())
    rotated(log)
    assert tile_files.export(log.ledger, NEW, www, log.ledger.checkpoint(NEW)) == (10, 311)
    assert Auditor(NEW.verifier).run_files(www).size == 311
