"""A real token (SoftHSM2) and a real backend of the keyring library."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError, PasswordSetError
from nacl.signing import VerifyKey

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keystore
from sekisho.ledger.keystore import forget, held, is_store
from sekisho.ledger.rotation import read, rotate
from sekisho.ledger.signer import Signer

TIME = "2026-04-01T00:00:00.000Z"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"  # where Debian has it


class Memory(KeyringBackend):
    """Passwords in a dictionary."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}
        self.locked = False

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        if self.locked:
            raise PasswordSetError
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


@pytest.fixture
def memory():
    before, backend = keyring.get_keyring(), Memory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    """The URI of a key in a new token, without the key. The library reads its settings once in a process."""
    home = tmp_path_factory.mktemp("token")
    (home / "tokens").mkdir()
    conf = home / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {home / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    environ = pytest.MonkeyPatch()
    environ.setenv("SOFTHSM2_CONF", str(conf))
    environ.setenv("LOG_PIN", "1234")
    made = ["softhsm2-util", "--init-token", "--free", "--label", "town", "--pin", "1234", "--so-pin", "5678"]
    subprocess.run(made, check=True, capture_output=True)
    yield f"pkcs11:token=town;object={{}}?module-path={MODULE}&pin-source=env:LOG_PIN"
    environ.undo()


@pytest.fixture
def home(tmp_path):
    Signer.open(tmp_path, "log.example")
    return tmp_path


def test_a_key_of_the_keyring_signs(memory):
    made = held("keyring:town log", make=True)
    VerifyKey(made.public).verify(b"said", made.sign(b"said"))
    assert held("keyring:town log").public == held("keyring:town log", make=True).public == made.public
    forget("keyring:town log")
    assert memory.kept == {}
    with pytest.raises(ConfigurationError, match="no such key"):
        held("keyring:town log")
    with pytest.raises(ConfigurationError, match="could not be removed"):
        forget("keyring:town log")


@pytest.mark.parametrize("kept", ["?", "QQ=="])
def test_something_else_in_the_keyring_is_no_key(memory, kept):
    memory.kept["x", keystore.USER] = kept
    with pytest.raises(ConfigurationError):
        held("keyring:x")


def test_a_keyring_that_cannot_be_used_is_said_to_be_so(memory):
    memory.locked = True
    with pytest.raises(ConfigurationError, match="PasswordSetError"):
        held("keyring:x", make=True)
    with pytest.raises(ConfigurationError, match="no such key"):
        held("keyring:", make=True)


def test_a_key_of_a_token_signs_in_any_thread(token):
    made = held(token.format("first"), make=True)
    messages = [b"%d" % at for at in range(40)]
    with ThreadPoolExecutor(4) as pool:
        for message, signature in zip(messages, pool.map(made.sign, messages), strict=True):
            VerifyKey(made.public).verify(message, signature)
    assert held(token.format("first")).public == made.public
    assert held(token.format("second"), make=True).public != made.public


def test_a_key_that_the_token_has_not_is_said_to_be_missing(token):
    with pytest.raises(ConfigurationError, match="token town, object nowhere: cannot be used: NoSuchKey"):
        held(token.format("nowhere"))
    with pytest.raises(ConfigurationError, match="NoSuchToken"):
        held(token.format("first").replace("token=town", "token=village"))


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "token=t;object=o",
        "token=t;object=o?module-path=/m&pin-value=1234",
        "token=t;object=o;object=p?module-path=/m&pin-source=env:P",
        "token=;object=o?module-path=/m&pin-source=env:P",
        "token=t;object=o?module-path=/m&pin-source=file:/pin",
        "token=t;object=o?module-path=./m.so&pin-source=env:P",
        "token=t;object=o?module-path=/m&pin-source=env:P&x=y",
    ],
)
def test_a_uri_says_all_that_is_needed_and_never_a_pin(uri):
    with pytest.raises(ConfigurationError):
        held(f"pkcs11:{uri}")


def test_a_module_that_is_none_is_said_to_be_so():
    with pytest.raises(ConfigurationError, match="cannot be used"):
        held("pkcs11:token=t;object=o?module-path=/nowhere.so&pin-source=env:P")


def test_without_the_library_the_extra_is_named(monkeypatch):
    for name in ("keyring", "pkcs11"):
        monkeypatch.setitem(sys.modules, name, None)
        assert is_store(f"{name}:x")
        with pytest.raises(ConfigurationError, match=rf"sekisho\[{name}\]"):
            held(f"{name}:x")


def test_the_key_of_a_log_moves_from_a_file_into_the_keyring_and_back(home, memory):
    old = Signer.open(home)
    rotate(home, "", TIME, "keyring:a")
    moved = Signer.open(home)
    assert (moved.name, moved.public_key) == ("log.example", held("keyring:a").public)
    assert moved.public_key != old.public_key
    assert (home / "signer.key").read_text() == f"keyring:a\n{moved.verifier_key}\n"
    with pytest.raises(ConfigurationError, match="the key of now"):
        rotate(home, "", TIME, "keyring:a")
    rotate(home, "", TIME)
    assert memory.kept == {}
    assert [change.old for change in read(home)] == [old.verifier, moved.verifier]


def test_the_key_of_a_log_moves_into_a_token(home, token):
    rotate(home, "", TIME, token.format("log"))
    signer = Signer.open(home)
    VerifyKey(signer.public_key).verify(b"said", signer.sign(b"said"))
    assert "1234" not in (home / "signer.key").read_text()
    other = Signer.of("log.example", bytes(32)).verifier_key
    (home / "signer.key").write_text(f"{token.format('log')}\n{other}\n")
    with pytest.raises(ConfigurationError, match="another key than the store has"):
        Signer.open(home)


def test_a_store_of_another_kind_is_refused(home):
    with pytest.raises(ConfigurationError, match="neither keyring: nor pkcs11:"):
        rotate(home, "", TIME, "file:x")


def test_a_process_with_a_wrong_pin_cannot_use_the_token(token):
    """In a process of its own, since the login is one of the whole process."""
    held(token.format("first"), make=True)
    program = "import sys\nfrom sekisho.ledger.keystore import held\nheld(sys.argv[1])"
    command = [sys.executable, "-c", program, token.format("first")]
    done = subprocess.run(command, env=os.environ | {"LOG_PIN": "0000"}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "PinIncorrect" in done.stderr.splitlines()[-1]
