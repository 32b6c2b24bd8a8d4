import re

from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.normalise import normalise
from sekisho.guards.literal import literal, name


@given(st.text(alphabet="月野うさLunaルナ・ =.*+?()[]{}|\\^$-", min_size=2, max_size=12).filter(str.strip))
def test_a_word_and_a_name_match_themselves(word):
    plain = normalise(word).strip()
    assert re.search(name(word), f"、{plain}、")
    assert re.search(literal(word), "、" + " ".join(plain.split()) + "、")


def test_latin_ends_stand_alone_and_japanese_ones_need_not():
    assert not re.search(literal("Luna"), "Lunar")
    assert re.search(literal("月野"), "美月野原")


def test_the_parts_of_a_latin_name_stay_apart():
    assert not re.search(name("Luna Tsukino"), "LunaTsukino")
    assert re.search(name("ルナ・ツキノ"), "ルナツキノ")
