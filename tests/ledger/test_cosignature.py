import base64
import hashlib

import pytest
from nacl.signing import VerifyKey

from sekisho.core.errors import ConfigurationError
from sekisho.ledger.cosignature import Cosignature, Cosigner, found
from sekisho.ledger.note import COSIGNATURE, Checkpoint, NoteRejected, VerifierKey, opened
from sekisho.ledger.signer import Signer

LOG = Signer.of("log.example/town", bytes(32))
ONE, TWO = (Cosigner(Signer.of(f"witness.example/w{number}", bytes([number]) * 32)) for number in (1, 2))
TEXT = Checkpoint("log.example/town", 7, bytes(32)).text
NOTE = LOG.note(TEXT)
TIME = 1_679_315_147


def test_a_cosignature_is_made_as_the_specification_says():
    line = ONE.line(TEXT, TIME)
    dash, name, encoded = line.rstrip("\n").split(" ")
    raw = base64.b64decode(encoded)
    public = ONE.signer.public_key
    assert (dash, name) == ("—", "witness.example/w1")
    assert raw[:4] == hashlib.sha256(b"witness.example/w1\n\x04" + public).digest()[:4]
    assert raw[4:12] == TIME.to_bytes(8, "big")
    message = f"cosignature/v1\ntime {TIME}\n{TEXT}".encode()
    assert VerifyKey(public).verify(message, raw[12:]) == message


def test_cosignatures_are_found_with_their_times_and_leave_the_log_s_own_signature_as_it_is():
    note = NOTE + ONE.line(TEXT, TIME) + TWO.line(TEXT, TIME + 5) + ONE.line(TEXT, TIME + 9)
    assert found(note, [ONE.verifier, TWO.verifier]) == [
        Cosignature("witness.example/w1", TIME + 9),
        Cosignature("witness.example/w2", TIME + 5),
    ]
    assert found(note, [TWO.verifier]) == [Cosignature("witness.example/w2", TIME + 5)]
    assert found(NOTE, [ONE.verifier]) == []
    assert opened(note, LOG.verifier) == TEXT


def test_a_wrong_cosignature_of_a_known_witness_is_an_error():
    other = Checkpoint("log.example/town", 8, bytes(32)).text
    for line in (ONE.line(other, TIME), ONE.line(TEXT, 0), ONE.line(TEXT, 2**63), ONE.line(TEXT, 253_402_300_800)):
        with pytest.raises(NoteRejected):
            found(NOTE + line, [ONE.verifier])
        assert found(NOTE + line, [TWO.verifier]) == []


def test_a_plain_signature_with_the_witness_s_key_is_no_cosignature():
    plain = ONE.signer.note(TEXT).rpartition("\n\n")[2]
    assert found(NOTE + plain, [ONE.verifier]) == []
    with pytest.raises(NoteRejected):
        found(NOTE + plain, [ONE.signer.verifier])


def test_keys_of_witnesses_and_of_logs_are_not_taken_for_each_other():
    assert VerifierKey.parse(str(ONE.verifier), COSIGNATURE) == ONE.verifier
    assert base64.b64decode(str(ONE.verifier).split("+", 2)[2])[:1] == b"\x04"
    with pytest.raises(ConfigurationError):
        VerifierKey.parse(str(ONE.verifier))
    with pytest.raises(ConfigurationError):
        VerifierKey.parse(LOG.verifier_key, COSIGNATURE)


def test_the_example_of_the_specification_has_the_form_of_ours():
    """A checkpoint of c2sp.org/tlog-cosignature; the witness's key is not published, so its form is all there is."""
    log = "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
    cosigned = (
        "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    note = f"{text}\n— example.com/behind-the-sofa {log}\n— witness.example.com/w1 {cosigned}\n"
    assert Checkpoint.read(text).size == 20_852_163
    assert found(note, [ONE.verifier]) == []
    raw = base64.b64decode(cosigned)
    assert (len(raw), int.from_bytes(raw[4:12], "big")) == (4 + 8 + 64, TIME)
    assert len(base64.b64decode(ONE.line(text, TIME).split(" ")[2])) == len(raw)
