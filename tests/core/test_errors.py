import re
from pathlib import Path
from string import Formatter

import pytest

from sekisho.core import errors
from sekisho.core.errors import SekishoError, UnknownName, UpstreamRefused
from sekisho.governance import rejected as bundles
from sekisho.ledger import altered, keychange, missing
from sekisho.models import faults
from sekisho.pipeline import confidential, exported
from sekisho.provenance import rejected as receipts
from sekisho.provenance.media import faults as media
from sekisho.server import lookup_faults

DOCS = Path(__file__).parents[2] / "docs"


def family(root):
    return [root, *(one for child in root.__subclasses__() for one in family(child))]


BELOW = (errors, faults, altered, keychange, missing, receipts, media)
ABOVE = (bundles, confidential, exported, lookup_faults)
MODULES = {one.__name__ for one in (*BELOW, *ABOVE)}
ALL = [one for one in family(SekishoError) if one.__module__ in MODULES]
EXAMPLES = {
    "ledger_altered": {"position": 7, "part": "head"},
    "bundle_rejected": {"part": "seal", "where": "seal"},
    "keys_rejected": {"reason": "fork"},
    "receipt_rejected": {"reason": "form"},
    "export_rejected": {"reason": "kind"},
    "weights_altered": {"what": "w", "expected": "e" * 64},
}
SPOKEN = [one for one in ALL if hasattr(one, "sentence")]


def details(kind):
    sentences = [*kind.sentence.values(), *kind.hint.values()]
    return {name for text in sentences for _, name, _, _ in Formatter().parse(text) if name}


def made(kind):
    if kind is UpstreamRefused:
        return UpstreamRefused(model="m", status_code=418)
    return kind(**EXAMPLES.get(kind.code, dict.fromkeys(details(kind), "detail")))


@pytest.mark.parametrize("kind", SPOKEN, ids=lambda kind: kind.__name__)
def test_every_error_speaks_and_advises_in_both_languages(kind):
    error = made(kind)
    assert str(error) == error.say("en")
    for language in ("ja", "en"):
        assert error.say(language)
        assert error.advise(language)
        assert "{" not in error.say(language) + error.advise(language)
    for text in (
        kind.hint["ja"],
        kind.sentence["ja"] if kind.code not in ("configuration", "content_policy_violation") else "。あ",
    ):
        assert re.search("[ぁ-ん]", text)


@pytest.mark.parametrize("kind", SPOKEN, ids=lambda kind: kind.__name__)
def test_the_two_languages_give_the_same_details(kind):
    fields = [
        {name for _, name, _, _ in Formatter().parse(kind.sentence[language]) if name} for language in ("ja", "en")
    ]
    assert fields[0] == fields[1]


def test_the_nearest_names_are_told_and_some_where_none_is_near():
    known = ["echo", "embedded", "office", *(f"m{number}" for number in range(20))]
    assert UnknownName.among("ech", known).details["near"].split(", ")[0] == "echo"
    assert "m1" not in UnknownName.among("ech", known).details["near"]
    assert len(UnknownName.among("何か", known).details["near"].split(", ")) == 8
    assert UnknownName.among("x", []).details["near"] == "–"


def test_codes_are_unique():
    codes = [kind.code for kind in ALL]
    assert len(codes) == len(set(codes))


def test_the_tree_in_the_docstring_names_every_error():
    tree = errors.__doc__.split("Each class")[0]
    assert [kind.__name__ for kind in ALL if not re.search(rf"\b{kind.__name__}\b", tree)] == []


@pytest.mark.parametrize(("said", "passed_on"), [(400, 400), (429, 429), (401, 502), (500, 502), (404, 404)])
def test_a_refusing_upstream_keeps_only_what_the_caller_can_mend(said, passed_on):
    assert UpstreamRefused(model="m", status_code=said).status == passed_on


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_code_has_a_heading_and_every_heading_a_code(language):
    text = (DOCS / language / "errors.md").read_text()
    assert set(re.findall(r"^### `([^`]+)`$", text, re.MULTILINE)) == {kind.code for kind in ALL}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_document_says_what_the_error_says(language):
    text = (DOCS / language / "errors.md").read_text()
    for kind in SPOKEN:
        assert kind.sentence[language] in text
        assert kind.hint[language] in text


def test_a_detail_may_be_said_in_both_languages():
    fault = errors.ConfigurationError(where="a.yaml:1:1", what={"ja": "項目がありません", "en": "there is no key"})
    assert (fault.say("ja"), fault.say("en")) == ("a.yaml:1:1: 項目がありません", "a.yaml:1:1: there is no key")
    assert str(fault) == fault.say("en")
    assert fault.details["what"] == "there is no key"
