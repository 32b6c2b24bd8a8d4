import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pipeline.making import BAD, GUARD, MASKING, PHONE, cut, examiner, profile, texts

from sekisho.core.exchange import Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.guards.names import names
from sekisho.guards.protocol import guard
from sekisho.pipeline.outlet import Outlet


@guard("judge", Stage.EXIT)
async def reader(text, context):
    """Finds every 毒, which no pattern does."""
    return [Finding(at, at + 1, "harm.illegal", 0.9, "judge") for at, c in enumerate(text.received) if c == "毒"]


READING = Inspector((GUARD, reader), budget_s=60)


async def passed(outlet, chunks):
    """What goes out for each chunk, and at the end."""
    out = []
    for chunk in chunks:
        outlet.take(chunk)
        await outlet.advance()
        out.append(outlet.until())
    await outlet.finish()
    return [*out, outlet.until()]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("pattern", ["今日は", "。よ", "い日", ""]),
        ("sentence", ["", "今日は。", "", "よい日"]),
        ("end", ["", "", "", "今日は。よい日"]),
    ],
)
async def test_when_text_goes_out_is_for_the_profile_to_say(mode, expected):
    outlet = Outlet("content", 0, examiner(profile(stream=mode)))
    assert "".join(await passed(outlet, ["今日は", "。よ", "い日"])) == "今日は。よい日"
    outlet = Outlet("content", 0, examiner(profile(stream=mode)))
    got = await passed(outlet, ["今日は", "。よ", "い日"])
    if mode != "pattern":
        assert got == expected
    else:
        assert got[0]
        assert outlet.delivered == [part for part in got if part]


async def unstreamed(of, text, inspector):
    """What goes out of the same text where it comes whole."""
    message = Message(Stage.EXIT, "assistant", text, ("x",))
    return await examiner(of, inspector=inspector).examine(message)


@settings(max_examples=200, deadline=None)
@given(
    st.data(), texts(), st.sampled_from(["pattern", "sentence", "end"]), st.sampled_from([Verdict.MASK, Verdict.REFUSE])
)
async def test_what_shows_in_a_sentence_is_stopped_in_a_stream_as_in_a_whole_answer(data, text, mode, verdict):
    text = data.draw(st.permutations([*text, "毒"]).map("".join)) if len(text) < 30 else text + "毒"
    of = profile(exit={"harm": verdict}, stream=mode)
    outlet = Outlet("content", 0, examiner(of, inspector=READING))
    got = "".join(await passed(outlet, data.draw(cut(text))))
    assert "毒" not in got
    assert outlet.channel.judged
    assert (outlet.channel.ended is not None) == (verdict is Verdict.REFUSE)
    assert got == (await unstreamed(of, text, READING)).text


@guard("spanning", Stage.EXIT)
async def spanning(text, context):
    """Finds everything from 甲 to 乙, however many sentences that is."""
    first, last = text.received.find("甲"), text.received.rfind("乙")
    return [Finding(first, last + 1, "harm.illegal", 0.9, "spanning")] if 0 <= first < last else []


SPANNING = Inspector((GUARD, spanning), budget_s=60)
SENTENCES = st.lists(
    st.sampled_from(["甲の話。", "乙の話。", "よい日。", "番号" + PHONE + "。", "甲", "乙", "終"]), max_size=8
)


@settings(max_examples=200, deadline=None)
@given(st.data(), SENTENCES.map("".join), st.sampled_from([Verdict.MASK, Verdict.REFUSE]))
async def test_what_shows_from_several_sentences_is_stopped_as_in_a_whole_answer_where_the_end_is_waited_for(
    data, text, verdict
):
    of = profile(exit={**MASKING, "harm": verdict}, stream="end")
    outlet = Outlet("content", 0, examiner(of, inspector=SPANNING))
    got = "".join(await passed(outlet, data.draw(cut(text))))
    assert got == (await unstreamed(of, text, SPANNING)).text


@settings(max_examples=200, deadline=None)
@given(st.data(), SENTENCES.map("".join), st.sampled_from(["pattern", "sentence"]))
async def test_where_sentences_go_out_one_by_one_the_one_in_which_it_shows_and_all_behind_it_stay(data, text, mode):
    of = profile(exit={"harm": Verdict.REFUSE}, stream=mode)
    outlet = Outlet("content", 0, examiner(of, inspector=SPANNING))
    got = "".join(await passed(outlet, data.draw(cut(text))))
    assert text.startswith(got)
    whole = await unstreamed(of, text, SPANNING)
    assert (outlet.channel.ended is not None) == (whole.ended is not None)
    shown = text.find("乙", text.find("甲")) if whole.ended is not None else len(text)
    assert len(whole.text) <= len(got) <= shown
    assert got == text or whole.ended is not None


