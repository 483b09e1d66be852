"""Eleven ways to make a good lesson bad, each with the code of the check that is meant to find it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tests.planted.material import PlantedCourse, PlantedLesson

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_PLACEHOLDERS = (
    "TODO: add an example from everyday life.",
    "[Insert a diagram of the process here]",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
    "An example will be added here later.",
    "This section is under construction.",
    "{{worked_example}}",
)
_VAGUE = {
    "en": ("Understand {}", "Know {}", "Appreciate {}", "Be familiar with {}", "Learn about {}"),
    "es": ("Comprender {}", "Conocer {}", "Saber {}", "Familiarizarse con {}", "Entender {}"),
}
_FILLER = (
    "In this lesson you will learn to {0}. It is important to be able to {0}. By the end of this lesson you "
    "will be able to {0}. Many learners want to {0}, and this lesson covers how to {0}.",
    "This lesson is about how to {0}. The goal of this lesson is to {0}. We will {0} step by step, and you "
    "will see why it matters to {0}. After this lesson you can {0} with confidence.",
    "To {0} is an essential skill. Everyone should be able to {0}. Once you can {0}, you have reached the "
    "objective. Practise until you can {0} without help.",
)
_DENIALS = (
    (" is not ", " is "), (" cannot ", " can "), (" is ", " is not "), (" are ", " are not "),
    (" runs ", " never runs "), (" contains ", " does not contain "), (" needs ", " does not need "),
    (" occurs ", " never occurs "), (" holds ", " never holds "), (" starts ", " never starts "),
    (" stands ", " does not stand "), (" returns ", " does not return "), (" forms ", " does not form "),
    (" adds ", " does not add "), (" dies ", " does not die "), (" appends ", " does not append "),
    (" has ", " does not have "), (" reach ", " do not reach "), (" rests ", " never rests "),
    (" will become ", " will never become "), (" no se ", " se "), (" supera ", " no supera "),
    (" se ", " no se "), (" es ", " no es "), (" tiene ", " no tiene "),
    (" describes ", " does not describe "), (" makes ", " does not make "), (" may ", " may not "),
    (" cuts ", " does not cut "), (" lies ", " does not lie "), (" receive ", " do not receive "),
    (" pays ", " does not pay "), (" establish ", " do not establish "), (" lasts ", " never lasts "),
    (" can ", " cannot "),
)  # fmt: skip


@dataclass(frozen=True)
class Way:
    """One way to spoil a lesson."""

    name: str
    meant: str
    """Code of the check that is meant to find it."""
    spoil: Callable[[PlantedLesson, PlantedCourse, Sequence[PlantedCourse], random.Random], PlantedCourse]
    """The course with the lesson made bad; the other courses lend what is foreign to it."""


def _off_topic(
    lesson: PlantedLesson, course: PlantedCourse, others: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    foreign = [one for other in others if other.language == course.language for one in other.lessons]
    return course.with_lesson(replace(lesson, content=chance.choice(foreign).content))


def _sibling(
    lesson: PlantedLesson, course: PlantedCourse, _: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    """Two texts of a section change places, so that neither is there twice."""
    other = chance.choice(course.siblings(lesson))
    swapped = course.with_lesson(replace(other, content=lesson.content))
    return swapped.with_lesson(replace(lesson, content=other.content))


def _restated(
    lesson: PlantedLesson, course: PlantedCourse, _: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    paragraphs = [
        chance.choice(_FILLER).format(objective[0].lower() + objective[1:]) for objective in lesson.objectives
    ]
    return course.with_lesson(replace(lesson, content="\n\n".join(paragraphs)))


def _truncated(
    lesson: PlantedLesson, course: PlantedCourse, _: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    """Cut where a token limit would cut: anywhere, but not just after a sentence."""
    content = lesson.content
    places = [p for p in range(len(content) // 2, len(content) - 10) if content[p - 1].isalpha()]
    return course.with_lesson(replace(lesson, content=content[: chance.choice(places)]))


def _wrong_language(
    lesson: PlantedLesson, course: PlantedCourse, others: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    foreign = [one for other in others if other.language != course.language for one in other.lessons]
    return course.with_lesson(replace(lesson, content=chance.choice(foreign).content))


def _wrong_number(
    lesson: PlantedLesson, course: PlantedCourse, _: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    right = lesson.fact.rstrip(".")
    wrong = _NUMBER.sub(lambda match: _other_number(match.group(), chance), right, count=1)
    return course.with_lesson(replace(lesson, content=lesson.content.replace(right, wrong)))


def _other_number(number: str, chance: random.Random) -> str:
    changed = float(number.replace(",", ".")) + chance.choice([1, 2, 3, 7, 10])
    return f"{changed:g}".replace(".", "," if "," in number else ".")


def _contradicted(
    lesson: PlantedLesson, course: PlantedCourse, _: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    del chance
    right = lesson.fact.rstrip(".")
    before, after = next(pair for pair in _DENIALS if pair[0] in right)
    denied = right.replace(before, after, 1)
    return course.with_lesson(replace(lesson, content=lesson.content.replace(right, denied)))


def _leaky(
    lesson: PlantedLesson, course: PlantedCourse, _: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    exercise = dict(lesson.exercise)
    (key,) = exercise["answer"]
    reason = chance.choice(
        [", since the lesson shows that nothing else fits here", ", as explained above in full detail"]
    )
    exercise["options"] = [option + reason if option == key else option for option in exercise["options"]]
    exercise["answer"] = [key + reason]
    return course.with_lesson(replace(lesson, exercise=exercise))


def _duplicate(
    lesson: PlantedLesson, course: PlantedCourse, _: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    """Another lesson's text once more, with its paragraphs in another order."""
    paragraphs = chance.choice(course.siblings(lesson)).content.split("\n\n")
    chance.shuffle(paragraphs)
    return course.with_lesson(replace(lesson, content="\n\n".join(paragraphs)))


