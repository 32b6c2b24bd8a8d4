import pytest
from tests.governance.making import SIGNER, audit, statement

from sekisho.governance.rejected import BundleRejected
from sekisho.ledger.proof import Proof
from sekisho.provenance import receipt
from sekisho.provenance.statement import canonical


def refusal(log, **files):
    with pytest.raises(BundleRejected) as caught:
        audit(log.bundle(), receipts={name: raw.encode() for name, raw in files.items()})
    return caught.value.part


def admission(one, **changes):
    kept = {name: one[name] for name in ("v", "id", "time", "profile", "policy", "request")}
    return receipt.issue(canonical(kept | {"kind": "admission"} | changes), SIGNER)


def test_an_admission_agrees_with_the_entry_of_its_exchange(log):
    one = statement(0)
    log.add(one)
    given = {"a": admission(one).encode()}
    assert audit(log.bundle(), receipts=given).unfinished == []
    assert refusal(log, a=admission(one, request="0" * 64)) == "contradicts"
    assert refusal(log, a=admission(one, policy="0" * 16)) == "contradicts"


def test_an_admission_whose_exchange_is_not_recorded_is_told_and_no_fault(log):
    log.grow(1)
    assert audit(log.bundle(), receipts={"a": admission(statement(5)).encode()}).unfinished == ["a"]


def test_receipts_of_the_form_before_are_looked_for_by_their_hash(log):
    one, other = statement(0), statement(1)
    log.add(one)
    assert audit(log.bundle(), receipts={"a": receipt.issue(canonical(one), SIGNER).encode()}).receipts == 1
    assert refusal(log, a=receipt.issue(canonical(other), SIGNER)) == "missing"


def test_proof_files_are_receipts_too(log):
    log.grow(40)
    ledger = log.ledger
    proof = Proof(7, ledger.inclusion_proof(7, 40), log.checkpoint(), ledger.leaf(7))
    assert audit(log.bundle(), receipts={"p": proof.text.encode()}).receipts == 1
    assert refusal(log, p=proof.text.replace("index 7", "index 8")) == "receipt"
    assert refusal(log, p=Proof(7, proof.hashes, proof.checkpoint).text) == "receipt"


@pytest.mark.parametrize("raw", ["", "a.b", "x" * 300_000, "あ", "c2sp.org/tlog-proof@v1\n"])
def test_what_is_no_receipt_is_rejected(log, raw):
    log.grow(1)
    assert refusal(log, r=raw) == "receipt"


def test_a_receipt_that_is_younger_than_the_bundle_agrees_where_its_entry_is_in_it(log):
    log.grow(5)
    old = log.bundle()
    log.grow(5)
    proof = Proof(3, log.ledger.inclusion_proof(3, 10), log.checkpoint(), log.ledger.leaf(3))
    assert audit(old, receipts={"p": proof.text.encode()}).receipts == 1


def test_a_receipt_may_stand_in_what_was_saved_of_an_answer(log):
    log.grow(3)
    saved = f"HTTP/1.1 200 OK\r\nSekisho-Receipt: {log.receipts[1]}\r\n\r\n{{}}"
    assert audit(log.bundle(), receipts={"saved": saved.encode()}).receipts == 1
