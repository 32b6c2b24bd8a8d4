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


@pytest.mark.parametrize(
    ("part", "where", "said"),
    [
        ("container", "end", ("ファイルの終わり: ", "at the end of the file: ")),
        ("canonical", "#17", ("記録 17(0から数えて): ", "at entry 17, counted from 0: ")),
        ("tile", "tile/0/000.p/64", ("tile/0/000.p/64: ", "at tile/0/000.p/64: ")),
        ("container", "manifest.json", ("が書き出すもの)ではありません", "does not begin as a file for auditors does")),
    ],
)
def test_the_place_is_told_in_words(part, where, said):
    fault = BundleRejected(part=part, where=where)
    assert (said[0] in fault.say("ja"), said[1] in fault.say("en")) == (True, True)
