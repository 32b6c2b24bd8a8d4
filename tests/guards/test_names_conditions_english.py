"""Conditions of somebody in English text."""

import pytest

from sekisho.core.text import Text
from sekisho.guards.names import names
from sekisho.guards.names_conditions import CATEGORY


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in names.findings(Text(text)) if one.category == CATEGORY]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Her breast cancer came back in spring.", "breast cancer"),
        ("Priya, 34, type 1 diabetes, comes on Mondays.", "type 1 diabetes"),
        ("The resident in 7 is deaf, knock hard.", "deaf"),
        ("Diagnosis: hepatitis C", "hepatitis C"),
        ("My uncle has been on dialysis since May.", "dialysis"),
        ("Our au pair is schizophrenic, we heard.", "schizophrenic"),
        ("Mother: tuberculosis at age 20.", "tuberculosis"),
        ("She was arrested for shoplifting in 2019.", "arrested for shoplifting"),
        ("He joined the postal workers' union.", "postal workers' union"),
    ],
)
def test_what_is_somebodys_is_found(text, condition):
    assert condition in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Diabetes is diagnosed by a blood test.",
        "What are the symptoms of tuberculosis?",
        "Breast cancer screening is free for residents over 40.",
        "Sign language classes for deaf people",
        "The museum shows how the Communist Party was founded in 1922.",
        "Asthma inhalers must be shaken.",
        "Kafka died of tuberculosis in 1924.",
        "A strokeplay tournament, a blindfold, a parolee's novel",
    ],
)
def test_what_is_said_in_general_is_nobodys(text):
    assert found(text) == []


def test_a_term_counts_as_a_whole_word_in_any_letters():
    terms = names.english.terms("DIABETES, prediabetesx, cancer_rate, Type 2 Diabetes")
    assert [(term.start, term.end) for term in terms] == [(0, 8), (37, 52)]


def test_a_letter_whose_small_form_is_two_hides_no_term_and_moves_none():
    assert [(term.start, term.end) for term in names.english.terms("İİ has Diabetes")] == [(7, 15)]
