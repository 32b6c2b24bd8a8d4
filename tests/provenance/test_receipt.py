import base64
import hashlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.ledger import tree
from sekisho.ledger.keychange import Known
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Logged
from sekisho.ledger.signer import Signer
from sekisho.provenance import opening
from sekisho.provenance.receipt import issue, logged, verify, verify_by
from sekisho.provenance.rejected import ReceiptRejected
from sekisho.provenance.statement import canonical

SIGNER = Signer.of("log.example", bytes(range(32)))
OTHER = Signer.of("log.example", bytes(range(1, 33)))
SALT = bytes(16)
STATEMENT = canonical(
    {"v": 1, "id": "01ABC", "kind": "exchange", "request": hashlib.sha256(SALT + "問い".encode()).hexdigest()}
)
RECEIPT = issue(STATEMENT, SIGNER)

# Issued once and kept: receipts of any age must verify.
KEPT = (
    "eyJpZCI6IjAxQUJDIiwia2luZCI6ImV4Y2hhbmdlIiwidiI6MX0"
    ".NakCna68n9s2eHQ9jY2o2GKN1HxvgFcQhVpnJdqBms7IiShkt1Ec9a7EGC7bXMzDrwWLwABvCqFp-PvxG7yaBQ"
)


def reason_of(receipt, key=SIGNER.public_key):
    with pytest.raises(ReceiptRejected) as rejected:
        verify(receipt, key)
    return rejected.value.reason


def test_a_receipt_verifies_and_reads_like_its_statement():
    verified = verify(RECEIPT, SIGNER.public_key)
    assert verified.statement == STATEMENT
    assert (verified["id"], verified["v"], verified.get("missing"), len(verified)) == ("01ABC", 1, None, 4)
    assert sorted(verified) == ["id", "kind", "request", "v"]


def test_a_receipt_of_the_first_form_still_verifies():
    assert dict(verify(KEPT, SIGNER.public_key)) == {"id": "01ABC", "kind": "exchange", "v": 1}


def test_the_form_is_the_statement_and_the_signature_in_base64url():
    statement, signature = RECEIPT.split(".")
    assert base64.urlsafe_b64decode(statement + "=" * (-len(statement) % 4)) == STATEMENT
    assert base64.urlsafe_b64decode(signature + "==") == SIGNER.sign(STATEMENT)
    assert "=" not in RECEIPT


@given(st.integers(0), st.characters(max_codepoint=0x2FF))
def test_any_changed_character_is_found(place, character):
    place %= len(RECEIPT)
    altered = RECEIPT[:place] + character + RECEIPT[place + 1 :]
    if altered != RECEIPT:
        assert reason_of(altered) in ("form", "signature")


@given(st.integers(0, len(RECEIPT) - 1))
def test_a_receipt_that_was_cut_off_is_found(length):
    assert reason_of(RECEIPT[:length]) in ("form", "signature")


@given(st.text())
def test_any_text_at_all_is_rejected_in_an_orderly_way(text):
    assert reason_of(text) in ("form", "signature")


@pytest.mark.parametrize("altered", [RECEIPT + "=", RECEIPT + ".", RECEIPT.replace(".", "=."), "A" * 70_000 + ".A"])
def test_a_receipt_has_one_spelling(altered):
    assert reason_of(altered) == "form"


def test_another_key_proves_nothing():
    assert reason_of(RECEIPT, OTHER.public_key) == "signature"
    assert reason_of(RECEIPT, b"short") == "signature"


@pytest.mark.parametrize(
    "statement",
    [b"", b"[]", b"1", b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b'{"a":1.0}', b'{"a":18446744073709551616}',
     b'{"a":1}\n', b'{"a":"\\u0041"}', b"\xff", b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}"],
)  # fmt: skip
def test_a_signed_statement_that_is_not_canonical_is_rejected(statement):
    assert reason_of(issue(statement, SIGNER)) == "statement"


