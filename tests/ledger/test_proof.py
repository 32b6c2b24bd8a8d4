import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.ledger.proof import Proof
from sekisho.ledger.signer import Signer

NOTE = Signer.of("log.example/town", bytes(32)).note("log.example/town\n3\n" + "A" * 43 + "=\n")
HASH = base64.b64encode(b"h" * 32).decode()

PROOFS = st.builds(
    Proof,
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.just(NOTE),
    st.none() | st.binary(max_size=100),
)


def test_a_proof_is_written_as_the_specification_says():
    proof = Proof(73894, [b"h" * 32, b"h" * 32], NOTE, b"entry")
    assert proof.text == f"c2sp.org/tlog-proof@v1\nextra ZW50cnk=\nindex 73894\n{HASH}\n{HASH}\n\n{NOTE}"
    assert Proof(0, [], NOTE).text == f"c2sp.org/tlog-proof@v1\nindex 0\n\n{NOTE}"


@given(PROOFS)
def test_a_proof_reads_back(proof):
    assert Proof.parse(proof.text) == proof


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 00\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex -1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex ١\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n" + NOTE,
        f"c2sp.org/tlog-proof@v1\nindex 1\n{HASH[:-2]}h=\n\n" + NOTE,
        f"c2sp.org/tlog-proof@v1\nindex 1\n {HASH}\n\n" + NOTE,
        f"c2sp.org/tlog-proof@v1\nindex 1\n{HASH}\r\n\r\n" + NOTE,
        f"c2sp.org/tlog-proof@v1\nindex 1\n{HASH}\nindex 1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nextra ===\nindex 1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nextra ZW50cnl=\nindex 1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 1\nextra ZW50cnk=\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 1\n" + f"{HASH}\n" * 64 + "\n" + NOTE,
    ],
)
def test_what_is_spelled_otherwise_is_none(text):
    with pytest.raises(ValueError, match="not a tlog-proof"):
        Proof.parse(text)
