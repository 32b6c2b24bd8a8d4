"""Schemas, profiles with contracts, and models that answer wrong first."""

from tests.pipeline.making import MASKING, answer, caller, profile

from sekisho.core.verdict import Verdict

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
FORM = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"type": "function", "function": {"name": "weather", "strict": True, "parameters": PARAMETERS}}


def under(contract=None, verdict=Verdict.ANNOTATE, action=None, **more):
    rules = MASKING | ({} if verdict is None else {"contract": verdict})
    return caller(
        profile(entry=MASKING, exit=rules, action=action, keep_content=True, answer=contract, **more), explain=True
    )


class Asked:
    """Gives one answer after another, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.bodies = []

    async def __call__(self, asked):
        self.bodies.append(asked)
        given = self.answers.pop(0)
        if isinstance(given, BaseException):
            raise given
        return given if isinstance(given, dict) else answer(given)


def contracts(payload):
    return [
        (one["category"], one["verdict"]) for one in payload["sekisho"]["findings"] if one["guard"] == "contract"
    ]  # fmt: skip


def content(payload, index=0):
    return payload["choices"][index]["message"]["content"]


def calling(arguments, name="weather", number="call_1", words=None):
    call = {"id": number, "type": "function", "function": {"name": name, "arguments": arguments}}
    return answer(words, "tool_calls", tool_calls=[call])
