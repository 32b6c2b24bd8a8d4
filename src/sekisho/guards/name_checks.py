"""Checks of what the rules for personal names find: words that stand where a name would, and are none."""

import re

_GIVEN_KANJI = frozenset(
    "郎男夫雄子美恵江代佳香奈菜希樹輝介助平也哉彦人仁司志史之幸行一二三四五六七八太大斗翔真誠聡哲剛健浩弘博宏隆孝修進学豊明昭和勝正"
    "清茂実稔薫忍望愛結衣花華咲葵陽莉蓮湊悠直裕祐雅康敏俊淳純潤順悟亮涼諒遼良吉信伸晋慎新晃光広洋海空拓卓武猛徹透達辰竜龍虎馬駿"
    "早春夏秋冬千百万里理利梨絵恭京今優由友有夕百合桃桜梅楓椿蘭藍彩綾文章晶秀英栄永久紀基規貴喜義芳好佐沙紗智知朋朝麻真摩舞穂帆"
    "瑞玲怜礼麗琴音乃野葉羽凛凜心空楽響奏律颯蒼碧緑朱赤青瑠璃珠宝鈴静寧安泰弥保守護衛重次治二郎三四朗郁育生成世津都登斉斎源元"
    "寛典道則憲賢研謙兼建堅啓圭恵慶敬景桂計佑右左尚昇祥匠翼旭旬隼航舟凪渚汐潮波岳峰嶺林森木杏柚実李果茜菫菊蓉芙蓉萌芽苗穣耕"
    "壮荘聖征靖精星晴昌将政勇雅友裕巧拳錬鉄銀金玉瑛映詠咏笑福富亀鶴熊鷹鷲之助丸輔甫歩帆路留瑠流琉令伶零蔵造三善喜久恒常毅剛威"
)
_NOT_GIVEN = re.compile(
    "商店|工業|建設|産業|商事|運輸|製作|電機|電気|歯科|医院|病院|内科|株式|会社|銀行|大学|高校|学園|食品|製薬|重工|自動|不動|物産|化学|旅館|"
    "書店|薬局|酒造|電器|課長|部長|係長|社長|専務|常務|主任|店長|会長|先生|家$|屋$|邸$|店$|社$|駅$|町$|市$|区$|県$|村$|山$|川$|内$"
)
_NOT_A_NAME = re.compile(
    "必須|任意|未|不明|匿名|記入|入力|記載|省略|変更|確認|登録|表示|非公開|公開|同上|上記|下記|以下|なし|無し|該当|空欄|伏せ|仮名|氏名|名前|姓名|"
    "住所|番号|電話|生年|性別|年齢|会社|株式|法人|部$|課$|室$|係$|局$|店$|社$|会$|科$|者$|様$|省$|庁$|署$|重要|大切|自由|全角|半角|漢字|文字|最大|"
    "匿|複数|別名|略|参照|照会|検索|一覧|項目|欄|列|型"
)
_NOT_ENGLISH_NAMES = frozenset(
    "sir madam all team customer customers user users friend friends colleague colleagues hiring manager editor editors"
    " reader readers parent parents student students diary god lord santa president speaker chairman chairwoman mayor"
    " governor pepper world right robot potato bean mom dad mum grandma grandpa everyone everybody anyone someone"
    " sirs valued committee professor doctor director board member members guest guests neighbor neighbour admin"
    " administrator support staff service sales human resources recruiter applicant candidate employee employer client"
    " partner partners investor investors minister secretary judge officer captain ambassador unknown none null string"
    " not required optional first last full your my the this that an a in on at of for and or but very so just only"
    " python java javascript test example value name required type text number id default title date address phone email"
    " company product file field column new old here there what who where when how why yes no".split()
)


def labelled_name(text: str) -> float | None:
    """What stands after a label such as 氏名; not an instruction how to fill in the field."""
    return None if _NOT_A_NAME.search(text) else 0.85


def full_name(text: str) -> float | None:
    """A common surname and what may be a given name: surer when its characters are those of given names."""
    if _NOT_GIVEN.search(text) or _NOT_A_NAME.search(text):
        return None
    return 0.93 if text[-1] in _GIVEN_KANJI or "ぁ" <= text[-1] <= "ん" or "ァ" <= text[-1] <= "ー" else 0.65


def english_name(text: str) -> float | None:
    """Capitalised words in a place for a name; not an office or a form of address."""
    words = re.findall(r"[a-z]+", text.lower())
    return None if not words or any(word in _NOT_ENGLISH_NAMES for word in words) else 0.9
