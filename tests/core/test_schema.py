import socket
import time

import pytest

from sekisho.core import schema as bounds
from sekisho.core.schema import (
    ALL_BYTES,
    ALL_INSTRUCTIONS,
    KEYWORDS,
    LEAST_INSTRUCTIONS,
    MOST_PATTERNS,
    STEPS,
    Allowance,
    Schema,
)
from sekisho.core.schema_keywords import Exhausted, Run, SchemaFault


def breach(schema, value, steps=STEPS):
    return Schema(schema).breach(value, Run(steps))


def test_the_place_of_what_does_not_fit_is_told_by_the_schema_alone():
    schema = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/price"}}},
        "$defs": {"price": {"type": "object", "properties": {"yen": {"minimum": 0}}, "required": ["yen"]}},
    }
    assert breach(schema, {"items": [{"yen": 1}]}) is None
    assert breach(schema, {"items": [{"yen": -1}]}) == (
        "properties",
        "items",
        "items",
        "$ref",
        "properties",
        "yen",
        "minimum",
    )
    assert breach(schema, {"items": [{}]}) == ("properties", "items", "items", "$ref", "required", "yen")


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        ({"multipleOf": 0.1}, 0.3, True),  # which is not so in binary fractions
        ({"multipleOf": 0.01}, 1e308, True),
        ({"multipleOf": 2}, float("inf"), False),
        ({"type": "integer"}, 2.0, True),
        ({"type": "number"}, True, False),
        ({"enum": [1]}, 1.0, True),
        ({"const": {"b": 1, "a": [2]}}, {"a": [2.0], "b": 1}, True),
        ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2, "a": 1}], False),
        ({"pattern": "^\\u3042\\\\u$"}, "あ\\u", True),
        ({"maxLength": 1}, "😀", True),
        ({"items": [{"type": "string"}], "additionalItems": False}, ["a"], True),
        ({"items": [{"type": "string"}], "additionalItems": False}, ["a", 1], False),
        ({"$ref": "#/definitions/a~1b~0c%25"}, 1, False),
        ({"$ref": "#/allOf/0", "allOf": [{"type": "string"}]}, "a", True),
        (True, 1, True),
        (False, 1, False),
        ({"format": "date", "unevaluatedProperties": False, "$anchor": "x", "madeUp": 3}, {"a": 1}, True),
    ],
)
def test_values_and_what_they_fit(schema, value, fits):
    if isinstance(schema, dict) and "definitions" in str(schema):
        schema = {**schema, "definitions": {"a/b~c%": {"type": "string"}}}
    assert (breach(schema, value) is None) == fits


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        (3, ()),
        ([], ()),
        ({"type": "strin"}, ("type",)),
        ({"type": []}, ("type",)),
        ({"properties": []}, ("properties",)),
        ({"properties": {"a": 1}}, ("properties", "a")),
        ({"items": "x"}, ("items",)),
        ({"required": "a"}, ("required",)),
        ({"required": [1]}, ("required",)),
        ({"minLength": -1}, ("minLength",)),
        ({"minLength": True}, ("minLength",)),
        ({"maximum": "1"}, ("maximum",)),
        ({"multipleOf": 0}, ("multipleOf",)),
        ({"exclusiveMinimum": True}, ("exclusiveMinimum",)),  # draft 4
        ({"enum": "a"}, ("enum",)),
        ({"anyOf": []}, ("anyOf",)),
        ({"anyOf": [{}, {"not": 1}]}, ("anyOf", "1", "not")),
        ({"uniqueItems": 1}, ("uniqueItems",)),
        ({"pattern": "(?=a)"}, ("pattern",)),
        ({"pattern": "(a)\\1"}, ("pattern",)),
        ({"pattern": "(((a{900}){900}){900})"}, ("pattern",)),
        ({"patternProperties": {"[": {}}}, ("patternProperties", "[")),
        ({"pattern": 3}, ("pattern",)),
        ({"dependentRequired": {"a": "b"}}, ("dependentRequired", "a")),
        ({"contains": {}, "minContains": -1}, ("minContains",)),
        ({"$ref": 3}, ("$ref",)),
        ({"$ref": "#/nowhere"}, ("$ref",)),
        ({"$ref": "#/type", "type": "string"}, ("$ref",)),
        ({"$ref": "#/allOf/" + "9" * 5000, "allOf": [{}]}, ("$ref",)),
        ({"$ref": "#name", "$anchor": "name"}, ("$ref",)),
        ({"$ref": "other.json"}, ("$ref",)),
        ({"$ref": "file:///etc/passwd"}, ("$ref",)),
    ],
)
def test_what_is_no_schema_is_told_with_its_place(schema, path):
    with pytest.raises(SchemaFault) as caught:
        Schema(schema)
    assert caught.value.path == path
    assert all(caught.value.expected.values())


@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef", "$schema", "$id"])
def test_nothing_is_fetched(keyword, monkeypatch):
    def opened(*arguments, **named):
        raise AssertionError("a socket")

    monkeypatch.setattr(socket, "socket", opened)
    schema = {"properties": {"a": {keyword: "http://127.0.0.1:1/schema.json", "type": "integer"}}}
    if keyword == "$ref":
        with pytest.raises(SchemaFault):
            Schema(schema)
    else:
        assert breach(schema, {"a": "x"}) == ("properties", "a", "type")


def test_a_part_cannot_ask_for_other_rules():
    schema = {"items": {"$schema": "http://json-schema.org/draft-03/schema#", "pattern": "^a$"}}
    assert breach(schema, ["b"]) == ("items", "pattern")


@pytest.mark.parametrize("size", [0, 1])
def test_its_size_is_bounded(size):
    text = "a" * (bounds.MOST_BYTES - len('{"title":""}') + size)
    if size:
        with pytest.raises(SchemaFault):
            Schema({"title": text})
    else:
        Schema({"title": text})


