"""What could be a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.names_candidates import Candidates
from sekisho.guards.names_lexicon import Words

WORDS = Words.load()
CANDIDATES = Candidates(WORDS.lexicon(), WORDS)


def seen(text: str) -> set[tuple[str, str]]:
    return {(text[one.start : one.end], one.shape) for one in CANDIDATES.find(text)[0]}


@pytest.mark.parametrize(
    ("text", "name", "shape"),
    [
        ("山田太郎さん", "山田太郎", "full"),
        ("佐々木颯真くん", "佐々木颯真", "likely"),
        ("田中さん", "田中", "surname"),
        ("看護師早見が", "早見", "surname"),
        ("健太が笑った", "健太", "given"),
        ("藤堂 蒼様", "藤堂 蒼", "spaced"),
        ("氏名:やまだ たろう", "やまだ たろう", "pair"),
        ("ひかるが泣いた", "ひかる", "kana"),
        ("うちのももかは", "ももか", "kana"),
        ("マイケルが来た", "マイケル", "katakana"),
        ("ジョン・スミス", "ジョン・スミス", "dotted"),
        ("乾物川さん", "乾物川", "unknown"),
        ("袰月が担当する", "袰月", "unknown"),
        ("妻のシゲ子が", "シゲ子", "kana"),
        ("付添 上原 たか子 殿", "上原 たか子", "spaced"),
        ("スミス 健です", "スミス 健", "spaced"),
        ("グエン ヴァン タム様", "グエン ヴァン タム", "pair"),
        ("上さんが来た", "上", "surname"),
        ("一覧\n乾物川(3班)", "乾物川", "unknown"),
        ("名札は「おがわ」です", "おがわ", "kana"),
        ("たーくんが来た", "たーくん", "kana"),
        ("王 静さん", "王 静", "spaced"),
        ("被災者二ツ橋", "二ツ橋", "surname"),
        ("小那覇が来た", "小那覇", "surname"),
        ("大豆生田先生", "大豆生田", "unknown"),
        ("ささき ゆうと申します", "ささき ゆう", "pair"),
        ("ヤマダハナコです", "ヤマダハナコ", "pair"),
        ("きみ江さんへ", "きみ江", "kana"),
    ],
)
def test_a_candidate_has_the_shape_that_it_is_made_of(text, name, shape):
    assert (name, shape) in seen(text)


def test_a_text_of_plain_words_has_none():
    assert seen("今日は天気がよいので、外で食べます。") == set()


@pytest.mark.parametrize("text", ["王様が笑った", "渋谷駅の上野行き", "魚は上がった"])
def test_a_kanji_that_is_a_word_of_its_own_is_none(text):
    assert not {("王", "surname"), ("上", "surname"), ("魚", "surname")} & seen(text)


@pytest.mark.parametrize(
    "text",
    [
        "品名\nボールペン\n",
        "シフト代わります",
        "母のケアマネさん",
        "製品仕様",
        "番号は三七八一",
        "在中品:クレジットカード(磁気)",
    ],
)
def test_goods_roles_and_numerals_are_none(text):
    assert seen(text) == set()


def test_a_word_of_the_dictionary_is_no_surname_with_a_name_of_one_kanji():
    assert ("谷中", "short") not in seen("谷中に行く")


def test_what_a_text_speaks_of_is_told():
    asking, own = (CANDIDATES.find(text)[1].about for text in ("琵琶湖とは何ですか", "妻が通院しています。"))
    assert asking == ("ask1", "own0", "world0", "public0")
    assert own[1] != "own0"


@given(st.text("佐藤太郎さん、。の山田ひかるカナ・ 1(", max_size=40))
def test_candidates_are_places_of_the_text(text):
    assert all(0 <= one.start < one.end <= len(text) for one in CANDIDATES.find(text)[0])


def test_a_noun_that_children_are_named_after_is_a_given_name():
    assert ("真冬", "given") in seen("真冬だけが残って片づけをした。")


def test_one_kanji_that_no_list_holds_may_be_a_name_before_a_title():
    assert ("舘", "unknown") in seen("舘さん宅の雨漏り")


def test_stories_and_public_persons_are_told_of_a_text():
    assert {"world2", "public1"} <= set(CANDIDATES.find("夏目漱石の小説の登場人物")[1].about)


def test_a_bracket_is_no_part_of_a_name_in_kana():
    assert all(")" not in name for name, _ in seen("坂本 結衣(さかもと ゆい)さん"))
