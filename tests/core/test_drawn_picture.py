import pytest

from sekisho.core.drawn_picture import HIGH, WIDE, picture, upright


def points(rows):
    return picture(rows).tolist()


def test_a_sign_stands_where_it_is_seen():
    drawn = picture(["▀_ "])
    assert drawn.shape == (HIGH, 3 * WIDE)
    assert drawn[:4, :4].all()
    assert not drawn[4:, :4].any()
    assert drawn[-1, 4:8].all()
    assert drawn[:-1, 4:8].sum() == drawn[:, 8:].sum() == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["## ", " ##"], ["██ ", " ██"]),
        (["## ", " ##"], ["xx ", " xx"]),
        (["#  ", "###"], ["#", "###"]),
        (["#  #", "#  #", "####"], ["■□□■", "■□□■", "■■■■"]),
        (["▀▀", "  "], ["\u2580\u2580", "\u2800\u2800"]),
        (["┌┐ "], ["╔╗ "]),
        (["\u28ff  "], ["█  "]),
    ],
)
def test_what_looks_alike_is_alike(one, other):
    assert points(one) == points(other)


def test_a_leaning_stroke_is_made_upright():
    drawn = picture(["   / ", "  /  ", " /  .", "/   ."])
    columns = upright(drawn, 1.0)[:, :16].any(0).nonzero()[0]
    assert len(columns) <= 2
    assert upright(drawn, 0.0) is drawn
