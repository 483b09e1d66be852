# ruff: noqa: RUF001 - the letters of these languages are meant
"""Which objectives can be measured, and how the others are rewritten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.objective import OBJECTIVE_LANGUAGES, measurability, rewrite

REWRITTEN = [
    ("en", "Understand loops", "Explain loops"),
    ("en", "Know lists", "Describe lists"),
    ("en", "Appreciate Python", "Justify the value of Python"),
    ("en", "Appreciate the importance of tests", "Justify the importance of tests"),
    ("en", "Know how to write loops", "Write loops"),
    ("en", "Know that water boils at 100 °C", "State that water boils at 100 °C"),
    ("en", "Understand and apply loops", "Explain and apply loops"),
    ("en", "Learn to appreciate art", "Justify the value of art"),
    ("en", "Be aware of hazards", "Describe hazards"),
    ("en", "Gain a deep understanding of the causes of war", "Explain the causes of war"),
    ("en", "By the end of this lesson, learners will be familiar with OSHA rules", "Describe OSHA rules"),
    ("en", "Students will be able to fully understand how cells divide", "Explain how cells divide"),
    ("en-GB", "Knows the parts of a cell", "Describe the parts of a cell"),
    ("es", "Comprender los bucles", "Explicar los bucles"),
    ("es", "El alumnado comprenderá el arte", "Explicar el arte"),
    ("es", "Conocimiento del arte gótico", "Describir el arte gótico"),
    ("es", "Apreciar el arte barroco", "Justificar el valor del arte barroco"),
    ("es", "Saber programar en Python", "Programar en Python"),
    ("es", "Familiarizarse con el entorno", "Describir el entorno"),
    ("fr", "Connaître l’histoire", "Décrire l’histoire"),
    ("fr", "Apprécier le jazz", "Justifier l’intérêt du jazz"),
    ("fr", "Prendre conscience des risques", "Expliquer les risques"),
    ("fr", "Les étudiants comprendront les boucles", "Expliquer les boucles"),
    ("fr", "Apprendre à écrire", "Écrire"),
    ("de", "Schleifen verstehen", "Schleifen erklären"),
    ("de", "Die Lernenden verstehen Schleifen", "Die Lernenden erklären Schleifen"),
    ("de", "Verstehen, wie Schleifen funktionieren", "Erklären, wie Schleifen funktionieren"),
    ("de", "Sich der Gefahren bewusst sein", "Die Bedeutung der Gefahren erläutern"),
    ("de", "Mit den Grundlagen vertraut sein", "Den Umgang mit den Grundlagen vorführen"),
    ("pt", "Os alunos compreenderão os laços", "Explicar os laços"),
    ("pt-BR", "Apreciar a arte", "Justificar o valor da arte"),
    ("pt", "Aprender sobre células", "Descrever células"),
    ("ru", "Понимать циклы", "Объяснять циклы"),
    ("ru", "Студенты поймут циклы", "Объяснить циклы"),
    ("ru", "Разбираться в искусстве", "Рассказывать об искусстве"),
    ("ru", "Научиться писать циклы", "Писать циклы"),
    ("it", "Conoscere le liste", "Descrivere le liste"),
    ("it", "Apprezzare l'arte", "Motivare il valore dell’arte"),
    ("it", "Capire come funzionano i cicli", "Spiegare come funzionano i cicli"),
]

MEASURABLE = [
    ("en", "Compare learning rates"),
    ("en", "Apply the learned rules"),
    ("en", "Explain how children learn"),
    ("en", "Multiply fractions"),
    ("en", "Recognise slip, trip and fall hazards"),
    ("en", "Realize a Boolean function with gates"),
    ("es", "Valorar la imagen barroca como instrumento de poder"),
    ("es", "Argumentar una postura sobre el conocimiento"),
    ("fr", "Comparer deux façons de comprendre un texte"),
    ("de", "Den Fehler schätzen"),
    ("de", "Den Unterschied zwischen Wissen und Glauben erklären"),
    ("pt", "Comparar modos de aprender"),
    ("ru", "Объяснить, что значит понимать"),
    ("it", "Confrontare modi di conoscere"),
]


@pytest.mark.parametrize(("language", "objective", "expected"), REWRITTEN)
def test_an_unmeasurable_objective_is_rewritten(language: str, objective: str, expected: str) -> None:
    assert measurability(objective, language) == "unmeasurable"
    assert rewrite(objective, language) == expected


@pytest.mark.parametrize(("language", "_", "rewritten"), REWRITTEN)
def test_what_was_rewritten_can_be_measured(language: str, _: str, rewritten: str) -> None:
    assert measurability(rewritten, language) == "measurable"


@pytest.mark.parametrize(("language", "objective"), MEASURABLE)
def test_only_the_main_verb_counts(language: str, objective: str) -> None:
    assert measurability(objective, language) == "measurable"
    assert rewrite(objective, language) == objective


@pytest.mark.parametrize("language", ["ja", "zh-Hans", "pl"])
def test_a_language_without_verbs_is_unverified_and_not_rewritten(language: str) -> None:
    assert measurability("Understand loops", language) == "unverified"
    assert rewrite("Understand loops", language) == "Understand loops"


@given(objective=st.text(max_size=300), language=st.sampled_from(sorted(OBJECTIVE_LANGUAGES)))
def test_no_text_crashes_the_rewriting_or_makes_it_too_long(objective: str, language: str) -> None:
    rewritten = rewrite(objective, language)
    assert rewritten == objective or 0 < len(rewritten) <= 300
