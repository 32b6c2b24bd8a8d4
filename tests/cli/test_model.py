"""`sekisho model`."""

import hashlib

import pytest
from click.testing import CliRunner

from sekisho.cli import model as module
from sekisho.cli.main import FAULT, sekisho
from sekisho.models.faults import WeightsAltered, WeightsMissing

GB = 1_000_000_000


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with settings, memory and installed models of the test's choice; nothing is downloaded."""

    class Machine:
        free = 8 * GB
        here = frozenset()
        lacking = frozenset()
        got = []

        def install(self, weights, progress):
            size = "large" if len(weights.parts) > 1 else "small"
            if size in self.lacking:
                raise WeightsMissing(what=weights.title)
            self.got.append(size)
            progress(1, len(weights.parts))

        def run(self, *args, yaml=""):
            (tmp_path / "sekisho.yaml").write_text(f"home: {tmp_path}\n{yaml}")
            args = ["model", *args, "--config", str(tmp_path / "sekisho.yaml")]
            return CliRunner().invoke(sekisho, args, env={"LC_ALL": "en_US.UTF-8"})

    made = Machine()
    monkeypatch.setattr(module, "Installer", lambda: made)
    monkeypatch.setattr(module, "installed", lambda _directory: made.here)
    monkeypatch.setattr(module, "free_memory", lambda: made.free)
    monkeypatch.setattr(module, "runtime_installed", lambda: True)
    return made


def own(tmp_path, data, sha256):
    file = tmp_path / "own.gguf"
    file.write_bytes(data)
    return f"models: {{own: {{path: {file}, sha256: '{sha256}'}}}}\n"


@pytest.mark.parametrize(("free", "size"), [(4 * GB, "large"), (4 * GB - 1, "small")])
def test_memory_decides_before_anything_is_downloaded(machine, free, size):
    machine.free = free
    assert machine.run("install").exit_code == 0
    assert machine.got == [size]


def test_what_is_got_how_large_it_is_and_how_far_it_is_are_shown(machine):
    said = machine.run("install", "large").output
    assert "Getting Qwen2.5-Coder-1.5B-Instruct (Q4_K_M) (about 1,117 MB)." in said
    assert "model part 1 of 22" in said


def test_a_model_that_is_here_is_not_got_again(machine):
    machine.here = frozenset(["large", "small"])
    result = machine.run("install")
    assert (result.exit_code, result.output, machine.got) == (0, "", [])


def test_with_the_setting_off_nothing_is_got(machine):
    assert machine.run("install", yaml='embedded: "off"\n').exit_code == 0
    assert machine.got == []


def test_where_the_larger_one_cannot_be_had_the_small_one_is_got_and_it_is_said(machine):
    machine.lacking = frozenset(["large"])
    result = machine.run("install")
    assert (result.exit_code, machine.got) == (0, ["small"])
    assert "The larger model could not be downloaded" in result.output


def test_a_model_that_was_asked_for_by_name_is_not_replaced_by_another(machine):
    machine.lacking = frozenset(["large"])
    result = machine.run("install", "large")
    assert (result.exit_code, machine.got) == (FAULT, [])


def test_the_list_shows_every_model_and_which_one_runs_and_why(machine, tmp_path):
    machine.here = frozenset(["small"])
    said = machine.run("list", "--language", "ja", yaml=own(tmp_path, b"x", "0" * 64)).output
    assert f"own  {tmp_path}/own.gguf" in said
    assert "large  Qwen2.5-Coder-1.5B-Instruct (Q4_K_M) [未導入] 大きさ 1,117 MB" in said
    assert "small  SmolLM2-135M-Instruct (Q4_1) [導入済み]" in said
    assert "→ 大きいモデルが入っていないため" in said


def test_a_list_without_models_says_so(machine):
    assert "(none)" in machine.run("list").output


def test_a_file_with_the_pinned_bytes_is_confirmed(machine, tmp_path):
    result = machine.run("verify", yaml=own(tmp_path, b"GGUF", hashlib.sha256(b"GGUF").hexdigest()))
    assert result.exit_code == 0
    assert "✓ own: holds the pinned bytes" in result.output


def test_a_file_with_other_bytes_is_told_with_advice_and_exit_code_1(machine, tmp_path, monkeypatch):
    machine.here = frozenset(["small"])
    monkeypatch.setattr(module, "examined", lambda *_: [tmp_path / "small.gguf"])
    result = machine.run("verify", yaml=own(tmp_path, b"tampered", hashlib.sha256(b"GGUF").hexdigest()))
    assert result.exit_code == 1
    assert "✗ own: The model file does not hold the bytes that were pinned" in result.output
    assert "suspect tampering" in result.output
    assert "✓ SmolLM2" in result.output


def test_a_model_of_packages_that_was_altered_is_told(machine, monkeypatch):
    def altered(weights, _directory):
        raise WeightsAltered(what=weights.title, expected=weights.sha256)

    machine.here = frozenset(["large"])
    monkeypatch.setattr(module, "examined", altered)
    result = machine.run("verify", "--language", "ja")
    assert result.exit_code == 1
    assert "✗ Qwen2.5-Coder" in result.output


def test_with_nothing_to_verify_that_is_said(machine):
    result = machine.run("verify")
    assert (result.exit_code, "There is no model file to verify." in result.output) == (0, True)
