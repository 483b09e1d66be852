# ruff: noqa: RUF001 - typographic apostrophes are meant
"""Spanish, French, Portuguese and Italian objectives: unmeasurable heads, and what to write instead.

The object keeps its article, so prepositions that melt with it are taken apart ("conocimiento del arte"
becomes "Describir el arte") or melted ("apreciar el arte" becomes "Justificar el valor del arte").
"""

from __future__ import annotations

from .objective_language import objective_language, with_endings

_ES_DROP = [(r" del\b", " el"), (r" de\b", "")]
_ES_MELT = [(r" el\b", " del"), (r"\b", " de")]
_ES_PERSON = r"(?:el|la|los|las) (?:estudiantes?|alumn[oa]s?|alumnado|participantes?|aprendi(?:z|ces)) "
_ES_WORTH = r"(?:la importancia|el valor|el papel|la utilidad|los beneficios|la necesidad)"

SPANISH = objective_language(
    lead_ins=[
        r"al (?:final|finalizar|terminar|t[eé]rmino|concluir|completar)\b[^,]{0,80}, ?",
        _ES_PERSON,
        r"(?:ser[áa]n?|sean?|ser) capa(?:z|ces) de |(?:deber[áa]n?|debe[ns]?|podr[áa]n?|puede[ns]?|poder) ",
        r"\w+mente |bien |mejor ",
    ],
    replacements=[
        (r"(?:saber|aprender|entender|comprender) c[oó]mo (?=\w+(?:ar|er|ir)\b)", ""),
        (r"saber (?=\w+(?:ar|er|ir)(?:se|l[oae]s?)?\b)|aprender a (?=\w+(?:[aei]r)(?:se|l[oae]s?)?\b)", ""),
        (
            r"(?:saber|conocer|aprender|apreciar) "
            r"(?=(?:qu[eé]|c[oó]mo|cu[aá]ndo|cu[aá]l(?:es)?|d[oó]nde|por qu[eé])\b)",
            "Explicar ",
        ),
        (r"(?:comprender|entender|asimilar)\b", "Explicar"),
        *with_endings(r"(?:comprensi[oó]n|entendimiento)", "Explicar", _ES_DROP),
        *with_endings(r"(?:saber|aprender) acerca", "Describir", _ES_DROP),
        (r"(?:saber|conocer|aprender)(?: sobre)?\b", "Describir"),
        (r"(?:(?:adquirir|tener|obtener) )?conocimientos?(?: \w+)? sobre\b", "Describir"),
        *with_endings(
            r"(?:(?:adquirir|tener|obtener) )?conocimientos?(?: b[aá]sicos?)?", "Describir", _ES_DROP
        ),
        (rf"apreciar (?={_ES_WORTH}\b)", "Justificar "),
        *with_endings(r"apreciar", "Justificar el valor", _ES_MELT),
        (r"(?:familiarizarse|se familiariz\w+|estar familiarizad[oa]s?) con\b", "Describir"),
        *with_endings(
            r"(?:(?:tomar|tener) con(?:s)?ciencia|ser conscientes?|concien(?:ci|tiz)arse|darse cuenta)",
            "Explicar",
            [(r" de que\b", " que"), *_ES_DROP],
        ),
    ],
)

_FR_DROP = [
    (r" du\b", " le"),
    (r" des\b", " les"),
    (r" de (?=la\b|l[’'])", " "),
    (r" d[’']", " "),
    (r" de\b", ""),
]
_FR_AT = [(r" au\b", " le"), (r" aux\b", " les"), (r" à\b", "")]
_FR_MELT = [
    (r" le\b", " du"),
    (r" les\b", " des"),
    (r" (?=la\b|l[’'])", " de "),
    (r" (?=[aeiouyéèêâîôûh])", " d’"),
    (r"\b", " de"),
]
_FR_QUESTION = r"(?:que\b|qu[’']|comment\b|pourquoi\b|quand\b|quel|où\b|ce qu|si\b)"

FRENCH = objective_language(
    lead_ins=[
        r"(?:à la fin|au terme|à l[’']issue|après)\b[^,]{0,80}, ?",
        r"(?:l[’'](?:étudiante?|apprenante?|élève)|vous|"
        r"les (?:étudiante?s|apprenante?s|élèves|participante?s)) ",
        r"(?:(?:sera|seront|serez|sont|être) )?(?:capables?|en mesure) (?:de |d[’'])",
        r"(?:doi(?:t|vent)|devra|devront|pourra|pourront|pourrez|peu(?:t|vent)|pouvoir) ",
        r"\w+ment |(?:bien|mieux) ",
    ],
    replacements=[
        (r"(?:savoir|comprendre)(?: comment)? (?=\w+(?:er|ir|re)\b)|apprendre à (?=\w+(?:er|ir|re)\b)", ""),
        (rf"(?:savoir|conna[iî]tre|apprendre|apprécier) (?={_FR_QUESTION})", "Expliquer "),
        (r"comprendre\b", "Expliquer"),
        *with_endings(r"compréhension", "Expliquer", _FR_DROP),
        (r"(?:savoir|conna[iî]tre|apprendre)\b", "Décrire"),
        *with_endings(
            r"(?:(?:acquérir|avoir) (?:des |une )?)?connaissances?", "Décrire", [(r" sur\b", ""), *_FR_DROP]
        ),
        (r"apprécier (?=(?:l[’'](?:importance|intérêt|utilité)|la valeur|le rôle)\b)", "Justifier "),
        *with_endings(r"apprécier", "Justifier l’intérêt", _FR_MELT),
        (r"(?:se familiarise\w*|être (?:familier|familière|familiarisée?)s?) avec\b", "Décrire"),
        *with_endings(r"(?:s[’']initie\w*|être initiée?s?)", "Décrire", _FR_AT),
        *with_endings(
            r"(?:(?:prendre|avoir) conscience|être conscient(?:e|s|es)?|se rendre compte)",
            "Expliquer",
            [(r" (?=que\b|qu[’'])", " "), *_FR_DROP],
        ),
    ],
)

_PT_DROP = [(r" do\b", " o"), (r" da\b", " a"), (r" dos\b", " os"), (r" das\b", " as"), (r" de\b", "")]
_PT_MELT = [(r" o\b", " do"), (r" a\b", " da"), (r" os\b", " dos"), (r" as\b", " das"), (r"\b", " de")]
_PT_QUESTION = r"(?:que|como|quando|qual|quais|onde|por ?que|por ?quê|o que)\b"

PORTUGUESE = objective_language(
    lead_ins=[
        r"(?:ao|no) (?:final|fim|término|concluir|terminar)\b[^,]{0,80}, ?",
        r"(?:[oa]s? )(?:estudantes?|alun[oa]s?|participantes?|aprendi(?:z|zes)|formand[oa]s?) ",
        r"(?:ser(?:á|ão)?|sejam?) capa(?:z|zes) de |(?:dever(?:á|ão)|devem?|poder(?:á|ão)?|podem?) ",
        r"\w+mente |(?:bem|melhor) ",
    ],
    replacements=[
        (r"(?:saber|aprender|entender|compreender) como (?=\w+(?:ar|er|ir|or)\b)", ""),
        (r"saber (?=\w+(?:ar|er|ir|or)\b)|aprender a (?=\w+(?:ar|er|ir|or)\b)", ""),
        (rf"(?:saber|conhecer|aprender|apreciar) (?={_PT_QUESTION})", "Explicar "),
        (r"(?:compreender|entender|perceber)\b", "Explicar"),
        *with_endings(r"(?:compreensão|entendimento)", "Explicar", _PT_DROP),
        (r"(?:saber|conhecer|aprender)(?: sobre)?\b", "Descrever"),
        (r"(?:(?:adquirir|ter|obter) )?conhecimentos?(?: \w+)? sobre\b", "Descrever"),
        *with_endings(r"(?:(?:adquirir|ter|obter) )?conhecimentos?(?: básicos?)?", "Descrever", _PT_DROP),
        (r"apreciar (?=(?:a importância|o valor|o papel|a utilidade)\b)", "Justificar "),
        *with_endings(r"apreciar", "Justificar o valor", _PT_MELT),
        (r"(?:familiarizar-se|se familiariz\w+|familiariza-se|estar familiarizad[oa]s?) com\b", "Descrever"),
        *with_endings(
            r"(?:(?:tomar|ter) consciência|(?:estar|ser) (?:cientes?|conscientes?))",
            "Explicar",
            [(r" de que\b", " que"), *_PT_DROP],
        ),
    ],
)

_IT_DROP = [
    (r" del\b", " il"),
    (r" dello\b", " lo"),
    (r" della\b", " la"),
    (r" dell[’']", " l’"),
    (r" dei\b", " i"),
    (r" degli\b", " gli"),
    (r" delle\b", " le"),
    (r" di\b", ""),
]
_IT_MELT = [
    (r" il\b", " del"),
    (r" lo\b", " dello"),
    (r" la\b", " della"),
    (r" l[’']", " dell’"),
    (r" i\b", " dei"),
    (r" gli\b", " degli"),
    (r" le\b", " delle"),
    (r"\b", " di"),
]
_IT_WITH = [(r" col\b", " il"), (r" con\b", "")]

ITALIAN = objective_language(
    lead_ins=[
        r"(?:alla fine|al termine|a conclusione)\b[^,]{0,80}, ?",
        r"(?:l[’'](?:alunn[oa]|allievo|allieva)|(?:lo|gli|la|le|i) "
        r"(?:student[ei]|studentess[ae]|alunn[ie]|alliev[ie]|partecipant[ei]|discent[ei])) ",
        r"(?:(?:sarà|saranno|essere) )?(?:in grado|capac[ei]) di ",
        r"(?:dev(?:e|ono)|dovrà|dovranno|potrà|potranno|può|possono|poter) ",
        r"\w+mente |(?:bene|meglio) ",
    ],
    replacements=[
        (r"(?:sapere?|imparare|capire|comprendere)(?: come)? (?=\w+(?:are|ere|ire|rre)\b)", ""),
        (r"imparare ad? (?=\w+(?:are|ere|ire|rre|rsi)\b)", ""),
        (
            r"(?:sapere?|conoscere|imparare|apprezzare) "
            r"(?=(?:che|come|quando|quale|quali|dove|perché|cosa)\b)",
            "Spiegare ",
        ),
        (r"(?:comprendere|capire)\b", "Spiegare"),
        *with_endings(r"comprensione", "Spiegare", _IT_DROP),
        (r"(?:sapere?|conoscere|imparare|apprendere)\b", "Descrivere"),
        *with_endings(r"(?:(?:acquisire|avere) (?:una )?)?conoscenz[ae]", "Descrivere", _IT_DROP),
        (r"apprezzare (?=(?:l[’'](?:importanza|utilità)|il valore|il ruolo)\b)", "Motivare "),
        *with_endings(r"apprezzare", "Motivare il valore", _IT_MELT),
        *with_endings(
            r"(?:familiarizza(?:re|rsi)|prendere confidenza|(?:acquisire|avere) familiarità|"
            r"essere familiar[ei])",
            "Descrivere",
            _IT_WITH,
        ),
        *with_endings(
            r"(?:prendere coscienza|essere consapevol[ei]|rendersi conto)",
            "Spiegare",
            [(r" (?=che\b)", " "), *_IT_DROP],
        ),
    ],
)
