"""Text that should never reach a learner: placeholders, talk of a model about itself, cut or foreign text.

Every pattern is tied to a place (the beginning, the end, a whole sentence) or to words that lessons do
not use, because a lesson may well be *about* language models, prompts or templates. Code is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from courseai.course.placeholder import placeholder
from courseai.prompts.template import load_template
from courseai.quality.defect import Defect, quoted
from courseai.quality.lesson_markup import INLINE_CODE, Block, lesson_blocks

_META = re.compile(
    r"\bas an? (?:AI|artificial intelligence)(?:\s+language)?\s+(?:model|assistant)\b"
    r"|(?:^|[.!?]\s+)As an AI,"
    r"|\bas a (?:large )?language model\b"
    r"|\bI(?:['’]m| am) (?:just )?an? (?:AI|language model)\b"  # noqa: RUF001
    r"|\bI(?:['’]m| am) (?:sorry|unable)\b[^.!?]{0,40}\b(?:can(?:no|['’])t|provide|generate|assist|write)\b"  # noqa: RUF001
    r"|\bI can(?:no|['’])t (?:assist with|help with|fulfil+|comply with|generate|provide)\b"  # noqa: RUF001
    r"|\b(?:in|for) this (?:lesson|section|part|module|chapter),? we will (?:insert|add|fill in|write|put)\b"
    r"|\bthis (?:lesson|section|part|paragraph) (?:will be|is to be|needs to be) "
    r"(?:added|written|completed|filled|expanded|inserted)\b"
    r"|\b(?:the )?(?:content|text|example|explanation|image|diagram)s? (?:goes|go|to be inserted|will be inserted) here\b"
    r"|\b(?:rest|remainder) of (?:the|this) (?:lesson|content|text|section) (?:is|has been) (?:omitted|left out|truncated)\b"
    r"|\[\s*(?:continued?|to be continued|content truncated|truncated)\s*\]"
    r"|\b(?:según|conforme a) (?:el|la) (?:prompt|consigna recibida)\b"
    r"|\bcomo (?:un )?modelo de lenguaje\b|\bcomo (?:una )?inteligencia artificial,"
    r"|\ben esta (?:lección|sección) (?:insertaremos|añadiremos aquí)\b"
    r"|\bals (?:ein )?KI-(?:Sprachm|M)odell\b|\bals Sprachmodell\b"
    r"|\ben tant qu(?:e|['’])\s?(?:IA|modèle de langage|intelligence artificielle)\b"  # noqa: RUF001
    r"|\bcomo um modelo de linguagem\b|\bin quanto modello linguistico\b|\bкак (?:языковая модель|ИИ),",
    re.IGNORECASE,
)
_CHAT_OPENING = re.compile(
    r"^(?:(?:certainly|sure(?: thing)?|of course|absolutely|great question|okay|ok|¡?claro|por supuesto|natürlich|"
    r"bien sûr|claro que sim|certo|конечно)\s*[!,.]\s*)?"
    r"(?:(?:here(?:['’]s| is| are)|below is|i(?:['’]ve| have) (?:written|created|prepared|revised|rewritten)|"  # noqa: RUF001
    r"aquí (?:tienes|está)|hier ist|voici|aqui está|ecco|вот)\s+"
    r"(?:the|a|an|your|my|la|el|una|un|die|der|das|eine?|le|une|o|uma|il)?\s*(?:[\w-]+\s+){0,3}?"
    r"(?:lesson|section|draft|text|content|version|markdown|json|response|rewrite|lección|sección|texto|Lektion|leçon|"
    r"lição|lezione|урок))\b"
    r"|^(?:certainly|sure thing|absolutely|of course)\s*!",
    re.IGNORECASE,
)
_CHAT_CLOSING = re.compile(
    r"\b(?:let me know if (?:you|there)|i hope this (?:helps|lesson)|would you like me to|"
    r"do you want me to|shall i (?:continue|go on)|feel free to ask me|happy to (?:help|revise|adjust)|"
    r"avísame si|espero que (?:esto )?te (?:sirva|ayude)|sag mir bescheid|n['’]hésitez pas à me|"  # noqa: RUF001
    r"me avise se|fammi sapere)\b",
    re.IGNORECASE,
)
_CONTROL_WORDS = re.compile(
    r"<\|[a-z_]+\|>|</?think>|\[/?INST\]|<</?SYS>>|</?brief>|^\s*(?:assistant|user|system)\s*:", re.IGNORECASE
)
_ENDS_SENTENCE = re.compile(r"(?:[.!?…:;。！？।؟|)\]]|" + INLINE_CODE + r")[\s\"'”’»)\]*_]*$")  # noqa: RUF001
_ENDS_OPEN = re.compile(
    r"(?:[,(–-]|\b(?:a|an|the|and|or|of|to|in|with|for|that|which|because|is|are|by|as|from|at|"  # noqa: RUF001
    r"el|la|los|las|un|una|y|o|de|del|en|con|para|por|que|es|der|die|das|und|oder|mit|für|le|les|et|ou|du|des|"
    r"os|um|uma|com|il|lo|gli|di|che|и|в|на|с|что))\s*$",
    re.IGNORECASE,
)
_PUNCTUATES = frozenset("en es fr de pt it ru nl pl sv da no nb nn fi cs sk uk bg ro hr sr sl ca el hu et lv lt tr".split())
"""Languages whose sentences end in a sign that we know."""
_WHOLE_SENTENCE_WORDS = 8
_LANGUAGE_WORDS = 20
_PARAGRAPH_WORDS = 15
_SURE = 0.999
_MIXED = 0.25
_CLOSE_RELATIVES = tuple(
    frozenset(group.split()) for group in ("no nb nn da sv", "hr sr bs sl", "pt gl es ca an oc", "cs sk", "id ms jv", "ru uk be bg mk")
)
_SHINGLE = 9
"""Words in a row that are no accident when they stand in our prompts too."""
_WORD = re.compile(r"[^\W\d_]+")


def text_defects(lesson_id: str, content: str, language: str = "en") -> list[Defect]:
    """Every defect of a lesson's text; all of them block, except a second language in a part of it."""
    blocks = lesson_blocks(content)
    base = language.partition("-")[0].lower()
    found = [
        *_placeholders(blocks),
        *_meta_text(blocks),
        *_chat_remnants(content, blocks),
        *_truncation(blocks, base),
        *_copied_prompt(blocks),
        *_foreign_text(blocks, base),
    ]
    return [Defect(lesson_id, code, "warn" if code == "mixed_language" else "block", *rest) for code, *rest in found]


