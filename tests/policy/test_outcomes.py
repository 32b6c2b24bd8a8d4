import pytest

from sekisho.core.verdict import Verdict
from sekisho.governance.statements import KINDS as AUDITED
from sekisho.ledger import keychange
from sekisho.policy import outcomes


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_verdict_and_every_kind_of_entry_has_a_name_that_keeps_its_word(language):
    for one in Verdict:
        assert outcomes.verdict(one.word, language).endswith(f" ({one.word})")
    for word in (*AUDITED, keychange.KIND, "admission"):
        assert outcomes.kind(word, language).endswith(f" ({word})")


def test_what_a_later_version_writes_is_told_as_it_stands():
    assert (outcomes.verdict("ponder", "ja"), outcomes.kind("dream", "en")) == ("ponder", "dream")
