"""Keys: made once, stored as digests, known and revoked in every process at once."""

import re
import sqlite3
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.another import Another

from sekisho.core.errors import AccessFault, ConfigurationError, InvalidName, NameTaken, UnknownKey, UnknownName
from sekisho.core.settings import Limits, Settings
from sekisho.server import access as module
from sekisho.server import shared
from sekisho.server.access import Access, Key

SERVER = """
import sys
from pathlib import Path
from sekisho.core.errors import UnknownKey
from sekisho.core.settings import Settings
from sekisho.server.access import Access
access = Access(Path(sys.argv[1]), settings=Settings())
print("ready", flush=True)
for authorization in sys.stdin:
    try:
        print(access.identify(authorization.rstrip("\\n")).name, flush=True)
    except UnknownKey:
        print("unknown", flush=True)
"""


@pytest.fixture
def access(tmp_path):
    access = Access(tmp_path, settings=Settings())
    yield access
    access.close()


class Server(Another):
    """Another process that answers who a key belongs to."""

    def __init__(self, directory):
        super().__init__(SERVER, directory)

    def identify(self, key):
        return self.ask(f"Bearer {key}")[0]


def test_a_key_lets_in_its_owner_with_profiles_and_limits(access):
    key = access.create(
        "窓口", ("citizens-desk", "office"), requests_per_minute=60, tokens_per_minute=9000, concurrent=4
    )
    found = access.identify(f"Bearer {key}")
    assert found == Key("窓口", ("citizens-desk", "office"), 60, 9000, 4, found.slot)
    assert 0 < found.slot < shared.SLOTS


def test_limits_that_a_key_does_not_state_follow_the_settings(tmp_path, access):
    key = access.create("app", ("office",), concurrent=0)
    settings = Settings(limits=Limits(requests_per_minute=7, tokens_per_minute=8, concurrent=9))
    later = Access(tmp_path, settings=settings)
    found = later.identify(f"Bearer {key}")
    later.close()
    assert (found.requests_per_minute, found.tokens_per_minute, found.concurrent) == (7, 8, 0)


def test_a_key_is_random_and_stands_in_no_file(tmp_path, access):
    first, second = access.create("a", ("office",)), access.create("b", ("office",))
    assert first != second
    assert re.fullmatch(r"sk-sekisho-[A-Za-z0-9_-]{43}", first)
    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert first[len("sk-sekisho-") :].encode() not in stored


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_the_scheme_may_be_written_in_any_case(access, scheme):
    assert access.identify(f"{scheme} {access.create('app', ('office',))}").name == "app"


@pytest.mark.parametrize(
    "shape", ["", "Bearer", "Bearer ", "{key}", "Basic {key}", "Bearer{key}", "Bearer {key}x", "Bearer {key} {key}"]
)
def test_anything_else_is_refused_and_not_repeated(access, shape):
    authorization = shape.format(key=access.create("app", ("office",)))
    with pytest.raises(UnknownKey) as refusal:
        access.identify(authorization)
    assert refusal.value.details == {}


def test_any_text_is_refused_and_nothing_else_happens(access):
    @given(st.text(st.characters()) | st.text(st.characters()).map("Bearer ".__add__))
    def refused(authorization):
        with pytest.raises(UnknownKey):
            access.identify(authorization)

    refused()


def test_an_endless_header_is_refused_even_if_its_key_is_right(access):
    key = access.create("app", ("office",))
    with pytest.raises(UnknownKey):
        access.identify("Bearer " + " " * 1000 + key)


def test_another_process_knows_a_new_key_and_refuses_a_revoked_one_at_once(tmp_path, access):
    with Server(tmp_path) as server:
        key = access.create("app", ("office",))
        assert server.identify(key) == "app"
        access.revoke("app")
        assert server.identify(key) == "unknown"


def test_every_change_reaches_a_running_server_however_fast_they_follow(tmp_path, access):
    with Server(tmp_path) as server:
        for _ in range(30):
            key = access.create("app", ("office",))
            assert server.identify(key) == "app"
            access.revoke("app")
            assert server.identify(key) == "unknown"


def test_keys_outlive_the_process(tmp_path, access):
    key = access.create("app", ("office",))
    with Server(tmp_path) as server:
        assert server.identify(key) == "app"


