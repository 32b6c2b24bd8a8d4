import pytest

from sekisho.cli.resident import choice_of, running
from sekisho.core.errors import ConfigurationError, UnknownName
from sekisho.core.settings import Model, Settings

FILE = Model(path="town.gguf", sha256="AB" * 32)


def test_only_a_file_that_is_here_runs_here(tmp_path):
    settings = Settings(home=str(tmp_path), models={"file": FILE, "far": Model(url="http://h/v1")}, embedded="off")
    assert choice_of(settings, "file").sha256 == "ab" * 32
    assert [choice_of(settings, name) for name in ("far", "embedded", "nobody")] == [None] * 3


def test_what_does_not_become_ready_says_why_and_is_gone(tmp_path):
    settings = Settings(home=str(tmp_path), models={"file": FILE}, watermark=True)
    with pytest.raises(ConfigurationError, match=r"town\.gguf"), running(settings, "file"):
        pass
    assert (tmp_path / "watermark.key").exists()
    with pytest.raises(UnknownName), running(settings, "nobody"):
        pass
