import pytest
from nacl.signing import VerifyKey

from sekisho.core.errors import ConfigurationError
from sekisho.ledger.note import VerifierKey
from sekisho.ledger.signer import Signer

# From the documentation of golang.org/x/mod/sumdb/note.
GO_FILE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def written(directory, text, mode=0o600):
    file = directory / "signer.key"
    file.write_text(text)
    file.chmod(mode)
    return directory


def test_a_key_of_the_reference_implementation_is_read(tmp_path):
    signer = Signer.open(written(tmp_path, GO_FILE))
    assert signer.verifier_key == GO_KEY
    assert (signer.name, signer.key_id.hex()) == ("PeterNeumann", "c74f20a3")


def test_a_new_key_is_for_its_owner_only_and_stays(tmp_path):
    first = Signer.open(tmp_path, "log.example")
    assert (tmp_path / "signer.key").stat().st_mode & 0o777 == 0o600
    assert Signer.open(tmp_path) == Signer.found(tmp_path) == first
    assert [file.name for file in tmp_path.iterdir()] == ["signer.key"]


def test_keys_without_a_name_are_named_apart(tmp_path):
    names = set()
    for part in ("a", "b"):
        (tmp_path / part).mkdir()
        names.add(Signer.open(tmp_path / part).name)
    assert len(names) == 2
    assert all(name.startswith("sekisho.local/") for name in names)


def test_a_signature_verifies_by_others_code(tmp_path):
    signer = Signer.open(tmp_path)
    VerifyKey(signer.public_key).verify(b"said", signer.sign(b"said"))
    assert VerifierKey.parse(signer.verifier_key).public == signer.public_key


def test_nothing_shows_the_secret(tmp_path):
    signer = Signer.open(tmp_path)
    written = (tmp_path / "signer.key").read_text().strip()
    assert written.rpartition("+")[2] not in repr(signer)
    assert "_sign" not in repr(signer)


def test_where_there_is_no_key_none_is_found_and_none_made(tmp_path):
    assert Signer.found(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_that_others_can_reach_is_refused(tmp_path, mode):
    with pytest.raises(ConfigurationError, match="read by others"):
        Signer.open(written(tmp_path, GO_FILE, mode))


@pytest.mark.parametrize(
    "text", ["", "hello", GO_FILE[8:], GO_FILE.replace("c7", "c8"), GO_FILE.replace("+AY", "+BY"), GO_FILE[:-9]]
)
def test_a_damaged_key_is_refused(tmp_path, text):
    with pytest.raises(ConfigurationError):
        Signer.open(written(tmp_path, text))


def test_a_key_of_another_log_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="belongs to the log `PeterNeumann`"):
        Signer.open(written(tmp_path, GO_FILE), "log.example")


@pytest.mark.parametrize("name", ["two words", "a+b", "line\nfeed"])
def test_a_name_that_notes_cannot_bear_is_refused(tmp_path, name):
    with pytest.raises(ConfigurationError, match="must not hold"):
        Signer.open(tmp_path, name)
