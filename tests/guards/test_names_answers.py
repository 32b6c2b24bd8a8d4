"""Names in answers, where those count that stand beside something else of the person."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.exchange import Stage
from sekisho.core.sentences import ends
from sekisho.core.text import Text
from sekisho.guards.names import names
from sekisho.guards.names_answers import counted
from sekisho.guards.protocol import Context

TOLD = [
    "{立花 直哉}さんは{双極性障害}で通院していると聞いています。",
    "患者の{久保田 千尋}さん、{1988年3月9日}生まれ、は来週来ます。",
    "{久保田 千尋}さんの電話は090-1234-5678です。",
    "{久保田 千尋}さんの連絡先はchihiro@example.comです。",
    "{久保田 千尋}さんの住所は港区芝公園4-2-8です。",
    "会員番号はA12345、氏名は{久保田 千尋}です。",
    "{友利}様のご予約は三名です。",
    "{Gwendolyn Frost} lives at 12 Baker Street and can be reached there.",
    "Please call {Gwendolyn Frost} on 617-555-0119.",
    "{Gwendolyn Frost} was diagnosed with {multiple sclerosis} last year.",
    "電話は03-1234-5678です。担当は{久保田}さんです。",
    "{立花 直哉}さんは市内にお住まいです。去年から{双極性障害}で通院しています。",
]
UNTOLD = [
    "おすすめは、湊 かなたさんの小説です。",
    "健太くんは犬と森へ行きました。美咲ちゃんも来ました。",
    "担当は久保田さんです。",
    "Two good novels are by Gwendolyn Frost and Samir Haddad.",
    "うつ病で休んでいる人には、ゆっくり休むよう伝えてください。",
    "おすすめは湊 かなたさんの小説(ISBN 978-4-10-101001-0)と、1990-1995年の作品です。",
    "Emily smiled at Jack, and on 12-31-2020 they left for Dover.",
]
PIECES = [
    "立花 直哉さん", "久保田", "様", "は双極性障害で", "通院中です", "。", "」", "\n", "090-1234-5678", "Dr. ",
    "Gwendolyn Frost", " has epilepsy", ". ", "J. K. ", "、1988年3月9日生まれ", "髙橋\u200b一郎", "ﾔﾏﾀﾞ様", "㍿",
    "\u3099", "user@example.com", "会員番号 A-1", "name,dob\n", "Bo Frost,1988-03-09\n",
]  # fmt: skip


def marked(sentence):
    """The text, and what stands in braces."""
    parts = sentence.replace("}", "{").split("{")
    return "".join(parts), set(parts[1::2])


def told(text):
    return {text[one.start : one.end] for one in counted(Text(text), names.findings) if one.score >= 0.5}


@pytest.mark.parametrize("sentence", TOLD)
def test_a_name_counts_beside_something_else_of_the_person(sentence):
    text, wanted = marked(sentence)
    assert told(text) == wanted


@pytest.mark.parametrize("text", UNTOLD)
def test_a_name_alone_or_a_condition_of_nobody_counts_half(text):
    assert told(text) == set()


def test_what_stands_alone_has_half_its_score_and_says_so():
    text = Text("担当は久保田さんです。")
    (asked,), (answered,) = names.findings(text), counted(text, names.findings)
    assert answered.score == round(asked.score / 2, 2) > 0.4
    assert (answered.start, answered.end, answered.note) == (asked.start, asked.end, "alone")


async def test_people_are_heard_as_before():
    text = Text("担当は久保田さんです。")
    for stage in (Stage.ENTRY, Stage.SOURCE):
        assert await names.inspect(text, Context(stage, "user", "p")) == names.findings(text)
    for said in (text, Text(text.received * 200)):
        found = await names.inspect(said, Context(Stage.EXIT, "assistant", "p"))
        assert {one.note for one in found} == {"alone"}
        assert list(found) == counted(said, names.findings)


def test_what_stands_far_away_is_not_beside():
    assert (
        told("立花 直哉さんは市内にお住まいです。" + "今日はよい天気です。" * 15 + "電話は03-1234-5678です。") == set()
    )


@pytest.mark.parametrize(("piecewise", "scores"), [(False, [0.9, 0.9]), (True, [0.4, 0.9])])
def test_piece_by_piece_only_the_second_of_two_sentences_counts(piecewise, scores):
    text = Text("立花 直哉さんは市内にお住まいです。去年から双極性障害で通院しています。")
    found = counted(text, names.findings, piecewise=piecewise)
    assert [one.score >= least for one, least in zip(found, scores, strict=True)] == [True, True]
    assert (found[0].note == "alone") is piecewise


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_of_a_sentence_the_same_is_said_whatever_follows_and_whatever_was_asked_before(text):
    whole = counted(Text(text), names.findings, piecewise=True)
    assert all(0 <= one.start < one.end <= len(text) for one in whole)
    asked = 0
    for end in [*ends(text), len(text)]:
        here = [one for one in whole if one.end <= end]
        assert counted(Text(text[:end]), names.findings, piecewise=True) == here
        later = counted(Text(text[:end]), names.findings, asked=asked, piecewise=True)
        assert [one for one in later if one.end > asked] == [one for one in here if one.end > asked]
        asked = end


def test_many_short_sentences_take_time_in_proportion():
    def seconds(lines):
        text = Text("久保田さんは糖尿病です。\n" * lines)
        begun = process_time()
        assert len(counted(text, names.findings)) == 2 * lines
        return process_time() - begun

    assert seconds(2_000) < 12 * seconds(500)  # sixteen times, where each is read with all before it
