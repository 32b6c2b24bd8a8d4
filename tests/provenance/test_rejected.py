import pytest

from sekisho.provenance.rejected import REASONS, ReceiptRejected


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_told_in_both_languages(reason):
    fault = ReceiptRejected(reason=reason)
    for language in ("ja", "en"):
        assert REASONS[reason][language] in fault.say(language)
        assert fault.advise(language)
    assert (fault.code, fault.status) == ("receipt_rejected", 400)