Finding = tuple[str, str, str]
"""Code, message, evidence."""


def _placeholders(blocks: tuple[Block, ...]) -> Iterator[Finding]:
    for block in blocks:
        if block.kind != "code" and _WORD.search(block.text) and (phrase := placeholder(block.text)):
            yield "placeholder", "Write what is meant instead of the placeholder text.", quoted(phrase)
            return


def _meta_text(blocks: tuple[Block, ...]) -> Iterator[Finding]:
    for block in blocks:
        if block.kind != "code" and (match := _META.search(block.text)):
            yield "meta_text", "Teach; do not speak of yourself or of what will be written.", quoted(match.group())
            return


def _chat_remnants(content: str, blocks: tuple[Block, ...]) -> Iterator[Finding]:
    texts = [block.text for block in blocks if block.is_prose]
    matches = [
        _CHAT_OPENING.search(texts[0]) if texts else None,
        _CHAT_CLOSING.search(texts[-1]) if texts else None,
        *(_CONTROL_WORDS.search(block.text) for block in blocks if block.is_prose),
    ]
    if match := next((match for match in matches if match), None):
        yield "chat_remnant", "Write the lesson only, without words to the person who asked for it.", quoted(match.group())
    elif len(blocks) == 1 and blocks[0].kind == "code" and blocks[0].info in ("markdown", "md", "json"):
        yield "chat_remnant", "Write the lesson itself, not a code block around it.", quoted(content[:60])


def _truncation(blocks: tuple[Block, ...], language: str) -> Iterator[Finding]:
    message = "The text stops in the middle; write it to its end."
    if not blocks:
        return
    last = blocks[-1]
    if any(not block.closed for block in blocks):
        yield "truncated", "Close the code block, and write the lesson to its end.", quoted(last.text[-80:])
    elif last.kind == "heading":
        yield "truncated", message, quoted(last.text)
    elif last.is_prose and language in _PUNCTUATES and _stops_short(last):
        yield "truncated", message, quoted(last.text[-80:])


def _stops_short(last: Block) -> bool:
    if _ENDS_OPEN.search(last.text) or last.text.endswith(":"):
        return True
    is_long = len(last.text.split()) >= _WHOLE_SENTENCE_WORDS
    return last.kind == "paragraph" and is_long and not _ENDS_SENTENCE.search(last.text)


def _copied_prompt(blocks: tuple[Block, ...]) -> Iterator[Finding]:
    for block in blocks:
        if block.kind != "code" and (run := min(_shingles(block.text) & _prompt_shingles(), default=None)):
            yield "copied_prompt", "Leave out the words of the instructions.", quoted(" ".join(run))
            return


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return frozenset(tuple(words[start : start + _SHINGLE]) for start in range(len(words) - _SHINGLE + 1))


@cache
def _prompt_shingles() -> frozenset[tuple[str, ...]]:
    names = [entry.name for entry in resources.files("courseai.prompts").iterdir() if entry.name.endswith(".md")]
    templates = [load_template(name.removesuffix(".md")) for name in names]
    lines = [line for each in templates for line in (*each.system.splitlines(), *each.user.splitlines())]
    return frozenset(run for line in lines for run in _shingles(line))


def _foreign_text(blocks: tuple[Block, ...], language: str) -> Iterator[Finding]:
    if language not in _identifier().labels:
        return
    paragraphs = [block.text for block in blocks if block.is_prose]
    words = sum(len(text.split()) for text in paragraphs)
    if words < _LANGUAGE_WORDS:
        return
    if other := _other_language(" ".join(paragraphs), language):
        yield "wrong_language", f"Write the lesson in {language}; this is {other}.", quoted(paragraphs[0])
        return
    foreign = [
        text for text in paragraphs if len(text.split()) >= _PARAGRAPH_WORDS and _other_language(text, language)
    ]
    if foreign and sum(len(text.split()) for text in foreign) >= _MIXED * words:
        yield "mixed_language", f"Parts of the lesson are not in {language}.", quoted(foreign[0])


def _other_language(text: str, language: str) -> str | None:
    """The language a text is surely in, where that is not the one it should be nor a close relative."""
    found, probability = _identifier().classify(text.replace(INLINE_CODE, " "))
    is_related = any({found, language} <= relatives for relatives in _CLOSE_RELATIVES)
    # A close relative is told apart by whole lessons only, and then only by a sure majority.
    if found == language or probability < _SURE or (is_related and len(text.split()) < 4 * _LANGUAGE_WORDS):
        return None
    return str(found)


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
