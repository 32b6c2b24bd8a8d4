import pytest

from sekisho.ledger.altered import PARTS, LedgerAltered


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_told_in_both_languages(part):
    fault = LedgerAltered(position=3, part=part)
    for language in ("ja", "en"):
        assert "3" in fault.say(language)
        assert PARTS[part][language] in fault.say(language)
        assert fault.advise(language)
    assert str(fault) == fault.say("en")
    assert (fault.code, fault.status) == ("ledger_altered", 500)
