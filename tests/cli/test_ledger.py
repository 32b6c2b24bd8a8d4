import asyncio
import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from sekisho.cli.ledger import ledger
from sekisho.cli.main import DONE, NEGATIVE
from sekisho.cli.verify import verify
from sekisho.cli.witness import witness
from sekisho.core.errors import ConfigurationError, UnknownName
from sekisho.ledger import published, rotation, store
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer
from sekisho.provenance import receipt
from sekisho.provenance.statement import canonical

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```([a-z ]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXCHANGE = "01KAVTY6R0V3H5QZJ8D2M4N7XB"
SALT = "00112233445566778899aabbccddeeff"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A ledger with two exchanges in the directory where commands look by default."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEKISHO_")]:
        monkeypatch.delenv(name)
    directory = tmp_path / ".sekisho"
    log = Ledger.open(directory)

    async def fill():
        for number, name in enumerate((EXCHANGE, "01KAVTY6R0V3H5QZJ8D2M4N7XC")):
            statement = canonical({"id": name, "kind": "exchange", "verdict": "mask"})
            await log.append(Record(name, statement, "内容".encode(), 100 if number else None))

    asyncio.run(fill())
    log.close()
    Signer.open(directory, "log.example/town")
    return directory


def run(*words, **options):
    return CliRunner().invoke(ledger, words, **options)


@pytest.mark.parametrize(("language", "said"), [("ja", "記録: 2 件"), ("en", "Entries: 2\n")])
def test_status_tells_size_and_root(language, said):
    result = run("status", "--language", language)
    assert result.exit_code == DONE
    assert said in result.output


def test_show_prints_the_entry_with_its_proof():
    shown = json.loads(run("show", EXCHANGE).output)
    assert (shown["position"], shown["size"], len(shown["proof"])) == (0, 2, 1)
    assert shown["statement"] == {"id": EXCHANGE, "kind": "exchange", "verdict": "mask"}


def test_show_prints_the_content_only_when_asked():
    assert "内容" not in run("show", EXCHANGE).output
    assert run("show", EXCHANGE, "--content").output == "内容\n"


def test_erasing_asks_first_and_then_the_content_is_gone():
    declined = run("erase", EXCHANGE, "--language", "en", input="n\n")
    assert (declined.exit_code, "Nothing was erased" in declined.stderr) == (NEGATIVE, True)
    assert run("show", EXCHANGE, "--content").exit_code == DONE
    erased = run("erase", EXCHANGE, "--language", "en", input="y\n")
    assert erased.exit_code == DONE
    assert "was erased, and that was recorded" in erased.stderr
    gone = run("show", EXCHANGE, "--content", "--language", "ja")
    assert gone.exit_code == NEGATIVE
    assert "保存されていません" in gone.stderr
    kinds = [json.loads(line)["statement"]["kind"] for line in run("show", EXCHANGE).output.splitlines()]
    assert kinds == ["exchange", "erasure"]
    assert run("audit").exit_code == DONE


def test_an_erasure_comes_with_a_certificate_that_verifies_offline_and_can_be_had_again(home):
    assert run("certificate", EXCHANGE, "--language", "ja").exit_code == NEGATIVE
    told = run("erase", EXCHANGE, "--yes", "--certificate", "erased.tlog-proof", "--language", "ja")
    assert "消去証明書を erased.tlog-proof に書きました" in told.stderr
    Path("town.pub").write_text(run("key").output, "utf-8")
    shutil.rmtree(home)
    for language, said in (("ja", "消去証明書: 台帳の管理者は"), ("en", "Reason: on request")):
        result = CliRunner().invoke(verify, ["erased.tlog-proof", "--key", "town.pub", "--language", language])
        assert result.exit_code == DONE
        assert said in result.output
        assert EXCHANGE in result.output
        assert ("この消去証明書は" if language == "ja" else "this certificate of erasure") in result.output
        assert ("控え" if language == "ja" else "receipt") not in result.output


def test_what_time_erased_has_a_certificate_too():
    run("sweep")
    Path("swept.tlog-proof").write_text(run("certificate", "01KAVTY6R0V3H5QZJ8D2M4N7XC").output, "utf-8")
    result = CliRunner().invoke(verify, ["swept.tlog-proof", "--language", "en"])
    assert "the time for which it was kept is over" in result.output
    changed = Path("swept.tlog-proof").read_text("utf-8").replace("extra e", "extra f", 1)
    Path("swept.tlog-proof").write_text(changed, "utf-8")
    assert CliRunner().invoke(verify, ["swept.tlog-proof"]).exit_code == NEGATIVE


def test_everything_before_a_date_is_erased_after_asking():
    assert run("erase-before", "2099-01-01", input="n\n").exit_code == NEGATIVE
    assert "Contents kept: 2" in run("status", "--language", "en").output
    assert "0 contents" in run("erase-before", "2001-01-01T00:00:00+0900", "--yes", "--language", "en").stderr
    assert "2 件の内容を消去" in run("erase-before", "2099-01-01", "--yes", "--language", "ja").stderr
    assert "Contents kept: 0" in run("status", "--language", "en").output


def test_a_certificate_that_cannot_be_written_is_an_error():
    result = run("erase", EXCHANGE, "--yes", "--certificate", "no/such/place")
    assert isinstance(result.exception, ConfigurationError)


@pytest.mark.parametrize("words", [("show", "nobody"), ("erase", "nobody", "--yes"), ("certificate", "nobody")])
def test_an_unknown_exchange_is_an_error(words):
    assert isinstance(run(*words).exception, UnknownName)


def test_sweep_erases_what_is_over():
    assert "消去しました" in run("sweep", "--language", "ja").stderr
    assert "Contents kept: 1" in run("status", "--language", "en").output


def test_an_audit_names_the_first_wrong_entry_and_exits_with_one(home):
    assert "Everything was checked and is sound: 2 entries" in run("audit", "--language", "en").output
    connection = store.connect(home / store.FILE, store.sqlite3.Connection, sync=True)
    connection.execute("UPDATE entries SET statement = x'00' WHERE position = 1")
    connection.close()
    result = run("audit", "--language", "ja")
    assert result.exit_code == NEGATIVE
    assert "台帳の記録 1 が、書かれたときのままではありません(記載内容)" in result.stderr


def test_an_audit_compares_with_a_checkpoint_that_was_kept(home):
    kept = Path("kept.txt")
    kept.write_text(run("checkpoint").output, "utf-8")
    agreed = run("audit", "--checkpoint", "kept.txt", "--language", "en")
    assert agreed.exit_code == DONE
    assert "agrees with the signed checkpoint of 2 entries" in agreed.output

    kept.write_text(kept.read_text("utf-8").replace("\n2\n", "\n1\n"), "utf-8")
    forged = run("audit", "--checkpoint", "kept.txt", "--language", "en")
    assert (forged.exit_code, "is not a checkpoint signed" in forged.stderr) == (NEGATIVE, True)

    kept.write_text(Signer.open(home).note("log.example/town\n2\n" + "A" * 43 + "=\n"), "utf-8")
    rewritten = run("audit", "--checkpoint", "kept.txt", "--language", "en")
    assert (rewritten.exit_code, "contradicts the signed checkpoint" in rewritten.stderr) == (NEGATIVE, True)

    assert isinstance(run("audit", "--checkpoint", "nowhere.txt").exception, ConfigurationError)


def test_key_prints_the_verifier_key_and_never_makes_one(home):
    assert run("key").output == Signer.open(home).verifier_key + "\n"
    (home / "signer.key").unlink()
    assert isinstance(run("key").exception, ConfigurationError)
    assert not (home / "signer.key").exists()


def test_a_directory_without_a_ledger_stays_as_it_is(tmp_path):
    result = run("status", "--home", str(tmp_path / "elsewhere"))
    assert isinstance(result.exception, ConfigurationError)
    assert not (tmp_path / "elsewhere").exists()


def blocks(language):
    return BLOCK.findall((DOCS / language / "ledger.md").read_text("utf-8"))


def test_the_guide_has_the_same_headings_levels_and_blocks_in_both_languages():
    levels = []
    for language in ("ja", "en"):
        text = BLOCK.sub("", (DOCS / language / "ledger.md").read_text("utf-8"))
        levels.append([line.split()[0] for line in text.splitlines() if line.startswith("#")])
    assert levels[0] == levels[1]
    assert blocks("ja") == blocks("en")


def test_every_block_of_the_guide_works(home):
    Path("question.json").write_bytes("問い".encode())
    digest = hashlib.sha256(bytes.fromhex(SALT) + "問い".encode()).hexdigest()
    statement = canonical({"id": EXCHANGE, "kind": "exchange", "request": digest})
    Path("receipt.txt").write_text(receipt.issue(statement, Signer.open(home)) + "\n")
    ran = 0
    for kind, block in blocks("en"):
        if kind in ("bash run", "text"):
            continue  # tests/docs runs the one; the other needs a keyring and a token
        assert kind == "sh"
        for line in block.splitlines():
            words, _, target = line.partition(" > ")
            program, command, *rest = words.split()
            if rest[:1] == ["--log"]:
                continue  # it would never end; tests/cli/test_witness.py runs it
            result = CliRunner().invoke({"ledger": ledger, "verify": verify, "witness": witness}[command], rest)
            assert (program, result.exit_code) == ("sekisho", DONE), (line, result.output)
            if target:
                Path(target).write_text(result.output, "utf-8")
            ran += 1
    assert ran >= 10


@pytest.mark.parametrize(("language", "said"), [("ja", "記録 2 件"), ("en", "up to 2 entries, 2 of them new")])
def test_the_ledger_is_written_as_static_files(tmp_path, language, said):
    result = run("export-tiles", "www", "--language", language)
    assert result.exit_code == DONE
    assert said in result.output
    assert (tmp_path / "www/tile/0/000.p/2").stat().st_size == 64


def test_a_contradiction_to_what_was_published_is_told(home, tmp_path):
    run("export-tiles", "www")
    (home / "ledger.sqlite").unlink()
    for more in home.glob("ledger.sqlite-*"):
        more.unlink()
    Ledger.open(home).close()
    result = run("export-tiles", "www", "--language", "en")
    assert result.exit_code == NEGATIVE
    assert "contradicts the signed checkpoint" in result.output


def test_a_proof_file_is_made_and_verifies():
    Path("a.tlog-proof").write_text(run("proof", EXCHANGE).output)
    result = CliRunner().invoke(verify, ["a.tlog-proof", "--json"])
    assert json.loads(result.stdout)["id"] == EXCHANGE
    assert isinstance(run("proof", "nobody").exception, UnknownName)


def test_a_proof_is_made_for_the_checkpoint_that_witnesses_have_seen_where_it_covers_the_entry(home):
    signer = Signer.open(home)
    log = Ledger.open(home)
    seen = Checkpoint(signer.name, 1, log.root_at(1))
    log.close()
    published.write(home, signer.note(seen.text))
    assert "log.example/town\n1\n" in run("proof", EXCHANGE).output
    assert "log.example/town\n2\n" in run("proof", "01KAVTY6R0V3H5QZJ8D2M4N7XC").output


def test_a_checkpoint_of_the_key_before_still_agrees(home):
    Path("before.txt").write_text(run("checkpoint").output, "utf-8")
    rotation.rotate(home, "", "2026-01-01T00:00:00.000Z")
    assert run("audit", "--checkpoint", "before.txt").exit_code == DONE
