"""Candidates for names in Latin letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.names import names

RUNS = names.latin.runs


def candidates(text: str) -> list[str]:
    return [text[run.start : run.end] for run in RUNS.of(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we met Maria de la Cruz today", ["Maria de la Cruz"]),
        ("Reach Yuki Nakagawa soon", ["Yuki Nakagawa"]),
        ("MR D P SINGH paid", ["D P SINGH"]),
        ("Margaret's bag and Tom's", ["Margaret", "Tom"]),
        ("ask Keiko-san or Al-Sayed", ["Keiko", "Al-Sayed"]),
        ("Owner: Halvorsen, Ragnhild.", ["Halvorsen, Ragnhild"]),
        ("Meeting Minutes", []),
        ("user@Example and JavaScript", []),
        ("ok so sarah left", ["sarah"]),
        ("Lisbon: sarah left", []),
        ("name: sarah miller, Leeds", ["sarah miller"]),
        ("[09:02] deepika: Is the van back?\nnot yet, says sarah", ["deepika"]),
        ("dear ben", ["ben"]),
        ("the will of Edmund Harker III, 1990", ["Edmund Harker III"]),
        ("Ask Jane Preston or Mia Bishop", ["Jane Preston", "Mia Bishop"]),
        ("TANAKA, Mei\nOLSEN, Marit", ["TANAKA, Mei", "OLSEN, Marit"]),
        ("Fenwick, Rosalie - ward 3", ["Fenwick, Rosalie"]),
        ("in Kita-ku, near Macy's", []),
        ("delivery Mon/Thu", []),
        ("ask Nakachi-bucho and Kuya Jomar", ["Nakachi", "Jomar"]),
        ("photo of the list\n[10:02] deepika: no", ["deepika"]),
    ],
)
def test_candidates_are_the_words_that_may_be_one_name(text, found):
    assert candidates(text) == found


def test_a_title_stands_outside_and_is_remembered():
    (run,) = RUNS.of("please call Dr. Farooqi now")
    assert (run.title, run.words) == ("dr", ("farooqi",))


def test_what_a_street_is_called_by_is_told():
    (run,) = RUNS.of("turn into Brady Street")
    assert run.follows == "B"


@given(st.text(st.sampled_from("ABab .,'-\n日é") | st.characters(), max_size=60))
def test_candidates_lie_in_the_text_and_do_not_overlap(text):
    at = 0
    for run in RUNS.of(text):
        assert at <= run.start < run.end <= len(text)
        at = run.end
