"""Ten more kinds of text that teach nothing; no rule was made in their sight (see alignment_attacks.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from openstax import Section

from courseai.quality.restatement import content_words


def lowered(objective: str) -> str:
    """As the second part of a sentence."""
    return objective[:1].lower() + objective[1:].rstrip(".")


def key_words(section: Section) -> list[str]:
    """Thirty content words of the section, in order."""
    return list(dict.fromkeys(content_words(section.text)))[:30]


def each_objective(*frames: str) -> Callable[[Section], str]:
    """Every objective in every frame."""

    def text(section: Section) -> str:
        return "\n\n".join(
            " ".join(frame.format(lowered(objective)) for frame in frames) for objective in section.objectives
        )

    return text


def each_three_words(*frames: str) -> Callable[[Section], str]:
    """The section's key words, three to a frame, as sentences that say nothing."""

    def text(section: Section) -> str:
        words = iter(key_words(section))
        threes = zip(words, words, words, strict=False)
        return " ".join(frames[place % len(frames)].format(*three) for place, three in enumerate(threes))

    return text


def about(wording: str) -> Callable[[Section], str]:
    """One text with title, objectives and topics in it."""

    def text(section: Section) -> str:
        objectives: Sequence[str] = [lowered(objective) for objective in section.objectives]
        topics = ", ".join(key_words(section)[:6])
        return wording.format(title=section.title, objectives="; ".join(objectives), topics=topics)

    return text


SECOND: dict[str, Callable[[Section], str]] = {
    "praise by former learners": each_objective(
        "Before I enrolled I was never able to {}, and honestly it frightened me.",
        "Maria, who works in a bank, tells us that it took her a single evening to {}.",
        "Five stars: my son can now {} and talks of nothing else at dinner.",
    ),
    "questions and answers of a sales page": each_objective(
        "Can I really {} after so short a time?",
        "Yes, absolutely, and our support team is there around the clock whenever you try to {}.",
        "What if I still cannot {}? Then you get your money back within two weeks.",
    ),
    "self-assessment": each_objective(
        "Rate yourself from one to five on this statement: I can {} without looking anything up.",
        "If you ticked three or less, go back and try once more to {}.",
    ),
    "timetable": each_objective(
        "Monday from nine to eleven is set aside for those who want to {}.",
        "After the coffee break small groups {} at their tables while a tutor walks around.",
        "On Friday a short quiz shows who is able to {}.",
    ),
    "exam without answers": each_objective(
        "Question: {}. Give reasons for every step of your answer and use a drawing where it helps.",
        "Write half a page in which you {}; spelling counts for ten points.",
    ),
    "minutes of a meeting": each_objective(
        "Mr Ortega asked whether the new unit lets participants {}, and the chair promised to look into it.",
        "It was agreed by seven votes to two that graduates ought to {}, and the item was closed.",
    ),
    "refusal": about(
        "I am sorry, but I cannot produce the material on {title} that you asked for. What you describe, "
        "namely that somebody should {objectives}, goes beyond what I can do in one reply. I would suggest "
        "that you ask a specialist in {topics}, or look for a textbook in a library near you. Should you "
        "want a shorter outline instead, I will gladly try. Please tell me how many pages you have in mind "
        "and who will read it."
    ),
    "note to a ghost writer": about(
        "Hi Sam, here is the piece we talked about on the phone. Working title: {title}. By the time people "
        "put it down they ought to {objectives}. Pull in {topics} wherever they fit, the client loves those. "
        "Keep it light, nobody reads walls of text any more. I need a draft by Thursday noon, pictures are "
        "coming from Lena. Invoice as usual. If something is unclear ring me, but not before ten."
    ),
    "key words in empty sentences": each_three_words(
        "The {} of the {} has a lot to do with the {} in many situations.",
        "When we look at {} more closely, both {} and {} turn out to be relevant.",
        "There are several reasons why {} and {} matter for any discussion of {}.",
    ),
    "key words in a conversation": each_three_words(
        "Have you heard about {}, asked Tom, or about {} and {}?",
        "Of course, said Anna, {} came up yesterday, right after {} and {}.",
        "I keep mixing up {} with {}, and {} is beyond me altogether, he sighed.",
    ),
}
