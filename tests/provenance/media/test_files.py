import base64
import contextlib
import io
import json
import subprocess
import threading
from pathlib import Path

import c2pa
import iscc_lib
import msgspec
import pytest
from tests.provenance.media.documents import PARAGRAPHS, document
from tests.provenance.media.pictures import picture
from tests.provenance.media.samples import SAMPLES, changed
from tests.provenance.media.sounds import MELODY, flac, sung, wav

from sekisho.core.settings import MarksSettings
from sekisho.provenance.media import files as module
from sekisho.provenance.media.code import AUDIO, DATA, raw
from sekisho.provenance.media.faults import FileTooLong, FileUnreadable, FileUnsupported
from sekisho.provenance.media.files import KINDS, Files, kind_of
from sekisho.provenance.media.reader import Found, Job

RECEIPT = "c3RhdGVtZW50.c2lnbmF0dXJl"
PNG = SAMPLES[".png"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return Files.open(tmp_path_factory.mktemp("home"), MarksSettings())


@pytest.fixture(scope="module")
def marked(files):
    return files.mark(PNG, "image/png", RECEIPT).data


@pytest.mark.parametrize("end", SAMPLES)
def test_a_marked_file_says_who_made_it_and_a_changed_byte_is_reported(files, end):
    kind = KINDS[end]
    marked = files.mark(SAMPLES[end], kind, RECEIPT).data  # raises unless the library's own reader finds it valid
    reading = files.read(marked, kind)
    assert (reading.intact, reading.trusted, reading.generated, reading.found.ours) == (True, True, True, True)
    assert reading.found.receipt == RECEIPT
    assert reading.found.generator.startswith("Sekisho ")
    assert len(marked) - len(SAMPLES[end]) < 20_000  # no thumbnail
    spoilt = files.read(changed(marked), kind)
    assert not spoilt.intact
    assert "changed since it was signed" in spoilt.flaws("en")


def test_every_kind_of_file_that_the_documents_name_is_tried():
    assert set(KINDS) == {*SAMPLES, ".jpeg"}
    for language in ("en", "ja"):
        text = (Path(__file__).parents[3] / f"docs/{language}/marks.md").read_text()
        assert all(end.removeprefix(".").upper().replace("JPG", "JPEG") in text.upper() for end in KINDS)


def test_a_file_without_a_manifest_says_nothing(files):
    reading = files.read(PNG, "image/png")
    assert not reading.found.present
    assert (reading.intact, reading.trusted, reading.generated, reading.flaws("ja")) == (False, False, False, [])


def test_a_file_of_another_checkpoint_is_intact_but_not_trusted(files, tmp_path):
    others = Files.open(tmp_path, MarksSettings())
    marked = others.mark(PNG, "image/png", RECEIPT).data
    reading = files.read(marked, "image/png")
    assert (reading.intact, reading.trusted, reading.found.ours) == (True, False, False)
    assert reading.flaws("en") == ["signed with a certificate that is not trusted here"]
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(others.credentials.chain)
    trusting = Files(files.credentials, module.anchors_of(str(anchors)))
    assert (trusting.read(marked, "image/png").trusted, trusting.read(marked, "image/png").found.ours) == (True, False)


@pytest.mark.parametrize("what", [RECEIPT.encode(), b"trainedAlgorithmicMedia", b"for development only"])
def test_a_changed_manifest_is_reported(files, marked, what):
    with contextlib.suppress(FileUnreadable):  # that is a report as well
        assert not files.read(changed(marked, marked.find(what)), "image/png").intact


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xff", b"nonsense"])
def test_what_is_no_such_file_is_not_marked(files, data):
    with pytest.raises(FileUnreadable):
        files.mark(data, "image/png")


def test_what_carries_no_manifest_is_told_so(files, tmp_path):
    with pytest.raises(FileUnsupported, match="text/plain"):
        files.mark(b"text", "text/plain")
    with pytest.raises(FileUnsupported):
        kind_of(tmp_path / "name.unheard-of")


def test_a_file_that_is_too_long_is_not_looked_into(files, tmp_path):
    small = Files(files.credentials, file_bytes=len(PNG) - 1)
    (tmp_path / "a.png").write_bytes(PNG)
    for source in (PNG, tmp_path / "a.png"):
        with pytest.raises(FileTooLong, match=str(len(PNG) - 1)):
            small.read(source, "image/png")


def test_a_child_that_takes_too_long_is_ended(files, monkeypatch):
    started = []

    class Slow(subprocess.Popen):
        def __init__(self, argv, **more):
            super().__init__(["cat"], **more)  # never says what it should
            started.append(self)

    monkeypatch.setattr(module.subprocess, "Popen", Slow)
    with pytest.raises(FileUnreadable):
        Files(files.credentials, file_s=0.05).read(PNG, "image/png")
    assert started[0].returncode is not None
    assert threading.active_count() < 20


class Liar:
    """A child that was taken over: says what it likes."""

    def __init__(self, frames):
        self.stdin, self.stdout = io.BytesIO(), io.BytesIO(frames)


def frame(kind, data):
    return kind + len(data).to_bytes(4, "big") + data


CLAIM = module.CLAIM + b"claim"
DONE = frame(b"R", b'{"present":true,"state":"Trusted"}')


@pytest.mark.parametrize(
    ("manifest", "frames"),
    [
        ("", frame(b"S", CLAIM)),  # nothing is signed while a file is read
        ("{}", frame(b"S", b"pay 1000 yen")),  # nor what is no claim
        ("{}", frame(b"S", CLAIM) * 2),  # nor a second one
        ("", frame(b"F", b"file")),
        ("{}", b"F\xff\xff\xff\xff"),
        ("", b"R\xff\xff\xff\xff"),
        ("", frame(b"R", b"{}")[:-1]),
        ("", frame(b"Z", b"")),
        ("", b""),
    ],
)
def test_a_child_that_lies_gets_nothing(files, manifest, frames):
    with pytest.raises((FileUnreadable, EOFError)):
        files._talk(Liar(frames), Job("image/png", 3, 1, "", "", manifest), b"abc")


def test_a_child_that_does_its_work_is_believed(files):
    frames = frame(b"S", CLAIM) + frame(b"F", b"marked") + DONE
    done = files._talk(Liar(frames), Job("image/png", 3, 1, "", "", "{}"), b"abc")
    assert done == (b"marked", Found(present=True, state="Trusted"))


def test_the_child_sees_no_secret_of_ours(files, monkeypatch):
    seen = {}

    class Watched(subprocess.Popen):
        def __init__(self, argv, **more):
            seen.update(more["env"])
            super().__init__(argv, **more)

    monkeypatch.setenv("SEKISHO_KEY", "sk-secret")
    monkeypatch.setattr(module.subprocess, "Popen", Watched)
    files.read(PNG, "image/png")
    assert set(seen) <= set(module.ENVIRONMENT)


def test_words_for_every_flaw():
    found = Found(present=True, state="Invalid", flaws=["assertion.dataHash.mismatch", "something.new"])
    assert module.Reading(found).flaws("ja") == [
        "署名の後にファイルが変えられています",
        "検査に合格しません(something.new)",
    ]


def test_a_picture_is_bound_by_its_code_and_a_manifest_on_another_picture_shows(files):
    marked = files.mark(picture(1), "image/png", RECEIPT)
    reading = files.read(marked.data, "image/png")
    assert (reading.depicted, reading.found.bound, reading.found.codes) == (True, marked.codes[0], marked.codes)
    assert files.read(picture(1, "JPEG", quality=40), "image/jpeg").depicted is None
    other = files.read(picture(2), "image/png").found
    assert module.Reading(msgspec.structs.replace(other, bound=marked.codes[0])).depicted is False


def test_the_soft_binding_is_what_the_list_of_c2pa_calls_it_and_names_the_file_as_it_came(files):
    data = picture(1)
    marked = files.mark(data, "image/png", RECEIPT)
    told = json.loads(c2pa.Reader("image/png", io.BytesIO(marked.data)).json())
    (stated,) = [one["data"] for one in active(told)["assertions"] if one["label"] == "c2pa.soft-binding"]
    assert (stated["alg"], stated["blocks"][0]["scope"]) == ("io.iscc.v0", {})
    value = base64.b64decode(stated["blocks"][0]["value"])
    units = ["ISCC:" + base64.b32encode(one).decode().rstrip("=") for one in (value[:34], value[34:])]
    assert units == [marked.codes[0], iscc_lib.gen_instance_code_v0(data, 256).iscc]


def active(told):
    return told["manifests"][told["active_manifest"]]


@pytest.mark.parametrize("end", [".docx", ".odt", ".epub", ".xlsx", ".pptx"])
def test_a_document_is_bound_by_the_code_of_its_text_which_the_papers_leave_as_it_was(files, end):
    marked = files.mark(document(end), KINDS[end], RECEIPT)
    reading = files.read(marked.data, KINDS[end])
    assert (reading.intact, reading.depicted, reading.found.bound) == (True, True, marked.codes[0])
    assert [line for line in reading.found.text.split("\n") if line] == PARAGRAPHS
    other = files.read(
        document(end, ["別の人が別のところで書いた、まったく別の文章です。" * 5, "終わり。"]), KINDS[end]
    ).found
    assert module.Reading(msgspec.structs.replace(other, bound=marked.codes[0])).depicted is False


def moving(data):
    """An MP4 file that holds this."""
    at = SAMPLES[".mp4"].index(b"mdat") - 4
    return SAMPLES[".mp4"][:at] + (len(data) + 8).to_bytes(4, "big") + b"mdat" + data


SOUNDS = [
    (wav(sung(1)), "audio/wav", AUDIO),
    (flac(sung(1)), "audio/flac", AUDIO),
    (MELODY, "audio/mpeg", AUDIO),
    (wav(sung(1)[:20_000]), "audio/wav", DATA),  # too short to be told by how it sounds
    (moving(sung(1).tobytes()), "video/mp4", DATA),
]


@pytest.mark.parametrize(("data", "mime", "kind"), SOUNDS)
def test_sound_and_video_are_bound_by_a_code_that_stays_when_papers_are_put_in_and_taken_out(files, data, mime, kind):
    marked = files.mark(data, mime, RECEIPT)
    assert [raw(code)[:2] for code in marked.codes] == ([AUDIO, DATA] if kind == AUDIO else [DATA])
    reading = files.read(marked.data, mime)
    assert (reading.intact, reading.depicted, reading.found.bound) == (True, True, marked.codes[0])
    assert reading.found.codes == marked.codes  # with papers
    bare = files.read(data, mime)
    assert (bare.found.codes, bare.depicted) == (marked.codes, None)  # without


def test_papers_on_another_sound_show_and_on_another_video_nothing_can_be_said(files):
    marked = files.mark(wav(sung(1)), "audio/wav", RECEIPT)
    other = files.read(wav(sung(2)), "audio/wav").found
    assert module.Reading(msgspec.structs.replace(other, bound=marked.codes[0])).depicted is False
    anew = files.read(flac(sung(1) / 2), "audio/flac").found
    assert module.Reading(msgspec.structs.replace(anew, bound=marked.codes[0])).depicted is True
    film = files.read(moving(sung(2).tobytes()), "video/mp4").found
    assert module.Reading(msgspec.structs.replace(film, bound=marked.codes[1])).depicted is None


@pytest.mark.parametrize("cut", [12, 40, 44, 45, 3000])
def test_a_sound_that_is_cut_off_is_read_or_refused_and_never_a_fault(files, cut):
    for data, mime, _ in SOUNDS:
        with contextlib.suppress(FileUnreadable):
            assert files.read(data[:cut], mime).found.bound == ""


def test_what_says_nothing_has_no_code(files):
    marked = files.mark(SAMPLES[".wav"], "audio/wav", RECEIPT)
    assert (marked.codes, files.read(marked.data, "audio/wav").depicted) == ([], None)
