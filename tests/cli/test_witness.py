"""`sekisho witness`, and a running checkpoint that asks it."""

import re
import signal
import subprocess
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from tests.server.running import PROGRAM, models, question, request, serving, until, upstream

from sekisho.cli.witness import witness
from sekisho.core.errors import ConfigurationError
from sekisho.ledger.cosignature import found
from sekisho.ledger.note import COSIGNATURE, VerifierKey
from sekisho.ledger.signer import Signer


def run(*words):
    return CliRunner().invoke(witness, words)


@contextmanager
def witnessing(home, *logs):
    """The real command; gives its address and its key."""
    command = [PROGRAM, "witness", "--home", str(home), "--port", "0", "--language", "en", "--name", "w.example/1"]
    told = [part for log in logs for part in ("--log", str(log))]
    process = subprocess.Popen([*command, *told], stderr=subprocess.PIPE, text=True)
    try:
        address = re.search(r"http://\S+", process.stderr.readline())[0]
        key = process.stderr.readline().split()[-1]
        yield address, key
    finally:
        process.terminate()
        assert process.wait(300) in (0, -signal.SIGTERM)  # uvicorn ends in order, then raises the signal again
        process.stderr.close()


def test_the_key_is_made_once_and_is_one_for_cosignatures(tmp_path):
    first = run("--home", str(tmp_path), "--name", "w.example/1", "--print-key")
    assert VerifierKey.parse(first.output, COSIGNATURE).name == "w.example/1"
    assert run("--home", str(tmp_path), "--print-key").output == first.output
    assert (tmp_path / "witness.key").stat().st_mode & 0o777 == 0o600


def test_without_a_log_it_does_not_start(tmp_path):
    assert isinstance(run("--home", str(tmp_path)).exception, ConfigurationError)


@pytest.mark.parametrize("content", ["nonsense", "# only a remark\n"])
def test_a_file_without_good_keys_is_told(tmp_path, content):
    (tmp_path / "logs").write_text(content)
    assert isinstance(run("--home", str(tmp_path), "--log", str(tmp_path / "logs")).exception, ConfigurationError)


def test_a_running_checkpoint_has_its_log_cosigned(tmp_path):
    home = tmp_path / "town/home"
    home.mkdir(parents=True, mode=0o700)
    log = Signer.open(home, "log.example/town")
    (tmp_path / "logs").write_text(f"# the town\n{log.verifier_key}\n")
    with upstream() as model, witnessing(tmp_path / "witness", tmp_path / "logs") as (url, key):
        asked = {"witnesses": [{"url": url, "key": key}]}
        with serving(tmp_path / "town", {**models(model.url), **asked}) as server:
            assert server.talk(request(question()))[0].status == 200
            known = [VerifierKey.parse(key, COSIGNATURE)]
            note = until(lambda: _cosigned(server, known), 300)
            assert note.startswith("log.example/town\n1\n")
            assert server.metric("sekisho_witness_requests_total") == 1
            proof = server.command("ledger", "proof", server.records()[0]["id"]).stdout
    (tmp_path / "a.tlog-proof").write_text(proof)
    verified = subprocess.run(
        [PROGRAM, "verify", str(tmp_path / "a.tlog-proof"), "--key", log.verifier_key, "--witness", key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr


def _cosigned(server, known):
    note = server.get("/ledger/checkpoint").decode()
    return note if found(note, known) else None
