"""The rules for exercises: for each a real exercise that it finds, and a near miss that it leaves alone."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given

from courseai.course.exercise import ExerciseDraft
from courseai.quality.exercise_gate import RULES, findings, is_blocked
from tests.quality.exercises import choice, code, gap, match, ordering, prose, truth
from tests.quality.strategies import drafts, languages

STAGES = ("Prophase", "Metaphase", "Anaphase")


class Case(NamedTuple):
    """A flawed exercise and a sound one that looks like it."""

    rule: str
    flawed: ExerciseDraft
    sound: ExerciseDraft
    language: str = "en"


CASES = [
    Case(
        "marked_key",
        choice("Which gas do plants take up?", "Carbon dioxide (correct)", "Oxygen", "Nitrogen"),
        choice("What does Euclid give?", "A correct proof", "A faulty proof", "No proof"),
    ),
    Case(
        "answer_visible",
        prose("Say why iron rusts: water and oxygen attack it.", "Water and oxygen attack it.", "Water"),
        prose("Say why iron rusts.", "Water and oxygen attack it.", "Water"),
    ),
    Case(
        "equivalent_options",
        choice("What is the chance of heads?", "1/2", "0.5", "0.25"),
        choice("Which is in lowest terms?", "1/2", "2/4", "3/6"),
    ),
    Case(
        "key_count",
        choice("Which organelle makes ATP?", ["Mitochondrion", "Chloroplast"], "Ribosome", "Nucleus"),
        choice("Which organelle makes ATP in animals?", "Mitochondrion", "Ribosome", "Nucleus"),
    ),
    Case(
        "key_not_an_option",
        ExerciseDraft(
            type="multiple_choice",
            question="What does a median resist?",
            options=["Outliers", "Ties", "Rounding"],
            answer=["Extreme values"],
            explanation="One extreme value moves the mean, not the median.",
        ),
        ExerciseDraft(
            type="multiple_choice",
            question="What does a median resist?",
            options=["Extreme values.", "Tied values", "Rounded values"],
            answer=["extreme values"],
            explanation="One extreme value moves the mean, not the median.",
        ),
    ),
    Case(
        "duplicate_options",
        choice("Who checks the guard?", "The operator", "The visitor", "the operator.", "The cook"),
        choice("Which genotype is heterozygous?", "Aa", "AA", "aa"),
    ),
    Case(
        "option_count",
        choice("Where is a fire reported?", "At the control room", "At the canteen"),
        choice("Where is a fire reported?", "At the control room", "At the canteen", "At the gate"),
    ),
    Case(
        "catch_all_option",
        choice("Which loops does Python have?", "All of the above", "while loops", "for loops"),
        choice("What does `all([])` return?", "True", "False", "None of these values: it raises an error"),
    ),
    Case(
        "catch_all_option",
        choice("Which statement holds?", "Both A and B", "Means move", "Medians move"),
        choice("Which vitamins dissolve in fat?", "Vitamins A and D", "Vitamins B and C", "Vitamin C"),
    ),
    Case(
        "catch_all_option",
        choice("¿Qué pintó Velázquez?", "Todas las anteriores", "Las Meninas", "Las hilanderas"),
        choice("¿Qué se ve en el cuadro?", "Todas las infantas", "El rey solo", "Un perro"),
        "es",
    ),
    Case(
        "gap_count",
        gap("A function that calls itself is called", "recursive"),
        gap("`__init__` is called when an object is ____.", "created"),
    ),
    Case(
        "empty_filling",
        gap("The SI unit of force is the ____.", " "),
        gap("Force has the unit ____.", "newton"),
    ),
    Case(
        "filling_visible",
        gap("A variable holds a value; the name of a ____ cannot start with a digit.", "variable"),
        gap("Variables hold values; the name of a ____ cannot start with a digit.", "variable"),
    ),
    Case(
        "filling_visible",
        gap("The law of 1990 was passed in the year ____.", "1990"),
        gap("Compute: 3 × 1 = ____", "3"),  # noqa: RUF001 - a multiplication sign
    ),
    Case(
        "pair_count",
        match("Match painter and work.", ("Goya", "The Third of May"), ("Picasso", "Guernica")),
        match("Match.", ("Goya", "The Third of May"), ("Picasso", "Guernica"), ("Vermeer", "The Milkmaid")),
    ),
    Case(
        "no_bijection",
        match("Match sign and meaning.", ("Red", "Stop"), ("Blue", "Do this"), ("Yellow", "Stop")),
        match("Match sign and meaning.", ("Red", "Stop"), ("Blue", "Do this"), ("Yellow", "Take care")),
    ),
    Case("no_truth_value", truth("The median is a mean.", "It depends"), truth("The mean is an average.")),
    Case(
        "compound_statement",
        truth("A list can be changed, but a tuple is fixed once it exists."),
        truth("Lists, tuples, and strings of any length are sequences."),
    ),
    Case(
        "compound_statement",
        truth("El casco protege la cabeza, pero no protege los ojos.", "true"),
        truth("El casco, los guantes y las gafas son equipos de protección."),
        "es",
    ),
    Case(
        "double_negative",
        truth("It is not impossible that the mean equals the median."),
        truth("A sample is not only smaller than its population but also cheaper."),
    ),
    Case(
        "double_negative",
        truth("A machine should never be started without no guard."),
        truth("Neither gloves nor rings are worn at a lathe."),
    ),
    Case(
        "no_model_answer",
        prose("Explain recursion.", "", "Names the base case"),
        prose("Explain recursion.", "A function calls itself on a smaller case.", "Names the base case"),
    ),
    Case(
        "no_rubric",
        prose("Discuss the ban on phones at work.", "A good essay weighs both sides.", kind="essay"),
        prose("Discuss the ban.", "A good essay weighs both sides.", "Weighs both sides", kind="essay"),
    ),
    Case(
        "no_permutation",
        ordering("Order the stages of mitosis.", STAGES, (*STAGES[:2], "Telophase")),
        ordering("Order the stages of mitosis.", STAGES[::-1], STAGES),
    ),
    Case(
        "no_permutation",
        ordering("Which comes first?", ("Hypothesis", "Test"), ("Hypothesis", "Test")),
        ordering("Order.", ("Test", "Hypothesis", "Report"), ("Hypothesis", "Test", "Report")),
    ),
    Case(
        "code_does_not_parse",
        code("Print the numbers 0 to 2 in Python.", "```python\nfor i in range(3)\n    print(i)\n```"),
        code("Print the numbers 0 to 2 in C.", '```c\nfor (int i = 0; i < 3; i++) printf("%d", i);\n```'),
    ),
    Case(
        "code_does_not_parse",
        code("Write a Python function that doubles a number.", "def double(x):\nreturn 2 * x"),
        code("Write a Python function that doubles a number.", "def double(x):\n    return 2 * x"),
    ),
    Case(
        "no_explanation",
        truth("The mode is the most frequent value.", explanation=" "),
        truth("The mode is the most frequent value.", explanation="It is the value met most often."),
    ),
    Case(
        "long_key",
        choice(
            "Why is a seed set?",
            "So that a random experiment gives the same result whenever it is repeated",
            "To save memory",
            "To run faster",
            "To sort data",
        ),
        choice("How many quartiles are there?", "three", "two", "six"),
    ),
    Case(
        "absolute_distractors",
        choice(
            "When is a fire door closed?",
            "When the area behind it is left",
            "It is always open",
            "It is never touched",
        ),
        choice("When is a fire door closed?", "It is always closed", "It is never closed", "At night"),
    ),
    Case(
        "echoed_stem_word",
        choice(
            "Which tool measures the dispersion of data?",
            "The index of dispersion",
            "The median",
            "The mode",
        ),
        choice(
            "Which figure measures the dispersion of data?",
            "The variance of data",
            "The mean of data",
            "The size of data",
        ),
    ),
    Case(
        "grammar_cue",
        choice("The value met most often is called a", "mode", "average", "outlier", "extreme"),
        choice("The value met most often is called a", "mode", "mean", "median"),
    ),
    Case(
        "unmarked_negation",
        choice("Which of these is not a mutable type?", "tuple", "list", "dict"),
        choice("Which loop fits when you do not know the number of rounds?", "while", "for", "map"),
    ),
    Case(
        "unmarked_negation",
        choice("All of these are painters except", "Lorca", "Miró", "Dalí"),
        choice("Which of these is NOT a mutable type?", "tuple", "list", "dict"),
    ),
    Case(
        "unmarked_negation",
        choice("¿Cuál de estas obras no es de Goya?", "Guernica", "Saturno", "La maja desnuda"),
        choice("¿Qué hace el visitante cuando no hay guía?", "Espera", "Entra", "Llama"),
        "es",
    ),
    Case(
        "unsorted_numbers",
        choice("How many bits are in a byte?", "8 bits", "16 bits", "4 bits"),
        choice("How many bits are in a byte?", "8 bits", "10 bits", "1,024 bits"),
    ),
]


def rules_found(draft: ExerciseDraft, language: str) -> set[str]:
    """Codes of the rules that find something."""
    return {finding.rule for finding in findings(draft, language)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_rule_finds_the_flaw_and_nothing_in_the_near_miss(case: Case) -> None:
    assert case.rule in rules_found(case.flawed, case.language)
    assert rules_found(case.sound, case.language) == set()


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} == {rule.code for rule in RULES}


def test_every_rule_names_its_source() -> None:
    assert all(rule.source for rule in RULES)


def test_only_blocking_rules_block() -> None:
    flawed = {case.rule: findings(case.flawed, case.language) for case in CASES}

    assert {code for code, found in flawed.items() if is_blocked(found)} == {
        rule.code for rule in RULES if rule.severity == "block"
    }


@pytest.mark.parametrize("language", ["xx", "ja-JP", ""])
def test_a_language_without_word_lists_gets_no_finding_about_words(language: str) -> None:
    worded = choice("Which is not a tool?", "never a saw", "always a hammer", "always a drill")

    assert rules_found(worded, language) == set()


@pytest.mark.parametrize(
    ("language", "option"),
    [
        ("en", "None of the above."),
        ("en", "A, B and C"),
        ("es", "Ninguna de las anteriores"),
        ("fr", "Toutes les réponses ci-dessus"),
        ("de", "Keine der genannten Antworten"),
        ("de", "Sowohl A als auch B"),
        ("pt", "Nenhuma das anteriores"),
        ("it", "Tutte le precedenti"),
        ("ru", "Всё вышеперечисленное"),
    ],
)
def test_catch_all_options_are_known_in_every_language(language: str, option: str) -> None:
    assert "catch_all_option" in rules_found(choice("?", "Uno", "Due", option), language)


@given(draft=drafts(), language=languages)
def test_no_exercise_makes_the_gate_raise(draft: ExerciseDraft, language: str) -> None:
    findings(draft, language)
