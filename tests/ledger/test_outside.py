"""Our tree and checkpoints against others' code.

pymerkle computes the same roots and accepts our inclusion proofs; sigstore accepts those as well, and our checkpoints.

`make check-go` does the same with golang.org/x/mod/sumdb, consistency proofs and tiles included; see tests/go.
"""

import asyncio
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree, InvalidProof, verify_inclusion
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
from sigstore.errors import VerificationError

from sekisho.ledger.cosignature import Cosigner
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.signer import Signer

SIZE = 70
LOG = Signer.of("log.example/town", bytes([9]) * 32)
WITNESS = Cosigner(Signer.of("witness.example/w1", bytes([7]) * 32))


class Keyring:
    """What sigstore asks for keys: ours, under the name that C2SP gives it, verified by `cryptography`."""

    @staticmethod
    def verify(*, key_id, signature, data):
        assert key_id == LOG.key_id
        try:
            Ed25519PublicKey.from_public_bytes(LOG.public_key).verify(signature, data)
        except InvalidSignature as fault:
            raise VerificationError("signature") from fault


def entry(statement, position, size, proof, root, note=""):
    """An entry of a transparency log as sigstore holds it."""
    parts = {"log_index": position, "tree_size": size, "hashes": proof, "root_hash": root}
    inclusion = SimpleNamespace(**parts, checkpoint=SimpleNamespace(envelope=note))
    keys = SimpleNamespace(key_id=LOG.key_id)
    return SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=inclusion, canonicalized_body=statement, log_id=keys))


@pytest.fixture
async def both(ledger, record):
    """Our log and another's tree over the same entries."""
    await asyncio.gather(*[ledger.append(record(number)) for number in range(SIZE)])
    others = InmemoryTree(algorithm="sha256")
    for number in range(SIZE):
        others.append_entry(record(number).statement)
    return ledger, others


async def test_roots_of_all_sizes_agree(both):
    ledger, others = both
    assert [ledger.root_at(size) for size in range(SIZE + 1)] == [others.get_root(size) for size in range(SIZE + 1)]


async def test_others_accept_our_inclusion_proofs_and_no_changed_ones(both):
    ledger, others = both
    for position in range(SIZE):
        for size in {position + 1, (position + SIZE) // 2 + 1, SIZE}:
            proof = others.prove_inclusion(position + 1, size)  # it counts from one
            leaf = proof.path[0]
            proof.path = [leaf, *ledger.inclusion_proof(position, size)]
            verify_inclusion(leaf, others.get_root(size), proof)
            if len(proof.path) > 1:
                proof.path[-1] = bytes(32)
                with pytest.raises(InvalidProof):
                    verify_inclusion(leaf, others.get_root(size), proof)


async def test_sigstore_accepts_our_inclusion_proofs_and_no_changed_ones(both):
    ledger, _ = both
    for position in range(SIZE):
        for size in {position + 1, (position + SIZE) // 2 + 1, SIZE}:
            root, proof = ledger.root_at(size), ledger.inclusion_proof(position, size)
            verify_merkle_inclusion(entry(ledger.leaf(position), position, size, proof, root))
            for wrong in ([*proof, bytes(32)], [bytes(32), *proof[1:]] if proof else [bytes(32)]):
                with pytest.raises(VerificationError):
                    verify_merkle_inclusion(entry(ledger.leaf(position), position, size, wrong, root))


async def test_sigstore_reads_and_verifies_our_checkpoints_with_and_without_cosignatures(both):
    ledger, _ = both
    note = ledger.checkpoint(LOG)
    cosigned = note + WITNESS.line(Checkpoint(LOG.name, SIZE, ledger.root).text, 1_679_315_147)
    for one in (note, cosigned):
        read = SignedCheckpoint.from_text(one).checkpoint
        assert (read.origin, read.log_size, read.log_hash) == (LOG.name, SIZE, ledger.root.hex())
        verify_checkpoint(Keyring, entry(b"", 0, SIZE, [], ledger.root, one))
    with pytest.raises(VerificationError):
        verify_checkpoint(Keyring, entry(b"", 0, SIZE, [], ledger.root, note.replace("\n70\n", "\n71\n")))
    with pytest.raises(VerificationError):
        verify_checkpoint(Keyring, entry(b"", 0, SIZE, [], bytes(32), note))
