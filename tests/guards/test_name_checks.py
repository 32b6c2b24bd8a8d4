"""Checks of names: persons, and what only looks like one."""

import pytest

from sekisho.guards import name_checks


@pytest.mark.parametrize("text", ["山田太郎", "佐藤 花子", "高橋健一", "鈴木さくら", "林 健太"])
def test_a_surname_with_a_given_name_is_a_name(text):
    assert name_checks.full_name(text) == 0.93


@pytest.mark.parametrize("text", ["山本商店", "佐藤課長", "石川県", "大塚製薬", "中野坂", "伊藤博文", "福島第二病院"])
def test_shops_places_offices_and_persons_of_history_are_no_private_names(text):
    assert name_checks.full_name(text) is None


@pytest.mark.parametrize("text", ["必須", "未定", "営業部", "株式会社山田", "同上"])
def test_what_a_form_asks_for_is_not_a_name(text):
    assert name_checks.labelled_name(text) is None


@pytest.mark.parametrize("text", ["Sir", "Hiring Manager", "Not Important", "World", ""])
def test_forms_of_address_are_no_english_names(text):
    assert name_checks.english_name(text) is None


def test_an_english_name_is_one():
    assert name_checks.english_name("John Smith") == 0.9


def test_a_place_that_is_a_surname_too_is_doubtful():
    assert name_checks.said_name("千葉") < 0.5 < name_checks.said_name("田中")
    assert name_checks.clan_or_person("武田") < 0.5 < name_checks.clan_or_person("佐藤")


def test_a_bare_name_needs_the_characters_of_given_names():
    assert name_checks.bare_name("渡辺和葉")
    assert name_checks.bare_name("中野坂上") is None


def test_the_name_of_history_is_known_with_a_space_too():
    assert name_checks.historical("坂本 龍馬")
    assert name_checks.listed_name("坂本 龍馬") is None
    assert name_checks.listed_name("山田 太郎")
