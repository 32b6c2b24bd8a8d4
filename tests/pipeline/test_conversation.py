"""What guards are told of a conversation."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guards.model.answering import chat
from tests.pipeline.making import BAD, GUARD, KEY, MASKING, PHONE, Models, answer, caller, examiner, profile, whole

from sekisho.core.exchange import Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.guards.model.guard import Calibration, ModelGuard
from sekisho.guards.model.inquiry import Case
from sekisho.guards.model.llama_guard import LlamaGuard
from sekisho.guards.model.panel import Panel
from sekisho.guards.protocol import guard
from sekisho.pipeline import placeholders
from sekisho.pipeline.conversation import MOST, Conversation

SYSTEM, FIRST, SECOND, LAST = "係です", f"電話は{PHONE}", "承りました", "それで?"
TURNS = [("system", SYSTEM), ("user", FIRST), ("assistant", SECOND), ("user", LAST)]


def asking(turns):
    return orjson.dumps({"messages": [{"role": role, "content": content} for role, content in turns]})


class Listening:
    """A guard that keeps what it is told, and an inspector with it."""

    def __init__(self, steady=False):
        self.told = {}
        self.inspector = Inspector(
            (GUARD, guard("listening", steady=steady)(self._look)), budget_s=60, rules=(placeholders.rule(),)
        )

    async def _look(self, text, context):
        self.told[text.received] = [(one.author, one.text) for one in context.conversation]
        return []


async def test_a_guard_is_told_what_was_said_before_a_text_and_by_whom():
    desk = Listening()
    await whole(Models(answer("はい。")), asking(TURNS), inspector=desk.inspector)
    assert desk.told == {text: TURNS[:at] for at, (_, text) in enumerate([*TURNS, ("assistant", "はい。")])}


async def test_nobody_is_told_where_every_guard_is_steady():
    desk = Listening(steady=True)
    await whole(Models(answer("はい。")), asking(TURNS), inspector=desk.inspector)
    assert set(map(tuple, desk.told.values())) == {()}


@guard("yes-to-harm", Stage.ENTRY)
async def yes_to_harm(text, context):
    """Finds harm in a yes to a talk about 毒."""
    talked = any("毒" in one.text for one in context.conversation)
    return [Finding(0, len(text), "harm.illegal", 0.9, "yes-to-harm")] if talked and text.received == "はい" else []


async def test_a_guard_that_depends_on_what_was_said_before_is_asked_about_the_same_text_again():
    inspector = Inspector((GUARD, yes_to_harm), budget_s=60)
    verdicts = []
    for said in ("天気の話", "毒の話", "天気の話"):
        turns = [("assistant", said), ("user", "はい")]
        payload, _ = await whole(Models(answer("答え")), asking(turns), inspector=inspector)
        verdicts.append(payload["choices"][0]["finish_reason"])
    assert verdicts == ["stop", "content_filter", "stop"]


async def test_the_newest_texts_are_told_however_many_there_are():
    desk = Listening()
    looking = examiner(inspector=desk.inspector)
    for number in range(MOST + 3):
        await looking.examine(Message(Stage.SOURCE, "tool", f"{number}番"))
    await looking.examine(Message(Stage.ENTRY, "user", LAST))
    assert desk.told[LAST] == [("tool", f"{number}番") for number in range(3, MOST + 3)]


@guard("cheap")
async def cheap(text, context):
    """Unsure of every text."""
    return [Finding(0, 1, "harm.illegal", 0.5, "cheap")] if len(text) else []


class Desk:
    """An inspector with a model guard that finds nothing, and what that was shown."""

    def __init__(self, longest=6000):
        self.shown = []
        form = ModelGuard(
            "model", LlamaGuard(plain=True), "m", self._complete, Calibration(), frozenset(Stage), 1.0, longest
        )
        self.inspector = Inspector((GUARD, cheap), budget_s=60, rules=(placeholders.rule(),), panel=Panel([form]))
        rules = {**MASKING, "harm": Verdict.REFUSE}
        made = profile(entry=rules, exit=rules, source=rules, unsure={"harm": (0.3, 0.8)})
        stages = {stage: tuple(replace(one, at=0.4) for one in each) for stage, each in made.stages.items()}
        self.who = caller(replace(made, stages=stages))

    async def _complete(self, model, body, raw):
        self.shown.append([(turn["role"], turn["content"]) for turn in body["messages"]])
        return chat("safe")

    async def run(self, turns, text="はい。"):
        await whole(Models(answer(text)), asking(turns), who=self.who, inspector=self.inspector)
        return self.shown


async def test_a_model_guard_is_shown_each_text_behind_the_turns_before_it_as_the_model_may_see_them():
    first, second, last = ("user", "電話は[PHONE_1]"), TURNS[2], TURNS[3]
    shown = await Desk().run(TURNS)
    # What the caller says that an AI said is judged as something a person sends.
    assert shown == [[first], [("user", SECOND)], [first, second, last], [first, second, last, ("assistant", "はい。")]]


async def test_a_document_is_shown_alone_and_is_no_turn_for_what_comes_after():
    turns = [("user", "要約して"), ("assistant", "読みます"), ("tool", "資料です"), ("user", LAST)]
    _, _, document, last, said = await Desk().run(turns)
    assert document == [("user", "資料です")]
    assert last == [("user", "要約して"), ("assistant", "読みます"), ("user", LAST)]
    assert said == [*last, ("assistant", "はい。")]


async def test_an_answer_stands_behind_the_question_though_the_model_has_spoken_in_between():
    shown = await Desk().run([("user", "何時?"), ("assistant", "時計を見ます"), ("tool", "三時")])
    assert shown[-1] == [("user", "何時?"), ("assistant", "はい。")]


async def test_parts_and_names_do_not_disturb_the_turns():
    desk = Desk()
    parts = [{"type": "text", "text": "一"}, {"type": "text", "text": "二"}]
    messages = [{"role": "user", "name": "Taro", "content": parts}, {"role": "user", "name": "Taro", "content": "三"}]
    await whole(Models(answer("はい。")), orjson.dumps({"messages": messages}), who=desk.who, inspector=desk.inspector)
    assert desk.shown[-1] == [("user", "一\n二\n三"), ("assistant", "はい。")]


async def test_what_is_refused_is_in_no_later_turn():
    shown = await Desk().run([("user", f"見て {BAD}"), ("assistant", "いいえ"), ("user", f"鍵は{KEY}"), ("user", LAST)])
    assert BAD not in str(shown)
    assert KEY not in str(shown)


async def test_not_even_the_beginning_of_what_is_refused_is_shown_and_nothing_after_it():
    refused = f"部長の家は港区9番地 {BAD}"
    shown = await Desk().run([("user", "前"), ("user", refused), ("assistant", "はい"), ("user", LAST)])
    assert shown == [[("user", "前")]]


async def test_what_is_shown_beside_a_text_has_a_bound_and_the_newest_is_kept():
    turns = [("user" if number % 2 else "assistant", f"{number:02}" * 10) for number in range(1, 20)]
    before = (await Desk(longest=100).run(turns))[-1][:-1]
    assert sum(len(text) for _, text in before) == 100
    assert before[-1] == ("user", "19" * 10)
    assert before[-3:-1] == [("user", "17" * 10), ("assistant", "18" * 10)]


SAID = st.lists(
    st.tuples(st.sampled_from(["user", "assistant"]), st.text("a<|im>", min_size=1, max_size=60)), max_size=12
)


def talk_of(said):
    talk = Conversation()
    for author, text in said:
        talk.add(Message(Stage.ENTRY, author, text), text)
    return talk


@given(SAID, st.booleans(), st.integers(2, 200))
def test_what_is_told_of_a_conversation_is_the_newest_of_the_whole(said, answer, longest):
    talk = talk_of(said)
    earlier, question = talk.before(answer=answer, longest=10_000)
    whole_of_it = Case("", answer, question, earlier=earlier).bounded(longest)
    assert talk.before(answer=answer, longest=longest) == (whole_of_it.earlier, whole_of_it.question)


def test_of_a_long_conversation_no_more_is_read_than_guards_are_shown():
    class Counted(str):
        __slots__ = ()
        looked = []

        def __len__(self):
            self.looked.append(self)
            return str.__len__(self)

    talk = Conversation()
    for number in range(1000):
        author = ("user", "assistant")[number % 2]
        talk.add(Message(Stage.ENTRY, author, "x"), Counted("x" * 100))
    Counted.looked.clear()
    for answered in (False, True):
        talk.before(answer=answered, longest=1000)
    assert len(Counted.looked) < 50


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system"]), st.text("ab", max_size=3)), max_size=12))
def test_turns_alternate_and_nothing_is_empty(said):
    talk = Conversation()
    for author, text in said:
        talk.add(Message(Stage.ENTRY, author, text), text)
    for answered in (False, True):
        earlier, question = talk.before(answer=answered, longest=1000)
        assert all(one and other for one, other in earlier)
        assert answered or not question
        persons = [text for author, text in said if author == "user" and text]
        assert "\n".join(persons).startswith("\n".join(one for one, _ in earlier))
        assert bool(question) == (answered and bool(persons))


@pytest.mark.parametrize("path", [("messages", 0, "name"), ("messages", 0, "content", 0, "type"), ("model",)])
def test_other_fields_are_no_turns(path):
    talk = Conversation()
    talk.add(Message(Stage.ENTRY, "user", "a", path), "a")
    assert talk.before(answer=True, longest=100) == ((), "")
    assert len(talk.texts) == 1
