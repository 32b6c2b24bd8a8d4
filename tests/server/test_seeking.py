import asyncio
from pathlib import Path

import msgspec
import pytest

from sekisho.provenance.lookup import Found
from sekisho.server import seeker, seeking
from sekisho.server.lookup_faults import LookupUnavailable, TooManyLookups
from sekisho.server.seeking import Place, Seeking


async def answering(home, name, reply, heard):
    async def answer(reader, writer):
        heard.append(msgspec.json.decode(await reader.readline(), type=seeker.Question))
        writer.write(reply)
        writer.close()

    with seeker.short(home) as reached:
        return await asyncio.start_unix_server(answer, f"{reached}/{name}")


async def asked(home, reply, name="verifier.sock", codes=()):
    """What a question brings when the process beside answers with these bytes."""
    heard = []
    async with await answering(home, name, reply, heard):
        asking = Seeking(home, name)
        return await (asking.coded(codes) if codes else asking.ask("文章", "192.0.2.1")), heard


def encoded(**reply):
    return msgspec.json.encode(seeker.Reply(**reply)) + b"\n"


async def test_what_the_process_found_comes_back_as_it_says_it(tmp_path):
    found = Found("01K", 7, "edited", False, [(0, 5), (9, 12)], 8, 0.5, 0.25)
    reply, heard = await asked(tmp_path, encoded(found=[found], behind=3))
    assert reply.found == [Place("01K", 7, "edited", False, [(0, 5), (9, 12)], 8, 0.5, 0.25)]
    assert reply.behind == 3
    assert heard == [seeker.Question("文章", "192.0.2.1")]


async def test_a_picture_is_asked_for_by_its_codes(tmp_path):
    _, heard = await asked(tmp_path, encoded(), codes=["ISCC:EED"])
    assert heard == [seeker.Question("", "", ["ISCC:EED"])]


async def test_a_process_that_is_just_starting_is_waited_for(tmp_path):
    early = asyncio.create_task(Seeking(tmp_path, "verifier.sock").ask("文章", "192.0.2.1"))
    await asyncio.sleep(2 * seeking.AGAIN_S)
    async with await answering(tmp_path, "verifier.sock", encoded(behind=3), []):
        assert (await early).behind == 3


async def test_a_home_with_a_long_name_is_reached(tmp_path):
    home = tmp_path / ("long" * 40)
    home.mkdir()
    reply, _ = await asked(home, encoded())
    assert reply.found == []


async def test_a_limit_is_told_with_the_time_to_wait(tmp_path):
    with pytest.raises(TooManyLookups) as told:
        await asked(tmp_path, encoded(retry_s=9))
    assert told.value.details == {"retry_s": "9"}


@pytest.mark.parametrize("reply", [encoded(failed=True), b"", b"nonsense\n", b'{"found":[1]}\n', b"x" * (2 << 20)])
async def test_no_answer_and_a_broken_one_mean_not_now(tmp_path, reply):
    with pytest.raises(LookupUnavailable):
        await asked(tmp_path, reply)


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_nobody_there_or_switched_off_means_not_now_and_leaks_no_descriptor(tmp_path, monkeypatch):
    monkeypatch.setattr(seeking, "OPENING_S", 0.2)
    open_before = descriptors()
    for name in ("verifier.sock", ""):
        with pytest.raises(LookupUnavailable):
            await Seeking(tmp_path, name).ask("文章", "")
    assert descriptors() == open_before
