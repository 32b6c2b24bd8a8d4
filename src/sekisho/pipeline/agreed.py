"""What a profile and a request agree on for the answer."""

from collections.abc import Sequence
from typing import Any, cast

from sekisho.core.errors import InvalidField
from sekisho.core.exchange import Message, Stage
from sekisho.core.schema import Allowance, Schema
from sekisho.core.schema_keywords import SchemaFault
from sekisho.core.verdict import Verdict
from sekisho.guards.tongue import Tongue, asked
from sekisho.pipeline.completion import Json
from sekisho.pipeline.contract import GUARD, Agreement, plain
from sekisho.pipeline.request import Request
from sekisho.policy.profile import Contract, Profile

_NOTHING = Contract()
_ASKED_BY = frozenset({"response_format", "tools"})  # fields of a request


def agreed(profile: Profile, request: Request) -> Agreement | None:
    """What a profile and a request agree on; None where that is nothing. Raises `InvalidField` for a broken schema.

    What the request asks for counts where the profile has answers inspected at all.
    """
    if profile.answer is None and not request.body.keys() & _ASKED_BY:
        return None  # most requests
    contract = profile.answer or _NOTHING
    form: Any = request.body.get("response_format") if profile.answer or profile.needs(Stage.EXIT) else None
    tools: Any = request.body.get("tools") if profile.answer or profile.needs(Stage.ACTION) else None
    allowance = Allowance()
    json_asked, schemas = _asked_form(form, allowance)
    strict = _strict(tools, allowance)
    if profile.answer is None and not json_asked and not strict:
        return None
    if contract.schema is not None:
        schemas = (contract.schema, *schemas)
    language: Tongue = ""
    if contract.language is not None:
        language = asked(_last_said(request.messages)) if contract.language == "asked" else contract.language
    return Agreement(contract, language, json_asked or contract.json, schemas, strict, _withholds(profile))


def _asked_form(form: Any, allowance: Allowance) -> tuple[bool, tuple[Schema, ...]]:
    """Whether a `response_format` asks for JSON, and the schema in it."""
    kind = cast("Json", form).get("type") if isinstance(form, dict) else None
    if kind not in ("json_object", "json_schema"):
        return False, ()
    field, holder = "response_format", cast("Json", form)
    if kind == "json_schema":
        field, holder = f"{field}.json_schema", holder.get("json_schema")
        if not isinstance(holder, dict):
            raise InvalidField(field=field, expected="an object")
    schema = cast("Json", holder).get("schema")
    return True, () if schema is None else (_schema(schema, f"{field}.schema", allowance),)


def _strict(tools: Any, allowance: Allowance) -> dict[str, Schema]:
    """The schemas of the arguments of strict tools, by name."""
    strict: dict[str, Schema] = {}
    for number, tool in enumerate(cast("list[Any]", tools) if isinstance(tools, list) else ()):
        function: Any = cast("Json", tool).get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict):
            continue
        given = cast("Json", function)
        if given.get("strict") is True and given.get("parameters") is not None:
            place = f"tools[{number}].function.parameters"
            strict[str(given.get("name"))] = _schema(given["parameters"], place, allowance)
    return strict


def _schema(document: object, field: str, allowance: Allowance) -> Schema:
    try:
        return Schema(document, allowance)
    except SchemaFault as fault:
        raise InvalidField(field=".".join((field, *plain(fault.path))), expected=fault.expected) from fault


def _withholds(profile: Profile) -> bool:
    return any(
        rule.verdict > Verdict.ANNOTATE
        for stage in (Stage.EXIT, Stage.ACTION)
        for prefix, rules in profile.effective(stage).items()
        if prefix.partition(".")[0] == GUARD
        for rule in rules
    )


def _last_said(messages: Sequence[Message]) -> str:
    """What the person said last, in all its parts."""
    said = [one for one in messages if one.author == "user" and one.path[-1] in ("content", "text")]
    return "\n".join(one.text for one in said if one.path[:2] == said[-1].path[:2])
