"""The guard for names: sentences of many registers, with what is found in braces."""

import asyncio
import builtins
import importlib
import sys
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.guards import names_lexicon
from sekisho.guards.names import CATEGORY, LEAST, names
from sekisho.guards.protocol import Context, load

SURE = 0.5
CONTEXT = Context(Stage.ENTRY, "user", "default")

NAMED = [
    "{ジェームズ}の送別会は金曜にしよう。",
    "1着 {早坂 颯} 2着 {神津 直人}",
    "お世話になっております。株式会社ミライの{田中}です。",
    "先日お電話した{佐々木 健太}と申します。",
    "{山本}さんから見積書を受け取りました。",
    "{伊藤}部長の承認をいただいてください。",
    "担当は{鈴木}が務めます。",
    "氏名:{中村 美咲}",
    "お名前(フリガナ):{ナカムラ ミサキ}",
    "記入者 {小林}",
    "出席者:{高橋}、{渡辺}、{加藤}(記)",
    "司会は{吉田}さん、書記は{斎藤}さんでした。",
    "{松本}が来週から育休に入ります。",
    "{井上}くんが熱を出して早退しました。",
    "昨日{木村}先生に相談したところ、再検査と言われた。",
    "患者名:{林 志乃}、72歳、女性。",
    "{清水翔太}選手は準決勝で敗退した。",
    "容疑者の{中川大輔}被告(34)は起訴内容を認めた。",
    "{陽葵}ちゃんのお迎えは16時です。",
    "うちの{颯真}くんがまだ歩きません。",
    "{グエン・ヴァン・アン}さんの在留資格について相談です。",
    "{ジョン・スミス}氏が来日した。",
    "{マリア}さんはブラジル出身です。",
    "{Taro Yamada}です。よろしくお願いします。",
    "送信者: {YAMADA Taro}",
    "My name is {Hanako Suzuki} and I live in Yokohama.",
    "Please contact {John Carter} about the invoice.",
    "Dear Mr. {Thompson}, thank you for your letter.",
    "{Kenji}-sanに確認します。",
    "{髙橋 一郎}様 このたびはご購入ありがとうございます。",
    "{渡邉}課長、{齋藤}主任に共有しました。",
    "{長谷川}さんと{森}さんが言い争っています。",
    "妻の{由美子}が入院しました。",
    "長男の{大輝}は小学三年生です。",
    "上司の{石井}に叱られてばかりです。",
    "{東海林}さんと連絡が取れません。",
    "話者1({岡田}): 予算はどうしますか。",
    "{阿部}:了解です!{後藤}さんもOK?",
    "甲 {村上 隆志} 印",
    "{近藤}弁護士に依頼しました。",
    "{石川}さんは石川県の出身です。",
    "{福島}課長は福島市に出張中です。",
    "{原}さんの原稿を{関}さんが直した。",
    "{坂本 結衣}({さかもと ゆい})さん",
    "{藤井 亮}、{西村 彩}、{岡本 直樹}の三名が応募。",
    "被相続人{佐野 義雄}の遺産分割について。",
    "主治医:{大塚} 看護師:{平野}",
    "{内田}さんちの犬がうるさい。",
    "弟の{悠斗}が引っ越した。",
    "受付者:{野口}",
    "経理の{小松}さんが{西村}さんに請求書を渡した。",
    "{平田 昌弘}様 この度はお問い合わせいただき誠にありがとうございます。",
    "通話メモ:{梶原}様より、契約解除の件で入電。折り返し希望。",
    "議事録 日時:5月8日 出席:{永田}、{黒田}、{児玉} 欠席:{岡崎}",
    "{菅野}さん、昨日の資料ありがとう!",
    "履歴書 氏名 {早川 真理} ふりがな {はやかわ まり}",
    "{堀内一成}さん(58)は「驚いた」と話す。",
    "息子の{蓮}が学校を休みました。",
    "{遠藤}先生は来週お休みです。",
    "新入社員の{横山 咲良}です。よろしくお願いいたします。",
    "{松永}と{関口}が異動になった。",
    "契約者:{栗原 聖也} 被保険者:{栗原 真奈美}",
    "{エレナ・ペトロワ}さんのビザ更新。",
    "{ファム}さんの賃金について。",
    "I spoke with {Robert Chen} about the contract.",
    "Hi {Emily}, could you send me the file?",
    "{Haruka Tanabe} joined the team in April.",
    "{川村 朋子}と{川村 達也}は兄妹です。",
    "{吉岡}主任が{竹内}さんを注意した。",
    "{桐谷}様邸のリフォーム見積もり。",
    "容疑者として{大橋健一}を指名手配した。",
    "{坪井}くんは数学が得意。",
    "{三宅}が資料を作成し、{寺田}が確認した。",
]

