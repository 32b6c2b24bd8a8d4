import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.models.watermark.engine import within_character
from sekisho.models.watermark.generation import Candidate, Ending, EngineRefused, Wish, _Text, generated
from sekisho.models.watermark.scheme import Watermark

MARK = Watermark(bytes(range(32)))
END = 0


class Engine:
    """Says these bytes one after another; with `width`, that many tokens for the same bytes are as likely."""

    def __init__(self, pieces, width=1, room=10_000, *, hidden=False):
        self.ends = frozenset({END})
        self.asked = []
        self.afresh = []
        self.pieces, self.width, self.room = pieces, width, room
        self.hidden = hidden

    def candidates(self, tokens, slot, sampling, *, afresh=False):
        self.asked.append((list(tokens), slot, dict(sampling)))
        self.afresh.append(afresh)
        at = len(self.asked) - 1
        if len(tokens) > self.room:
            raise EngineRefused(400, b"{}")
        if at >= len(self.pieces):
            return [Candidate(END, b"", 1.0)]
        if self.hidden and within_character(self.pieces[at]):
            return [Candidate(1000 + at, None, 1.0)]
        return [
            Candidate(10 + number + 1000 * self.hidden, self.pieces[at], 1 / self.width) for number in range(self.width)
        ]

    def text(self, tokens):
        begun = [token - 1000 for token in tokens if token >= 1000]
        start = begun[0]
        return b"".join(self.pieces[start : start + len(tokens)]).decode("utf-8", "replace")


def all_of(engine, wish=None):
    pieces = []
    steps = generated(engine, MARK, [1, 2, 3, 4, 5], wish or Wish(100), 0)
    while True:
        try:
            pieces.append(next(steps))
        except StopIteration as end:
            return "".join(pieces), end.value


def test_an_answer_ends_where_the_model_ends_it():
    assert all_of(Engine([b"Hel", b"lo"])) == ("Hello", Ending("stop", 3))


def test_an_answer_with_a_seed_uses_nothing_that_an_earlier_one_left():
    seeded, free = Engine([b"a"] * 3), Engine([b"a"] * 3)
    all_of(seeded, Wish(3, seed=0))
    all_of(free, Wish(3))
    assert (seeded.afresh, free.afresh) == ([True, False, False], [False] * 3)


def test_an_answer_ends_after_as_many_tokens_as_were_wanted():
    assert all_of(Engine([b"a"] * 9), Wish(4)) == ("aaaa", Ending("length", 4))


def test_an_answer_ends_where_there_is_no_room_for_another_token():
    assert all_of(Engine([b"a"] * 9, room=7)) == ("aaa", Ending("length", 3))
    with pytest.raises(EngineRefused):
        all_of(Engine([b"a"], room=4))


@given(st.text(max_size=12), st.data())
def test_characters_come_whole_however_their_bytes_are_cut(text, data):
    raw = text.encode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(raw)), max_size=5)))
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert all_of(Engine(pieces))[0] == text
    assert all_of(Engine(pieces, hidden=True))[0] == text


@given(st.text("ab終", max_size=14), st.lists(st.text("ab終", min_size=1, max_size=4), max_size=3), st.data())
def test_a_stop_text_ends_the_answer_before_it_however_it_comes(text, stops, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:end].encode() for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    said, ending = all_of(Engine(pieces), Wish(100, stops=stops))
    seen = next((size for size in (0, *cuts, len(text)) if any(stop in text[:size] for stop in stops)), len(text))
    places = [text[:seen].find(stop) for stop in stops if stop in text[:seen]]
    assert said == text[: min(places, default=len(text))]
    assert ending.finish == "stop"


def test_what_may_become_a_stop_text_is_held_and_let_go():
    text = _Text(["END"], str)
    said = [text.add(Candidate(1, raw, 1.0)) for raw in (b"a E", b"N", b"d E")]
    assert [*said, text.rest()] == ["a ", "", "ENd ", "E"]


def test_an_answer_that_ends_within_a_character_says_so():
    assert all_of(Engine(["あ".encode()[:2]], hidden=True)) == ("\ufffd", Ending("stop", 2))
    assert all_of(Engine(["あ".encode()[:2]])) == ("\ufffd", Ending("stop", 2))


def test_the_draw_bears_the_mark_and_a_seed_makes_it_the_same_again():
    engines = [Engine([b"x"] * 80, width=40) for _ in range(2)]
    for engine in engines:
        all_of(engine, Wish(80, seed=7))
    tokens = engines[0].asked[-1][0]
    assert MARK.evidence(tokens[5:]).found
    assert not Watermark(bytes(32)).evidence(tokens[5:]).found
    assert tokens == engines[1].asked[-1][0]


def test_the_first_tokens_are_drawn_freely_so_that_answers_differ():
    firsts = set()
    for seed in range(40):
        engine = Engine([b"x"] * 5, width=4)
        all_of(engine, Wish(5, seed=seed))
        firsts.add(tuple(engine.asked[-1][0][5:9]))
    assert len(firsts) > 30


def test_a_context_that_comes_again_is_not_tilted_again():
    mark = Watermark(bytes(range(32)), span=1)
    engine = Engine([b"x"] * 60, width=2)
    steps = generated(engine, mark, [1], Wish(60, seed=1), 0)
    assert "".join(steps) == "x" * 60
    after = [(one, other) for one, other in zip(engine.asked[-1][0], engine.asked[-1][0][1:], strict=False)]
    assert {(10, 10), (10, 11)} <= set(after)


@pytest.mark.parametrize(
    ("body", "wish"),
    [
        ({}, Wish(50, {}, ())),
        ({"max_tokens": 9, "temperature": 0, "user": "x"}, Wish(9, {"temperature": 0})),
        ({"max_tokens": 99, "max_completion_tokens": 7, "top_k": 5}, Wish(7, {"top_k": 5})),
        ({"max_tokens": 999, "top_k": 0}, Wish(50, {"top_k": 100})),
        ({"max_tokens": -1, "top_k": 1000, "stop": "a"}, Wish(50, {"top_k": 100}, ["a"])),
        ({"seed": 3, "stop": ["a", "", 1]}, Wish(50, {}, ["a"], 3)),
    ],
)
def test_a_request_becomes_a_wish_and_is_bounded(body, wish):
    made = Wish.of(body, 50)
    assert (made.most, list(made.stops), made.seed) == (wish.most, list(wish.stops), wish.seed)
    assert {**made.sampling} == {"top_k": 40, **wish.sampling} or made.sampling == wish.sampling
