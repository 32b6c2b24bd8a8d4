import time

import pytest

from sekisho.guards.tongue import LONGEST, asked, tongue


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("図書館は平日の午前九時から午後八時まで開いています。休館日は月曜日です。", "ja"),
        ("The library is open from nine in the morning until eight in the evening.", "en"),
        ("图书馆平日上午九点开门，晚上八点关门。星期一是休息日，请您注意。", "zh"),
        ("圖書館平日上午九點開門，晚上八點關門。星期一是我們的休息日，請注意。", "zh"),
        ("도서관은 평일 오전 아홉 시부터 오후 여덟 시까지 엽니다.", "ko"),
        ("Die Bibliothek ist von neun Uhr bis acht Uhr geöffnet und montags nicht.", "other"),
        ("La bibliothèque est ouverte de neuf heures à vingt heures, sauf le lundi.", "other"),
        ("La biblioteca está abierta de nueve a ocho, y los lunes no hay servicio para el público.", "other"),
        ("Библиотека открыта с девяти утра до восьми вечера.", "other"),
        ("ห้องสมุดเปิดตั้งแต่เก้าโมงเช้าถึงสองทุ่ม", "other"),
        ("Pythonの `pip install sekisho` で入ります。設定は sekisho.yaml に書いてください。", "ja"),
        ("Use the word 図書館 for a library, and 本 for a book; both are common.", "en"),
        ("ﾄｼｮｶﾝﾊ ﾍｲｼﾞﾂﾆ ｱｲﾃｲﾏｽ。ｹﾞﾂﾖｳﾊ ﾔｽﾐﾃﾞｽ。", "ja"),
    ],
)
def test_texts_and_their_languages(text, language):
    assert tongue(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "", "42", "はい", "OK", "Yes, of course.", "東京都千代田区霞が関", "2026-11-29",
        "Toyota Honda Nissan Mazda Subaru Suzuki Yamaha Kawasaki",
        "東京都千代田区霞関一丁目 大阪府大阪市北区中之島一丁目 愛知県名古屋市中区三丸",  # addresses, no sentence
        "```python\nprint('the end of it is here for you and for me')\n```",
        "https://example.com/the/end/of/it/is/here/for/you/and/for/me",
        '{"title": "the end of it is here for you and for me", "text": "that is it"}',
    ],
)  # fmt: skip
def test_what_is_in_no_language(text):
    assert tongue(text) == ""


def test_code_and_addresses_do_not_count():
    japanese = "次のように書きます。詳しくは手引きをご覧ください。"
    assert (
        tongue(japanese + "\n```\n" + "for the end of it is that\n" * 20 + "```\nhttps://example.com/" + "a" * 500)
        == "ja"
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("次の文を要約して: The library is open from nine in the morning until eight.", "ja"),
        ("When does the library open on Mondays, and is it free for everybody?", "en"),
        ("图书馆星期一几点开门？请您告诉我，谢谢。我们想去看书。", "zh"),
        ("次の文を英語にして: 図書館は九時に開きます。", ""),
        ("次の英文を訳して: The library is open from nine.", ""),
        ("Please translate this for me: the library is open from nine.", ""),
        ("How do I say that in Japanese? The library is open from nine.", ""),
        ("Hi", ""),
    ],
)
def test_the_language_in_which_an_answer_is_wanted(text, language):
    assert asked(text) == language


@pytest.mark.parametrize("part", ["a", "a@", "[[", "{", '"', "`", "```", "~~~ ", "www.", "あ`", '["', "\ud800"])
def test_no_text_takes_long(part):
    started = time.process_time()
    tongue(part * (LONGEST // len(part)))
    asked(part * (LONGEST // len(part)))
    assert time.process_time() - started < 1


def test_long_texts_are_looked_at_in_part():
    assert tongue("これは日本語の文章です。" * (LONGEST // 10) + "{" * 1_000_000) == "ja"
    assert tongue("[{" * 500_000) == ""
    assert asked("`" * 1_000_000 + "英語") == ""
