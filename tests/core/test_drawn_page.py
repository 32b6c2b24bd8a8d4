import numpy as np

from sekisho.core.drawn_page import COARSE, GRID, Page, Window
from sekisho.core.drawn_picture import picture


def test_parts_are_what_blank_columns_part():
    page = Page(picture(["   ", "## #", "#  #", "    "]))
    assert page.atoms == [Window(0, 2), Window(3, 4)]
    assert page.high == 16


def test_the_same_letter_looks_the_same_wherever_it_stands_and_twice_as_large_nearly_so():
    small = ["###  ###", "#    #  ", "###  ###"]
    page = Page(picture(small))
    one, two = page.features(page.atoms)
    assert np.allclose(one[: GRID * GRID + 4 * COARSE * COARSE], two[: GRID * GRID + 4 * COARSE * COARSE], atol=0.02)
    large = Page(picture([sign for row in small for sign in ["".join(each * 2 for each in row)] * 2]))
    assert np.abs(large.features(large.atoms)[0][: GRID * GRID] - one[: GRID * GRID]).mean() < 0.1
