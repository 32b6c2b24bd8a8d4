import pytest
from PIL import Image, ImageOps
from tests.provenance.media.pictures import drawn, encoded, picture
from tests.provenance.media.samples import SAMPLES

from sekisho.provenance.media import image
from sekisho.provenance.media.code import IMAGE, NEAR, distance, raw
from sekisho.provenance.media.image import image_codes


def near(data, mime, seed=1):
    """In how many bits the nearest pair of codes differs from that of the picture as it was."""
    before, after = image_codes(picture(seed), "image/png"), image_codes(data, mime)
    return min(distance(one, other) for one in before for other in after)


def test_a_code_has_256_bits_and_says_that_it_is_one_of_an_image():
    codes = image_codes(picture(1), "image/png")
    assert len(codes) == 2
    assert all(one.startswith("ISCC:EED") and len(raw(one)) == 34 for one in codes)


@pytest.mark.parametrize(
    ("kind", "more"),
    [("JPEG", {"quality": 30}), ("WEBP", {"quality": 40}), ("GIF", {}), ("PNG", {"compress_level": 1})],
)
def test_a_picture_that_was_encoded_anew_is_known_again(kind, more):
    assert near(picture(1, kind, **more), f"image/{kind.lower()}") <= NEAR[IMAGE]


def test_a_picture_that_was_made_smaller_or_brighter_is_known_again():
    for changed in (drawn(1).resize((100, 75)), drawn(1).point(lambda value: min(255, value * 12 // 10))):
        assert near(encoded(changed, "JPEG", quality=70), "image/jpeg") <= NEAR[IMAGE]


def test_an_even_border_does_not_matter_to_the_first_code_and_its_roughness_not_to_the_second():
    framed = ImageOps.expand(drawn(1), 30, "white")
    assert near(encoded(framed), "image/png") <= NEAR[IMAGE]
    before, after = image_codes(encoded(framed), "image/png"), image_codes(encoded(framed, "JPEG"), "image/jpeg")
    assert distance(before[1], after[1]) <= NEAR[IMAGE] < distance(before[0], after[0])


def test_other_pictures_are_far_away():
    codes = [image_codes(picture(seed), "image/png")[0] for seed in range(12)]
    assert min(distance(one, other) for one in codes for other in codes if one != other) > 2 * NEAR[IMAGE]


def test_a_turned_picture_is_read_as_its_tag_says():
    tags = Image.Exif()
    tags[0x0112] = 6
    turned = encoded(drawn(1).transpose(Image.Transpose.ROTATE_90), "JPEG", quality=90, exif=tags)
    assert near(turned, "image/jpeg") <= NEAR[IMAGE]


def test_what_shows_through_is_white():
    layer = drawn(1).convert("RGBA")
    layer.putalpha(Image.linear_gradient("L").resize(layer.size))
    flat = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    assert image_codes(encoded(layer), "image/png") == image_codes(encoded(flat), "image/png")


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (SAMPLES[".png"], "image/png"),  # one dot: nothing to know it by
        (encoded(Image.new("RGB", (300, 300), "red")), "image/png"),
        (picture(1)[:2000], "image/png"),
        (picture(1), "image/jpeg"),
        (b"", "image/png"),
        (picture(1), "audio/wav"),
    ],
)
def test_where_there_is_nothing_to_go_by_there_is_no_code(data, mime):
    assert image_codes(data, mime) == []


def test_a_picture_too_large_is_not_decoded(monkeypatch):
    monkeypatch.setattr(image, "MOST_PIXELS", 320 * 240 - 1)
    assert image_codes(picture(1), "image/png") == []
