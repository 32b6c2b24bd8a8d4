import json
from itertools import pairwise

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.pace import spent, turns
from tests.pipeline.making import KEY, NAME, PHONE, Models, answer, caller, cut, examiner, profile, texts, whole

from sekisho.core.exchange import Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.normalise import normalise
from sekisho.core.verdict import Verdict
from sekisho.pipeline import placeholders
from sekisho.pipeline.placeholders import Placeholders, _also, _bare, _labels, _maskable, rule
from sekisho.pipeline.stretches import Stretch, without

ALL = {"privacy": Verdict.MASK, "secret": Verdict.MASK}
ANSWER = Message(Stage.EXIT, "assistant", "", ("text",))


def echoing(text):
    """A table for the text, and the text as the model sees it."""
    placeholders = Placeholders([text])
    looking = examiner(profile(entry=ALL), placeholders)
    channel = looking.channel(Message(Stage.ENTRY, "user", text, ("text",)))
    channel.take(text)
    return placeholders, "".join(piece.text for piece in channel.finish())


def restored(placeholders, chunks):
    channel = examiner(profile(), placeholders).channel(ANSWER)
    pieces = [piece for chunk in chunks for piece in channel.feed(chunk)]
    return "".join(piece.text for piece in pieces + channel.finish())


def spelled(text):
    return normalise(text)


@settings(max_examples=400, deadline=None)
@given(st.data(), texts())
@example(None, "フォームの[電話番号]欄に090-1234-5678")
@example(None, "[PHONE_1] [phone 2] [電話番号3] 090-1234-5678")
@example(None, "PHONE_1:090-1234-5678, ［ＰＨＯＮＥ＿２］")
def test_what_the_caller_sent_comes_back_as_it_was(data, text):
    """Up to the spelling: two spellings of one value are one value to a model."""
    placeholders, masked = echoing(text)
    chunks = [masked] if data is None else data.draw(cut(masked))
    assert spelled(restored(placeholders, chunks)) == spelled(text)


@pytest.mark.parametrize(
    "mangled",
    [
        "[PHONE_1]", "[phone_1]", "[Phone_1]", "［PHONE_1］", "［ＰＨＯＮＥ＿１］", "[PHONE 1]", "[PHONE-1]",
        "[PHONE1]",
        "[ PHONE_1 ]", "(PHONE_1)", "<PHONE_1>", "{PHONE_1}", "【PHONE_1】", "「PHONE_1」", "《PHONE_1》",
        "PHONE_1", "phone_1", "[PHONE#1]", "[電話番号_1]", "[電話番号1]", "【電話番号１】", "[phone number 1]",
        "[Phone Number_1]", "[PHONE\u200b_1]", "[PHONE_01]", "[PHONE\\_1]", "[PHONE]", "[電話番号]",
        "[電話_1]", "【電話１】", "[TEL 1]", "<tel:1>", "[ telephone 1 ]",
    ],
)  # fmt: skip
def test_a_mangled_placeholder_is_understood(mangled):
    placeholders = Placeholders()
    placeholders.assign("privacy.phone", PHONE)
    for chunks in ([f"番号は{mangled}です"], list(f"番号は{mangled}です")):
        assert restored(placeholders, chunks) == f"番号は{PHONE}です"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("[PHONE_1", PHONE), ("[PHONE_", PHONE), ("[PHONE", PHONE), ("［ｐｈｏｎｅ", PHONE), ("【電話番号", PHONE),
        ("[PHONE\\_1", PHONE), ("[ phone number #", PHONE), ("[PHONE_01 ", PHONE), ("PHONE_", PHONE),
        ("PHONE_1", PHONE),
        ("[PHO", ""), ("[P", ""), ("［電話", ""), ("「電", ""), ("(pho", ""), ("[phone nu", ""), ("[PERSON_", ""),
        ("[PERSON_1", ""),
        ("[PERSON_12", "値12"), ("[PERSON", ""), ("[PER", ""),
        ("[", "["), ("(p", "(p"), ("[PHONE_2", "[PHONE_2"), ("[EMAIL_", "[EMAIL_"), ("[PHOX", "[PHOX"),
        ("PHONE", "PHONE"),
        ("[PERSON_13", "[PERSON_13"),
    ],
)  # fmt: skip
def test_a_placeholder_that_the_end_cuts_off_is_not_shown_as_it_is(said, shown):
    """Its value stands there where no other can be meant, else nothing."""
    placeholders = Placeholders()
    placeholders.assign("privacy.phone", PHONE)
    for number in range(1, 13):
        placeholders.assign("privacy.person_name", f"値{number}")
    for chunks in ([f"番号は{said}"], list(f"番号は{said}")):
        assert restored(placeholders, chunks) == f"番号は{shown}"


