import numpy as np

from sekisho.guards.sketch import BINS, Sketcher
from sekisho.guards.trail import Company, Trail, Trails

SKETCHER = Sketcher(bytes(32))
WINDOW_S = 100.0


def note(trail, text, now_s=0.0, probe=False):
    sketch = SKETCHER.sketch(text)
    place = trail.note(SKETCHER.digest(text), sketch, now_s, probe=probe)
    return trail.company(place, sketch, now_s)


def like(number):
    return f"これは、ほとんど同じことが書いてある文章の第{number}番です。"


OTHER = "Something that has nothing to do with all the others."


def test_a_text_is_counted_beside_the_others_and_not_beside_itself():
    trail = Trail(WINDOW_S)
    assert note(trail, like(1)) == Company(0, 0, 0)
    assert note(trail, like(1), probe=True) == Company(0, 0, 0)
    assert note(trail, like(2)) == Company(1, 1, 1)
    assert note(trail, OTHER, probe=True) == Company(0, 1, 0)
    assert note(trail, like(1)) == Company(1, 1, 0)


def test_a_text_that_is_repeated_counts_once():
    trail = Trail(WINDOW_S)
    for now in range(20):
        note(trail, like(1), float(now))
        note(trail, like(2), float(now))
    assert note(trail, like(3), 20.0) == Company(2, 0, 0)


def test_what_came_before_the_window_does_not_count_until_it_comes_again():
    trail = Trail(WINDOW_S)
    note(trail, like(1), probe=True)
    assert note(trail, like(2), WINDOW_S - 1) == Company(1, 1, 1)
    assert note(trail, like(3), WINDOW_S + 1) == Company(1, 0, 0)
    note(trail, like(1), WINDOW_S + 2)
    assert note(trail, like(3), WINDOW_S + 3) == Company(2, 1, 1)


def test_the_oldest_texts_are_forgotten_and_the_size_stays():
    trail = Trail(WINDOW_S, most=10)
    size = trail.size
    for number in range(100):
        assert note(trail, like(number), probe=number < 95).alike == min(number, 9)
    assert note(trail, like(99)) == Company(9, 5, 5)
    assert note(trail, like(0)) == Company(9, 4, 4)
    assert trail.size == size == Trail(WINDOW_S, most=10).size


def test_a_trail_holds_numbers_only():
    trail = Trail(WINDOW_S)
    note(trail, OTHER)
    assert {type(value) for value in vars(trail).values()} == {float, int, np.ndarray}
    assert trail.size < 1024 * (BINS * 2 + 20)


def test_callers_are_kept_apart_and_those_that_were_silent_for_longest_are_forgotten():
    trails = Trails(WINDOW_S, callers=3, texts=10)
    for owner in "abc":
        note(trails.of(owner), like(1))
    assert note(trails.of("a"), like(2)) == Company(1, 0, 0)
    assert note(trails.of("d"), like(2)) == Company(0, 0, 0)
    assert len(trails) == 3
    assert note(trails.of("a"), like(3)).alike == 2
    assert note(trails.of("b"), like(3)).alike == 0