def test_its_depth_is_bounded():
    def deep(levels):
        return {"not": deep(levels - 1)} if levels else {}

    Schema(deep(bounds.MOST_DEPTH - 1))
    with pytest.raises(SchemaFault):
        Schema(deep(bounds.MOST_DEPTH))


def test_its_patterns_are_bounded():
    Schema({"allOf": [{"pattern": f"a{n}"} for n in range(MOST_PATTERNS)] * 2})
    with pytest.raises(SchemaFault):
        Schema({"allOf": [{"pattern": f"a{n}"} for n in range(MOST_PATTERNS + 1)]})


def test_so_is_what_several_schemas_take_together():
    allowance, text = Allowance(), "a" * (bounds.MOST_BYTES - 20)
    for _ in range(ALL_BYTES // bounds.MOST_BYTES):
        Schema({"title": text}, allowance)
    with pytest.raises(SchemaFault):
        Schema({"title": text}, allowance)


@pytest.mark.parametrize("source", ["[\\p{L}]{10}", "[a-z]{0,900}", "a"])
def test_so_is_what_their_patterns_take(source):
    allowance = Allowance()

    def several():
        for number in range(ALL_INSTRUCTIONS // LEAST_INSTRUCTIONS + 1):
            Schema({"pattern": f"{source}{number}"}, allowance)

    with pytest.raises(SchemaFault) as caught:
        several()
    assert caught.value.path == ("pattern",)
    assert "together" in caught.value.expected["en"]


def test_one_pattern_of_several_schemas_is_made_once():
    allowance = Allowance()
    for _ in range(10 * ALL_INSTRUCTIONS // LEAST_INSTRUCTIONS):
        Schema({"pattern": "^[0-9]+$"}, allowance)


def test_whole_numbers_too_large_for_a_float_are_numbers():
    assert breach({"multipleOf": 2}, 10**400) is None
    assert breach({"multipleOf": 2}, 10**400 + 1) == ("multipleOf",)
    assert breach({"multipleOf": 1e-300}, 10**400) is None
    assert breach({"const": 1}, 10**400) == ("const",)


def test_numbers_that_no_json_of_ours_can_hold_are_refused():
    with pytest.raises(SchemaFault):
        Schema({"const": 1 << 70})


def doubling(levels, keyword="allOf"):
    parts = {f"d{n}": {keyword: [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$ref": "#/$defs/d0", "$defs": {**parts, f"d{levels}": {"type": "string"}}}


CYCLE = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}}


def nested(depth, value=()):
    value = list(value) if value == () else value
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (doubling(60), "a"),
        (doubling(60, "oneOf"), 1),
        (CYCLE, 1),
        ({"items": {"$ref": "#"}}, nested(5_000)),
        ({"const": 1}, nested(5_000)),
        ({"uniqueItems": True}, lambda: [{"a": [n]} for n in range(100_000)]),
        ({"items": {"anyOf": [{"enum": ["x", n]} for n in range(1_000)]}}, [999] * 1_000),
        ({"items": {"required": [f"a{n}" for n in range(5_000)]}}, [{f"a{n}": 1 for n in range(5_000)}] * 5_000),
        ({"items": {"pattern": "[a-z]{1,300}9"}}, ["a" * 5_000 + "9"] * 5_000),
        ({"patternProperties": {f"a{n}": {} for n in range(50)}}, lambda: {f"b{n}": 1 for n in range(100_000)}),
        ({"anyOf": [{"enum": [1]}] * 4_000}, [10**4_200] * 50),
        ({"items": {"anyOf": [{"multipleOf": 7}] * 2_000}}, [10**4_200] * 50),
        ({"anyOf": [{"enum": [1]}] * 600}, nested(400, "あ" * 18_000)),
    ],
)
def test_what_would_take_for_ever_ends(schema, value):
    value = value() if callable(value) else value  # made now, where it is large
    started = time.process_time()
    with pytest.raises(Exhausted):
        breach(schema, value)
    assert time.process_time() - started < 10


def test_a_pattern_of_many_states_takes_as_many_steps_as_it_takes_time():
    schema = {"pattern": "[a-z]{0,900}9"}
    assert breach(schema, "ab" * 10_000 + "9") is None
    with pytest.raises(Exhausted):  # more than half a second
        breach(schema, "ab" * 15_000 + "9")


def test_large_lists_of_different_items_are_no_square():
    started = time.process_time()
    assert breach({"uniqueItems": True}, [{"a": n} for n in range(20_000)]) is None
    assert time.process_time() - started < 5


def test_making_a_schema_ready_takes_no_longer_than_it_is_long():
    chain = {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(1_500)}
    many = {"$defs": {**chain, "a1500": {"type": "string"}}, "$ref": "#/$defs/a0"}
    started = time.process_time()
    schema = Schema(many)
    assert time.process_time() - started < 2
    with pytest.raises(Exhausted):  # too deep for a look
        schema.breach(1, Run(STEPS))
    same = [{"$ref": "#/%24defs" + "/big"}, {"$ref": "#/$defs/big"}, {"$ref": "#/$defs/b%69g"}] * 500
    Schema({"allOf": same, "$defs": {"big": {"allOf": [{"type": "string"}] * 300}}})


def test_equal_schemas_are_equal():
    assert Schema({"type": "string"}) == Schema({"type": "string"}) != Schema({})


def test_every_keyword_is_one_of_json_schemas():
    import jsonschema  # noqa: PLC0415

    assert KEYWORDS - {"additionalItems"} <= set(jsonschema.Draft202012Validator.VALIDATORS) | {
        "then", "else", "minContains", "maxContains"
    }  # fmt: skip
