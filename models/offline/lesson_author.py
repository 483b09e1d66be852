"""Writes lessons in Markdown: an opening, the idea, a worked example, steps, common mistakes, a summary."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import zip_longest

from courseai.course.bloom import bloom_rank
from courseai.course.section import LessonDraft
from courseai.models.offline.brief import SectionBrief
from courseai.models.offline.exercise_author import write_exercises
from courseai.models.offline.forms import Forms, raised_first
from courseai.models.offline.frame import Workshop, workshop
from courseai.models.offline.mention import Mentions, mentions_of
from courseai.models.offline.phrases import ByTask, phrases_for

_WORDS_ENOUGH = 400
_WIDEST_STRIDE = 6
_TITLE_LENGTH = 200
_TOPIC_LENGTH = 300
_TOPICS = 10
_MARKDOWN = re.compile(r"([\\`*_\[\]<>])")


def write_lessons(brief: SectionBrief, seed: int) -> list[LessonDraft]:
    """One draft for each lesson of the brief, in its order."""
    language = phrases_for(brief.language)
    mentions = mentions_of(brief)
    return [
        _write_lesson(workshop(brief, lesson, language, seed), mentions[place])
        for place, lesson in enumerate(brief.lessons)
    ]


def _write_lesson(shop: Workshop, mentions: Mentions) -> LessonDraft:
    return LessonDraft(
        number=shop.lesson.number,
        title=_title(shop),
        key_topics=[topic[:_TOPIC_LENGTH] for topic in shop.topics[:_TOPICS]],
        content=_content(_for_markdown(shop), mentions),
        exercises=write_exercises(shop, mentions),
    )


def _title(shop: Workshop) -> str:
    """The first objective, and the topic that sets this lesson apart from its neighbours."""
    task = shop.language.forms(shop.lesson.objectives[0]).head
    return f"{raised_first(task)}: {shop.own_topics[0]}"[:_TITLE_LENGTH]


def _content(shop: Workshop, mentions: Mentions) -> str:
    before = [shop.language.notice or "", _sentences(shop, "opening", 2), _heading(shop, "idea")]
    after = [
        *_mention_paragraphs(shop, mentions),
        _heading(shop, "example"),
        _passage(shop, "example"),
        _heading(shop, "steps"),
        _numbered(_task_lines(shop, "steps")),
        _heading(shop, "mistakes"),
        _bullets(shop),
        _heading(shop, "summary"),
        _sentences(shop, "closing", 2),
    ]
    words = sum(len(block.split()) for block in (*before, *after))
    return "\n\n".join(block for block in (*before, *_idea(shop, words), *after) if block)


def _idea(shop: Workshop, words_elsewhere: int) -> list[str]:
    """Two paragraphs in which sentences on the objectives take turns with advice and with the topics."""
    count = len(shop.forms)
    per_objective = shop.language.phrases.core_sentences
    # One more on a shared objective would make its lessons more alike.
    fewest = per_objective if shop.shared_objectives else per_objective + 1
    frames = _dealt(shop, "core", max(fewest, per_objective * count))
    core = [shop.fill(frame, objective=place % count) for place, frame in enumerate(frames)]
    further = _further(shop, words_elsewhere + sum(len(sentence.split()) for sentence in core))
    sentences = [each for pair in zip_longest(core, further) for each in pair if each]
    half = (len(sentences) + 1) // 2
    return [" ".join(sentences[:half]), " ".join(sentences[half:])]


def _further(shop: Workshop, words: int) -> list[str]:
    """Sentences on practice and on the topics, in turn, until the lesson is long enough."""
    advice = zip_longest(_dealt(shop, "practice", 4), _dealt(shop, "topic", 6))
    fitting: list[str] = []
    for frame in (frame for pair in advice for frame in pair if frame):
        if words >= _WORDS_ENOUGH:
            break
        fitting.append(shop.fill(frame))
        words += len(fitting[-1].split())
    return fitting


def _dealt(shop: Workshop, name: str, count: int) -> list[str]:
    pool: list[str] = getattr(shop.language.phrases, name)
    return shop.frames(name, pool, count, min(count, _WIDEST_STRIDE))


def _mention_paragraphs(shop: Workshop, mentions: Mentions) -> list[str]:
    frames = shop.language.phrases
    facts = [
        shop.deck.pick("fact", frames.fact).format(fact=_exactly(fact.statement)) for fact in mentions.facts
    ]
    definitions = [
        f"**{raised_first(_marked(term))}**: {_marked(meaning)}" for term, meaning in mentions.definitions
    ]
    analogies = [
        shop.deck.pick("analogy", frames.analogy).format(analogy=_marked(analogy))
        for analogy in mentions.analogies
    ]
    return [*facts, *definitions, *analogies]


def _exactly(statement: str) -> str:
    """A statement that Markdown shows letter for letter."""
    return f"`{statement}`" if _MARKDOWN.search(statement) and "`" not in statement else statement


def _heading(shop: Workshop, part: str) -> str:
    pool: list[str] = getattr(shop.language.phrases.headings, part)
    return f"## {shop.deck.pick(f'heading {part}', pool)}"


def _sentences(shop: Workshop, name: str, count: int) -> str:
    return " ".join(shop.fill(frame) for frame in _dealt(shop, name, count))


def _passage(shop: Workshop, name: str) -> str:
    return " ".join(_task_lines(shop, name))


def _task_lines(shop: Workshop, name: str) -> list[str]:
    """The sentences of a passage that suits the lesson's first objective."""
    by_task: ByTask = getattr(shop.language.phrases, name)
    task = _task(shop)
    pools: dict[str, list[list[str]]] = {"tell": by_task.tell, "make": by_task.make, "weigh": by_task.weigh}
    frames = shop.deck.pick(f"{name} {task}", pools[task])
    scene = shop.scene()
    return [scene.fill(frame) for frame in frames]


def _task(shop: Workshop) -> str:
    level = shop.language.level(shop.forms[0].text)
    rank = 3 if level is None else bloom_rank(level)
    return ("tell", "tell", "make", "weigh", "weigh", "make")[rank - 1]


def _numbered(lines: list[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))


def _bullets(shop: Workshop) -> str:
    frames = shop.frames("mistake", shop.language.phrases.mistake, 3, 3)
    return "\n".join(f"- {shop.fill(frame)}" for frame in frames)


def _for_markdown(shop: Workshop) -> Workshop:
    """The same workshop for running text, with the brief's words escaped: `__main__` is not to be bold."""
    return replace(
        shop,
        forms=[
            Forms(forms.text, _marked(forms.base), _marked(forms.gerund), _marked(forms.head))
            for forms in shop.forms
        ],
        topics=[_marked(topic) for topic in shop.topics],
        own_topics=[_marked(topic) for topic in shop.own_topics],
        others=[_marked(topic) for topic in shop.others],
        area=_marked(shop.area),
        refers_back=True,
    )


def _marked(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)
