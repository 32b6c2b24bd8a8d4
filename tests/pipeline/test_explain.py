import pytest

from sekisho.core.errors import InvalidField, LedgerFault, NoModel, Stopped, TooManyRequests, UnknownKey, UnknownModel
from sekisho.core.exchange import Exchange, Judged, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.pipeline.explain import error_body, explained, findings

JUDGED = Judged(
    Finding(3, 9, "privacy.phone", 0.123456, "small", "rule"),
    Stage.ENTRY,
    Verdict.MASK,
    "test: entry.privacy",
    ("a", 0),
)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (UnknownKey(), "authentication_error"),
        (UnknownModel(model="x"), "not_found_error"),
        (TooManyRequests(limit="a", retry_s=1), "rate_limit_error"),
        (InvalidField(field="n", expected="1"), "invalid_request_error"),
        (NoModel(), "api_error"),
        (Stopped(what="m"), "api_error"),
        (LedgerFault(why="x"), "api_error"),
    ],
)
def test_errors_have_the_shape_that_clients_of_openai_know(fault, kind):
    for language in ("ja", "en"):
        error = error_body(fault, language)["error"]
        assert (error["type"], error["code"], error["message"]) == (kind, fault.code, fault.say(language))
        assert error["hint"] == fault.advise(language)
    assert error_body(InvalidField(field="n", expected="1"), "en")["error"]["param"] == "n"


def test_findings_tell_place_and_rule_and_never_the_text():
    assert findings([JUDGED]) == [
        {
            "stage": "entry", "path": ["a", 0], "start": 3, "end": 9, "category": "privacy.phone", "score": 0.1235,
            "guard": "small", "verdict": "mask", "rule": "test: entry.privacy",
        }
    ]  # fmt: skip


def test_the_model_saw_what_was_composed_and_nothing_where_it_was_not_asked():
    exchange = Exchange("ID", 0, "key", "test", "ja", {})
    assert explained(exchange, {}) == {"findings": [], "model_saw": []}
    composed = {"messages": [{"role": "user", "content": "[PHONE_1]"}, {"role": "assistant"}]}
    assert [one["content"] for one in explained(exchange, composed)["model_saw"]] == ["[PHONE_1]", None]
