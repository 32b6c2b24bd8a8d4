import json

from hypothesis import given
from hypothesis import strategies as st

from sekisho.ledger import erasure
from sekisho.pipeline.identity import ulid
from sekisho.provenance.statement import canonical


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ-", min_size=1), st.integers(0, 2**40), st.integers(0, 2**41))
def test_the_statement_is_canonical(exchange, position, now_ms):
    said = erasure.statement(exchange, position, "retention", now_ms)
    assert canonical(json.loads(said)) == said
    assert json.loads(said)["time"].endswith("Z")


def test_only_a_statement_of_that_kind_is_an_erasure():
    assert erasure.is_one(erasure.statement("A", 0, "request", 0))
    assert not erasure.is_one(canonical({"id": "A", "kind": "exchange"}))
    assert not erasure.is_one(canonical({"kind": "exchange", "of": {"kind": "erasure"}}))


@given(st.integers(0, 2**45), st.integers(0, 2**45))
def test_identifiers_are_ordered_by_the_time_at_which_an_exchange_began(one, other):
    assert (ulid(one) < erasure.first_id(other)) == (one < other)
