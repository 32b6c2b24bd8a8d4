import re

import pytest

from sekisho.governance.rejected import PARTS, BundleRejected


@pytest.mark.parametrize("part", PARTS)
def test_every_reason_is_a_sentence_in_both_languages(part):
    fault = BundleRejected(part=part, where="tile/0/000")
    assert str(fault) == fault.say("en")
    for language in ("ja", "en"):
        assert "tile/0/000" in fault.say(language)
        assert PARTS[part][language] in fault.say(language)
        assert fault.advise(language)
    assert re.search("[ぁ-ん]", PARTS[part]["ja"])
