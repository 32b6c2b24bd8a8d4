"""The child itself; what it says to its parent is tested in test_files."""

import subprocess
import sys

import msgspec
import pytest

from sekisho.provenance.media.reader import Job, _cut, _receipt


def run(job, data, *, code=""):
    argv = [sys.executable, "-P", *(["-c", code] if code else ["-m", "sekisho.provenance.media.reader"])]
    return subprocess.run(argv, input=msgspec.json.encode(job) + b"\n" + data, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("mime", "said"), [("image/png", b"E\0\0\0\x0aunreadable"), ("text/plain", b"E\0\0\0\x0bunsupported")]
)
def test_an_unfit_file_is_told_in_one_word(mime, said):
    assert run(Job(mime, 3, 5, "{}", "{}"), b"abc").stdout == said


def test_memory_and_time_are_bounded():
    code = (
        "from sekisho.provenance.media.reader import *\nconfine(Job('', 1 << 20, 7, '', ''))\n"
        "print(*[resource.getrlimit(one) for one in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])\n"
        "bytes(2 << 30)"
    )
    done = run(Job("", 0, 1, "", ""), b"", code=code)
    most = (1 << 30) + (8 << 20)
    assert done.stdout.decode().split("\n")[0] == f"({most}, {most}) (7, 7) (0, 0)"
    assert b"MemoryError" in done.stderr


def test_what_strangers_wrote_is_cut_to_size():
    assert len(_cut("x" * 10_000)) == 300
    assert _cut(None) == ""


@pytest.mark.parametrize("receipt", [7, "x" * 64_001, None])
def test_a_receipt_that_is_none_is_left_out(receipt):
    assert _receipt({"assertions": [{"label": "org.sekisho.receipt", "data": {"receipt": receipt}}]}) == ""
