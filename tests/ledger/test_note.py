import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.ledger.note import Checkpoint, NoteRejected, VerifierKey, opened
from sekisho.ledger.signer import Signer

SIGNER = Signer.of("log.example/town", bytes(range(32)))
OTHER = Signer.of("log.example/other", bytes(range(1, 33)))
CHECKPOINT = Checkpoint("log.example/town", 12, b"r" * 32)

# From the documentation of golang.org/x/mod/sumdb/note, the origin of the format.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_of_the_reference_implementation_opens():
    assert opened(GO_NOTE, VerifierKey.parse(GO_KEY)) == GO_TEXT


def test_a_checkpoint_reads_back_and_has_the_three_lines_of_c2sp():
    note = SIGNER.note(CHECKPOINT.text)
    assert Checkpoint.opened(note, SIGNER.verifier) == CHECKPOINT
    assert note.startswith("log.example/town\n12\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n\n— log.example/town ")


def test_signatures_of_unknown_keys_are_ignored():
    note = SIGNER.note(CHECKPOINT.text)
    both = note + OTHER.note(CHECKPOINT.text).split("\n\n")[1]
    assert opened(both, SIGNER.verifier) == opened(both, OTHER.verifier) == CHECKPOINT.text


@given(st.integers(0), st.integers(1, 127))
def test_any_changed_character_is_found(place, change):
    note = SIGNER.note(CHECKPOINT.text)
    place %= len(note)
    altered = note[:place] + chr(ord(note[place]) ^ change) + note[place + 1 :]
    with pytest.raises(NoteRejected):
        Checkpoint.opened(altered, SIGNER.verifier)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\nno signature\n",
        "text\n\n— name\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name !!!!\n",
        SIGNER.note(CHECKPOINT.text) + "— name é\n",
        "te\txt\n\n— log.example/town AAAAAAAAAAAA\n",
        GO_NOTE,
        SIGNER.note(CHECKPOINT.text)[:-1],
        "x" * 100_001,
    ],
)
def test_what_is_no_note_of_ours_is_rejected(note):
    with pytest.raises(NoteRejected):
        opened(note, SIGNER.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "log.example/town\n",
        "log.example/town\n012\n" + "A" * 43 + "=\n",
        "log.example/town\n-1\n" + "A" * 43 + "=\n",
        "log.example/town\n12\nAAAA\n",
        "log.example/town\ntwelve\n" + "A" * 43 + "=\n",
        "elsewhere.example\n12\n" + "A" * 43 + "=\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_of_this_log_is_rejected(text):
    with pytest.raises(NoteRejected):
        Checkpoint.opened(SIGNER.note(text), SIGNER.verifier)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        "name+12345678",
        "name+12345678+????",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("PeterNeumann", "PeterNewmann"),
        GO_KEY[:-4],
    ],
)
def test_a_key_that_is_misspelled_is_refused(key):
    with pytest.raises(ConfigurationError, match="verifier key"):
        VerifierKey.parse(key)


@pytest.mark.parametrize("size", ["01", "+1", "-1", "1_0", " 1", str(2**63), "9" * 5000, ""])
def test_a_size_has_one_spelling_and_a_limit(size):
    with pytest.raises(NoteRejected):
        Checkpoint.read(f"log.example/town\n{size}\n{'A' * 43}=\n")


@pytest.mark.parametrize("text", ["\n1\n{0}\n", "a\n1\n{0}", "a\n1\n{0}\n\n", "a\n1\n{0}\nx\n\ny\n", "a\n1\n"])
def test_lines_of_a_checkpoint_are_not_empty(text):
    with pytest.raises(NoteRejected):
        Checkpoint.read(text.format("A" * 43 + "="))


def test_lines_that_a_log_adds_are_read_over():
    assert Checkpoint.read(CHECKPOINT.text + "more\n") == CHECKPOINT


def test_a_signature_has_one_spelling():
    """The last digit of its base64 holds two bits that nothing covers."""
    note = SIGNER.note(CHECKPOINT.text)
    digit = note[-3]
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = digits[digits.index(digit) ^ 1]
    with pytest.raises(NoteRejected):
        opened(note[:-3] + other + note[-2:], SIGNER.verifier)