def test_what_the_caller_wrote_like_the_beginning_of_a_placeholder_stays():
    placeholders, _ = echoing(f"[PHONE_1 [PHONE 「電話番号 {PHONE}")
    assert restored(placeholders, ["[PHONE_"]) == "[PHONE_"
    assert restored(placeholders, ["【電話番号_2"]) == PHONE
    placeholders, _ = echoing(f"[PHONE_1] {PHONE}")
    assert restored(placeholders, ["番号は【PHONE_"]) == "番号は"  # of the two, nobody knows which


@settings(max_examples=300, deadline=None)
@given(st.data(), texts())
def test_an_answer_that_ends_within_a_placeholder_reads_the_same_in_a_stream(data, text):
    placeholders = Placeholders()
    placeholders.assign("privacy.phone", PHONE)
    placeholders.assign("privacy.person_name", NAME)
    spelled_out = data.draw(st.sampled_from(["[PHONE_1]", "[PERSON_1]", "［ＰＨＯＮＥ＿１］", "【電話番号1】"]))
    answer = f"{text}。{spelled_out[: data.draw(st.integers(2, len(spelled_out)))]}"
    before = restored(placeholders, [f"{text}。"])
    expected = restored(placeholders, [answer])
    assert expected in (before, before + PHONE, before + NAME)
    assert restored(placeholders, data.draw(cut(answer))) == expected


@pytest.mark.parametrize("text", ["[電話]", "(電話1)", "[電話_2]", "[人_1]", "電話1"])
def test_what_only_resembles_a_translation_stays_as_it_stands(text):
    placeholders = Placeholders()
    placeholders.assign("privacy.phone", PHONE)
    assert restored(placeholders, [text]) == text


def test_no_translation_is_the_name_of_another_kind():
    assert not set(_also()) & set(_labels())


@given(st.data())
def test_every_kind_of_value_comes_back_under_each_of_its_names(data):
    category = data.draw(st.sampled_from([one for one in _maskable().values() if one.tag]))
    label = data.draw(st.sampled_from([category.tag, category.title["ja"], category.title["en"]]))
    placeholders = Placeholders()
    number = data.draw(st.integers(1, 3))
    for nth in range(1, 4):
        placeholders.assign(category.name, f"値その{nth}")
    assert restored(placeholders, [f"これは[{label} {number}]。"]) == f"これは値その{number}。"


def test_no_two_kinds_share_a_name():
    labels = [
        {_bare(normalise(label)) for label in (one.tag, one.title["ja"], one.title["en"])}
        for one in _maskable().values()
    ]
    assert sum(len(one) for one in labels) == len(set().union(*labels)) == len(_labels())


@pytest.mark.parametrize("text", ["[PHONE_2]", "[PERSON_1]", "[EMAIL_1]", "PHONE_12", "[PHONE_1000000]"])
def test_what_the_caller_did_not_send_stays_as_it_stands(text):
    placeholders = Placeholders()
    placeholders.assign("privacy.phone", PHONE)
    assert restored(placeholders, [text]) == text


def test_nothing_comes_back_to_a_caller_who_sent_nothing():
    assert restored(Placeholders(), ["[PHONE_1] [電話番号]"]) == "[PHONE_1] [電話番号]"


def test_a_number_that_the_text_has_already_is_passed_over():
    for taken in ("[PHONE_1]", "phone_1", "[電話番号1]", "【ＰＨＯＮＥ　１】", "EMAIL_1"):
        placeholders, masked = echoing(f"{taken} と {PHONE}")
        assert masked == f"{taken} と [PHONE_2]"
        assert restored(placeholders, [masked]) == f"{taken} と {PHONE}"


def test_the_same_value_has_the_same_placeholder_in_every_message_and_another_value_another():
    placeholders = Placeholders()
    first = placeholders.assign("privacy.phone", PHONE)
    assert placeholders.assign("privacy.phone", "０９０－１２３４－５６７９") == first == "[PHONE_1]"
    assert placeholders.assign("privacy.phone", "080-1234-5678") == "[PHONE_2]"
    assert len(placeholders) == 2


def test_one_of_several_is_not_guessed():
    placeholders = Placeholders()
    placeholders.assign("privacy.phone", PHONE)
    placeholders.assign("privacy.phone", "080-1234-5678")
    assert restored(placeholders, ["[PHONE]"]) == "[PHONE]"


@given(
    st.dictionaries(st.text(max_size=5), st.text('ab"\\\n\u200bあ', max_size=5), max_size=2),
    st.text('a"\\\n\t😀', min_size=1, max_size=8),
    st.booleans(),
)
async def test_values_come_back_inside_the_arguments_of_a_tool_as_valid_json(more, value, ascii_only):
    placeholders = Placeholders()
    placeholders.assign("privacy.person_name", value)
    source = json.dumps({"to": "[PERSON_1]様", **more, "re": "人の名前\n[person 1]"}, ensure_ascii=ascii_only)
    message = Message(Stage.ACTION, "assistant", source, ("arguments",))
    examined = await examiner(profile(), placeholders).examine_escaped(message)
    arguments = json.loads(examined.text)
    assert arguments["re"] == "人の名前\n" + value
    if "to" not in more:
        assert arguments["to"] == value + "様"


