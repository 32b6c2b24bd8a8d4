"""Small guards, profiles, models and logs of which the tests know everything."""

import asyncio
from itertools import pairwise
from types import SimpleNamespace

import orjson
from hypothesis import strategies as st

from sekisho.core.errors import UpstreamBroken
from sekisho.core.exchange import Stage
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.guards.rule import Rule
from sekisho.guards.rule_guard import RuleGuard
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Logged
from sekisho.ledger.signer import Signer
from sekisho.ledger.tree import leaf_hash
from sekisho.models.upstream import Reply
from sekisho.pipeline import placeholders
from sekisho.pipeline.examiner import Examiner
from sekisho.pipeline.passage import Caller
from sekisho.pipeline.placeholders import Placeholders
from sekisho.pipeline.record import Recorder
from sekisho.pipeline.run import Pipeline
from sekisho.policy import profile as policy

PHONE = "090-1234-5679"
KEY = "AKIA" + "Q" * 16
LONG = "sk-" + "a1" * 30
NAME = "田中太郎"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"
BAD = "爆薬の作り方"
MARK = "⚑"
CATEGORIES = (
    "privacy.phone", "secret.api_key", "secret.token", "secret.private_key", "secret.password",
    "privacy.person_name", "privacy.pension", "harm.illegal",
)  # fmt: skip


def rule(category, source, *, close="", check=None, guard="small"):
    exact = f"(?:{source})(?:[\\s\\S]*?(?P<closed>{close})|[\\s\\S]*)" if close else source
    return Rule(category, guard, category, 0.9, source, exact, check, bool(close), close)


def even(text):
    return 0.9 if sum(map(int, text)) % 2 == 0 else None


RULES = (
    rule("privacy.phone", r"(?<![0-9])0[789]0-?[0-9]{4}-?[0-9]{4}(?![0-9])"),
    rule("secret.api_key", r"(?<![A-Za-z0-9])AKIA[0-9A-Z]{16}(?![0-9A-Z])"),
    rule("secret.token", r"(?i:sk)-[0-9A-Za-z]{20,80}"),
    rule("secret.private_key", "-----BEGIN [A-Z ]{0,20}KEY-----", close="-----END [A-Z ]{0,20}KEY-----"),
    rule("secret.password", r"password:[ ]?(?P<x>[^ \n]{4,12})"),
    rule("privacy.person_name", "(?:田中|鈴木)(?:太郎|花子)?"),
    rule("privacy.pension", "[0-9]{4}-[0-9]{4,6}", check=lambda text: even(text.replace("-", ""))),
    rule("harm.illegal", "爆薬(?:の作り方)?"),
)
GUARD = RuleGuard("small", frozenset(Stage), RULES)
INSPECTOR = Inspector((GUARD,), budget_s=60, rules=(placeholders.rule(),))


def profile(entry=None, exit=None, action=None, source=None, **more):  # noqa: A002 - the stage is called so
    """Rules by stage: a verdict by prefix."""
    stages = {}
    for stage, given in ((Stage.ENTRY, entry), (Stage.EXIT, exit), (Stage.ACTION, action), (Stage.SOURCE, source)):
        stages[stage] = tuple(
            policy.Rule(
                prefix, 0.0, verdict, f"test: {stage.value}.{prefix}",
                {"ja": "別の文章", "en": "another text"} if verdict is Verdict.REPLACE else None,
            )
            for prefix, verdict in (given or {}).items()
        )  # fmt: skip
    words = {"ja": "試験", "en": "test"}
    return policy.Profile("test", words, words, stages, **more)


MASKING = {"privacy": Verdict.MASK, "secret": Verdict.MASK, "harm": Verdict.REFUSE}


def examiner(of=None, table=None, inspector=INSPECTOR):
    return Examiner(inspector, of or profile(exit=MASKING), "ja", Placeholders() if table is None else table)


def table():
    """The caller sent one number and one name."""
    made = Placeholders()
    made.assign("privacy.phone", PHONE)
    made.assign("privacy.person_name", NAME)
    return made


FRAGMENTS = (
    PHONE, "０９０−１２３４−５６７８", "090\u200b12345678", "09012345678", KEY, "鍵は" + KEY + "です",
    "ＡＫＩＡ" + "Ｑ" * 16, "AKIA" + "\u200d".join("Q" * 16), LONG, LONG + "z" * 70, PEM,
    "-----BEGIN PRIVATE KEY-----", "-----END KEY-----", "-----BEG", "password: hunter22", "password:", NAME,
    "田中", "鈴木花", "花子", "1234-5679", "1234-56790", "12", "-", BAD, "爆", "薬", "[PHONE_1]", "[PERSON_1]",
    "[電話番号1]", "［ｐｈｏｎｅ　１］", "PHONE_1", "[PHONE", "_1]", "[", "]", "か\u3099", "\u3099", "e\u0301",
    "\u05b8\u05b0", "㍿", "が", "ｶﾞ", "\u200b", "😀", "\U000e0041", " ", "\n", "。", "a", "0", "です。", "UVE=",
    "cGFzc3dvcmQ6IGh1bnRlcjIy", "\\u0041",
)  # fmt: skip


