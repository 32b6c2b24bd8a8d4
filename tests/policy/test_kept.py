import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.policy.kept import DIRECTORY, digest_of, keep, kept
from sekisho.policy.load import Profiles


def test_every_profile_is_kept_under_the_digest_by_which_records_name_it(tmp_path):
    profiles = Profiles()
    keep(tmp_path, profiles)
    texts = kept(tmp_path)
    assert texts == {one.digest: one.canonical().encode() for one in profiles}
    assert len(texts) == len(profiles.names)
    assert all(digest_of(text) == digest for digest, text in texts.items())


def test_what_was_in_force_before_stays(tmp_path):
    first, second = list(Profiles())[:2]
    keep(tmp_path, [first])
    keep(tmp_path, [second])
    assert set(kept(tmp_path)) == {first.digest, second.digest}


def test_a_home_without_policies_has_none(tmp_path):
    assert kept(tmp_path) == {}


def test_a_draft_that_was_left_behind_is_no_policy(tmp_path):
    keep(tmp_path, Profiles())
    count = len(kept(tmp_path))
    (tmp_path / DIRECTORY / ".0123456789abcdef.json.7").write_bytes(b"half")
    assert len(kept(tmp_path)) == count


def test_a_changed_text_is_found(tmp_path):
    keep(tmp_path, Profiles())
    path = min((tmp_path / DIRECTORY).iterdir())
    path.write_bytes(path.read_bytes().replace(b"mask", b"pass", 1) + b" ")
    with pytest.raises(ConfigurationError, match="is not the policy"):
        kept(tmp_path)


def test_a_home_that_is_none_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        keep(tmp_path / "file", Profiles())
