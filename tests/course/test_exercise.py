"""Exercises as models write them: kinds by many names, and drafts that are let through to be mended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.exercise import ExerciseDraft, ExerciseType, exercise_type, finished_exercise

LABELS = {
    ExerciseType.MULTIPLE_CHOICE: "multiple-choice|MCQ|Single choice|multiple_choice_code_output"
    "|Opción múltiple|QCM",
    ExerciseType.TRUE_FALSE: "true-false|True/False|T/F|Verdadero o falso|richtig/falsch|vero/falso|yes/no",
    ExerciseType.FILL_IN_THE_BLANK: "fill-in-the-blank|cloze|gap fill|sentence completion"
    "|completar huecos|Lückentext",
    ExerciseType.MATCHING: "matching|Match the pairs|Emparejamiento|Zuordnung|associer",
    ExerciseType.ORDERING: "ordering|sequencing|ranking|Parsons problem|Reihenfolge|ordenar|re-order",
    ExerciseType.CODE: "code|coding exercise|debugging|pair programming|code completion"
    "|pattern matching code",
    ExerciseType.ESSAY: "essay|case-study|project|reflection|code of conduct case study|scenario",
    ExerciseType.SHORT_ANSWER: "short-answer|open question|calculation|higher-order thinking"
    "|descriptive question"
    "|gap analysis|order of operations|unit test|training program|first-order logic",
}


@pytest.mark.parametrize(
    ("label", "kind"), [(label, kind) for kind, labels in LABELS.items() for label in labels.split("|")]
)
def test_label_means_a_kind(label: str, kind: ExerciseType) -> None:
    assert exercise_type(label) is kind


@given(st.text())
def test_every_label_means_some_kind(label: str) -> None:
    assert exercise_type(label) in ExerciseType


class TestShape:
    """A "quiz" is what it looks like."""

    def quiz(self, **parts: object) -> ExerciseType:
        content = {"type": "quiz", "question": "Say it.", "explanation": "So it is."} | parts
        return ExerciseDraft.model_validate(content).kind

    def test_with_options_is_multiple_choice(self) -> None:
        assert self.quiz(options=["mean", "mode", "sd"], answer=["B"]) is ExerciseType.MULTIPLE_CHOICE

    def test_with_options_true_and_false_is_true_false(self) -> None:
        assert self.quiz(options=["Verdadero", "Falso"], answer=["B"]) is ExerciseType.TRUE_FALSE
        assert self.quiz(answer=["True"]) is ExerciseType.TRUE_FALSE

    def test_with_pairs_is_matching(self) -> None:
        assert self.quiz(pairs=[{"left": "a", "right": "b"}]) is ExerciseType.MATCHING

    def test_that_answers_with_all_options_is_ordering(self) -> None:
        assert self.quiz(options=["b", "a", "c"], answer=["a", "b", "c"]) is ExerciseType.ORDERING

    def test_with_a_gap_is_fill_in_the_blank(self) -> None:
        assert self.quiz(question="2 + 2 = ____", answer=["4"]) is ExerciseType.FILL_IN_THE_BLANK

    def test_with_nothing_is_a_short_answer(self) -> None:
        assert self.quiz(answer=["It is an average."]) is ExerciseType.SHORT_ANSWER


class TestDraft:
    def test_is_let_through_with_flaws_that_can_be_mended(self) -> None:
        draft = ExerciseDraft.model_validate(
            {"type": "multiple_choice", "question": "How many?", "options": [1, 2.5, ""], "answer": 1}
        )

        assert (draft.options, draft.answer, draft.explanation) == (["1", "2.5", ""], ["1"], "")

    def test_reads_a_boolean_as_a_truth_value(self) -> None:
        draft = ExerciseDraft.model_validate(
            {"type": "true_false", "question": "2 is even.", "answer": [True]}
        )

        assert draft.answer == ["true"]

    def test_without_a_question_is_refused(self) -> None:
        with pytest.raises(ValueError, match="question"):
            ExerciseDraft.model_validate({"type": "essay", "question": " ", "answer": []})


def test_finished_exercise_keeps_the_models_own_label() -> None:
    draft = ExerciseDraft(type="MCQ", question="Which?", options=["a", "b", "c"], answer=["a"])

    finished = finished_exercise(draft, "s1-l1-e1")
    assert (finished.type, finished.type_label) == (ExerciseType.MULTIPLE_CHOICE, "MCQ")
