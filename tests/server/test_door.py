"""The door: who comes in, under which profile, spoken to in which language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ProfileNotAllowed, UnknownKey
from sekisho.core.settings import Settings
from sekisho.policy.load import Profiles
from sekisho.server.access import Access
from sekisho.server.door import Door

ENGLISH = """
profile: english
title: {ja: 英語, en: English}
description: {ja: 英語で答えます。, en: Answers in English.}
audience: staff
language: en
"""


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "profiles").mkdir()
    (home / "profiles" / "english.yaml").write_text(ENGLISH)
    access = Access(home, settings=Settings())
    yield Door(access, Profiles([home / "profiles"]), "office", "ja")
    access.close()


@pytest.fixture(scope="module")
def keys(door):
    """Keys by what they may use: anything, two profiles, or one that is gone."""
    allowed = {"any": ("*",), "two": ("coding", "english"), "gone": ("removed",)}
    return {name: door.access.create(name, profiles) for name, profiles in allowed.items()}


def headers(key, **more):
    given = {"authorization": f"Bearer {key}", **more}
    return [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in given.items()]


def test_who_has_a_key_is_let_in_under_its_name(door, keys):
    visitor = door.visitor(headers(keys["any"]))
    assert (visitor.key.name, visitor.caller.key) == ("any", "any")


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "{key}", "Basic {key}", "Bearer {key}x", "Bearer sk-sekisho-none"]
)
def test_without_a_key_or_with_a_wrong_one_nobody_comes_in(door, keys, authorization):
    sent = [] if authorization is None else [(b"authorization", authorization.format(key=keys["any"]).encode())]
    with pytest.raises(UnknownKey):
        door.visitor(sent)


@given(st.lists(st.tuples(st.sampled_from([b"authorization", b"sekisho-profile", b"accept-language"]), st.binary())))
def test_no_bytes_in_a_header_are_more_than_refused(door, sent):
    with pytest.raises(UnknownKey):
        door.visitor(sent)
    assert door.speaks(sent) in ("ja", "en")


@pytest.mark.parametrize(("key", "profile"), [("any", "office"), ("two", "coding")])
def test_who_names_no_profile_gets_the_keys_first_or_else_that_of_the_settings(door, keys, key, profile):
    assert door.visitor(headers(keys[key])).caller.profile.name == profile


def test_the_header_chooses_among_the_profiles_of_the_key(door, keys):
    assert door.visitor(headers(keys["any"], sekisho_profile=" coding ")).caller.profile.name == "coding"
    assert door.visitor(headers(keys["two"], sekisho_profile="english")).caller.profile.name == "english"


def test_what_the_route_asks_for_goes_before_the_header(door, keys):
    visitor = door.visitor(headers(keys["any"], sekisho_profile="coding"), "open")
    assert visitor.caller.profile.name == "open"


@pytest.mark.parametrize(
    ("key", "wanted"), [("two", "office"), ("two", "*"), ("any", "nowhere"), ("any", "*"), ("gone", "removed")]
)
def test_a_profile_that_the_key_may_not_use_or_that_does_not_exist_is_refused_alike(door, keys, key, wanted):
    with pytest.raises(ProfileNotAllowed) as refusal:
        door.visitor(headers(keys[key], sekisho_profile=wanted))
    assert refusal.value.details == {"profile": wanted}


def test_a_key_whose_first_profile_is_gone_gets_no_other_in_its_place(door, keys):
    with pytest.raises(ProfileNotAllowed):
        door.visitor(headers(keys["gone"]))


def test_the_name_of_a_refused_profile_is_told_short_and_escaped(door, keys):
    with pytest.raises(ProfileNotAllowed) as refusal:
        door.visitor(headers(keys["any"], sekisho_profile="\x1b[31m" + "é" * 500))
    assert refusal.value.details["profile"] == r"\x1b[31m" + r"\xe9" * 75


@pytest.mark.parametrize(
    ("accepted", "language"), [("en-GB, ja;q=0.5", "en"), ("ja", "ja"), ("fr", "ja"), (None, "ja")]
)
def test_the_caller_is_spoken_to_as_it_prefers_else_as_the_settings_say(door, keys, accepted, language):
    sent = headers(keys["any"], **({} if accepted is None else {"accept_language": accepted}))
    assert door.visitor(sent).caller.language == language
    assert door.speaks(sent) == language


def test_a_profile_with_a_language_of_its_own_speaks_it(door, keys):
    sent = headers(keys["two"], sekisho_profile="english", accept_language="ja")
    assert door.visitor(sent).caller.language == "en"


@pytest.mark.parametrize(("sent", "explain"), [("1", True), ("0", False), ("", False), ("yes", False)])
def test_an_explanation_is_given_to_those_who_ask_for_it(door, keys, sent, explain):
    assert door.visitor(headers(keys["any"], sekisho_explain=sent)).caller.explain is explain