def test_a_signed_checkpoint_is_no_receipt():
    assert reason_of(issue(b"log.example\n1\nAAAA\n", SIGNER)) == "statement"


REQUEST = opening.of_request(SALT, b"{}", [{"role": "user", "content": "問い"}] * 20)
ANSWER = opening.of_answer(SALT, [{"index": 0, "content": "答え"}])
COMMITMENT = opening.digest(SALT)
ADMITTED = canonical({"v": 2, "kind": "admission", "request": opening.stated(COMMITMENT, REQUEST)})
ADMISSION = f"{issue(ADMITTED, SIGNER)}~{opening.written(SALT, REQUEST)}"
OPENED = (
    issue(canonical({**orjson.loads(ADMITTED), "answer": opening.stated(COMMITMENT, ANSWER)}), SIGNER)
    + f"~{opening.written(SALT, REQUEST, ANSWER)}"
)


@pytest.mark.parametrize("receipt", [ADMISSION, OPENED])
def test_a_receipt_with_an_opening_verifies_with_and_without_it(receipt):
    verified = verify(receipt, SIGNER.public_key)
    assert str(verified.opening) == receipt.partition("~")[2]
    bare = verify(verified.signed, SIGNER.public_key)
    assert (bare.statement, bare.opening) == (verified.statement, None)


def test_a_part_can_be_shown_by_itself():
    verified = verify(OPENED, SIGNER.public_key)
    only = verify(f"{verified.signed}~{verified.opening.only('m7')}", SIGNER.public_key)
    assert (only.statement, only.opening.names, only.opening.salt) == (verified.statement, verified.opening.names, None)


@given(st.integers(0), st.characters(max_codepoint=0x2FF))
def test_any_changed_character_of_a_receipt_with_an_opening_is_found(place, character):
    place %= len(OPENED)
    altered = OPENED[:place] + character + OPENED[place + 1 :]
    if altered != OPENED:
        assert reason_of(altered) in ("form", "signature", "opening")


@given(st.integers(OPENED.index("~") + 1, len(OPENED) - 1))
def test_an_opening_that_was_cut_off_is_found(length):
    assert reason_of(OPENED[:length]) in ("form", "opening")


@pytest.mark.parametrize(
    "other",
    [
        opening.written(SALT, REQUEST),
        opening.written(SALT, REQUEST, REQUEST),
        opening.written(bytes(15) + b"1", REQUEST, ANSWER),
        opening.written(SALT, opening.of_request(SALT, b"{}", []), ANSWER),
    ],
)
def test_an_opening_of_something_else_is_rejected(other):
    assert reason_of(f"{OPENED.partition('~')[0]}~{other}") in ("opening", "form")
    assert reason_of(f"{ADMISSION.partition('~')[0]}~{opening.written(SALT, REQUEST, ANSWER)}") == "opening"
    assert reason_of(f"{RECEIPT}~{opening.written(SALT, REQUEST)}") == "opening"


def in_log(index, others, signer=SIGNER):
    """The receipt of the statement at `index` among the leaves of a log."""
    leaves = [*others[:index], STATEMENT, *others[index:]]
    hashes = [tree.leaf_hash(leaf) for leaf in leaves]
    root, proofs = tree.proofs(0, [], hashes)
    checkpoint = signer.note(Checkpoint(signer.name, len(leaves), root).text)
    return logged(STATEMENT, Logged(index, "01ABC", hashes[index], b"".join(proofs[index]), checkpoint))


LOGGED = in_log(2, [b"a", b"b", b"c", b"d"])

