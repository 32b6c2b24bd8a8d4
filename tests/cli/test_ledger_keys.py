import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from sekisho.cli.ledger import ledger
from sekisho.cli.main import DONE, NEGATIVE
from sekisho.cli.verify import verify
from sekisho.core.errors import ConfigurationError
from sekisho.ledger import tree
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Logged
from sekisho.ledger.rotation import signing
from sekisho.ledger.signer import Signer
from sekisho.provenance import receipt
from sekisho.provenance.statement import canonical


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEKISHO_")]:
        monkeypatch.delenv(name)
    home = Path(".sekisho")
    home.mkdir()
    Signer.open(home, "log.example")
    return home


def run(command, *words):
    return CliRunner().invoke(command, words)


def paper(signer, leaves):
    """A receipt of the only entry of a log, or of one with more entries."""
    statement = canonical({"id": "x", "kind": "exchange", "v": 2})
    hashes = [tree.leaf_hash(statement), *[tree.leaf_hash(b"{}")] * (leaves - 1)]
    root, proofs = tree.proofs(0, [], hashes)
    note = signer.note(Checkpoint(signer.name, leaves, root).text)
    return receipt.logged(statement, Logged(0, "x", hashes[0], b"".join(proofs[0]), note))


def test_receipts_of_every_key_verify_and_those_of_a_retired_key_do_not(home):
    old = Signer.open(home)
    Path("old.txt").write_text(receipt.issue(canonical({"id": "x"}), old))
    Path("late.txt").write_text(paper(old, 3))
    result = run(ledger, "rotate-key", "--language", "en")
    assert (result.exit_code, old.verifier_key in result.stderr) == (DONE, True)
    new = Signer.open(home)
    assert new.verifier_key in result.stderr
    Path("keys.jsonl").write_text(run(ledger, "keys").output)
    Path("new.txt").write_text(paper(new, 3))
    with_history = ("--key", old.verifier_key, "--keys", "keys.jsonl")
    for words in ((), with_history):
        assert run(verify, "old.txt", *words).exit_code == DONE
        assert run(verify, "new.txt", *words).exit_code == DONE
        late = run(verify, "late.txt", *words, "--language", "en")
        assert late.exit_code == NEGATIVE
        assert "no longer in use" in late.stderr
    assert run(verify, "new.txt", "--key", old.verifier_key).exit_code == NEGATIVE
    assert run(verify, "late.txt", "--key", old.verifier_key).exit_code == DONE


def test_a_forged_history_is_refused_with_its_reason(home):
    old = Signer.open(home).verifier_key
    run(ledger, "rotate-key")
    Path("new.txt").write_text(paper(Signer.open(home), 3))
    Path("keys.jsonl").write_text(run(ledger, "keys").output.replace('"size":0', '"size":9'))
    result = run(verify, "new.txt", "--key", old, "--keys", "keys.jsonl", "--language", "en")
    assert result.exit_code == NEGATIVE
    assert "history of keys does not verify (the signature" in result.stderr


def test_while_a_server_runs_the_key_stays(home):
    with signing(home):
        assert isinstance(run(ledger, "rotate-key").exception, ConfigurationError)
    assert run(ledger, "keys").output == ""
