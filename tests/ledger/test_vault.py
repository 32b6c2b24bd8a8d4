import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.ledger.vault import SealBroken, Vault

VAULT = Vault(bytes(range(32)))


@given(st.text(), st.binary(max_size=3000))
def test_what_is_sealed_opens_again(exchange, content):
    secret, sealed = VAULT.seal(exchange, content)
    assert VAULT.unseal(exchange, secret, sealed) == content
    assert len(secret) == 32
    assert len(sealed) == len(content) + 16


@given(st.binary(min_size=1), st.integers(0), st.integers(1, 255))
def test_a_changed_byte_breaks_the_seal(content, place, change):
    secret, sealed = VAULT.seal("exchange", content)
    parts = bytearray(secret + sealed)
    parts[place % len(parts)] ^= change
    with pytest.raises(SealBroken):
        VAULT.unseal("exchange", bytes(parts[:32]), bytes(parts[32:]))


def test_a_content_opens_only_for_its_exchange_and_its_master_key():
    secret, sealed = VAULT.seal("one", b"said")
    with pytest.raises(SealBroken):
        VAULT.unseal("two", secret, sealed)
    with pytest.raises(SealBroken):
        Vault(bytes(32)).unseal("one", secret, sealed)
    with pytest.raises(SealBroken):
        VAULT.unseal("one", secret, b"short")


def test_no_two_seals_are_alike():
    assert len({VAULT.seal("one", b"said") for _ in range(50)}) == 50


def test_the_master_key_is_made_once_and_hidden(tmp_path):
    vault = Vault.open(tmp_path, create=True)
    assert Vault.open(tmp_path, create=True) == Vault.open(tmp_path, create=False) == vault
    assert "_master" not in repr(vault)
    (tmp_path / "master.key").write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="32 bytes"):
        Vault.open(tmp_path, create=True)


def test_a_missing_master_key_is_not_replaced(tmp_path):
    with pytest.raises(ConfigurationError, match="is missing"):
        Vault.open(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []
