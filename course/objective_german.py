"""German objectives: heads and tails that cannot be observed, and what to write instead.

The infinitive of a German objective stands at its end ("Schleifen verstehen"), so the object is part of
the expression, and a capital tells the noun ("Wissen") from the verb. With a subject the verb stands
second and keeps its person.
"""

from __future__ import annotations

from .objective_language import objective_language

_LEARNERS = (
    r"(?:(?:die|der) )?(?:lernenden?|teilnehmenden?|studierenden?|teilnehmer(?:innen|in)?|"
    r"schüler(?:innen|in)?|sie)"
)
_OBJECT = r"(?P<object>[^,]+?)"
_END = r"(?P<end>[,.;]| und\b|$)"

GERMAN = objective_language(
    lead_ins=[
        r"(?:am ende|nach (?:dem )?abschluss|nach dieser)\b[^,]{0,80}?, ?",
        rf"(?:am ende|nach abschluss)\b[^,]{{0,60}}? (?:können|sollen|werden) {_LEARNERS} ",
        rf"{_LEARNERS} (?:können|kann|sollen|soll|werden|wird|müssen|sind in der lage,|lernen,) ",
        r"(?:wirklich|gründlich|vollständig|besser|genau|sicher) ",
    ],
    replacements=[
        (r"(?:die fähigkeit erwerben|lernen|wissen), (?=.*\bzu \w+en\b)", "Die Fähigkeit nachweisen, "),
        (r"(?:verstehen|begreifen|nachvollziehen|wissen|lernen)(?=, )", "Erklären"),
        (r"(?:verstehen|begreifen|verständnis) (?:von|für) " + _OBJECT + _END, r"\g<object> erklären\g<end>"),
        (r"verständnis (?=de[rs]\b)" + _OBJECT + _END, r"Die Bedeutung \g<object> erläutern\g<end>"),
        (
            r"(?:grund)?(?:kenntnisse?|wissen) (?!.*nachweisen)(?=(?:in|von|über|zu|zur|zum)\b)"
            + _OBJECT
            + _END,
            r"Kenntnisse \g<object> nachweisen\g<end>",
        ),
        (r"kenntnis(?:se)? (?=de[rs]\b)" + _OBJECT + _END, r"Die Bedeutung \g<object> erläutern\g<end>"),
        (rf"(?P<who>{_LEARNERS}) (?:verstehen|begreifen|wissen)\b", r"\g<who> erklären"),
        (rf"(?P<who>{_LEARNERS}) (?:versteht|begreift|weiß)\b", r"\g<who> erklärt"),
        (rf"(?P<who>{_LEARNERS}) (?:kennen|lernen)\b", r"\g<who> beschreiben"),
        (rf"(?P<who>{_LEARNERS}) (?:kennt|lernt)\b", r"\g<who> beschreibt"),
        (
            rf"{_OBJECT} (?-i:verstehen|begreifen|nachvollziehen)(?: lernen)?" + _END,
            r"\g<object> erklären\g<end>",
        ),
        (rf"{_OBJECT} (?-i:kennenlernen|kennen lernen|kennen)" + _END, r"\g<object> beschreiben\g<end>"),
        (rf"über {_OBJECT} bescheid wissen" + _END, r"Über \g<object> Auskunft geben\g<end>"),
        (
            rf"(?:sich )?mit {_OBJECT} vertraut (?:sein|machen)" + _END,
            r"Den Umgang mit \g<object> vorführen\g<end>",
        ),
        (
            rf"sich {_OBJECT} bewusst (?:sein|werden|machen)" + _END,
            r"Die Bedeutung \g<object> erläutern\g<end>",
        ),
        (rf"{_OBJECT} (?-i:zu schätzen wissen|wertschätzen|würdigen)" + _END, r"\g<object> bewerten\g<end>"),
        (
            r"(?P<object>\w+ieren|[^,]* (?-i:[a-zäöü])\w*(?:en|ern|eln)) (?-i:lernen)" + _END,
            r"\g<object>\g<end>",
        ),
        (rf"{_OBJECT} (?-i:wissen)" + _END, r"\g<object> wiedergeben\g<end>"),
        (rf"{_OBJECT} (?-i:lernen|erlernen)" + _END, r"\g<object> anwenden\g<end>"),
        (r"versteht\b", "Erklärt"),
        (r"kennt\b", "Beschreibt"),
    ],
)
