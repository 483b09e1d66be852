"""Objectives turned into the forms that a sentence needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.models.offline.english import english_forms
from courseai.models.offline.forms import is_quotation
from courseai.models.offline.spanish import spanish_forms


@pytest.mark.parametrize(
    ("objective", "gerund"),
    [
        (
            "Import a library and call its functions on data",
            "importing a library and then calling its functions on data",
        ),
        (
            "Set default values for parameters and document them",
            "setting default values for parameters and documenting them",
        ),
        ("Fit and interpret a least-squares line", "fitting and interpreting a least-squares line"),
        ("Interpret expected and observed counts", "interpreting expected as well as observed counts"),
        ("Plot histograms", "plotting the histograms"),
        ("Students will be able to debug small programs", "debugging small programs"),
        ("Lists and loops", "working on lists and loops"),
    ],
)
def test_every_verb_of_an_objective_becomes_a_gerund(objective: str, gerund: str) -> None:
    assert english_forms(objective).gerund == gerund


@pytest.mark.parametrize(
    ("objective", "head"),
    [
        ("Write a for loop that repeats a calculation", "writing a for loop"),
        ("Select a fall protection method for a given height", "selecting a fall protection method"),
        ("Import a library and call its functions on tabular data", "importing a library"),
    ],
)
def test_the_short_form_keeps_the_first_verb_and_its_object(objective: str, head: str) -> None:
    assert english_forms(objective).head == head


@pytest.mark.parametrize(
    "objective",
    [
        "Write a for loop that repeats a calculation",
        "Identify employer responsibilities",
        "Determine whether two events are independent",
        "Choose between matched and independent two-sample tests",
        "Locate first-aid and storage information in a safety data sheet",
    ],
)
def test_no_form_merely_quotes_the_objective(objective: str) -> None:
    forms = english_forms(objective)
    assert not any(is_quotation(form, objective, "en") for form in (forms.base, forms.gerund, forms.head))


def test_an_acronym_keeps_its_capitals() -> None:
    assert spanish_forms("EPI y señales").base == "trabajar el tema «EPI y señales»"


def test_a_spanish_infinitive_stands_for_verb_and_noun() -> None:
    forms = spanish_forms("Explicar los principios del Renacimiento italiano")
    assert forms.base == "explicar los principios del Renacimiento italiano"
    assert forms.gerund.startswith("explicar los principios")


@given(st.text(min_size=1, max_size=200))
def test_any_text_has_forms(text: str) -> None:
    assert english_forms(text).text == text
    assert spanish_forms(text).text == text
