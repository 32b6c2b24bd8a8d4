import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance.carried import MAX_CARRIER, receipt_in
from sekisho.provenance.rejected import ReceiptRejected

R = "AAA.BBB.CCC~DDD~1.EEE~1.FFF"
SAID = {"choices": [], "sekisho": {"receipt": R, "notice": "sekisho"}}


def event(value):
    return b"data: " + json.dumps(value).encode() + b"\n\n"


@pytest.mark.parametrize(
    "saved",
    [
        R.encode(),
        f"\n{R}\r\n".encode(),
        json.dumps(R).encode(),
        json.dumps({"receipt": R}).encode(),
        json.dumps(SAID, indent=2).encode(),
        event({"sekisho": {"receipt": "older"}}) + event(SAID) + event({"choices": ["sekisho"]}) + b"data: [DONE]\n\n",
        f"HTTP/1.1 200 OK\r\nSekisho-Receipt: {R}\r\nsekisho-label: x\r\n\r\n{{}}".encode(),
        f"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\nsekisho-receipt:{R}\n\nhello".encode(),
        b"HTTP/1.1 200 OK\r\nsekisho-receipt: admission\r\n\r\n" + event(SAID),
    ],
)
def test_a_receipt_is_found_where_people_save_it(saved):
    assert receipt_in(saved) == R


@pytest.mark.parametrize("saved", [b"{}", b'{"sekisho":{}}', b'{"receipt":3}', b'"unfinished', b'{"sekisho":3}'])
def test_json_without_a_receipt_holds_none(saved):
    with pytest.raises(ReceiptRejected):
        receipt_in(saved)


def test_a_file_without_bounds_holds_none():
    with pytest.raises(ReceiptRejected):
        receipt_in(b" " * (MAX_CARRIER + 1))


@given(st.binary())
def test_any_bytes_give_a_text_or_a_rejection(saved):
    with contextlib.suppress(ReceiptRejected):
        assert isinstance(receipt_in(saved), str)