async def test_a_value_that_looks_like_json_stays_one_value():
    placeholders = Placeholders()
    placeholders.assign("privacy.person_name", 'x","admin":"yes')
    message = Message(Stage.ACTION, "assistant", '{"to":"[PERSON_1]"}', ("arguments",))
    examined = await examiner(profile(), placeholders).examine_escaped(message)
    assert json.loads(examined.text) == {"to": 'x","admin":"yes'}


def test_the_placeholder_of_a_category_without_a_tag_bears_that_of_its_parent():
    assert Placeholders().assign("privacy.phone.unheard_of", "1") == "[PHONE_1]"
    assert Placeholders().assign("unheard_of", "1") == "[PRIVATE_1]"


@given(st.text(max_size=50))
def test_a_placeholder_is_never_a_finding(text):
    placeholders, masked = echoing(f"{NAME}{text}{KEY}")
    assert echoing(masked)[1] == masked
    assert rule().guard == "placeholder"
    assert len(placeholders) >= 1


def test_the_first_text_that_is_masked_waits_for_nothing_that_a_start_could_make(monkeypatch):
    placeholders.prepare()
    monkeypatch.setattr(placeholders, "halves", lambda _: pytest.fail("compiled late"))
    monkeypatch.setattr(placeholders, "Growing", lambda _: pytest.fail("compiled late"))
    table, seen = echoing("[PHONE_1] 090-1234-5678")
    assert seen == "[PHONE_1] [PHONE_2]"
    assert restored(table, ["[PHONE_2"]) == "090-1234-5678"


def test_many_values_take_no_longer_each_than_few():
    """A request of the largest size holds half a million, so that each must not look at all before it."""
    table = Placeholders([""])

    def work():
        for number in range(40_000):
            table.assign("privacy.email", f"{number}@example.com")
        assert table.restore("[EMAIL_40000]") == "39999@example.com"

    assert turns(spent(work)) < 2_000


def test_findings_between_many_placeholders_take_no_longer_each_than_between_few():
    count = 20_000
    spots = [Stretch(start, start + 5, restored="x") for start in range(0, count * 10, 10)]
    held = "[P_1] b@ex" * count

    def work():
        for start in range(0, count * 10 - 10, 10):
            finding = Finding(start + 2, start + 12, "privacy.email", 1.0, "privacy", "")
            assert without(finding, spots, held) == [(start + 5, start + 10)]

    assert turns(spent(work)) < 2_000


async def talk(said):
    """A conversation in which the model repeats what it sees: what it saw and what was said, request by request."""

    async def echo(asked):
        return answer(asked["messages"][-1]["content"] + "ですね")

    turns, requests = [], []
    for text in said:
        turns.append({"role": "user", "content": text})
        models = Models(echo)
        payload, _ = await whole(models, orjson.dumps({"messages": turns}), who=caller(profile(entry=ALL)))
        requests.append(([one["content"] for one in models.asked[0][1]["messages"]], [one["content"] for one in turns]))
        turns.append({"role": "assistant", "content": payload["choices"][0]["message"]["content"]})
    return requests


VALUES = (PHONE, "080-1111-2222", NAME, "鈴木花子")
SAID = st.sampled_from(VALUES).map("これは{}です".format)


@settings(max_examples=50, deadline=None)
@given(st.lists(SAID, min_size=2, max_size=5))
async def test_what_the_model_saw_of_a_conversation_it_sees_again_with_more_turns(said):
    requests = await talk(said)
    for (before, _), (seen, _) in pairwise(requests):
        assert seen[:-1] == [*before, before[-1] + "ですね"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(SAID, st.sampled_from(["PERSON_1です", "[PERSON_2]", "[PHONE_1]", "x_2"])), max_size=6))
async def test_a_placeholder_that_somebody_writes_later_stands_for_nobody_and_one_value_never_for_another(said):
    for seen, meant in await talk(said):
        shown = dict(zip(meant, seen, strict=True))
        assert [shown[text] for text in meant] == seen
        assert len(set(shown.values())) == len(shown)
        assert not any(value in text for text in seen for value in VALUES)
        assert all(shown[text] == text for text in meant if not any(value in text for value in VALUES))


async def test_numbers_of_earlier_turns_move_where_a_later_one_uses_them():
    (first, _), (second, _) = await talk([PHONE, "PHONE_1とは?"])
    assert first == ["[PHONE_1]"]
    assert second == ["[PHONE_2]", "[PHONE_2]ですね", "PHONE_1とは?"]
