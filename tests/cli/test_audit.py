import asyncio
import json

import pytest
from click.testing import CliRunner
from tests.governance.making import SIGNER, statement

from sekisho.cli.audit import audit
from sekisho.cli.ledger import ledger as ledger_command
from sekisho.cli.main import DONE, NEGATIVE, WRONG_USE
from sekisho.core.errors import ConfigurationError
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.ledger.signer import FILE
from sekisho.policy.kept import keep
from sekisho.policy.load import Profiles
from sekisho.provenance import receipt
from sekisho.provenance.statement import canonical

PROFILES = Profiles()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A bundle, receipts, early checkpoints and the public key, without the home they come from."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / ".sekisho"
    home.mkdir(mode=0o700)
    (home / FILE).write_text(SIGNER_TEXT)
    (home / FILE).chmod(0o600)
    keep(home, PROFILES)
    log = Ledger.open(home, signer=SIGNER, sync=False)

    async def fill():
        for number in range(3):
            one = statement(number, policy=PROFILES.get("office").digest)
            logged = await log.append(Record(one["id"], canonical(one)))
            (tmp_path / f"receipt{number}.txt").write_text(receipt.logged(canonical(one), logged))
            (tmp_path / f"checkpoint{number}.txt").write_text(log.checkpoint(SIGNER))

    asyncio.run(fill())
    log.close()
    done = CliRunner().invoke(ledger_command, ["export", "town.bundle", "--language", "en"])
    assert (done.exit_code, done.output) == (
        DONE,
        "Entries for an auditor in town.bundle: 3. Hand it over with the public key (sekisho ledger key).\n",
    )
    (tmp_path / "town.pub").write_text(SIGNER.verifier_key)
    assert CliRunner().invoke(ledger_command, ["export-tiles", "www"]).exit_code == DONE
    home.rename(tmp_path / "elsewhere")
    return tmp_path


SIGNER_TEXT = f"PRIVATE+KEY+{SIGNER.name}+{SIGNER.key_id.hex()}+AQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ\n"


def run(*words):
    return CliRunner().invoke(audit, words)


def test_it_needs_nothing_but_the_bundle_and_the_key(place):
    result = run("town.bundle", "--key", "town.pub", "--language", "en")
    assert result.exit_code == DONE
    assert result.output.startswith("The bundle passes the audit")
    assert "By profile: office 3" in result.output
    assert "Noticed: nothing unusual." in result.output
    japanese = run("town.bundle", "--key", SIGNER.verifier_key, "--language", "ja").output
    assert japanese.startswith("監査に通りました。")
    assert not (place / ".sekisho").exists()


def test_receipts_and_checkpoints_are_compared(place):
    given = ["--receipt", "receipt1.txt", "--receipt", "receipt2.txt", "--checkpoint", "checkpoint0.txt"]
    result = run("town.bundle", "--key", "town.pub", "--json", *given)
    report = json.loads(result.output)
    assert (report["receipts"], report["checkpoints"], report["unexplained"]) == (2, 1, [])


@pytest.mark.parametrize(("language", "said"), [("ja", "監査に通りません。"), ("en", "The audit fails at ")])
def test_a_changed_bundle_exits_with_one_and_says_where(place, language, said):
    raw = bytearray((place / "town.bundle").read_bytes())
    raw[raw.index(b'"office"')] ^= 1
    (place / "town.bundle").write_bytes(raw)
    result = run("town.bundle", "--key", "town.pub", "--language", language)
    assert result.exit_code == NEGATIVE
    assert result.output.startswith(said)


def test_a_receipt_of_another_log_exits_with_one(place):
    one = canonical(statement(5))
    (place / "foreign.txt").write_text(receipt.issue(one, SIGNER))
    assert run("town.bundle", "--key", "town.pub", "--receipt", "foreign.txt").exit_code == NEGATIVE


def test_a_directory_of_tiles_is_audited_as_well(place):
    given = ["--receipt", "receipt1.txt", "--checkpoint", "checkpoint0.txt"]
    assert json.loads(run("www", "--key", "town.pub", "--json", *given).output)["size"] == 3
    (place / "www/tile/entries/000.p/3").unlink()
    result = run("www", "--key", "town.pub", "--language", "en")
    assert result.exit_code == NEGATIVE
    assert result.output.startswith("The audit fails at tile/entries/000.p/3")


def test_receipts_of_a_key_that_was_changed_are_compared_by_whichever_key_is_known(place):
    home = place / "elsewhere"
    home.rename(place / ".sekisho")
    assert CliRunner().invoke(ledger_command, ["rotate-key"]).exit_code == DONE
    for words, file in ((["key"], "new.pub"), (["keys"], "keys.jsonl")):
        (place / file).write_text(CliRunner().invoke(ledger_command, words).output)
    for words in (["export", "new.bundle"], ["export-tiles", "new-www"]):
        assert CliRunner().invoke(ledger_command, words).exit_code == DONE
    given = ["--receipt", "receipt1.txt", "--checkpoint", "checkpoint0.txt", "--json"]
    for key in ("town.pub", "new.pub"):
        for what in (["new.bundle"], ["new-www", "--keys", "keys.jsonl"]):
            report = json.loads(run(*what, "--key", key, *given).output)
            assert (report["size"], report["receipts"], report["checkpoints"]) == (4, 1, 1)
    assert run("new-www", "--key", "new.pub", *given).exit_code == NEGATIVE
    (place / "keys.jsonl").write_text("nonsense")
    assert run("new-www", "--key", "new.pub", "--keys", "keys.jsonl").exit_code == NEGATIVE
    assert run("new.bundle", "--key", "new.pub", "--keys", "keys.jsonl").exit_code == WRONG_USE


def test_wrong_use_is_told(place):
    assert run("missing", "--key", "town.pub").exit_code == WRONG_USE
    assert run("town.bundle").exit_code == WRONG_USE
    with pytest.raises(ConfigurationError):
        CliRunner().invoke(audit, ["town.bundle", "--key", "no key"], catch_exceptions=False)
