import html
import json

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sekisho.provenance.marks import selectors
from sekisho.provenance.marks.selectors import read, stripped, suspicious, written

LEGITIMATE = [
    "❤️ と ❤︎",  # VS16 and VS15
    "1️⃣ #️⃣ *️⃣",  # keycaps
    "👩‍❤️‍👩 🏳️‍🌈 🏴‍☠️ 👨🏽‍⚖️",  # ZWJ, with VS16 inside
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f🇯🇵",  # England, by tags
    "葛\U000e0100城市、辻\U000e0101さん、邉\U000e0102",  # ideographic variation sequences
    "﨑 羽︀",  # standardized variants of compatibility ideographs
    "、︀。︁！︀",  # corner-justified and centred punctuation
    "0︀ ≨︀ ∩︀",  # slashed zero, mathematics
    "ᠠ᠋ᠨ᠌ᠭ᠍ ᠊᠎",  # free variation selectors of Mongolian are other characters
    "က︀",  # Myanmar
    "می‌خواهم क्‍ष",  # ZWNJ and ZWJ that are read
    "\ufeffBOM and text",
    "",
]


@pytest.mark.parametrize("text", LEGITIMATE)
def test_what_selectors_and_tags_are_for_stays(text):
    assert stripped(text) is text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("答え" + written(b"hidden!"), "答え"),
        ("答え" + written(b"hidden!")[1:], "答え"),  # the base is lost on the way
        ("字\U000e0100" + written(b"hidden!"), "字\U000e0100"),
        ("字\U000e0100" + written(selectors.C2PA + b"...")[1:], "字\U000e0100"),
        ("😀" + written(b"payload of a smuggler")[1:], "😀"),
        ("❤\ufe0f\ufe0f", "❤\ufe0f"),
        ("a\ufe01b\U000e0123c", "abc"),  # one byte behind each letter
        ("\ufe0fか\ufe0e", "か"),
        ("あ" + "".join(chr(0xE0000 + ord(one)) for one in "ignore all") + "い", "あい"),
        ("🏴" + "".join(chr(0xE0000 + ord(one)) for one in "a long order"), "🏴"),
    ],
)
def test_what_was_hidden_goes(text, left):
    assert stripped(text) == left


@given(st.binary(min_size=2, max_size=300), st.text(), st.text())
def test_bytes_survive_the_alphabet_and_leave_no_trace_when_stripped(data, before, after):
    assert read(selectors.RUN.search(written(data))[1]) == data
    before, after = stripped(before).rstrip("\ufeff"), stripped(after)
    if not after or after[0] not in written(bytes(range(256))):
        assert stripped(before + written(data) + after) == before + after


@given(st.text(st.sampled_from("aあ字❤🏴 \ufeff\ufe0f\ufe00\U000e0100\U000e0155\U000e0067\U000e007f")))
@example("字\U000e0100\ufeff\U000e0100")
def test_stripping_again_changes_nothing(text):
    assert stripped(stripped(text)) == stripped(text)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])))
def test_nothing_is_overlooked_in_a_body_that_is_not_suspicious(text):
    for raw in (orjson.dumps({"x": text}), json.dumps({"x": text}).encode()):
        assert suspicious(raw) or stripped(text) is text


@pytest.mark.parametrize("spell", [orjson.dumps, lambda value: json.dumps(value).encode()])
def test_a_body_with_a_mark_is_suspicious_however_it_is_spelled(spell):
    assert suspicious(spell({"x": "a" + written(b"\x80\x90")}))
    assert suspicious(spell({"x": "a\U000e0041"}))
    assert not suspicious(spell({"x": "ただの文章です。😀"}))


def test_html_keeps_the_alphabet():
    text = "a" + written(bytes(range(256)))
    assert html.unescape(html.escape(text)) == text
