"""What our checker says of values, beside what the library `jsonschema` says."""

import jsonschema
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sekisho.core.schema import STEPS, Schema
from sekisho.core.schema_keywords import Run

NAMES = st.sampled_from(["a", "b", "c", "x1"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 9), st.sampled_from([0.5, 1.0, 2.5, -1.5]),
    st.sampled_from(["", "a", "ab", "あい", "12-34", "x1"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=10,
)
COUNT = st.integers(0, 3)
PATTERNS = st.sampled_from(["^a", "b$", "[0-9]+-[0-9]+", "あ", "^x[0-9]$", "."])
TYPES = st.sampled_from(["null", "boolean", "object", "array", "string", "number", "integer"])


def keywords(inner):
    schemas = st.lists(inner, min_size=1, max_size=3)
    return {
        "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "maximum": st.integers(-2, 5),
        "exclusiveMaximum": st.integers(-2, 5),
        "minimum": st.integers(-2, 5),
        "exclusiveMinimum": st.integers(-2, 5),
        "maxLength": COUNT,
        "minLength": COUNT,
        "maxItems": COUNT,
        "minItems": COUNT,
        "maxProperties": COUNT,
        "minProperties": COUNT,
        "pattern": PATTERNS,
        "uniqueItems": st.booleans(),
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
        "additionalProperties": inner,
        "propertyNames": inner,
        "required": st.lists(NAMES, max_size=2, unique=True),
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
        "dependentSchemas": st.dictionaries(NAMES, inner, max_size=2),
        "prefixItems": schemas,
        "items": inner,
        "contains": inner,
        "minContains": COUNT,
        "maxContains": COUNT,
        "allOf": schemas,
        "anyOf": schemas,
        "oneOf": schemas,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "$ref": st.sampled_from(["#/$defs/a", "#/$defs/b"]),
    }


def some(inner):
    chosen = keywords(inner)
    return st.lists(st.sampled_from(sorted(chosen)), min_size=1, max_size=4, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: chosen[name] for name in names})
    )


DEFINED = {"a": {"type": ["object", "string"]}, "b": {"type": "array", "items": {"$ref": "#/$defs/a"}}}
SCHEMAS = st.recursive(st.booleans(), some, max_leaves=8).map(
    lambda schema: {**schema, "$defs": DEFINED} if isinstance(schema, dict) else schema
)


@settings(max_examples=300, deadline=None)
@given(SCHEMAS, VALUES)
@example({"enum": [1]}, True)
@example({"uniqueItems": True}, [1, True, 1.0])
@example({"const": {"a": [0]}}, {"a": [False]})
@example({"if": {"type": "string"}, "else": False}, 1)
def test_the_same_values_fit(schema, value):
    beside = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert (Schema(schema).breach(value, Run(STEPS)) is None) == beside
