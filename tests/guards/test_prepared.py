import os
import stat
import sys
from pathlib import Path

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.guards import half, prepared, rule
from sekisho.guards.rule import load

RULES = """guard: g
stages: [entry]
rules:
  - {id: r, category: c, score: 0.5, pattern: '山(?:田|本)さん', check: k, hits: [山田さん], misses: [山さん]}
  - {id: s, category: c, score: 1, open: 'a|b', close: 'c[0-9]'}
"""
CHECKS = {"k": len}


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "r.yaml"
    path.write_text(RULES)
    return path


def places(path):
    return sorted((path.parent / "__pycache__").glob("*"))


def test_what_is_kept_says_what_the_file_says(file, monkeypatch):
    first = load(file, CHECKS)
    half.forget()
    monkeypatch.setattr(rule, "read", None)  # nobody reads the file itself
    assert load(file, CHECKS) == first
    known = {one.source: half.halves(one.source) for one in first.rules}
    half.forget()
    monkeypatch.setattr(half, "_recall", lambda: None)  # worked out, not read
    assert {source: half.halves(source) for source in known} == known


def test_what_was_forgotten_is_read_from_what_is_kept_and_not_worked_out_again(file, monkeypatch):
    sources = [one.source for one in load(file, CHECKS).rules]
    known = [(half.halves(source), half.prefixes(source)) for source in sources]
    half.forget()
    with monkeypatch.context() as patch:
        patch.setattr(half, "_halves", None)
        patch.setattr(half.closure, "prefixes", None)
        assert [(half.halves(source), half.prefixes(source)) for source in sources] == known
    half.forget()
    places(file)[0].unlink()
    assert [half.halves(source) for source in sources] == [one for one, _ in known]


def test_patterns_that_stand_in_no_file_are_kept_too(file, monkeypatch):
    place = file.with_name("none.py")
    rule.prepare(place, ["山川さん", "ab?"])
    known = [(half.halves(source), half.prefixes(source)) for source in ("山川さん", "ab?")]
    half.forget()
    with monkeypatch.context() as patch:
        patch.setattr(half, "_halves", None)
        patch.setattr(half.closure, "prefixes", None)
        assert [(half.halves(source), half.prefixes(source)) for source in ("山川さん", "ab?")] == known
        half.forget()
        rule.prepare(place, ["山川さん", "ab?"])
    rule.prepare(place, ["山川さん", "ac?"])  # others, in place of these
    assert len(places(place)) == 1


def test_a_file_that_changed_is_read_again_and_only_its_last_state_is_kept(file):
    load(file, CHECKS)
    (before,) = places(file)
    file.write_text(RULES.replace("山本", "山川").replace("0.5", "0.7"))
    assert load(file, CHECKS).rules[0].score == 0.7
    (after,) = places(file)
    assert after != before


def test_what_a_killed_process_left_goes_and_what_another_python_keeps_stays(file):
    load(file, CHECKS)
    (place,) = places(file)
    tag = sys.implementation.cache_tag
    place.with_suffix(".4711").write_text("half")
    other = place.with_name(place.name.replace(tag, "cpython-399"))
    other.write_text("of another Python")
    file.write_text(RULES + "\n")
    load(file, CHECKS)
    assert [one.name.split(".")[2] for one in places(file)] == sorted([tag, "cpython-399"])


def test_code_that_changed_reads_it_again(file, monkeypatch):
    load(file, CHECKS)
    monkeypatch.setattr(prepared, "_code", lambda: b"another")
    assert prepared.kept(file) is None


@pytest.mark.parametrize("damage", [b"", b"\xc1", b"\x93\x01\x02\x03"])
def test_what_is_damaged_does_not_count(file, damage):
    first = load(file, CHECKS)
    places(file)[0].write_bytes(damage)
    assert load(file, CHECKS) == first
    assert prepared.kept(file) is not None


def test_a_check_that_is_gone_is_told_in_spite_of_what_is_kept(file):
    load(file, CHECKS)
    with pytest.raises(ConfigurationError, match="there is no check `k`"):
        load(file, {})


def cached(path):
    return sorted((path.parent / "cache" / "sekisho").glob("*"))


def test_where_python_writes_no_bytecode_the_users_cache_keeps_it(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    first = load(file, CHECKS)
    assert (places(file), len(cached(file))) == ([], 1)
    assert stat.S_IMODE(cached(file)[0].parent.stat().st_mode) == 0o700
    half.forget()
    monkeypatch.setattr(rule, "read", None)
    assert load(file, CHECKS) == first


def test_a_cache_that_others_may_write_to_is_neither_read_nor_written(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    load(file, CHECKS)
    cached(file)[0].parent.chmod(0o770)
    assert prepared.kept(file) is None
    file.write_text(RULES + "\n")
    load(file, CHECKS)
    assert len(cached(file)) == 1


def test_a_cache_of_another_user_does_not_count(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    load(file, CHECKS)
    monkeypatch.setattr(os, "geteuid", lambda: cached(file)[0].stat().st_uid + 1)
    assert prepared.kept(file) is None


def test_a_cache_that_is_a_link_does_not_count(file, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "cache").mkdir()
    (tmp_path / "target").mkdir(mode=0o700)
    (tmp_path / "cache" / "sekisho").symlink_to(tmp_path / "target")
    load(file, CHECKS)
    assert list((tmp_path / "target").iterdir()) == []


def test_the_cache_keeps_the_last_states_only(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for number in range(prepared.OTHERS + 3):
        file.write_text(f"{RULES}# {number}\n")
        load(file, CHECKS)
        os.utime(cached(file)[0], (number, number))
    assert len(cached(file)) == prepared.OTHERS + 1
    assert prepared.kept(file) is not None


def test_a_user_without_a_home_works_all_the_same(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(Path, "expanduser", _no_home)
    assert load(file, CHECKS).rules
    assert prepared.kept(file) is None


def _no_home(path):
    raise RuntimeError("Could not determine home directory.")


def test_a_python_that_keeps_no_bytecode_keeps_no_rules_either(file, monkeypatch):
    monkeypatch.setattr(sys.implementation, "cache_tag", None)
    assert load(file, CHECKS).rules
    assert (prepared.kept(file), places(file)) == (None, [])


def test_with_a_place_of_its_own_for_bytecode_rules_are_kept_there(file, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "elsewhere"))
    load(file, CHECKS)
    assert (places(file), prepared.kept(file) is not None) == ([], True)


def test_where_nothing_can_be_written_it_works_all_the_same(file):
    (file.parent / "__pycache__").write_text("no directory")
    assert load(file, CHECKS).rules
    assert [one.name.split(".")[-1] for one in cached(file)] == ["rules"]
    cached(file)[0].unlink()
    (file.parent / "cache" / "sekisho").rmdir()
    (file.parent / "cache" / "sekisho").write_text("no directory")
    assert load(file, CHECKS).rules
    assert prepared.kept(file) is None
