"""Checks of what the rules for personal names find: words that stand where a name would, and are none."""

import re
from collections.abc import Callable
from pathlib import Path

Check = Callable[[str], float | None]

_GIVEN_KANJI = frozenset(
    "郎男夫雄子美恵江代佳香奈菜希樹輝介助平也哉彦人仁司志史之幸行一二三四五六七八太大斗翔真誠聡哲剛健浩弘博宏隆孝"
    "修進学豊明昭和勝正清茂実稔薫忍望愛結衣花華咲葵陽莉蓮湊悠直裕祐雅康敏俊淳純潤順悟亮涼諒遼良吉信伸晋慎新晃光広"
    "洋海空拓卓武猛徹透達辰竜龍虎馬駿早春夏秋冬千百万里理利梨絵恭京今優由友有夕百合桃桜梅楓椿蘭藍彩綾文章晶秀英栄"
    "永久紀基規貴喜義芳好佐沙紗智知朋朝麻真摩舞穂帆瑞玲怜礼麗琴音乃野葉羽凛凜心空楽響奏律颯蒼碧緑朱赤青瑠璃珠宝鈴"
    "静寧安泰弥保守護衛重次治二郎三四朗郁育生成世津都登斉斎源元寛典道則憲賢研謙兼建堅啓圭恵慶敬景桂計佑右左尚昇祥"
    "匠翼旭旬隼航舟凪渚汐潮波岳峰嶺林森木杏柚実李果茜菫菊蓉芙蓉萌芽苗穣耕壮荘聖征靖精星晴昌将政勇雅友裕巧拳錬鉄銀"
    "金玉瑛映詠咏笑福富亀鶴熊鷹鷲之助丸輔甫歩帆路留瑠流琉令伶零蔵造三善喜久恒常毅剛威"
)
_NOT_GIVEN = re.compile(
    "商店|工業|建設|産業|商事|運輸|製作|電機|電気|歯科|医院|病院|内科|株式|会社|銀行|大学|高校|学園|食品|製薬|"
    "重工|自動|不動|物産|化学|旅館|書店|薬局|酒造|電器|課長|部長|係長|社長|専務|常務|主任|店長|会長|先生|興業|"
    "仕様|議員|教授|選手|監督|知事|総理|首相|大臣|市長|町長|村長|投手|棋士|法人|団体|組合|病棟|公園|神社|温泉|"
    "高原|半島|大社|空港|地方|方面|市民|県民|家$|屋$|邸$|店$|社$|駅$|町$|市$|区$|県$|村$|峠$|橋$|寺$|城$|島$|"
    "港$|湖$|池$|坂$|院$|園$|館$|線$|口$|山$|川$|内$"
)
_NOT_A_NAME = re.compile(
    "必須|任意|未|不明|匿名|記入|入力|記載|省略|変更|確認|登録|表示|非公開|公開|同上|上記|下記|以下|なし|無し|"
    "該当|空欄|伏せ|仮名|氏名|名前|姓名|住所|番号|電話|生年|性別|年齢|会社|株式|法人|部$|課$|室$|係$|局$|店$|"
    "社$|会$|科$|者$|様$|省$|庁$|署$|重要|大切|自由|全角|半角|漢字|文字|最大|匿|複数|別名|略|学校名|本来|参照|"
    "出欠|部署|内線|旧姓|敬称|通称|苗字|備考|役職|所属|学年|点数|得点|資格|日時|場所|金額|照会|検索|一覧|項目|欄|列|型"
)
PUBLIC = frozenset(  # persons whose names are public facts, like 夏目漱石
    word
    for line in Path(__file__).with_name("public_persons.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
# Clans of the Middle Ages: 武田氏 is as well the family of history as a Mr Takeda.
_CLANS_WORDS = (
    "武田 真田 相馬 菊池 三好 畠山 安達 足立 藤原 北条 上杉 千葉 三浦 和田 大友 大内 河野 小早川 毛利 伊東"
    " 石川 細川 前田 黒田 宇野 神田 本間 熊谷 小笠原 村上 森 小山 長野 大石 太田 成田 甲斐 児玉 木下 浅野"
    " 浅井 池田 平野 土屋 斎藤 富田 金子 佐野 吉川 金"
)
_CLANS = frozenset(_CLANS_WORDS.split())
_PLACES_WORDS = (
    "石川 千葉 福島 山口 福井 宮崎 長崎 宮城 川崎 福岡 高松 松山 富山 岡山 広島 上田 松本 三浦 飯田 成田 小松"
    " 川口 青山 上野 中野 大塚 大野 小田原 大島 三島 熊谷 岡崎 高崎 浜田 福山 高山 三宅 高島 長島 赤坂 品川"
    " 日高 大津 岸和田 山形 秋田 沖縄 長野 大阪"
)
_PLACES = frozenset(_PLACES_WORDS.split())
_NOT_ENGLISH_NAMES_WORDS = (
    "sir madam all team customer customers user users friend friends colleague colleagues hiring manager"
    " editor editors reader readers parent parents student students diary god lord santa president speaker"
    " chairman chairwoman mayor governor pepper world right robot potato bean mom dad mum grandma grandpa"
    " everyone everybody anyone someone sirs valued committee professor doctor director board member members"
    " guest guests neighbor neighbour admin administrator support staff service sales human resources"
    " recruiter applicant candidate employee employer client partner partners investor investors minister"
    " secretary judge officer captain ambassador unknown none null string not required optional first last"
    " full your my the this that an a in on at of for and or but very so just only python java javascript"
    " test example value name required type text number id default title date address phone email company"
    " department office desk assistant brother sister friends family hr"
    " tel fax mail url id and or tcp ip udp mac os pc"
    " martens seuss oetker jekyll frankenstein dolittle doolittle dalloway doubtfire spock darcy moriarty dumbledore"
    " snape zhivago strangelove evil dre who robotnik octopus incredible peanut clean bean grinch muscle fixit"
    " product file field column new old here there what who where when how why yes no"
)
_NOT_ENGLISH_NAMES = frozenset(_NOT_ENGLISH_NAMES_WORDS.split())


def labelled_name(text: str) -> float | None:
    """What stands after a label such as 氏名; not an instruction how to fill in the field."""
    return None if _NOT_A_NAME.search(text) or historical(text) else 0.85


def full_name(text: str) -> float | None:
    """A common surname and what may be a given name: surer when its characters are those of given names."""
    if _NOT_GIVEN.search(text) or _NOT_A_NAME.search(text) or historical(text):
        return None
    return 0.93 if text[-1] in _GIVEN_KANJI or "ぁ" <= text[-1] <= "ん" or "ァ" <= text[-1] <= "ー" else 0.65


def listed_name(text: str) -> float | None:
    """A common surname and a common given name together, without any context; not a person of history."""
    return None if historical(text) else 0.9


def said_name(text: str) -> float | None:
    """Who somebody says to be (…です): the given name must be written like one. A place's name alone scores low."""
    if text in _PLACES:
        return 0.4
    return 0.9 if len(text) <= 3 and text.strip() == text and " " not in text else full_name(text)


def bare_name(text: str) -> float | None:
    """A surname and one to three characters before です: every one of the last two must occur in given names."""
    given = text.replace(" ", "")[-2:]
    known = all(sign in _GIVEN_KANJI or "ぁ" <= sign <= "ー" for sign in given)
    return full_name(text) if known and len(text) > 2 else None


def clan_or_person(text: str) -> float | None:
    """A surname before 氏, which also names clans of history."""
    return 0.4 if text in _CLANS else 0.85


def historical(text: str) -> bool:
    """Whether a text is the name of a well-known person of history or of public life."""
    return text.replace(" ", "") in PUBLIC


def english_name(text: str) -> float | None:
    """Capitalised words in a place for a name; not an office or a form of address."""
    words = re.findall(r"[a-z]+", text.lower())
    return None if not words or any(word in _NOT_ENGLISH_NAMES for word in words) else 0.9


CHECKS: dict[str, Check] = {
    "labelled_name": labelled_name,
    "full_name": full_name,
    "listed_name": listed_name,
    "said_name": said_name,
    "bare_name": bare_name,
    "clan_or_person": clan_or_person,
    "english_name": english_name,
}