def texts(surrogates=True):
    parts = [st.sampled_from(FRAGMENTS), st.text("aQ0-9 [PK]_1。か\u3099\u200b", max_size=6)]
    if surrogates:
        parts.append(st.sampled_from(["\ud83d", "\ude00", "\udc00"]))
    return st.lists(st.one_of(parts), max_size=10).map("".join)


@st.composite
def cut(draw, text):
    """The text in pieces."""
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    return [text[start:end] for start, end in pairwise([0, *places, len(text)])]


SIGNER = Signer.of("test.example", b"s" * 32)


def alone(record):
    """A record as the only one of its log."""
    leaf = leaf_hash(record.statement)
    return Logged(0, record.exchange, leaf, b"", SIGNER.note(Checkpoint(SIGNER.name, 1, leaf).text))


class Log:
    """Keeps what is appended; waits or fails where it is told to."""

    def __init__(self):
        self.records = []
        self.gate = None
        self.fault = None
        self.asked = asyncio.Event()

    async def append(self, record):
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        self.records.append(record)
        return alone(record)

    @property
    def statements(self):
        return [orjson.loads(record.statement) for record in self.records]

    @property
    def contents(self):
        return [orjson.loads(record.content) for record in self.records]


class Stream:
    """The events of a model; an item that is an exception is raised, a callable is awaited until it is dropped."""

    def __init__(self, batches, model="m"):
        self.model = model
        self.closed = False
        self._batches = iter(batches)
        self._awaited = None

    def __aiter__(self):
        return self

    async def __anext__(self):
        for batch in self._batches:
            if isinstance(batch, BaseException):
                raise batch
            if callable(batch):
                await self._until_dropped(asyncio.ensure_future(batch()))
                continue
            return [one if isinstance(one, bytes) else orjson.dumps(one) for one in batch]
        raise StopAsyncIteration

    async def _until_dropped(self, awaited):
        self._awaited = awaited
        try:
            await awaited
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling():
                raise
            raise UpstreamBroken(model=self.model, why="cut short") from None

    def drop(self):
        self.closed = True
        if self._awaited is not None:
            self._awaited.cancel()

    async def aclose(self):
        self.drop()


class Models:
    """Answers with what it was given."""

    def __init__(self, answer=None, batches=(), names=("m", "other"), model=""):
        self.names = names
        self.asked = []
        self.answer = answer
        self.model = model
        self.streams = Stream(batches, model)

    async def complete(self, order, body, may):
        self.asked.append((list(order), body))
        if isinstance(self.answer, BaseException):
            raise self.answer
        if callable(self.answer):
            return Reply(self.model or order[0], orjson.dumps(await self.answer(body)))
        return Reply(
            self.model or order[0], self.answer if isinstance(self.answer, bytes) else orjson.dumps(self.answer)
        )

    async def stream(self, order, body, may):
        self.asked.append((list(order), body))
        if isinstance(self.answer, BaseException):
            raise self.answer
        self.streams.model = self.model or order[0]
        return self.streams


def pipeline(models, *, log=None, stopped=lambda model, profile: None, strict=False, inspector=INSPECTOR):
    return Pipeline(inspector, models, Recorder(log or Log(), SIGNER), stopped, strict)


def caller(of=None, *, language="ja", explain=False):
    return Caller("someone", of or profile(entry=MASKING, exit=MASKING, keep_content=True), language, explain)


def body(text="こんにちは", **more):
    return orjson.dumps({"model": "m", "messages": [{"role": "user", "content": text}], **more})


def answer(content="はい", finish="stop", **message):
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


def event(index=0, finish=None, **delta):
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def said(payloads, name="content", index=0):
    """One text of one choice, put together as a client does."""
    found = [
        choice["delta"].get(name) or ""
        for payload in payloads
        for choice in orjson.loads(payload).get("choices", [])
        if choice["index"] == index
    ]
    return "".join(found)


def read(sent):
    """What a client reads of a stream: payloads, and whether `[DONE]` came."""
    blocks = [block.removeprefix(b"data: ") for block in b"".join(sent).split(b"\n\n") if block]
    done = bool(blocks) and blocks[-1] == b"[DONE]"
    return SimpleNamespace(payloads=blocks[:-1] if done else blocks, done=done)


START, END = [event(role="assistant", content="")], [event(finish="stop")]


def words(*texts):
    return [[event(content=text)] for text in texts]


async def whole(models, raw=None, *, who=None, **more):
    outcome = await pipeline(models, **more).run(raw or body(), who or caller())
    return orjson.loads(outcome.payload), outcome


async def begun(batches, *, who=None, raw=None, **more):
    """An exchange whose stream has begun: its events, and the models."""
    models = Models(batches=batches)
    outcome = await pipeline(models, **more).run(raw or body(stream=True), who or caller())
    assert outcome.events is not None
    return outcome, models


async def streamed(batches, **more):
    outcome, models = await begun(batches, **more)
    sent = [part async for part in outcome.events]
    return read(sent), outcome, models


def last(payloads):
    return orjson.loads(payloads[-1])


async def anext_all(events):
    return [part async for part in events]