UNNAMED = [
    "正直、今回の企画は無理があると思う。",
    "自治体のサイトが改ざんされたときの連絡先、借金のことは相談先を",
    "受付は九時、昼食は十二時からです。",
    "夏目漱石の『こころ』の感想文を書いて。",
    "徳川家康と織田信長の政策の違いを教えて。",
    "トヨタとホンダの株価を比べてください。",
    "鈴木商店は神戸にあった総合商社である。",
    "千葉県と山口県の人口を教えてください。",
    "フェルマーの最終定理とは何ですか。",
    "早稲田大学の大隈講堂を見学した。",
    "シェイクスピアの四大悲劇を挙げて。",
    "高島屋で松屋の紙袋を見た。",
    "山田町は岩手県の町です。",
    "担当者名を記入してください。",
    "お客様の声を分析してください。",
    "皆さんこんにちは。店員さんが親切でした。",
    "森の中で熊に会った。林を抜けると川があった。",
    "Pythonのリストをソートする方法は?",
    "ドラえもんとのび太の関係は?",
    "福島で会議、松山で一泊、高松へ移動。",
    "井上円了は東洋大学の創立者。",
    "Abraham Lincoln was the 16th president.",
    "New York City and Los Angeles are large cities.",
    "The Golden Gate Bridge is in San Francisco.",
    "明日は晴れです。光が差し、海が見える。",
    "上野公園の桜と目黒川の桜。",
    "のぞみ12号で京都へ行く。",
    "佐藤錦の収穫は六月です。",
    "中村屋のカレーを食べた。",
    "本田技研工業と三菱重工の決算。",
    "野村證券の口座を開いた。",
    "青山学院大学の近くの南青山。",
    "佐藤春夫の詩を朗読した。",
    "宮崎県の県庁所在地は宮崎市です。",
    "カントの純粋理性批判を要約して。",
    "武田薬品と中外製薬の合併。",
    "石川啄木の短歌を三首。",
    "小田急線の新百合ヶ丘駅。",
    "大和証券と三井住友銀行。",
    "富士山の標高と琵琶湖の面積。",
]


def marked(sentence: str) -> tuple[str, set[str]]:
    """A sentence without its braces, and what stood between them."""
    names_in = {part.split("}")[0] for part in sentence.split("{")[1:]}
    return sentence.replace("{", "").replace("}", ""), names_in


def found(text: str) -> set[str]:
    return {text[one.start : one.end] for one in names.findings(Text(text)) if one.score >= SURE}


@pytest.mark.parametrize("sentence", NAMED)
def test_names_are_found_without_their_titles(sentence):
    text, wanted = marked(sentence)
    assert found(text) == wanted


@pytest.mark.parametrize("text", UNNAMED)
def test_places_firms_works_and_persons_of_history_are_no_private_names(text):
    assert found(text) == set()


def test_a_name_in_hiragana_after_its_label_is_one_finding():
    assert found("氏名:やまだ たろう") == {"やまだ たろう"}


def test_what_stands_beside_a_name_is_found_with_it():
    text = Text("山田 花子、1958年4月18日、C型肝炎の治療歴あり")
    assert [(text.received[one.start : one.end], one.category) for one in names.findings(text)] == [
        ("山田 花子", CATEGORY),
        ("1958年4月18日", "privacy.date_of_birth"),
        ("C型肝炎", "privacy.sensitive"),
    ]


@pytest.mark.parametrize("text", ["端末のMAC、IPを控える", "機器は、MACが違う"])
def test_an_acronym_is_no_name(text):
    assert found(text) == set()


def test_places_are_those_of_the_text_as_received():
    text = "担当：\u200bﾔﾏﾀﾞ　ﾊﾅｺ（フリガナ）、髙橋\u200b一郎様"
    spans = {text[one.start : one.end] for one in names.findings(Text(text))}
    assert spans == {"ﾔﾏﾀﾞ　ﾊﾅｺ", "髙橋\u200b一郎"}


def test_a_name_in_two_lists_is_one_finding():
    assert len(names.findings(Text("Smithさんから連絡。"))) == 1


async def test_short_and_long_texts_are_read_alike():
    line = "昨日は田中美咲さんが休んだ。"
    assert len(await names.inspect(Text(line), CONTEXT)) == 1
    long = await names.inspect(Text(line * 400), CONTEXT)
    assert [one.end - one.start for one in long] == [4] * 400


async def test_many_texts_at_once_do_not_disturb_each_other():
    texts = [Text(f"{name}さんが休んだ。" * 200) for name in ("田中", "佐藤", "高橋", "鈴木")]
    answers = await asyncio.gather(*(names.inspect(text, CONTEXT) for text in texts))
    assert [len(one) for one in answers] == [200] * 4


def test_it_works_where_people_and_documents_speak_and_in_answers_that_may_wait():
    assert names.stages == {Stage.ENTRY, Stage.SOURCE, Stage.EXIT}
    assert names.patient
    assert load(["names"]) == (names,)


def test_without_its_extra_it_says_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("sudachi"):
            raise ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "sekisho.guards.names_lexicon")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"sekisho\[names\]"):
        importlib.import_module("sekisho.guards.names_lexicon")


def test_without_the_dictionary_it_says_how_to_get_it(monkeypatch):
    def missing(**_):
        raise RuntimeError("no such dictionary")

    monkeypatch.setattr(names_lexicon, "Dictionary", missing)
    with pytest.raises(ImportError, match=r"sekisho\[names\]"):
        names_lexicon.Lexicon()


@given(
    st.lists(
        st.sampled_from([*"田中太郎さん様山ァア・= 。、\n(3)氏名:はがTaro John", "\u200b", "\ud800", "ﾔ", "㍿"])
    ).map("".join)
)
def test_findings_are_within_the_text_in_order_and_apart(text):
    spots = names.findings(Text(text))
    assert all(isinstance(one, Finding) and one.score >= LEAST for one in spots)
    assert all(one.start < one.end <= len(text) for one in spots)
    assert all(left.end <= right.start for left, right in pairwise(spots))


def test_many_names_with_conditions_take_time_in_proportion() -> None:
    def seconds(lines: int) -> float:
        text = Text("山田太郎さんは糖尿病です。\n" * lines)
        begun = process_time()
        assert len(names.findings(text)) == 2 * lines
        return process_time() - begun

    assert seconds(4000) < 12 * seconds(1000)  # twenty times, where each name is compared with each
