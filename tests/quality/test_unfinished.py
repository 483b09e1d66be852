"""Sentences that stand for text nobody has written are told from sentences about such text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.unfinished import unfinished


@pytest.mark.parametrize(
    "text",
    [
        "More examples to follow.",
        "The rule is simple. Insert your explanation here.",
        "[Diagram]",
        "[image: a loaf of bread]",
        "[Company Name] pays the fee.",
        "[Imagen de un puente]",
        "Próximamente más contenido.",
        "Texte à venir.",
        "Dieser Abschnitt ist noch leer.",
        "Questa sezione è in costruzione.",
        "Esta seção está em construção.",
        "Текст будет добавлен позже.",
    ],
)
def test_unfinished_text_is_found(text: str) -> None:
    assert unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "In a form, placeholder text says what belongs into the field.",
        "The bridge is under construction until May, so trains stop here.",
        "The judge wrote [in a letter] that the date was wrong.",
        "Add the flour here and the water later, then stir.",
        "Todo el mundo conoce este cuadro.",
        "El texto de ejemplo que leímos ayer trata de un puente.",
    ],
)
def test_text_about_unfinished_things_is_left_alone(text: str) -> None:
    assert unfinished(text) is None


@given(st.text(max_size=300))
def test_no_text_crashes_the_check(text: str) -> None:
    unfinished(text)
