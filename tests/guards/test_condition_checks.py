"""Checks of what a label tells of a person: a condition, or nothing of the kind."""

import pytest

from sekisho.guards.condition_checks import condition


@pytest.mark.parametrize("text", ["双極性障害", "C型肝炎", "てんかん", "イスラム教", "2型糖尿病", "ADHD", "乳がん"])
def test_an_illness_or_a_belief_is_a_condition(text):
    assert condition(text) == 0.85


@pytest.mark.parametrize("text", ["なし", "特記事項なし", "一身上の都合", "自由", "不明", "未記入"])
def test_an_empty_field_or_another_reason_is_none(text):
    assert condition(text) is None
