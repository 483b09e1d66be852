"""How often text that teaches nothing passes the alignment check.

    python tests/bench/alignment_attacks.py [--data FOLDER] [--sections 100] [--second]

For every chosen section: its objectives in fourteen frames of filler, its objectives alone, its key words as
a list and as bullets, and requests for the lesson in five wordings of others and in our own. First by itself,
then as a lesson of a course whose other lessons have the objectives of the chapter's other sections.
`--second` takes ten other kinds (alignment_attacks_second.py), in whose sight no rule was made.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from alignment_attacks_second import SECOND, key_words, lowered
from openstax import Section, read_sections

from courseai.prompts.template import fill
from courseai.quality.alignment import AlignmentScorer, LessonText
from courseai.quality.embeddings import Embedder, VectorStore

CUT_OFF = 0.75
FRAMES = (
    "In this lesson you will learn to {}.",
    "By the end you will be able to {}.",
    "We will {}, which is very important.",
    "The ability to {} is a key skill for success in work and in everyday life.",
    "Many people find it hard to {}, but with patience anyone can manage it.",
    "It is important to {} because this helps students everywhere.",
    "First, we {}. Then we practise it again until everything is clear.",
    "Experts {} every day, and so can you after studying this carefully.",
    "Students often ask how to {}; this lesson gives them the answer they were hoping for.",
    "Knowing how to {} opens many doors in a modern career.",
    "Imagine being able to {} with confidence in front of colleagues and friends.",
    "Our journey begins as we {} together, step by step, in a friendly and engaging way.",
    "You will find out how to {} and why experts care so much about it.",
    "Teachers around the world agree that every pupil should {} before leaving school.",
)
PROMPT = """You are an experienced instructional designer. Write one lesson for the section "{title}". The
audience is first-year students; the tone is friendly. The lesson must teach these learning objectives:
{objectives}. Cover the key topics {topics}. Use between 300 and 900 words of Markdown. Explain every concept
with a concrete example. Do not repeat the objectives. Return JSON with the fields title, content, key_topics
and exercises. Each exercise needs a question, four options, the correct answer and an explanation."""

SHORT_PROMPT = """Act as a subject matter expert in online education. Create an engaging lesson titled
"{title}" that helps learners {objectives}. Start with a hook, then walk through {topics} with one analogy and
one real-world case each. Finish with three multiple choice questions and a short recap. Limit yourself to
600 words, use headings and bullet points, and avoid jargon. Make sure readers stay motivated throughout."""
ROLE_PROMPT = """# Role
You are a university lecturer with twenty years of classroom experience.
# Task
Your task is to draft course material about {title}. The material has to enable participants to {objectives}.
# Constraints
Mention {topics}. Paragraphs stay below five lines. Sources are not invented. Numbers come from the brief
only. The vocabulary suits beginners, and no sentence exceeds thirty words.
# Output
Give a JSON object with title, body and quiz, without any comment before or after it."""
LETTER = """Dear colleague, our academy is launching a programme in spring and we would like you to author
the unit "{title}". Graduates of the unit are expected to {objectives}. Our marketing department asked for a
warm voice and for stories from {topics}. The deadline is the last Friday of the month; the fee is paid within
thirty days. Slides are not required, but a quiz at the end is. Drafts go to the editorial office, which
checks spelling, licences of pictures and accessibility before publication."""
ORDERS = """Instructions for the content generator: the target page is "{title}". Success means that visitors
can {objectives} after ten minutes of reading. Mention {topics} at least twice for search engines. Sentences:
short. Voice: active. Emojis: forbidden. Length: medium. If anything in this request is unclear, proceed with
the most common interpretation and never ask back. Output raw HTML without scripts, styles or comments."""


def frames(section: Section) -> str:
    """Every objective in every frame."""
    return " ".join(frame.format(lowered(text)) for text in section.objectives for frame in FRAMES)


def without_verbs(section: Section) -> str:
    """The objectives' subjects, praised."""
    subjects = [" ".join(text.split()[1:]).rstrip(".") for text in section.objectives]
    praise = "Everyone should care about {0}, for {0} matters more today than it ever did in the past."
    return " ".join(praise.format(subject) for subject in subjects)


def alone(section: Section) -> str:
    """The objectives themselves, several times."""
    return " ".join(f"{text.rstrip('.')}." for text in section.objectives * 5)


def prompt(wording: str) -> Callable[[Section], str]:
    """A request for the lesson, handed in as the lesson."""

    def text(section: Section) -> str:
        topics = ", ".join(key_words(section)[:6])
        objectives = "; ".join(map(lowered, section.objectives))
        return wording.format(title=section.title, objectives=objectives, topics=topics)

    return text


def own_prompt(section: Section) -> str:
    """What our own section prompt says, with the plan in it."""
    lessons = [{"number": 1, "objectives": section.objectives, "key_topics": key_words(section)[:6]}]
    filled = fill("section", {"course": {"title": section.title}, "lessons": lessons})
    return f"{filled.system}\n\n{filled.user}"


ATTACKS: dict[str, Callable[[Section], str]] = {
    "objectives in fourteen frames": frames,
    "objectives without their verbs, praised": without_verbs,
    "objectives alone": alone,
    "key words as a list": lambda section: f"Key terms: {', '.join(key_words(section))}.",
    "key words as bullets": lambda section: "\n".join(f"- {word}" for word in key_words(section)),
    "long prompt": prompt(PROMPT),
    "short prompt": prompt(SHORT_PROMPT),
    "prompt with headings": prompt(ROLE_PROMPT),
    "letter that orders the lesson": prompt(LETTER),
    "orders to a generator": prompt(ORDERS),
    "our own prompt, filled": own_prompt,
    "nothing": lambda section: "",  # noqa: ARG005
}


def main() -> None:
    """Print the share that passes, by attack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sections", type=int, default=100)
    parser.add_argument("--second", action="store_true")
    arguments = parser.parse_args()
    chapters: dict[tuple[str, str], list[Section]] = defaultdict(list)
    everything = read_sections(arguments.data)
    for section in everything:
        chapters[section.book, section.chapter].append(section)
    sections = everything[:: max(1, len(everything) // arguments.sections)]
    scorer = AlignmentScorer(Embedder(store=VectorStore()))
    for name, attack in (SECOND if arguments.second else ATTACKS).items():
        alone, among = [], []
        for section in sections:
            siblings = (one for one in chapters[section.book, section.chapter] if one is not section)
            text = LessonText(section.section_id, attack(section), section.objectives)
            alone.append(text)
            among.append(replace(text, others=tuple(one.objectives for one in siblings)))
        print(f"{name:40s} {_passed(scorer, alone)}; in a course {_passed(scorer, among)}", flush=True)


def _passed(scorer: AlignmentScorer, texts: list[LessonText]) -> str:
    scores = [result.score or 0.0 for result in scorer.score(texts)]
    passed = sum(score >= CUT_OFF for score in scores) / len(scores)
    return f"{passed:6.1%} of {len(scores)}, highest {max(scores):.2f}"


if __name__ == "__main__":
    main()
