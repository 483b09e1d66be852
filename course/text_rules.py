"""Rules about the texts of a document: X6, X7, X9, and whether objectives can be measured.

Texts in an array are reported together, at the array, with their numbers in the message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from .document import walk
from .hidden_text import hidden_text
from .injection import suspicious_phrase
from .objective import measurability, rewrite
from .placeholder import placeholder
from .problem import Path, Problem, Severity, enumerate_words, pointer, quote, visible
from .script import dominant_script, is_written_in

_SINGLE_LINE = frozenset(
    "area determined_topic key_concepts domain_keywords learning_objectives key_topics section_id "
    "prerequisites template required_learning_outcomes target_language".split()
)
"""Fields in which a line break or a tab is a control character like any other."""
_TEACHING = frozenset(
    "area determined_topic key_concepts learning_objectives key_topics required_learning_outcomes".split()
)
"""Fields that are taught from, where placeholder text would become a lesson (X9), and script counts (X6)."""
_OBJECTIVES_READ = 50
"""The schema allows 10."""


@dataclass(frozen=True)
class _TextGroup:
    """One text, or all texts of one array."""

    path: Path
    texts: tuple[tuple[int, str], ...]
    """Number in the array from 1, or 0 for a text that stands alone, and the text."""
    is_name: bool = False
    """Whether the text is the name of a field rather than a value."""

    @property
    def field(self) -> str:
        names = [part for part in self.path if isinstance(part, str)]
        return names[-1] if names else ""


def text_problems(document: object, language: str | None) -> list[Problem]:
    """Every breach of a rule about texts. `language` is the run's, or None if it is not known."""
    groups = list(_text_groups(document))
    taught = [group for group in groups if group.field in _TEACHING and not group.is_name]
    return [
        *_each(groups, _hidden_text_problem),
        *_each(groups, _injection_problem),
        *_each(taught, _placeholder_problem),
        *(_unmeasurable_problems(taught, language) if language else []),
        *(_script_problems(taught, language) if language else []),
    ]


def _text_groups(document: object) -> Iterator[_TextGroup]:
    for path, value in walk(document):
        if isinstance(value, list):
            texts = [(number, item) for number, item in enumerate(value, 1) if isinstance(item, str)]
            if texts:
                yield _TextGroup(path, tuple(texts))
        elif isinstance(value, dict):
            for name, child in value.items():
                yield _TextGroup((*path, name), ((0, name),), is_name=True)
                if isinstance(child, str):
                    yield _TextGroup((*path, name), ((0, child),))
    if isinstance(document, str):
        yield _TextGroup((), ((0, document),))


def _each(groups: Iterable[_TextGroup], check: Callable[[_TextGroup], Problem | None]) -> Iterator[Problem]:
    return (problem for group in groups if (problem := check(group)) is not None)


def _hidden_text_problem(group: _TextGroup) -> Problem | None:
    single_line = group.field in _SINGLE_LINE or group.is_name
    found = {
        number: finding
        for number, text in group.texts
        if (finding := hidden_text(text, single_line=single_line))
    }
    if not found:
        return None
    what = enumerate_words(list(dict.fromkeys(each for findings in found.values() for each in findings)))
    return _rule(
        "X7",
        group,
        f"{_items(group, found)} {what}.",
        "Remove these characters; they hide text from readers.",
    )


def _injection_problem(group: _TextGroup) -> Problem | None:
    found = {number: phrase for number, text in group.texts if (phrase := suspicious_phrase(text))}
    if not found:
        return None
    phrases = enumerate_words([quote(phrase) for phrase in list(found.values())[:3]])
    return _rule(
        "X7",
        group,
        f"injection_suspected: {_items(group, found)} words that seem aimed at a model: {phrases}.",
        "Check who wrote this; it is passed on as quoted data only, and never obeyed.",
        "warning",
    )


def _placeholder_problem(group: _TextGroup) -> Problem | None:
    found = {number: phrase for number, text in group.texts if (phrase := placeholder(text))}
    if not found:
        return None
    phrases = enumerate_words([quote(phrase) for phrase in list(found.values())[:3]])
    return _rule(
        "X9", group, f"{_items(group, found)} placeholder text: {phrases}.", "Write what is meant there."
    )


def _unmeasurable_problems(groups: Iterable[_TextGroup], language: str) -> Iterator[Problem]:
    for group in groups:
        if group.field != "learning_objectives":
            continue
        texts = group.texts[:_OBJECTIVES_READ]
        found = {n: text for n, text in texts if measurability(text, language) == "unmeasurable"}
        if found:
            examples = [f"{quote(text)} as {quote(rewrite(text, language))}" for text in found.values()]
            yield _rule(
                "",
                group,
                f"{_numbers(found)} cannot be measured: no observable main verb.",
                f"They will be rewritten: {enumerate_words(examples[:3])}. Write them so, or better.",
                "warning",
            )


def _script_problems(groups: Iterable[_TextGroup], language: str) -> Iterator[Problem]:
    script = dominant_script(text for group in groups for _, text in group.texts)
    if script is not None and not is_written_in(language, script):
        message = f"The texts are mostly in {script.capitalize()} letters, but the language is {language}."
        yield Problem(
            "warning",
            "rule",
            "X6",
            "/target_language",
            message,
            f"Correct the language if it is wrong; otherwise the course is written in {language} from them.",
        )


def _items(group: _TextGroup, found: Mapping[int, object]) -> str:
    """What the finding is about, as the subject of "has" or "have"."""
    if group.is_name:
        return "The name of this field has"
    if 0 in found:
        return "The text has"
    return f"{_numbers(found)} {'has' if len(found) == 1 else 'have'}"


def _numbers(found: Mapping[int, object]) -> str:
    return f"Item{'s' if len(found) > 1 else ''} {visible(enumerate_words(list(found)))}"


def _rule(rule: str, group: _TextGroup, message: str, remedy: str, severity: Severity = "error") -> Problem:
    return Problem(severity, "rule", rule, pointer(group.path), message, remedy)
