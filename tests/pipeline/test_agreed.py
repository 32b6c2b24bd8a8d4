import orjson
import pytest
from tests.pipeline.making import profile

from sekisho.core.errors import InvalidField
from sekisho.core.verdict import Verdict
from sekisho.pipeline import request
from sekisho.pipeline.agreed import agreed
from sekisho.policy.profile import Contract

ASK = [{"role": "user", "content": "図書館は何時に開きますか。"}]


def agreement(contract=None, messages=ASK, exit=None, **more):  # noqa: A002 - the stage is called so
    return agreed(profile(exit=exit, answer=contract), request.read(orjson.dumps({"messages": messages, **more})))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"response_format": None},
        {"response_format": {"type": "text"}},
        {"response_format": "json"},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]},
        {"tools": [3, {"function": 3}, {"function": {"strict": True}}]},
        {"tools": "x"},
    ],
)
def test_most_requests_agree_on_nothing(more):
    assert agreement(**more) is None


@pytest.mark.parametrize(
    ("form", "schemas"),
    [
        ({"type": "json_object"}, 0),
        ({"type": "json_schema", "json_schema": {"name": "x"}}, 0),
        ({"type": "json_schema", "json_schema": {"schema": {}}}, 1),
        ({"type": "json_object", "schema": {"type": "object"}}, 1),  # as llama.cpp has it
    ],
)
def test_forms_of_requests(form, schemas):
    found = agreement(response_format=form)
    assert (found.json, len(found.schemas), found.whole) == (True, schemas, False)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"response_format": {"type": "json_schema", "json_schema": 3}}, "response_format.json_schema"),
        ({"response_format": {"type": "json_object", "schema": 3}}, "response_format.schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {"properties": {"電話": 1}}}}},
            "response_format.json_schema.schema.properties.…",
        ),
        (
            {"tools": [{"function": {"name": "f", "strict": True, "parameters": {"type": "x"}}}]},
            "tools[0].function.parameters.type",
        ),
    ],
)
def test_broken_schemas_are_errors_of_the_request(more, field):
    with pytest.raises(InvalidField) as caught:
        agreement(**more)
    assert caught.value.details["field"] == field


def test_many_tools_may_not_hold_what_one_may_not():
    def tools(count):
        return [
            {"function": {"name": f"f{n}", "strict": True, "parameters": {"pattern": f"[a-z]{{0,900}}{n}"}}}
            for n in range(count)
        ]

    assert len(agreement(tools=tools(5)).tools) == 5
    with pytest.raises(InvalidField) as caught:
        agreement(tools=tools(50))
    assert caught.value.details["field"].endswith("].function.parameters.pattern")


@pytest.mark.parametrize(
    ("wanted", "said", "language"),
    [
        ("ja", "When does it open?", "ja"),
        ("asked", "When does the library open, and is it free?", "en"),
        ("asked", "図書館は何時に開きますか。", "ja"),
        ("asked", "英語に訳して: 図書館は何時に開きますか。", ""),
        ("asked", [{"type": "text", "text": "When does it open,"}, {"type": "text", "text": "and is it free?"}], "en"),
        (None, "図書館は何時に開きますか。", ""),
    ],
)
def test_the_language_is_that_of_the_last_message(wanted, said, language):
    messages = [{"role": "user", "content": "こんにちは、図書館さん。"}, {"role": "assistant", "content": "はい"}]
    found = agreement(Contract(language=wanted), [*messages, {"role": "user", "content": said}])
    assert found.language == language


def test_streams_wait_where_something_may_follow():
    form = {"type": "json_object"}
    assert not agreement(exit={"contract": Verdict.ANNOTATE}, response_format=form).whole
    assert agreement(exit={"contract.schema": Verdict.MASK}, response_format=form).whole
    assert agreement(Contract(again=1)).whole
