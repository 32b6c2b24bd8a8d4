import time
import timeit
import unicodedata
from functools import cache, partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pace import spent, turns

from sekisho.core import normalise as module
from sekisho.core.normalise import INVISIBLE, letters_of, locate, lowered, normalise, respelled, settled

AWKWARD = (
    "㍿ｶﾞが\u3099か\u200b\ufe0f\u0301\u0336\U000e0041😀🇯🇵Аο一0!=\u0338ᄀ\u1161\u11a8각\ud800\udc00aé\x00\n１Ａﬁ゛각"
)
TEXTS = st.text(st.one_of(st.sampled_from(AWKWARD), st.characters(exclude_categories=[])), max_size=24)
CODE_POINTS = [chr(point) for point in range(0x110000)]


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("㍿", "株式会社"),
        ("ｶﾞ", "ガ"),
        ("か\u200b\u3099", "が"),
        ("０９０－１２３４", "090-1234"),
        ("i\u200bg\U000e0041n\ufe0fore", "ignore"),
        ("i\u0336g\u0336n\u0336ore", "ignore"),
        ("a\ud800b", "ab"),
        ("pa\x00ss\x7fword", "password"),
        ("рассword", "paccword"),
        ("𝐈𝐠𝐧𝐨𝐫𝐞", "Ignore"),
        ("café", "café"),
        ("東京、です。", "東京、です。"),
    ],
)
def test_what_reads_the_same_is_spelled_the_same(received, expected):
    assert normalise(received) == expected


@given(TEXTS)
def test_pieces_of_places_are_the_normalised_text(text):
    places = locate(text)
    assert len(places.starts) == len(places.ends) == len(normalise(text))
    assert list(places.starts) == sorted(places.starts)
    assert list(places.ends) == sorted(places.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(places.starts, places.ends, strict=True))


@given(TEXTS)
def test_each_place_says_by_itself_what_the_view_says_there(text):
    places, value = locate(text), normalise(text)
    clusters = sorted(set(zip(places.starts, places.ends, strict=True)))
    assert "".join(normalise(text[start:end]) for start, end in clusters) == value


@given(TEXTS)
def test_what_is_said_not_to_have_moved_is_where_it_was(text):
    value, moved = respelled(text)
    assert value == normalise(text)
    if not moved and value is not text:
        places = locate(text)
        assert len(value) == len(text)
        assert (list(places.starts), list(places.ends)) == ([*range(len(text))], [*range(1, len(text) + 1)])


@given(TEXTS)
def test_a_whole_text_is_spelled_as_the_unicode_standard_says_but_for_marks(text):
    shown = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).translate(module._FOLD)
    expected = module._LEFT_OVER.sub("", unicodedata.normalize("NFKC", INVISIBLE.sub("", shown)))
    assert normalise(text) == expected


@given(TEXTS)
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


@given(TEXTS, TEXTS)
def test_what_is_settled_stays_whatever_follows(text, more):
    place = settled(text)
    assert 0 <= place <= len(text)
    assert normalise(text + more) == normalise(text[:place]) + normalise(text[place:] + more)


@given(st.lists(TEXTS, max_size=6))
def test_a_stream_normalised_where_it_is_settled_is_the_whole_text_normalised(pieces):
    held, out = "", ""
    for piece in pieces:
        held += piece
        place = settled(held)
        out, held = out + normalise(held[:place]), held[place:]
    assert out + normalise(held) == normalise("".join(pieces))


@cache
def joining():
    """All that may join what stands before it."""
    return [c for c in CODE_POINTS if module._joins(c)]


KANA = [c for c in CODE_POINTS if "\u3041" <= c <= "\u30ff" or "\uff66" <= c <= "\uff9f"]


def test_kana_that_are_settled_at_once_stay_as_they_are_whatever_joins():
    settled_kana = [c for c in KANA if module._INERT_CHARACTER.match(c)]
    assert len(settled_kana) > 100
    assert [(c, m) for c in settled_kana for m in joining() if module._unified.__wrapped__(c + m)[:1] != c] == []


def test_the_letters_that_a_kana_may_become_are_known():
    assert (letters_of("は"), letters_of("う"), letters_of("ｶ"), letters_of("の")) == ("はばぱ", "うゔ", "カガ", "の")
    assert letters_of("e") == letters_of("はは") == letters_of("\u3099") == letters_of("") == ""
    told = {c: letters_of(c) for c in KANA if letters_of(c)}
    assert [(c, m) for c in told for m in joining() if module._unified.__wrapped__(c + m)[:1] not in told[c]] == []


def test_no_character_outside_the_suspects_changes_or_joins():
    assert [
        c for c in CODE_POINTS if module._ORDINARY.fullmatch(c) and (module._joins(c) or module._spelled(c) != c)
    ] == []


def test_the_usual_width_of_a_character_joins_to_nothing_and_takes_the_same_marks():
    for point, usual in module._WIDTHS.items():
        assert module._spelled(chr(point)) == usual
        assert module._ORDINARY.fullmatch(usual)
        assert [
            m
            for m in joining()
            if module._unified.__wrapped__(chr(point) + m) != module._unified.__wrapped__(usual + m)
        ] == []


def test_every_character_that_composes_with_the_one_before_joins():
    pairs = (unicodedata.decomposition(c).split() for c in CODE_POINTS if unicodedata.normalize("NFC", c) == c)
    second = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and not pair[0].startswith("<")}
    hangul = {chr(point) for point in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    assert [c for c in second | hangul if not module._joins(c)] == []


def test_after_an_inert_character_nothing_changes_it():
    inert = [c for c in CODE_POINTS[:0x3100] if module._INERT_CHARACTER.match(c)] + ["一", "龥"]
    marks = [c for c in joining() if not INVISIBLE.match(c)]
    assert [(c, m) for c in inert for m in marks if not unicodedata.normalize("NFKC", c + m).startswith(c)] == []


def test_japanese_with_full_width_marks_is_normalised_faster_than_by_the_library_alone():
    text = ("市役所（本庁）で、手続きについて質問します。ガイドブックを読みましたが、よくわかりません。" * 20)[:683]

    def spent(spell):
        return min(timeit.repeat(lambda: spell(text), number=20, repeat=9, timer=time.process_time))

    ours, library = spent(normalise), spent(partial(unicodedata.normalize, "NFKC"))
    assert normalise(text) == unicodedata.normalize("NFKC", text)
    assert ours < library


def test_a_pile_of_marks_costs_no_more_than_its_length():
    pile = "a" + "\u0301\u0327" * 200_000
    assert normalise(pile)[0] in "aá"
    assert turns(spent(normalise, pile)) < 5_000  # sorting them all at once would take minutes


def test_small_letters_stand_where_the_large_ones_stood():
    every = [chr(point) for point in range(0x110000)]
    assert all(len(lowered(one)) == 1 for one in every)
    assert lowered("DİYARBAKIR ΑΣ") == "diyarbakir ας"
