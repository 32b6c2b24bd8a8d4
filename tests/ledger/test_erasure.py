import json

from hypothesis import given
from hypothesis import strategies as st

from sekisho.ledger import erasure
from sekisho.provenance.statement import canonical


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ-", min_size=1), st.integers(0, 2**40), st.integers(0, 2**41))
def test_the_statement_is_canonical(exchange, position, now_ms):
    said = erasure.statement(exchange, position, "retention", now_ms)
    assert canonical(json.loads(said)) == said
    assert json.loads(said)["time"].endswith("Z")
