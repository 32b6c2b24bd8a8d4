"""The certificate and key that files are signed with: configured ones, or a development certificate made here."""

import importlib.util
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keyfile
from sekisho.provenance.media.faults import MediaMissing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, Name

FILE = "marks.pem"
LIFE = timedelta(days=3650)
PURPOSES = ("1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4")  # document signing (RFC 9336); e-mail, which validators know
_KEY_END = b"-----END PRIVATE KEY-----\n"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Signs claims with ECDSA on P-256 and SHA-256 (ES256).

    Attributes:
        chain: the certificate, then its issuers, in PEM.
        development: whether the certificate was made here, so that nobody else has a reason to trust it.
    """

    chain: bytes
    development: bool
    _key: "EllipticCurvePrivateKey" = field(repr=False)

    @classmethod
    def open(cls, directory: Path, certificate: str = "", key: str = "") -> "Credentials":
        """The credentials of the settings (paths of PEM files), or else those of `marks.pem` in `directory`.

        Where that does not exist it is made, mode 0600, with a root of its own whose key is thrown away.
        Raises `ConfigurationError` for files that cannot be used, and `MediaMissing` without the extra.
        """
        if importlib.util.find_spec("cryptography") is None:
            raise MediaMissing
        if bool(certificate) != bool(key):
            raise ConfigurationError(where="marks", what="`certificate` and `key` belong together")
        if certificate:
            secret = keyfile.load(Path(key).expanduser())
            if secret is None:
                raise ConfigurationError(where=key, what="is not there")
            return cls(_chain(certificate), development=False, _key=_key_of(secret, key))
        path = directory / FILE
        kept = keyfile.load(path) or keyfile.create(path, _made())
        secret, end, chain = kept.partition(_KEY_END)
        return cls(chain, development=True, _key=_key_of(secret + end, str(path)))

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of r and s (RFC 9053, 2.1)."""
        from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - an extra

        r, s = utils.decode_dss_signature(self._key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def anchors_of(file: str) -> bytes:
    """The certificates of a PEM file; none where no file is named. Raises `ConfigurationError`."""
    return _chain(file) if file else b""


def _chain(file: str) -> bytes:
    from cryptography import x509  # noqa: PLC0415 - an extra

    try:
        pem = Path(file).expanduser().read_bytes()
        x509.load_pem_x509_certificates(pem)
    except OSError as fault:
        raise ConfigurationError(where=file, what=f"cannot be read: {fault.strerror}") from fault
    except ValueError as fault:
        raise ConfigurationError(where=file, what="holds no certificates in PEM") from fault
    return pem


def _key_of(secret: bytes, where: str) -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - an extra

    try:
        key = load_pem_private_key(secret, None)
    except (ValueError, TypeError) as fault:
        raise ConfigurationError(where=where, what="holds no private key in PEM without a password") from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigurationError(where=where, what="is not an ECDSA key on P-256")
    return key


def _made() -> bytes:
    """A key, its certificate and the root that issued it, in PEM."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - an extra

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    number = os.urandom(4).hex()  # roots of two machines have two names
    root = _certificate(f"Development root {number}", root_key, f"Development root {number}", root_key)
    leaf = _certificate(f"Development {number}", key, f"Development root {number}", root_key)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret + leaf.public_bytes(pem) + root.public_bytes(pem)


def _certificate(
    name: str, key: "EllipticCurvePrivateKey", issuer: str, issuer_key: "EllipticCurvePrivateKey"
) -> "Certificate":
    """A certificate as C2PA demands it (C2PA 2.x, "X.509 Certificates"): a root where issuer and name are the same."""
    from cryptography import x509  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - an extra

    root = name == issuer
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(root, 0 if root else None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not root, key_cert_sign=root, crl_sign=root, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not root:
        purpose = x509.ExtendedKeyUsage([x509.ObjectIdentifier(one) for one in PURPOSES])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(issuer_key, SHA256())


def _name(common: str) -> "Name":
    from cryptography import x509  # noqa: PLC0415 - an extra
    from cryptography.x509.oid import NameOID  # noqa: PLC0415 - an extra

    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sekisho, for development only"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
