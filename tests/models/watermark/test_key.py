import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.models.watermark import key


def test_a_key_is_made_once_for_its_owner_only(tmp_path):
    home = tmp_path / "home"
    assert key.found(tmp_path) is None
    made = key.made(home)
    assert (len(made), key.made(home), key.found(home)) == (32, made, made)
    assert (home / key.FILE).stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_or_that_is_cut_is_refused(tmp_path):
    key.made(tmp_path)
    (tmp_path / key.FILE).chmod(0o644)
    with pytest.raises(ConfigurationError):
        key.found(tmp_path)
    (tmp_path / key.FILE).write_bytes(b"short")
    (tmp_path / key.FILE).chmod(0o600)
    with pytest.raises(ConfigurationError, match="32 bytes"):
        key.made(tmp_path)