def test_a_revoked_name_may_be_used_again_and_the_old_key_stays_out(access):
    old = access.create("app", ("office",))
    access.revoke("app")
    new = access.create("app", ("office",))
    assert access.identify(f"Bearer {new}").name == "app"
    with pytest.raises(UnknownKey):
        access.identify(f"Bearer {old}")


def test_a_new_key_does_not_inherit_what_was_used_in_its_place(access, monkeypatch):
    monkeypatch.setattr(module, "SLOTS", 2)
    access.create("old", ("office",))
    words = shared.Shared(access._table.shared.path.parent)
    words.words[shared.WINDOWS + shared.WINDOW_WORDS] = 99
    access.revoke("old")
    access.create("new", ("office",))
    assert words.words[shared.WINDOWS + shared.WINDOW_WORDS] == 0
    words.close()


def test_two_keys_never_share_a_place_and_there_are_only_so_many(access, monkeypatch):
    monkeypatch.setattr(module, "SLOTS", 5)
    for name in "abcd":
        access.create(name, ("office",))
    assert sorted(registered.key.slot for registered in access.list()) == [1, 2, 3, 4]
    with pytest.raises(ConfigurationError, match="4 keys already"):
        access.create("e", ("office",))


def test_names_are_unique_and_equal_in_every_unicode_form(access):
    access.create("ガス課", ("office",))
    with pytest.raises(NameTaken):
        access.create(unicodedata.normalize("NFD", "ガス課"), ("office",))
    access.revoke(unicodedata.normalize("NFD", "ガス課"))
    assert access.list() == ()


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "a\n", "a/b", "x" * 65, "\u202eabc", "a\u200bb"])
def test_names_that_cannot_be_shown_clearly_are_refused(access, name):
    with pytest.raises(InvalidName):
        access.create(name, ("office",))


@pytest.mark.parametrize("profiles", [(), ("*", "office"), ("office", "office")])
def test_profiles_that_make_no_sense_are_refused(access, profiles):
    with pytest.raises(ConfigurationError, match="profiles"):
        access.create("app", profiles)


@pytest.mark.parametrize("limit", [-1, 2**53 + 1])
def test_limits_that_make_no_sense_are_refused(access, limit):
    with pytest.raises(ConfigurationError, match="limits"):
        access.create("app", ("office",), tokens_per_minute=limit)


def test_revoking_an_unknown_name_suggests_a_near_one(access):
    access.create("citizens", ("office",))
    with pytest.raises(UnknownName) as error:
        access.revoke("citizen")
    assert error.value.details["near"] == "citizens"


def test_a_list_shows_keys_by_age_and_never_a_demonstration(access):
    access.add_demonstration("sk-demo")
    access.create("b", ("office",))
    access.create("a", ("*",))
    assert [registered.key.name for registered in access.list()] == ["b", "a"]


def test_a_demonstration_key_is_let_in_everywhere_but_not_stored(tmp_path, access):
    access.add_demonstration("sk-demo")
    access.create("app", ("office",))  # makes the table be read again
    found = access.identify("Bearer sk-demo")
    assert (found.profiles, found.slot, found.concurrent) == (("*",), 0, 256)
    with Server(tmp_path) as server:
        assert server.identify("sk-demo") == "unknown"


@pytest.mark.parametrize("key", ["", "  "])
def test_an_empty_demonstration_key_would_let_everybody_in_and_is_refused(access, key):
    with pytest.raises(ConfigurationError):
        access.add_demonstration(key)


def test_the_name_of_demonstration_keys_is_taken(access):
    with pytest.raises(NameTaken):
        access.create("demonstration", ("office",))


@pytest.mark.parametrize("damage", ["slot = 0", "slot = 99999", "profiles = '[]'", "profiles = 'office'", "name = x''"])
def test_a_damaged_row_lets_nobody_in(tmp_path, access, damage):
    key = access.create("app", ("office",))
    access.identify(f"Bearer {key}")
    with sqlite3.connect(tmp_path / "access.sqlite") as connection:
        connection.execute(f"UPDATE keys SET {damage}")
    connection.close()
    access._table.shared.next_generation()
    for _ in range(2):
        with pytest.raises(AccessFault, match="damaged"):
            access.identify(f"Bearer {key}")


def test_a_damaged_file_stops_the_start(tmp_path):
    (tmp_path / "access.sqlite").write_bytes(b"\0" * 5000)
    with pytest.raises(AccessFault):
        Access(tmp_path, settings=Settings())
