import pytest

from sekisho.cli.public_keys import public_key
from sekisho.core.errors import ConfigurationError
from sekisho.ledger.cosignature import Cosigner
from sekisho.ledger.note import COSIGNATURE, ED25519
from sekisho.ledger.signer import Signer

SIGNER = Signer.of("log.example/town", bytes([9]) * 32)


def test_a_key_is_written_out_or_stands_in_a_file(tmp_path):
    (tmp_path / "town.pub").write_text(f"{SIGNER.verifier_key}\n")
    assert (
        public_key(SIGNER.verifier_key, ED25519) == public_key(str(tmp_path / "town.pub"), ED25519) == SIGNER.verifier
    )


def test_a_witness_has_a_key_of_another_kind():
    key = Cosigner(SIGNER).verifier
    assert public_key(str(key), COSIGNATURE) == key
    with pytest.raises(ConfigurationError):
        public_key(str(key), ED25519)


@pytest.mark.parametrize("told", ["", "missing.pub", "x" * 5000, "a+b+c"])
def test_what_is_no_key_is_wrong_use(told):
    with pytest.raises(ConfigurationError):
        public_key(told, ED25519)
