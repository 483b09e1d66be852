"""Which exercises go back to a model, which are dropped, and when a rewrite is taken."""

from __future__ import annotations

from courseai.course.exercise import ExerciseDraft
from courseai.quality.exercise_triage import Examined, examine, exercises_of, is_better, to_drop, to_rewrite
from tests.quality.exercises import choice, truth

SOUND = truth("The mean is an average.")
BROKEN = truth("The mean is robust.", "It depends")
LEAKING = choice(
    "Which tool measures the dispersion of data?", "The index of dispersion", "The median", "The mode"
)
LONGEST = choice("Why?", "By lot and by list", "By hand", "By sight", "By name and by list")
LONGEST = LONGEST.model_copy(update={"answer": ["By name and by list"]})


def examined(*drafts: ExerciseDraft) -> list[Examined]:
    """The exercises of one lesson, checked."""
    return [examine(draft, f"s1-l1-e{place}", "s1-l1", "en") for place, draft in enumerate(drafts, 1)]


class TestRewriting:
    def test_takes_what_cannot_be_marked_and_says_why(self) -> None:
        assert to_rewrite(examined(SOUND, BROKEN), most_leaks=0) == {
            "s1-l1-e2": ['The answer has to be ["true"] or ["false"].']
        }

    def test_takes_wordings_that_give_the_key_away_within_the_bound(self) -> None:
        lesson = examined(LEAKING, LEAKING, LEAKING)

        assert len(to_rewrite(lesson, most_leaks=2)) == 2
        assert to_rewrite(lesson, most_leaks=0) == {}

    def test_leaves_a_longest_key_alone_where_chance_explains_it(self) -> None:
        assert to_rewrite(examined(LONGEST, SOUND), most_leaks=40) == {}

    def test_takes_the_longest_keys_down_to_what_chance_gives(self) -> None:
        lesson = examined(*[LONGEST] * 20)

        assert len(to_rewrite(lesson, most_leaks=40)) == 20 - 5

    def test_takes_the_longest_first(self) -> None:
        longer = choice("Why?", "By name and by list and by lot", "By hand", "By sight", "By lot")
        chosen = to_rewrite(examined(*[LONGEST] * 19, longer), most_leaks=1)

        assert list(chosen) == ["s1-l1-e20"]


class TestDropping:
    def test_drops_what_stays_broken_while_three_remain(self) -> None:
        lesson = examined(SOUND, BROKEN, SOUND, SOUND, BROKEN)

        assert [one.exercise_id for one in to_drop(lesson)] == ["s1-l1-e2", "s1-l1-e5"]

    def test_keeps_the_last_three_for_a_person_to_mend(self) -> None:
        assert to_drop(examined(SOUND, BROKEN, BROKEN)) == []

    def test_keeps_a_short_lesson_whole(self) -> None:
        assert to_drop(examined(BROKEN)) == []


class TestRewrite:
    def test_is_taken_when_it_mends_the_exercise(self) -> None:
        old, new = examined(BROKEN, SOUND)

        assert is_better(new, old, [])

    def test_is_refused_when_it_cannot_be_marked_either(self) -> None:
        old, new = examined(BROKEN, truth("The mode is robust.", "Maybe"))

        assert not is_better(new, old, [])

    def test_is_refused_when_the_key_still_shows(self) -> None:
        old, new = examined(LONGEST, LONGEST)

        assert not is_better(new, old, [])

    def test_is_refused_when_it_repeats_another_question(self) -> None:
        old, new = examined(BROKEN, SOUND)

        assert not is_better(new, old, ["the mean is an AVERAGE."])


def test_ids_stay_when_a_neighbour_is_dropped() -> None:
    lesson = {"exercises": [one.to_stored() for one in examined(SOUND, BROKEN, SOUND, SOUND)]}
    del lesson["exercises"][1]

    ids = [one.exercise_id for one in exercises_of(lesson, "s1-l1", "en")]
    assert ids == ["s1-l1-e1", "s1-l1-e3", "s1-l1-e4"]
