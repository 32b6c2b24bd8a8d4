import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from sekisho.cli.main import DONE, NEGATIVE, WRONG_USE
from sekisho.cli.verify import verify
from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keystore, tree
from sekisho.ledger.cosignature import Cosigner
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.proof import Proof
from sekisho.ledger.signer import Signer
from sekisho.provenance import opening, receipt
from sekisho.provenance.statement import canonical

WITNESS = Cosigner(Signer.of("w.example/1", bytes([1]) * 32))
SALT = bytes(range(16))
STATED = {
    "answer": hashlib.sha256(SALT + b"answered").hexdigest(),
    "categories": ["privacy.phone"],
    "id": "01KAVTY6R0V3H5QZJ8D2M4N7XB",
    "kind": "exchange",
    "request": hashlib.sha256(SALT + b"asked").hexdigest(),
    "verdict": "mask",
}


TOLD = {
    "ja": ("種類: やりとり (exchange)", "判定: 一部を伏せて通しました (mask)", "電話番号 (privacy.phone)"),
    "en": ("Kind: an exchange (exchange)", "Verdict: passed with parts masked (mask)", "phone number (privacy.phone)"),
}


@pytest.fixture(autouse=True)
def signer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEKISHO_")]:
        monkeypatch.delenv(name)
    Path(".sekisho").mkdir()
    made = Signer.open(Path(".sekisho"), "log.example")
    Path("receipt.txt").write_text(receipt.issue(canonical(STATED), made) + "\n")
    return made


def run(*words, **options):
    return CliRunner().invoke(verify, words, **options)


@pytest.mark.parametrize(
    ("language", "said"), [("ja", "確認できました"), ("en", "Verified: this receipt was signed by “log.example”")]
)
def test_a_good_receipt_is_told_in_words(language, said):
    result = run("receipt.txt", "--language", language)
    assert result.exit_code == DONE
    assert said in result.output
    assert STATED["id"] in result.output
    for words in TOLD[language]:
        assert words in result.output


def test_a_receipt_comes_from_standard_input_too():
    result = run("-", "--json", input=Path("receipt.txt").read_text())
    assert json.loads(result.stdout) == STATED


@pytest.mark.parametrize("how", ["text", "file"])
def test_the_key_alone_is_enough(signer, how):
    Path("log.pub").write_text(signer.verifier_key + "\n")
    Path(".sekisho/signer.key").unlink()
    assert run("receipt.txt", "--key", "log.pub" if how == "file" else signer.verifier_key).exit_code == DONE


def test_without_any_key_nothing_is_verified():
    Path(".sekisho/signer.key").unlink()
    assert isinstance(run("receipt.txt").exception, ConfigurationError)
    assert isinstance(run("receipt.txt", "--key", "nonsense").exception, ConfigurationError)


def test_a_forged_receipt_exits_with_one():
    Path("receipt.txt").write_text("A" + Path("receipt.txt").read_text()[1:])
    result = run("receipt.txt", "--language", "ja")
    assert result.exit_code == NEGATIVE
    assert "控えを確認できません" in result.stderr
    assert result.stdout == ""


def test_bytes_that_are_no_text_are_no_receipt():
    Path("receipt.txt").write_bytes(b"\xff\xfe.\x00")
    assert run("receipt.txt").exit_code == NEGATIVE


@pytest.mark.parametrize(("text", "said"), [("asked", "is the request"), ("answered", "is the answer")])
def test_a_text_is_compared_with_its_digest(text, said):
    Path("text").write_text(text)
    result = run("receipt.txt", "--text", "text", "--salt", SALT.hex(), "--language", "en")
    assert result.exit_code == DONE
    assert said in result.stderr


def test_another_text_exits_with_one():
    Path("text").write_text("asked\n\n")
    result = run("receipt.txt", "--text", "text", "--salt", SALT.hex(), "--language", "ja")
    assert result.exit_code == NEGATIVE
    assert "一致しません" in result.stderr


MESSAGES = [{"role": "system", "content": "polite"}, {"role": "user", "content": "asked"}]


@pytest.fixture
def opened(signer):
    """A receipt with an opening."""
    request = opening.of_request(SALT, b'{"messages":[]}', MESSAGES)
    answer = opening.of_answer(SALT, [{"index": 0, "content": "answered"}])
    commitment = opening.digest(SALT)
    said = {"request": opening.stated(commitment, request), "answer": opening.stated(commitment, answer)}
    stated = canonical({**STATED, **said, "v": 2, "weights": opening.digest(b"w")})
    made = f"{receipt.issue(stated, signer)}~{opening.written(SALT, request, answer)}"
    Path("receipt.txt").write_text(made + "\n")
    return made


