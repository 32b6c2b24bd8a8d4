"""The client of witnesses, against real ones over sockets."""

import asyncio
import time
from contextlib import asynccontextmanager, closing

import pytest
import uvicorn
from prometheus_client import REGISTRY

from sekisho.core.errors import ConfigurationError
from sekisho.core.settings import WitnessSettings
from sekisho.ledger import published
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.cosignature import Cosigner, found
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer
from sekisho.ledger.witness import Refused, Witness
from sekisho.server.witness_app import WitnessApp
from sekisho.server.witnesses import Witnesses

LOG = Signer.of("log.example/town", bytes([9]) * 32)
ONE, TWO = (Cosigner(Signer.of(f"witness.example/w{number}", bytes([number]) * 32)) for number in (1, 2))


@asynccontextmanager
async def serving(directory, cosigner):
    """A witness on a port of its own; gives what settings say of it."""
    witness = Witness(directory, cosigner, [LOG.verifier])
    application = WitnessApp(witness).application()
    config = uvicorn.Config(application, port=0, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield WitnessSettings(f"http://127.0.0.1:{port}/", str(cosigner.verifier))
    finally:
        server.should_exit = True
        await task
        witness.close()


@pytest.fixture
def ledger(tmp_path):
    with closing(Ledger.open(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


async def grow(ledger, count):
    for number in range(ledger.size, ledger.size + count):
        await ledger.append(Record(str(number), b"%d" % number))


def cosigned(note):
    return [one.witness for one in found(note, [ONE.verifier, TWO.verifier])]


def size_of(note):
    return Checkpoint.opened(note, LOG.verifier).size


def count(witness, outcome):
    return REGISTRY.get_sample_value("sekisho_witness_requests_total", {"witness": witness, "outcome": outcome}) or 0


async def test_witnesses_cosign_a_growing_log_and_the_checkpoint_carries_it(ledger, home, tmp_path):
    async with serving(tmp_path / "w1", ONE) as one, serving(tmp_path / "w2", TWO) as two:
        witnesses = Witnesses(ledger, LOG, home, [one, two])
        for size in (1, 3, 10):
            await grow(ledger, size - ledger.size)
            await witnesses.ask()
            assert (size_of(witnesses.note()), cosigned(witnesses.note())) == (size, [ONE.signer.name, TWO.signer.name])
        after_a_restart = Witnesses(ledger, LOG, home, [one, two])
        await grow(ledger, 1)
        assert size_of(after_a_restart.note()) == 10, "what witnesses have seen is what is published"
        await after_a_restart.ask()
        assert (size_of(after_a_restart.note()), len(cosigned(after_a_restart.note()))) == (11, 2)


async def test_nothing_is_asked_while_the_log_does_not_grow(ledger, home, tmp_path):
    async with serving(tmp_path / "w1", ONE) as one:
        witnesses = Witnesses(ledger, LOG, home, [one])
        await witnesses.ask()
        assert published.read(home) is None, "an empty log needs no witness"
        await grow(ledger, 2)
        await witnesses.ask()
        before, asked = published.read(home), count(ONE.signer.name, "cosigned")
        await witnesses.ask()
        assert (published.read(home), count(ONE.signer.name, "cosigned")) == (before, asked)


async def test_a_witness_that_is_away_is_counted_and_asked_again_for_the_same_checkpoint(ledger, home, tmp_path):
    async with serving(tmp_path / "w2", TWO) as two:
        async with serving(tmp_path / "w1", ONE) as one:
            pass
        witnesses = Witnesses(ledger, LOG, home, [one, two])
        await grow(ledger, 2)
        away = count(ONE.signer.name, "unreachable")
        await witnesses.ask()
        assert (cosigned(witnesses.note()), count(ONE.signer.name, "unreachable")) == ([TWO.signer.name], away + 1)
        async with serving(tmp_path / "w1", ONE) as again:
            await Witnesses(ledger, LOG, home, [again, two]).ask()
        assert cosigned(witnesses.note()) == [ONE.signer.name, TWO.signer.name]


async def test_a_witness_that_has_seen_another_log_raises_an_alarm(ledger, home, tmp_path, caplog):
    other = Ledger.open(tmp_path / "other")
    await other.append(Record("x", b"another history"))
    await other.append(Record("y", b"another history"))
    async with serving(tmp_path / "w1", ONE) as one:
        await Witnesses(other, LOG, tmp_path / "other", [one]).ask()
        other.close()
        for size in (1, 2, 3):
            await grow(ledger, 1)
            witnesses = Witnesses(ledger, LOG, home, [one])
            await witnesses.ask()
            assert (size_of(witnesses.note()), cosigned(witnesses.note())) == (size, [])
    alarms = [one.getMessage() for one in caplog.records if one.name == "sekisho.server"]
    assert "it has seen 2 entries, more than there are" in alarms[0]
    assert "status 409" in alarms[1]
    assert "status 422" in alarms[2]


async def test_a_log_that_contradicts_what_is_published_publishes_nothing_new(ledger, home, tmp_path):
    note = LOG.note(Checkpoint(LOG.name, 1, bytes(32)).text)
    published.write(home, note)
    async with serving(tmp_path / "w1", ONE) as one:
        for _ in range(2):
            with pytest.raises(LedgerAltered):
                await Witnesses(ledger, LOG, home, [one]).ask()
            await grow(ledger, 1)
    assert published.read(home) == note


async def test_a_cosignature_of_another_key_or_checkpoint_is_not_taken(ledger, home, tmp_path):
    async with serving(tmp_path / "w1", ONE) as one:
        wrong = WitnessSettings(one.url, str(TWO.verifier))
        witnesses = Witnesses(ledger, LOG, home, [wrong])
        await grow(ledger, 1)
        before = count(TWO.signer.name, "invalid")
        await witnesses.ask()
        assert (cosigned(witnesses.note()), count(TWO.signer.name, "invalid")) == ([], before + 1)


async def test_of_several_processes_one_asks_and_another_takes_over(ledger, home, tmp_path):
    async with serving(tmp_path / "w1", ONE) as one:
        first, second = (Witnesses(ledger, LOG, home, [one]) for _ in range(2))
        await grow(ledger, 1)
        assert first._mine()
        assert not second._mine()
        task = asyncio.create_task(first.keep(every_s=0.0))
        async with asyncio.timeout(300):
            while published.read(home) is None:  # noqa: ASYNC110 - a file has no event
                await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert second._mine()


async def test_what_fails_is_logged_and_tried_again(ledger, home, tmp_path, caplog):
    (home / published.FILE).write_bytes(b"\xff")
    async with serving(tmp_path / "w1", ONE) as one:
        await grow(ledger, 1)
        task = asyncio.create_task(Witnesses(ledger, LOG, home, [one]).keep(every_s=0.0))
        async with asyncio.timeout(300):
            while "no checkpoint could be published" not in caplog.text:  # noqa: ASYNC110 - nor has a line of log
                await asyncio.sleep(0)
            (home / published.FILE).unlink()
            while not (home / published.FILE).exists():  # noqa: ASYNC110
                await asyncio.sleep(0)
        task.cancel()


async def test_without_witnesses_the_checkpoint_is_that_of_now_and_nobody_is_asked(ledger, home):
    await grow(ledger, 3)
    witnesses = Witnesses(ledger, LOG, home, [])
    await witnesses.keep()
    assert (size_of(witnesses.note()), published.read(home)) == (3, None)


@pytest.mark.parametrize(
    "told",
    [WitnessSettings("http://w.example", LOG.verifier_key), WitnessSettings("http://a b", str(ONE.verifier))],
)
def test_a_key_or_a_url_that_is_none_is_told(ledger, home, told):
    with pytest.raises(ConfigurationError):
        Witnesses(ledger, LOG, home, [told])


class Chatty(Cosigner):
    """A witness that cosigns many times, and says so."""

    def line(self, text, time_s):
        return "".join(super(Chatty, self).line(text, time_s - earlier) for earlier in (5, 0, 9, *range(10, 200)))


async def test_of_many_cosignatures_of_one_witness_the_newest_is_published(ledger, home, tmp_path):
    async with serving(tmp_path / "w1", Chatty(ONE.signer)) as one:
        witnesses = Witnesses(ledger, LOG, home, [one])
        await grow(ledger, 1)
        await witnesses.ask()
        note = witnesses.note()
        assert note.count("— witness.example") == 1
        (only,) = found(note, [ONE.verifier])
        assert abs(only.time_s - time.time()) < 60


class Elsewhere(Witness):
    """A witness that another server shows a larger log just before each answer."""

    def add_checkpoint(self, body, now_s):
        raise Refused(409, "0\n" if body.startswith(b"old 1\n") else "1\n", "text/x.tlog.size")


async def test_a_witness_that_was_shown_another_checkpoint_meanwhile_is_no_alarm(
    ledger, home, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(Witness, "add_checkpoint", Elsewhere.add_checkpoint)
    async with serving(tmp_path / "w1", ONE) as one:
        await grow(ledger, 2)
        await Witnesses(ledger, LOG, home, [one]).ask()
    (told,) = [one for one in caplog.records if one.name == "sekisho.server"]
    assert (told.levelname, "at the same time" in told.getMessage()) == ("WARNING", True)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n— name é\n".encode(),
    ],
)
async def test_one_witness_with_a_strange_answer_does_not_keep_the_others_from_cosigning(
    ledger, home, tmp_path, answer
):
    async def strange(reader, writer):
        await reader.readuntil("\n\n— ".encode())
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(strange, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with serving(tmp_path / "w1", ONE) as one, server:
        hostile = WitnessSettings(f"http://127.0.0.1:{port}/", str(TWO.verifier))
        witnesses = Witnesses(ledger, LOG, home, [one, hostile])
        await grow(ledger, 1)
        await witnesses.ask()
        assert cosigned(witnesses.note()) == [ONE.signer.name]
