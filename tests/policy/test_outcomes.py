import re
from pathlib import Path

import pytest

from sekisho.core.verdict import Verdict
from sekisho.governance.statements import KINDS as AUDITED
from sekisho.ledger import keychange
from sekisho.policy import outcomes
from sekisho.server import page

TEXTS = Path(page.__file__).with_name("page") / "texts.js"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_verdict_and_every_kind_of_entry_has_a_name_that_keeps_its_word(language):
    for one in Verdict:
        assert outcomes.verdict(one.word, language).endswith(f" ({one.word})")
    for word in (*AUDITED, keychange.KIND, "admission"):
        assert outcomes.kind(word, language).endswith(f" ({word})")


@pytest.mark.parametrize(("names", "prefix"), [(outcomes.DID, "verdict"), (outcomes.WOULD, "would")])
def test_the_page_says_of_verdicts_what_all_else_says(names, prefix):
    written = re.findall(rf'^  {prefix}_(\w+): "(.*)",$', TEXTS.read_text("utf-8"), re.MULTILINE)
    told = [(word, text[0].lower() + text[1:]) for word, text in written if word != "unknown"]
    assert told == [(word, each[language]) for language in ("ja", "en") for word, each in names.items()]
    assert list(names) == [one.word for one in Verdict]


def test_what_a_later_version_writes_is_told_as_it_stands():
    assert (outcomes.verdict("ponder", "ja"), outcomes.kind("dream", "en")) == ("ponder", "dream")
