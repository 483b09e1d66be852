"""Wordings that are no outcome: what learners do in the course instead of what they can do after it."""

from __future__ import annotations

import re

from courseai.course.bloom import opening_verbs
from courseai.course.objective import without_lead_in

_MATERIAL = {
    "en": r"(?:(?:an?|the|this|all|your|one|two|three|assigned|short|required) )*(?:\w+ )?"
    r"(?:videos?|films?|lectures?|chapters?|articles?|readings?|textbook|book|webinars?|slides?|podcasts?|"
    r"lessons?|modules?|units?|quiz(?:zes)?|worksheets?|homework|assignments?|pages?|sessions?|classes)\b",
    "es": r"(?:(?:el|la|los|las|un|una|este|esta) )?(?:vídeos?|videos?|películas?|capítulos?|artículos?|"
    r"lecturas?|libro|lecci(?:ón|ones)|módulos?|cuestionarios?|diapositivas?|páginas?|clases)\b",
    "fr": r"(?:(?:le|la|les|un|une|des|ce|cette) )?(?:vidéos?|films?|chapitres?|articles?|lectures?|livre|"
    r"leçons?|modules?|diapositives?|pages?|cours)\b",
    "de": r"(?:(?:das|die|den|der|ein|eine|einen) )?(?:videos?|filme?|kapitel|artikel|buch|lektion(?:en)?|"
    r"modul(?:e)?|folien|seiten?|vorlesung(?:en)?)\b",
    "pt": r"(?:(?:o|a|os|as|um|uma|este|esta) )?(?:vídeos?|filmes?|capítulos?|artigos?|leituras?|livro|"
    r"liç(?:ão|ões)|módulos?|questionários?|slides?|páginas?|aulas?)\b",
    "ru": r"(?:видео|фильмы?|глав[ыу]|стать[июя]|книгу|уроки?|модул[ьи]|слайды|страниц[ыу]|лекци[июя])\b",
    "it": r"(?:(?:il|lo|la|i|le|gli|un|una|l') ?)?(?:video|film|capitol[oi]|articol[oi]|lettur[ae]|libro|"
    r"lezion[ei]|modul[oi]|diapositive|pagin[ae])\b",
}
_CONSUMING = {
    "en": r"(?:watch|read|view|attend|listen to|complete|finish|go through|work through|skim|visit|open|take|"
    r"download|review|study)",
    "es": r"(?:ver|mirar|leer|asistir a|escuchar|completar|terminar|repasar|estudiar|visitar)",
    "fr": r"(?:regarder|voir|lire|assister à|écouter|terminer|suivre|parcourir|étudier|visiter)",
    "pt": r"(?:ver|assistir(?: a)?|ler|ouvir|escutar|completar|terminar|estudar|visitar)",
    "ru": r"(?:(?:по)?смотреть|просмотреть|(?:про)?читать|прочесть|(?:по|про)слушать|пройти|посетить)",
    "it": r"(?:guardare|vedere|leggere|assistere a|ascoltare|completare|terminare|seguire|studiare|visitare)",
}
_ALWAYS = {"en": r"(?:watch (?!for\b)|attend (?!to\b)|listen to )"}
"""Verbs that are an activity whatever their object."""

_NOUN_OPENING = re.compile(
    r"(?:an?|the|introduction|overview|basics|fundamentals|foundations|principles|history)\b"
    r"|\w{3,}(?:tion|ment|ness|ity|ics|ism)\b(?<!\bmention)(?<!\bquestion)(?<!\bimplement)(?<!\bdocument)"
    r"(?<!\bexperiment)(?<!\bsegment)(?<!\bposition)(?<!\bfunction)(?<!\bcomment)(?<!\baugment)(?<!\bpartition)"
    r"(?<!\bsupplement)(?<!\binstrument)",
    re.IGNORECASE,
)


def activity(outcome: str, language: str) -> str | None:
    """The words that make it an activity ("watch the video", "read chapter 3"), or None."""
    base = language.partition("-")[0]
    clause = " ".join(without_lead_in(outcome, language).split())
    found = re.match(_pattern(base), clause, re.IGNORECASE) if base in _MATERIAL else None
    return found.group().strip() if found else None


def names_no_action(outcome: str, language: str) -> bool:
    """True for an English noun phrase ("Introduction to loops"), which no learner can do."""
    if language.partition("-")[0] != "en":
        return False
    clause = without_lead_in(outcome, language)
    return not opening_verbs(clause, language) and _NOUN_OPENING.match(clause) is not None


def _pattern(base: str) -> str:
    if base == "de":  # the verb stands at the end
        verbs = "ansehen|anschauen|lesen|durchlesen|anhören|besuchen|abschließen"
        return rf"{_MATERIAL[base]}.{{0,60}}\b(?:{verbs})\b"
    pattern = rf"{_CONSUMING[base]} {_MATERIAL[base]}"
    return f"(?:{pattern}|{_ALWAYS[base]})" if base in _ALWAYS else pattern