BODY = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "answered"}}]}


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ('{"messages":[]}\n', "en", "is the request"),
        (json.dumps(BODY), "en", "is the answer"),
        (json.dumps(BODY), "ja", "応答と一致します"),
        ("asked", "en", "message 2 (role user)"),
        ("polite\n", "ja", "1番目のメッセージ(役割: system)"),
        ("answered", "en", "choice 1 in the answer"),
    ],
)
def test_a_receipt_with_an_opening_needs_no_salt(opened, text, language, said):
    Path("text").write_text(text)
    result = run("receipt.txt", "--text", "text", "--language", language)
    assert result.exit_code == DONE
    assert said in result.stderr


def test_a_text_of_another_exchange_is_said_to_be_one(opened):
    Path("text").write_text("asked ")
    result = run("receipt.txt", "--text", "text", "--language", "en")
    assert result.exit_code == NEGATIVE
    assert "no part of this receipt's exchange" in result.stderr


def test_weights_are_told_as_tools_for_files_write_them(opened):
    assert hashlib.sha256(b"w").hexdigest() in run("receipt.txt").output


def test_a_receipt_that_shows_one_message_is_made(opened):
    Path("text").write_text("asked")
    result = run("receipt.txt", "--text", "text", "--show-only")
    assert result.exit_code == DONE
    Path("receipt.txt").write_text(result.stdout)
    assert run("receipt.txt", "--text", "text").exit_code == DONE
    Path("text").write_text("polite")
    assert run("receipt.txt", "--text", "text").exit_code == NEGATIVE
    assert run("receipt.txt", "--show-only").exit_code == WRONG_USE


@pytest.mark.parametrize(
    "wrap", [lambda one: {"sekisho": {"receipt": one}}, lambda one: one, lambda one: {"receipt": one}]
)
def test_a_receipt_is_taken_as_json_too(opened, wrap):
    Path("receipt.txt").write_text(json.dumps(wrap(opened)))
    assert run("receipt.txt").exit_code == DONE
    Path("receipt.txt").write_text("{}")
    assert run("receipt.txt").exit_code == NEGATIVE


def test_a_saved_answer_is_both_receipt_and_text(opened):
    Path("saved").write_bytes(
        b"HTTP/1.1 200 OK\r\nSekisho-Receipt: " + opened.encode() + b"\r\n\r\n" + json.dumps(BODY).encode()
    )
    result = run("saved", "--text", "saved", "--language", "en")
    assert result.exit_code == DONE
    assert "is the answer" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("nowhere.txt",),
        (),
        ("receipt.txt", "--salt", "00"),
        ("receipt.txt", "--text", "receipt.txt"),
        ("receipt.txt", "--text", "receipt.txt", "--salt", "xyz"),
    ],
)
def test_wrong_use_exits_with_two(words):
    assert run(*words).exit_code == WRONG_USE


