import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.provenance.media.pictures import picture

from sekisho.provenance.media import code
from sekisho.provenance.media.code import binding, bound, distance, fits, raw
from sekisho.provenance.media.image import image_codes


def read(assertion):
    """The data as the library's reader gives it."""
    value = base64.b64encode(bytes(assertion["data"]["blocks"][0]["value"])).decode()
    return {"alg": assertion["data"]["alg"], "blocks": [{"scope": {}, "value": value}]}


def test_what_is_bound_reads_back_and_the_order_of_units_does_not_matter():
    (one, _) = image_codes(picture(1), "image/png")
    data = read(binding(one, picture(1)))
    assert bound(data) == one
    value = base64.b64decode(data["blocks"][0]["value"])
    data["blocks"][0]["value"] = base64.b64encode(value[34:] + value[:34]).decode()
    assert bound(data) == one
    assert bound({**data, "alg": "com.other"}) == ""


@given(st.binary(max_size=200) | st.text(max_size=50) | st.none() | st.integers())
def test_what_strangers_write_as_a_binding_is_a_code_or_nothing(value):
    written = base64.b64encode(value).decode() if isinstance(value, bytes) else value
    found = bound({"alg": "io.iscc.v0", "blocks": [{"value": written}]})
    assert found == "" or len(raw(found)) == 34
    assert bound({"alg": "io.iscc.v0", "blocks": value}) == ""
    assert bound({"alg": "io.iscc.v0", "blocks": [value]}) == ""


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_distance_counts_bits(one, other):
    spelled = ["ISCC:" + base64.b32encode(code.IMAGE + each).decode().rstrip("=") for each in (one, other)]
    assert distance(*spelled) == sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


@given(st.binary(min_size=32, max_size=32))
def test_codes_of_two_kinds_are_as_far_apart_as_can_be(one):
    spelled = ["ISCC:" + base64.b32encode(kind + one).decode().rstrip("=") for kind in (code.TEXT, code.IMAGE)]
    assert distance(*spelled) == 256
    assert not code.near(*map(raw, spelled))


def spelled(kind, body):
    return "ISCC:" + base64.b32encode(kind + body).decode().rstrip("=")


def test_whether_a_content_is_the_one_that_is_stated_is_told_by_a_code_of_the_same_kind():
    own, other = bytes(32), b"\xff" * 32
    sound, data = spelled(code.AUDIO, own), spelled(code.DATA, own)
    assert fits(sound, [sound, spelled(code.DATA, other)]) is True
    assert fits(data, [spelled(code.AUDIO, other), data]) is True
    assert fits(sound, [spelled(code.AUDIO, other), data]) is False
    assert fits(data, [sound, spelled(code.DATA, other)]) is None  # it may have been encoded anew
    assert fits(sound, [data]) is None
    assert fits("", [sound]) is None
    assert fits(sound, []) is None


@pytest.mark.parametrize(
    "text", ["", "ISCC:", "ISCC:EEA4GQZQTY6J5DTH", "ISCC:!", "ISCC:" + "A" * 55, spelled(code.TEXT, bytes(32))]
)
def test_what_is_no_code_that_is_looked_up_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        code.sought(text)