def _placeholder(
    lesson: PlantedLesson, course: PlantedCourse, _: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    paragraphs = lesson.content.split("\n\n")
    paragraphs.insert(chance.randrange(1, len(paragraphs)), chance.choice(_PLACEHOLDERS))
    return course.with_lesson(replace(lesson, content="\n\n".join(paragraphs)))


def _unmeasurable(
    lesson: PlantedLesson, course: PlantedCourse, _: Sequence[PlantedCourse], chance: random.Random
) -> PlantedCourse:
    subject = lesson.title[0].lower() + lesson.title[1:]
    vague = chance.choice(_VAGUE[course.language]).format(subject)
    return course.with_lesson(replace(lesson, objectives=(vague, *lesson.objectives[1:])))


WAYS = (
    Way("off-topic", "low_alignment", _off_topic),
    Way("sibling's content", "low_alignment", _sibling),
    Way("objectives restated", "low_alignment", _restated),
    Way("truncated", "truncated", _truncated),
    Way("wrong language", "wrong_language", _wrong_language),
    Way("wrong number", "contradicted_fact", _wrong_number),
    Way("leaky key", "long_key", _leaky),
    Way("duplicate", "near_duplicate", _duplicate),
    Way("placeholder", "placeholder", _placeholder),
    Way("unmeasurable objective", "unmeasurable_objective", _unmeasurable),
    Way("contradicted fact", "contradicted_fact", _contradicted),
)


def plantings(course: PlantedCourse) -> Iterator[tuple[Way, PlantedLesson]]:
    """Every way with a lesson of its own; a wrong number needs one that states a fact with a number."""
    lessons = sorted(course.lessons, key=lambda one: not _NUMBER.search(one.fact))
    ways = sorted(WAYS, key=lambda way: way.name != "wrong number")
    return zip(ways, lessons, strict=False)


def can_be_spoiled(way: Way, lesson: PlantedLesson, course: PlantedCourse) -> bool:
    """Whether a way says something of a lesson: alignment is calibrated for English alone."""
    if way.meant == "low_alignment" and course.language != "en":
        return False
    return way.name != "wrong number" or bool(_NUMBER.search(lesson.fact))


def spoiled(
    way: Way, lesson: PlantedLesson, course: PlantedCourse, others: Sequence[PlantedCourse], seed: int = 0
) -> PlantedCourse:
    """The course with the lesson made bad in that way, by chance that repeats itself."""
    chance = random.Random(f"{course.name} {lesson.lesson_id} {way.name} {seed}")
    return way.spoil(lesson, course, [one for one in others if one.name != course.name], chance)
