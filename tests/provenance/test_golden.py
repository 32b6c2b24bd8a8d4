"""Papers of every form that was ever issued, kept for ever: they must verify."""

from pathlib import Path

import pytest

from sekisho.ledger.note import VerifierKey
from sekisho.ledger.proof import Proof
from sekisho.provenance.comparison import part_of
from sekisho.provenance.receipt import proven, verify

GOLDEN = Path(__file__).with_name("golden")
KEY = VerifierKey.parse((GOLDEN / "log.pub").read_text())
EXCHANGE = "01KAVTY6R0V3H5QZJ8D2M4N7XB"
SALT = bytes.fromhex((GOLDEN / "v1-salt.txt").read_text())
PLACE = ("golden.example/log", 3, 5)


@pytest.mark.parametrize(
    ("file", "version", "kind", "place", "parts"),
    [
        ("v1-admission.txt", 1, "admission", None, ("request", None)),
        ("v1-exchange-signed.txt", 1, "exchange", None, ("request", "answer")),
        ("v1-exchange-logged.txt", 1, "exchange", PLACE, ("request", "answer")),
        ("v2-admission.txt", 2, "admission", None, ("request", None)),
        ("v2-exchange.txt", 2, "exchange", PLACE, ("request", "answer")),
        ("v2-exchange-m1.txt", 2, "exchange", PLACE, (None, None)),
    ],
)
def test_a_receipt_of_any_age_verifies(file, version, kind, place, parts):
    verified = verify((GOLDEN / file).read_text().strip(), KEY.public)
    assert (verified["v"], verified["kind"], verified["id"], verified.place) == (version, kind, EXCHANGE, place)
    texts = [(GOLDEN / f"v{version}-{name}.json").read_bytes() for name in ("request", "answer")]
    found = [part_of(verified, text, SALT) for text in texts]
    assert tuple(part and part.name for part in found) == parts


@pytest.mark.parametrize("file", ["v1-exchange.tlog-proof", "v2-exchange.tlog-proof"])
def test_a_proof_file_of_any_age_verifies(file):
    proof = Proof.parse((GOLDEN / file).read_text())
    verified = proven(proof.extra or b"", proof, KEY)
    assert (verified["id"], verified.place) == (EXCHANGE, PLACE)


def test_a_receipt_that_shows_one_message_still_shows_it():
    verified = verify((GOLDEN / "v2-exchange-m1.txt").read_text().strip(), KEY.public)
    assert part_of(verified, "山田太郎です。お礼の手紙を書いてください。".encode()) == ("m1", "user")
    assert part_of(verified, "丁寧に。".encode()) is None
