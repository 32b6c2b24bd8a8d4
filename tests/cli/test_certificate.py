import json

import pytest

from sekisho.cli import certificate
from sekisho.ledger import erasure
from sekisho.provenance.receipt import Receipt


def verified(statement):
    return Receipt(statement, json.loads(statement))


@pytest.mark.parametrize(("reason", "said"), [("request", "請求"), ("retention", "保存期間の終了")])
def test_an_erasure_is_told_with_its_reason_and_place(reason, said):
    [told] = certificate.told(verified(erasure.statement("01K", 7, reason, 0)), "ja")
    assert said in told
    assert "台帳の7番目" in told
    assert "1970-01-01T00:00:00.000Z" in told


def test_no_other_statement_is_taken_for_an_erasure():
    assert certificate.told(verified(b'{"id":"01K","kind":"exchange"}'), "en") == []