# As above, of the form with a proof.
KEPT_LOGGED = (
    "eyJpZCI6IjAxQUJDIiwia2luZCI6ImV4Y2hhbmdlIiwicmVxdWVzdCI6ImY3Njc2ODU4YTdkOTliNGFhNTVjNjVjYjA4YTJmYTE1Y2EyODg0Yz"
    "BiZGJjZjIyMjE5MTI2NGNiY2Q0MDVlZTEiLCJ2IjoxfQ.AAAAAAAAAAJZf8sxKC00ZUwgDTQY_KVwXGSOvzJuxz2N3vEYQfh22LE3mF_0hPtgD"
    "bkxB8d7A2XIDXj1tCne0P2XNh0HeZnr0HDcW42prqfcD1rUwp2JllIABZyaDOyjq9XaJJLctx0.bG9nLmV4YW1wbGUKNQpMbktxVmxjaEVnK0h"
    "Sb2o5Y1ppdzVuR25FZHJOVjF0VWtTR1B6dGZUM2hJPQoK4oCUIGxvZy5leGFtcGxlIHNsTFF6NlFjWjh6Z3NlZjNiSEdXemZraUdORHdGc3p3T"
    "FVPU3dTQkxlMDNiRUV1UnBYNWtPWlBaQm45ZVI3RzdjRWNBWVU0a3d0Ykxiait1VERvcFVxT3c5UW89Cg"
)


def test_a_logged_receipt_proves_where_its_statement_stands():
    verified = verify(LOGGED, SIGNER.public_key)
    assert verified.statement == STATEMENT
    assert verified.place == ("log.example", 2, 5)
    assert verify(RECEIPT, SIGNER.public_key).place is None


def test_a_logged_receipt_of_the_first_form_still_verifies():
    assert KEPT_LOGGED == LOGGED
    assert verify(KEPT_LOGGED, SIGNER.public_key)["id"] == "01ABC"


@given(st.lists(st.binary(max_size=3), max_size=40), st.data())
def test_a_receipt_verifies_wherever_its_statement_stands(others, data):
    index = data.draw(st.integers(0, len(others)))
    assert verify(in_log(index, others), SIGNER.public_key).place == ("log.example", index, len(others) + 1)


@given(st.integers(0), st.characters(max_codepoint=0x2FF))
def test_any_changed_character_of_a_logged_receipt_is_found(place, character):
    place %= len(LOGGED)
    altered = LOGGED[:place] + character + LOGGED[place + 1 :]
    if altered != LOGGED:
        assert reason_of(altered) in ("form", "signature", "log")


@given(st.integers(0, len(LOGGED) - 1))
def test_a_logged_receipt_that_was_cut_off_is_found(length):
    assert reason_of(LOGGED[:length]) in ("form", "signature", "log")


def test_a_proof_proves_no_other_statement():
    statement, proof, checkpoint = LOGGED.split(".")
    other = issue(canonical({"v": 1}), SIGNER).split(".")[0]
    assert reason_of(f"{other}.{proof}.{checkpoint}") == "log"
    assert reason_of(f"{statement}..{checkpoint}") == "form"
    assert reason_of(in_log(0, [], OTHER)) == "signature"


def test_a_note_that_is_no_checkpoint_proves_nothing():
    leaf = tree.leaf_hash(STATEMENT)
    for note in ("log.example\n", SIGNER.note("log.example\nmany\nAAAA\n"), "\x00"):
        assert reason_of(logged(STATEMENT, Logged(0, "01ABC", leaf, b"", note))) == "signature"


def test_a_receipt_of_another_log_with_the_same_key_proves_nothing_of_this_one():
    elsewhere = in_log(2, [b"a", b"b"], Signer.of("log.example/other", bytes(range(32))))
    assert verify(elsewhere, SIGNER.public_key).place.origin == "log.example/other"
    with pytest.raises(ReceiptRejected):
        verify_by(elsewhere, [Known(SIGNER.verifier)])
    assert verify_by(LOGGED, [Known(SIGNER.verifier)])[1] == SIGNER.verifier


def test_a_checkpoint_with_a_signature_that_is_no_ascii_proves_nothing():
    head, proof, note = LOGGED.split(".")
    raw = base64.urlsafe_b64decode(note + "=" * (-len(note) % 4)) + "— name é\n".encode()
    assert reason_of(f"{head}.{proof}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}") == "signature"
