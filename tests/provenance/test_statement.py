import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance.statement import MAX_INTEGER, canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXT
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)
STATEMENTS = st.dictionaries(TEXT, VALUES)


@given(STATEMENTS)
def test_the_canonical_form_means_the_same_and_is_its_own(statement):
    said = canonical(statement)
    assert json.loads(said) == statement
    assert canonical(json.loads(said)) == said


@given(STATEMENTS, st.randoms())
def test_the_order_in_which_a_statement_was_made_does_not_matter(statement, random):
    items = list(statement.items())
    random.shuffle(items)
    assert canonical(dict(items)) == canonical(statement)


def test_keys_stand_in_the_order_of_the_rfc():
    """The example of RFC 8785, 3.2.3, where UTF-16 and UTF-8 order differ."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    said = canonical(dict.fromkeys(keys, 0))
    assert list(json.loads(said)) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_text_is_escaped_as_the_rfc_says():
    """After the example of RFC 8785, 3.2.2."""
    assert canonical({"a": '\u20ac$\u000f\nA\'B"\\\\"/\b\f\t\r\x7f関'}) == (
        '{"a":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\\b\\f\\t\\r\x7f関"}'.encode()
    )


@pytest.mark.parametrize("value", [1.0, float("nan"), b"", (1,), {1: 2}, {None: 1}, {1, 2}, object()])
def test_what_has_no_place_in_a_statement_is_refused(value):
    with pytest.raises(TypeError):
        canonical({"a": [value]})


@pytest.mark.parametrize("value", [MAX_INTEGER + 1, -MAX_INTEGER - 1, "\ud800", {"\udfff": 1}])
def test_what_other_readers_would_damage_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011 the kind is the promise
        canonical({"a": value})
