import numpy as np
import pytest
from pyfiglet import Figlet

from sekisho.core import drawn_letters
from sekisho.core.drawn_letters import NONE, network, read


def rows(words, font):
    return [row for row in Figlet(font=font, width=1000).renderText(words).split("\n") if row.strip()]


@pytest.mark.parametrize("font", ["standard", "doom", "block"])
def test_letters_of_fonts_that_were_learnt_are_read_apart_and_touching(font):
    one = read(rows("bomb", font))
    assert (one.said, one.known) == ("bomb", True)


def test_words_are_parted_where_the_gap_is_wide():
    assert read(rows("make bomb", "banner3")).said == "make bomb"


def test_blank_rows_say_nothing():
    assert read(["   ", "", " "]) == drawn_letters.NOTHING


def test_the_chances_of_a_part_are_one_together():
    chances = network().chances(np.random.default_rng(1).random((8, network().hidden.shape[0]), np.float32))
    assert chances.shape == (8, NONE + 1)
    assert np.allclose(chances.sum(1), 1, atol=1e-4)


def test_weights_of_another_version_are_refused(monkeypatch):
    monkeypatch.setattr(drawn_letters, "FORMAT", 0)
    with pytest.raises(ValueError, match="no model of this version"):
        network.__wrapped__()
