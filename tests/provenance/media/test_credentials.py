import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256

from sekisho.core.errors import ConfigurationError
from sekisho.provenance.media import credentials as module
from sekisho.provenance.media.credentials import Credentials, anchors_of
from sekisho.provenance.media.faults import MediaMissing


@pytest.fixture
def made(tmp_path):
    return Credentials.open(tmp_path)


def private(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_a_development_certificate_is_made_once_and_says_what_it_is(made, tmp_path):
    assert made.development
    assert Credentials.open(tmp_path).chain == made.chain
    assert stat.S_IMODE((tmp_path / "marks.pem").stat().st_mode) == 0o600
    leaf, root = x509.load_pem_x509_certificates(made.chain)
    assert "for development only" in leaf.subject.rfc4514_string()
    leaf.verify_directly_issued_by(root)
    assert b"PRIVATE" not in made.chain


def test_signatures_verify_with_the_certificate(made):
    leaf = x509.load_pem_x509_certificates(made.chain)[0]
    signature = made.sign(b"message")
    der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    leaf.public_key().verify(der, b"message", ec.ECDSA(SHA256()))


def test_configured_credentials_are_used(made, tmp_path):
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(made.chain)
    key.write_bytes(private(made._key))
    key.chmod(0o600)
    configured = Credentials.open(tmp_path / "elsewhere", str(chain), str(key))
    assert (configured.development, configured.chain) == (False, made.chain)
    key.chmod(0o640)
    with pytest.raises(ConfigurationError, match="read by others"):
        Credentials.open(tmp_path, str(chain), str(key))


@pytest.mark.parametrize("secret", [b"no key", private(ed25519.Ed25519PrivateKey.generate())])
def test_other_keys_are_refused(made, tmp_path, secret):
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(made.chain)
    key.touch(0o600)
    key.write_bytes(secret)
    with pytest.raises(ConfigurationError, match="key"):
        Credentials.open(tmp_path, str(chain), str(key))


def test_what_is_named_must_be_there(made, tmp_path):
    with pytest.raises(ConfigurationError, match="belong together"):
        Credentials.open(tmp_path, "chain.pem")
    with pytest.raises(ConfigurationError, match="not there"):
        Credentials.open(tmp_path, "chain.pem", str(tmp_path / "none.pem"))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        anchors_of(str(tmp_path / "none.pem"))
    (tmp_path / "text").write_text("no certificate")
    with pytest.raises(ConfigurationError, match="no certificates"):
        anchors_of(str(tmp_path / "text"))
    assert anchors_of("") == b""


def test_without_the_extra_the_operator_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MediaMissing, match="not installed"):
        Credentials.open(tmp_path)