@pytest.mark.parametrize(
    ("mode", "expected"), [("pattern", "甲の話。よい日。"), ("sentence", "甲の話。よい日。"), ("end", "")]
)
async def test_a_later_sentence_comes_too_late_for_what_is_out_unless_the_end_is_waited_for(mode, expected):
    outlet = Outlet("content", 0, examiner(profile(exit=MASKING, stream=mode), inspector=SPANNING))
    assert "".join(await passed(outlet, ["甲の話。", "よい日。", "次は", "乙の話。", "終わり。"])) == expected
    assert outlet.channel.ended is not None


NAMING = Inspector((GUARD, names), budget_s=60)
NAMED = (
    "立花 直哉さん", "久保田", "様", "は双極性障害で", "通院中です", "。", "」", "\n", PHONE, "Dr. ", "Ann Frost",
    "J. K. ", " has epilepsy", ". ", "、1988年3月9日生まれ", "髙橋\u200b一郎", "ﾔﾏﾀﾞ様", "\u3099",
    "name,dob\nBo Frost,1988-03-09\n",
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.data(),
    st.lists(st.sampled_from(NAMED), max_size=14).map("".join),
    st.sampled_from(["pattern", "sentence", "end"]),
    st.sampled_from([Verdict.MASK, Verdict.REFUSE]),
    st.sampled_from([0.0, 0.5]),
)
async def test_names_in_a_stream_are_treated_as_in_a_whole_answer(data, text, mode, verdict, at):
    rules = profile(exit={"privacy": verdict}).stages[Stage.EXIT]
    of = replace(profile(stream=mode), stages={Stage.EXIT: tuple(replace(rule, at=at) for rule in rules)})
    outlet = Outlet("content", 0, examiner(of, inspector=NAMING))
    got = "".join(await passed(outlet, data.draw(cut(text))))
    whole = await unstreamed(of, text, NAMING)
    assert got == whole.text
    if verdict is Verdict.MASK:  # a refused stream is not read to its end
        assert [one.finding for one in outlet.channel.judged] == [one.finding for one in whole.judged]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("pattern", "立花 直哉さんは双極性障害です。"),
        ("sentence", "[人の名前]さんは[要配慮個人情報]です。"),
        ("end", "[人の名前]さんは[要配慮個人情報]です。"),
    ],
)
async def test_names_are_looked_for_where_sentences_may_wait(mode, expected):
    outlet = Outlet("content", 0, examiner(profile(exit={"privacy": Verdict.MASK}, stream=mode), inspector=NAMING))
    assert "".join(await passed(outlet, ["立花 直哉さんは", "双極性障害です。"])) == expected


async def test_text_is_taken_for_the_events_it_came_in():
    outlet = Outlet("content", 0, examiner(profile(exit=MASKING)))
    ends = [outlet.take(chunk) for chunk in ("鍵。", "番号" + PHONE, "。終", "。")]
    await outlet.advance()
    assert [outlet.until(end) for end in ends] == ["鍵。", "番号[電話番号]", "。終", "。"]


async def test_what_is_held_goes_out_with_a_later_event():
    outlet = Outlet("content", 0, examiner(profile(exit=MASKING)))
    outlet.take("番号090-")
    assert not await outlet.advance()
    assert outlet.until() == "番号"
    outlet.take("です。")
    assert not await outlet.advance()
    assert outlet.until() == "090-です。"
    outlet.take("終。")
    assert await outlet.advance()


async def test_nothing_goes_out_behind_the_end():
    outlet = Outlet("content", 0, examiner(profile(exit=MASKING)))
    assert await passed(outlet, ["まず、", BAD + "。", "あと"]) == ["まず、", "", "", ""]


@pytest.mark.parametrize("mode", ["pattern", "sentence", "end"])
async def test_a_long_text_in_small_pieces_takes_linear_time(mode):
    async def seconds(count):
        outlet = Outlet("content", 0, examiner(profile(exit=MASKING, stream=mode)))
        begun = time.process_time()
        for _ in range(count):
            outlet.take("これは二十文字ほどの長さの文章のかけら")
            await outlet.advance()
            outlet.until()
        await outlet.finish()
        return time.process_time() - begun

    assert await seconds(20_000) < 12 * await seconds(5_000)


async def test_what_reads_sentences_reads_a_long_answer_in_time_that_grows_with_its_length():
    read = []

    @guard("counting", Stage.EXIT)
    async def counting(text, context):
        read.append(len(text))
        return (
            [Finding(text.received.index("毒"), len(text), "harm.illegal", 0.9, "counting")]
            if "毒" in text.received
            else []
        )

    inspector = Inspector((GUARD, counting), budget_s=60)
    outlet = Outlet("content", 0, examiner(profile(exit=MASKING, stream="sentence"), inspector=inspector))
    sentence = "特に何も言っていません。"
    out = await passed(outlet, [sentence] * 1_000 + ["毒の話です。"] + [sentence] * 20)
    assert "".join(out) == sentence * 1_000
    assert sum(read) < 40 * outlet.channel.length
