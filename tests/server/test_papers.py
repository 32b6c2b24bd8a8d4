import asyncio

import pytest
from tests.provenance.media.samples import SAMPLES

from sekisho.core.settings import MarksSettings
from sekisho.provenance.media import files
from sekisho.server.lookup_faults import LookupUnavailable, UnknownFile
from sekisho.server.papers import WAITING, Opener

PNG = SAMPLES[".png"]


@pytest.fixture
def opener(tmp_path):
    return Opener(tmp_path, MarksSettings())


async def test_a_picture_without_papers_is_read_and_says_nothing(opener):
    papers = await opener.read(PNG, "image/png", "ja")
    assert (papers.result, papers.present, papers.flaws) == ("file", False, [])


async def test_a_kind_that_carries_no_papers_is_told(opener):
    with pytest.raises(UnknownFile):
        await opener.read(b"", "application/x-msdownload", "ja")


async def test_without_the_extra_files_cannot_be_read(opener, monkeypatch):
    monkeypatch.setattr(files, "installed", lambda: False)
    with pytest.raises(UnknownFile):
        await opener.read(PNG, "image/png", "ja")


async def test_of_many_at_once_a_few_wait_and_the_others_are_sent_away(opener):
    told = await asyncio.gather(
        *[opener.read(PNG, "image/png", "ja") for _ in range(WAITING + 4)], return_exceptions=True
    )
    assert [type(one).__name__ for one in told] == ["Papers"] * (WAITING + 1) + [LookupUnavailable.__name__] * 3
    assert (await opener.read(PNG, "image/png", "ja")).result == "file"
