"""The child process, without its parent's supervisor."""

import json
import os
import subprocess
import sys

import msgspec
import pytest
import xllamacpp
from tests.models.site import digest

from sekisho.models.llama import FAILED, NOT_LOADED, Job, parameters

COMMAND = (sys.executable, "-P", "-m", "sekisho.models.llama")


def job(path, sha256, *, parent=None):
    return Job(
        parent=os.getpid() if parent is None else parent, model="m", sha256=sha256, port=1, key="k", path=str(path)
    )


def told_by(one):
    """What the child tells of this job, and its exit code. Its input stays open until it ends."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        child.stdin.write(msgspec.json.encode(one) + b"\n")
        child.stdin.flush()
        told = [json.loads(line) for line in child.stdout]
        return told, child.wait(300)


def test_other_bytes_are_refused_before_llama_cpp_sees_them(tmp_path):
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF tampered")
    told, code = told_by(job(file, digest(b"GGUF")))
    assert (told[-1]["state"], code) == ("failed", FAILED)
    assert digest(b"GGUF")[:12] in told[-1]["en"]
    assert "SHA-256" in told[-1]["ja"]
    assert "loading" not in [one["state"] for one in told]


def test_a_file_that_is_not_there_is_told(tmp_path):
    told, code = told_by(job(tmp_path / "absent.gguf", "0" * 64))
    assert (told[-1]["state"], code) == ("failed", FAILED)
    assert "absent.gguf" in told[-1]["en"]


def test_the_right_bytes_that_are_no_model_are_told_in_both_languages(tmp_path):
    file = tmp_path / "m.gguf"
    file.write_bytes(b"no model at all")
    told, code = told_by(job(file, digest(b"no model at all")))
    assert (told[-1]["ja"], told[-1]["en"], code) == (NOT_LOADED["ja"], NOT_LOADED["en"], FAILED)


@pytest.mark.parametrize("parent", [None, 1], ids=["its input ends", "its parent is another"])
def test_it_ends_with_its_parent_also_while_it_is_busy(tmp_path, parent):
    pipe = tmp_path / "never-read.gguf"
    os.mkfifo(pipe)  # whoever opens it waits for a writer
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdin.write(msgspec.json.encode(job(pipe, "0" * 64, parent=parent)) + b"\n")
        child.stdin.flush()
        if parent is None:
            child.stdin.close()
            assert child.wait(300) == 0
        else:
            assert child.wait(300) == 0
            child.stdin.close()


def test_it_serves_on_loopback_with_a_key_and_without_pages_of_its_own(tmp_path):
    params = parameters(xllamacpp, job(tmp_path / "m.gguf", "0" * 64), tmp_path / "m.gguf")
    assert (params.hostnames, params.port, params.api_keys) == (["127.0.0.1"], 1, ["k"])
    assert not any([params.ui, params.endpoint_slots, params.endpoint_props, params.endpoint_metrics])
    assert params.offline
