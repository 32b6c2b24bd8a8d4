from concurrent.futures import ThreadPoolExecutor

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keyfile


def test_of_several_that_make_a_key_at_once_one_wins_and_all_see_it(tmp_path):
    path = tmp_path / "key"
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: keyfile.create(path, bytes([number]) * 32), range(8)))
    assert len(set(found)) == 1
    assert keyfile.load(path) == found[0]
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_file_is_for_its_owner_only(tmp_path):
    keyfile.create(tmp_path / "key", b"secret")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_no_file_is_no_key(tmp_path):
    assert keyfile.load(tmp_path / "key") is None


def test_a_link_is_refused(tmp_path):
    keyfile.create(tmp_path / "key", b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "key")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        keyfile.load(tmp_path / "link")


def test_a_directory_is_refused(tmp_path):
    (tmp_path / "key").mkdir(0o700)
    with pytest.raises(ConfigurationError, match="not a plain file"):
        keyfile.load(tmp_path / "key")


def test_where_nothing_can_be_written_the_operator_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be made"):
        keyfile.create(tmp_path / "nowhere" / "key", b"secret")