def test_the_command_itself_exits_with_one_for_a_forgery():
    command = [sys.executable, "-c", "from sekisho.cli.main import main; main()", "verify", "-"]
    ended = subprocess.run(command, input="a.b", capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (NEGATIVE, "")


@pytest.fixture
def proof(signer):
    """A proof file of an entry that a witness has cosigned."""
    entry = canonical(STATED)
    leaves = [tree.leaf_hash(entry), tree.leaf_hash(b"{}")]
    text = Checkpoint("log.example", 2, tree.node_hash(*leaves)).text
    note = signer.note(text) + WITNESS.line(text, 1_700_000_000)
    made = Proof(0, leaves[1:], note, entry)
    Path("entry.tlog-proof").write_text(made.text)
    return made


@pytest.mark.parametrize(
    ("language", "said"), [("ja", "台帳での位置: 0番目"), ("en", "entry 0, counted from 0, of the log “log.example”")]
)
def test_a_proof_file_proves_what_a_receipt_does(proof, language, said):
    result = run("entry.tlog-proof", "--language", language)
    assert result.exit_code == DONE
    assert said in result.output
    assert ("この記録は" if language == "ja" else "this entry is in the ledger") in result.output
    assert ("控え" if language == "ja" else "receipt") not in result.stdout
    assert json.loads(run("entry.tlog-proof", "--json").stdout) == STATED


def test_a_proof_without_the_entry_takes_it_from_a_file(proof):
    Path("bare.tlog-proof").write_text(replace(proof, extra=None).text)
    assert run("bare.tlog-proof").exit_code == WRONG_USE
    Path("entry.json").write_bytes(canonical(STATED))
    assert run("bare.tlog-proof", "--statement", "entry.json").exit_code == DONE
    Path("entry.json").write_bytes(canonical({**STATED, "verdict": "pass"}))
    for file in ("bare.tlog-proof", "entry.tlog-proof"):
        result = run(file, "--statement", "entry.json", "--language", "en")
        assert result.exit_code == NEGATIVE
        assert "is in the ledger" in result.output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("index 0", "index 1"), "is in the ledger"),
        (("index 0", "index 00"), "form"),
        (("log.example\n2", "log.example\n3"), "signature"),
        (("log.example\n2", "log.other\n2"), "signature"),
        (("extra ey", "extra ez"), "is in the ledger"),
    ],
)
def test_a_changed_proof_is_rejected(proof, change, said):
    Path("changed.tlog-proof").write_text(proof.text.replace(*change))
    result = run("changed.tlog-proof", "--language", "en")
    assert result.exit_code == NEGATIVE
    assert said in result.output


def test_witnesses_that_are_asked_for_must_have_cosigned(proof):
    known, other = str(WITNESS.verifier), str(Cosigner(Signer.of("w.example/2", bytes(32))).verifier)
    result = run("entry.tlog-proof", "--witness", known, "--language", "en")
    assert result.exit_code == DONE
    assert "Cosigned by the witness “w.example/1” at 2023-11-14T22:13:20.000Z" in result.output
    result = run("entry.tlog-proof", "--witness", known, "--witness", other, "--language", "ja")
    assert result.exit_code == NEGATIVE
    assert "証人「w.example/2」の連署がありません。" in result.output


def test_a_wrong_cosignature_is_rejected(proof):
    wrong = replace(proof, checkpoint=proof.checkpoint + WITNESS.line("other", 1))
    Path("wrong.tlog-proof").write_text(wrong.text)
    assert run("wrong.tlog-proof", "--witness", str(WITNESS.verifier)).exit_code == NEGATIVE
    assert run("wrong.tlog-proof").exit_code == DONE, "unknown witnesses are not asked for"


def test_what_a_receipt_states_cannot_draw_on_the_terminal(signer):
    stated = canonical({**STATED, "model": "m\x1b[2J\nCosigned by the witness “w”", "id": "\u202e\x9b1A"})
    Path("receipt.txt").write_text(receipt.issue(stated, signer))
    shown = run("receipt.txt", "--language", "en")
    assert shown.exit_code == DONE
    assert all(line.isprintable() for line in shown.stdout.splitlines())
    assert not any(line.startswith("Cosigned") for line in shown.stdout.splitlines())


def test_what_a_certificate_states_cannot_draw_on_the_terminal(signer):
    stated = canonical(
        {"id": "\x1b[2J\nx", "kind": "erasure", "position": 1, "reason": "request", "time": "\x9b", "v": 1}
    )
    Path("receipt.txt").write_text(receipt.issue(stated, signer))
    shown = run("receipt.txt", "--language", "en").stdout
    assert all(line.isprintable() for line in shown.splitlines())
    assert "\nx was" not in shown


def test_whose_key_was_used_is_said_where_none_is_named(signer):
    told = run("receipt.txt", "--language", "en").stderr
    assert "Checked with the key in" in told
    assert ".sekisho" in told
    assert "--key で指定" in run("receipt.txt", "--language", "ja").stderr
    assert "Checked" not in run("receipt.txt", "--key", signer.verifier_key, "--language", "en").stderr


def test_a_key_that_names_a_module_does_not_run_it(signer, monkeypatch):
    """A folder from a stranger may hold a home, and that the name of any library."""
    monkeypatch.setattr(keystore, "held", lambda *_, **__: pytest.fail("the store was opened"))
    file = next(Path().rglob("signer.key"))
    uri = "pkcs11:token=a;object=b?module-path=./evil.so&pin-source=env:X"
    file.write_text(f"{uri}\n{signer.verifier_key}\n")
    assert run("receipt.txt").exit_code == DONE
