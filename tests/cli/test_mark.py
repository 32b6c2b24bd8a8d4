import asyncio

import pytest
from click.testing import CliRunner
from tests.provenance.media.pictures import picture
from tests.provenance.media.samples import SAMPLES, changed

from sekisho.cli.main import DONE, NEGATIVE
from sekisho.cli.mark import mark
from sekisho.core.errors import ConfigurationError, NameTaken, UnknownName
from sekisho.core.settings import MarksSettings
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer
from sekisho.provenance import receipt
from sekisho.provenance.media.faults import FileTooLong
from sekisho.provenance.media.files import Files
from sekisho.provenance.statement import canonical

EXCHANGE = "01KAVTY6R0V3H5QZJ8D2M4N7XB"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for end in (".png", ".wav"):
        (tmp_path / f"a{end}").write_bytes(SAMPLES[end])
    return tmp_path


def run(*words):
    done = CliRunner().invoke(mark, [*map(str, words), "--language", "en"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_whether_the_picture_is_that_of_its_manifest_is_told(here):
    (here / "p.png").write_bytes(picture(1))
    run("p.png")
    assert "the content looks like the one that the manifest describes" in run("--read", "p.marked.png").stdout


def test_a_copy_is_marked_and_read_again(here):
    done = run("a.png", "a.wav")
    assert done.exit_code == DONE
    assert "development certificate" in done.stderr
    assert (here / "a.png").read_bytes() == SAMPLES[".png"]
    told = run("--read", "a.marked.png", "a.marked.wav")
    assert told.exit_code == DONE
    assert told.stdout.count("the certificate of this checkpoint") == 2
    assert "it says that AI generated it" in told.stdout
    with pytest.raises(NameTaken):
        run("a.png")


def test_what_was_changed_or_never_marked_ends_with_one(here):
    run("a.png", "--out", "b.png")
    (here / "b.png").write_bytes(changed((here / "b.png").read_bytes()))
    told = run("--read", "b.png", "a.wav")
    assert told.exit_code == NEGATIVE
    assert "b.png: changed since it was signed" in told.stdout
    assert "a.wav: no manifest" in told.stdout


def test_the_receipt_of_an_exchange_goes_inside(here):
    home = here / ".sekisho"
    log = Ledger.open(home)
    statement = canonical({"v": 1, "kind": "exchange", "id": EXCHANGE})
    asyncio.run(log.append(Record(EXCHANGE, statement)))
    log.close()
    signer = Signer.open(home)
    run("a.png", "--exchange", EXCHANGE, "--out", "out.png")
    found = Files.open(home, MarksSettings()).read(here / "out.png").found
    assert receipt.verify(found.receipt, signer.public_key)["id"] == EXCHANGE
    with pytest.raises(UnknownName):
        run("a.wav", "--exchange", "01KAVTY6R0V3H5QZJ8D2M4N7XC")
    (here / "receipt.txt").write_text(found.receipt + "\n")
    run("a.wav", "--receipt", "receipt.txt", "--out", "marked.wav")
    assert found.receipt in run("--read", "marked.wav").stdout


def test_without_a_ledger_there_is_no_exchange():
    with pytest.raises(ConfigurationError, match="no ledger"):
        run("a.png", "--exchange", EXCHANGE)


def test_a_file_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setenv("SEKISHO_MARKS__FILE_BYTES", "10")
    with pytest.raises(FileTooLong):
        run("a.png")


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_told(here):
    (here / "torn.png").write_bytes(b"no picture")
    run("a.png")
    told = run("--read", "torn.png", "a.marked.png")
    assert told.exit_code == NEGATIVE
    assert told.stderr.startswith("torn.png: ")
    assert "a.marked.png: unchanged since it was signed" in told.stdout
