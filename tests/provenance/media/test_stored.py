import io
import zipfile

import pytest
from tests.provenance.media.documents import document
from tests.provenance.media.samples import SAMPLES

from sekisho.provenance.media import stored as module
from sekisho.provenance.media.stored import stored


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(one.filename, one.date_time, archive.read(one)) for one in archive.infolist()]


@pytest.mark.parametrize("end", [".docx", ".pptx", ".xlsx", ".odt", ".epub"])
def test_members_stay_what_they_were_in_their_order_and_none_is_compressed(end):
    given = document(end)
    made = stored(given)
    assert members(made) == members(given)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
    assert stored(made) is made


def test_an_archive_without_compression_is_left_as_it_is():
    assert stored(SAMPLES[".docx"]) is SAMPLES[".docx"]


@pytest.mark.parametrize("bound", ["MOST", "MEMBERS"])
def test_an_archive_that_unpacks_to_more_than_it_may_is_refused(monkeypatch, bound):
    monkeypatch.setattr(module, bound, 1)
    with pytest.raises(ValueError, match="more than it may"):
        stored(document(".docx"))


def test_what_is_no_archive_is_refused():
    with pytest.raises(zipfile.BadZipFile):
        stored(b"PK")
