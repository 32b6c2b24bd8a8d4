from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.half import of_all, unpacked
from sekisho.guards.headed import Headed

SOURCES = ["山(?:田|本)さん", "(?<![0-9])0[0-9]{9}", "(?<![A-Za-z0-9])0[ab]x", "この(?:指示|文)", "この.{0,3}"]
PARTS = of_all(SOURCES)
HEADED = Headed(PARTS)


@given(st.text(st.sampled_from("山田本さんこの指示文0123abx"), max_size=20))
def test_each_place_names_all_halves_that_may_begin_there(text):
    encoded = text.encode()
    (places,) = HEADED.places.within(encoded)
    told = {at: HEADED.keys[number] for number, at in places}
    assert len(told) == len(places)
    for at in range(len(text)):
        place = len(text[:at].encode())
        before = encoded[place - 1] if place else 0
        for key, half in PARTS.items():
            if before not in half.never and any(text.startswith(head, at) for head in unpacked(half.heads)):
                assert key in told[place]
    for number, at in places:
        assert HEADED.widths[number] <= 4 * max(PARTS[key].length for key in told[at])


def test_a_head_is_cut_to_another_but_not_to_that_of_what_may_begin_at_any_word():
    parts = of_all(["(?<![A-Za-z0-9])[A-Za-z0-9]{2,9}@", "(?<![A-Za-z0-9])tin"])
    assert [len(Headed(parts, apart=apart).places.sizes) for apart in (False, True)] == [3844, 3845]
