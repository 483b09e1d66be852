# ruff: noqa: RUF001 - Cyrillic letters are meant
"""Text that seems aimed at a model rather than at a learner (rule X7, warning injection_suspected).

A heuristic in seven languages that warns a person. Nothing depends on it: input text is passed on as
quoted data whether it is suspicious or not.
"""

from __future__ import annotations

import re
import unicodedata

_NEAR = r"[^.!?\n]{0,40}?\b"
"""Some words within the same sentence."""

_PHRASES = (
    # English
    rf"(?:ignore|disregard|forget|override|bypass|discard){_NEAR}(?:previous|prior|preceding|above|"
    rf"earlier|former|"
    rf"foregoing|your|system){_NEAR}(?:instructions?|prompts?|rules?|directions?|guidelines?|"
    rf"commands?|context|"
    r"messages?)\b",
    r"(?:ignore|disregard|forget|override) (?:all|any) (?:of )?(?:the |these |those |other )?"
    r"(?:instructions?|prompts?|commands?)\b",
    r"(?:ignore|disregard|forget) (?:everything|anything|all)(?: that)?(?: was| is| i| you)?[^.!?\n]{0,20} "
    r"(?:above|before|so far|said|told|previously)\b",
    rf"(?:do not|don.?t|never|stop) (?:follow|obey|following|obeying){_NEAR}(?:previous|above|"
    rf"earlier|your|system)\b",
    r"(?<!operating )system[ -]?prompt|system message|hidden instructions?|developer mode|jailbreak (?:mode|"
    r"yourself|the model)",
    rf"(?:reveal|print|output|show|repeat|leak|display){_NEAR}(?:your|the) (?:initial |hidden |"
    rf"original |secret )"
    r"(?:instructions?|prompts?|rules)\b",
    r"you are now (?:an? |the |my |called |named |acting |no longer |in (?!a position)|dan\b)",
    r"from now on,? (?:you|act|respond|answer|always|only|ignore)\b",
    r"(?:act|respond|behave|pretend)(?: to be| as)? (?:as )?(?:if you were )?(?:an? )?"
    r"(?:unrestricted|uncensored|jailbroken|evil|ai |llm|language model|large language model|chatbot|dan\b)",
    r"as an ai(?: language)? (?:model|assistant)|as a (?:large )?language model",
    rf"(?:set|make|mark|change|put|answer){_NEAR}(?:all|every|each|any)\b[^.!?\n]{{0,30}}?"
    r"\b(?:answers?|answer keys?|scores?|grades?|verdicts?) (?:to|as|be|with|=) ?[\"'“]?\w",
    r"(?:rate|score|grade|approve|accept|mark|judge) (?:this|the|every|all)[^.!?\n]{0,20} "
    r"(?:lessons?|sections?|courses?|content|drafts?) (?:as|with|at) (?:a )?(?:pass|perfect|"
    r"excellent|5|10|1\.0|100)",
    r"(?:respond|reply|output|answer) (?:only|exclusively|with nothing but) (?:with|the (?:word|"
    r"text|string))\b",
    # Spanish, Portuguese
    rf"(?:ignor|olvid|esque|desconsider|descart|desobede|omit)\w*{_NEAR}(?:instrucciones|"
    rf"indicaciones|ordenes|reglas|"
    rf"instrucoes|orientacoes|ordens|regras|comandos){_NEAR}(?:anterior\w*|previ[oa]s|precedentes|"
    rf"arriba|acima|"
    r"sistema)\b",
    rf"(?:haz|haga|hagan) caso omiso{_NEAR}(?:instrucciones|indicaciones|ordenes|reglas)",
    r"(?:ignor|olvid|esque|desconsider)\w* (?:todas )?(?:tus|sus|suas|as suas|todas las|todas as) "
    r"(?:instrucciones|instrucoes|reglas|regras)\b",
    r"(?:prompt|mensaje|mensagem|instrucciones|instrucoes) (?:del?|do) sistema",
    r"(?:ahora (?:eres|sos)|agora (?:voce e|tu es|es)) (?:una?|um|uma|el|la|o|mi|meu)\b",
    r"(?:a partir de ahora|de ahora en adelante|a partir de agora|de agora em diante),? "
    r"(?:eres|debes|actua|responde|ignora|tu|voce|aja|responda|ignore)\b",
    rf"(?:pon|marca|establece|fija|cambia|defina|marque|coloque|mude){_NEAR}(?:todas|cada|toda)\b{_NEAR}"
    r"(?:respuestas?|respostas?) (?:a|en|como|para|com) ",
    # French
    rf"(?:ignore[rz]?|oublie[rz]?|neglige[rz]?|desobei\w*|(?:ne )?(?:tiens?|tenez|tenir) pas compte|"
    rf"(?:fais|faites|faire) abstraction){_NEAR}(?:instructions?|consignes?|directives?|ordres?|"
    rf"regles?){_NEAR}"
    r"(?:precedente?s?|anterieure?s?|prealables?|ci-dessus|systeme)\b",
    r"(?:ignore[rz]?|oublie[rz]?) (?:toutes )?(?:tes|vos|toutes les) (?:instructions|consignes|regles)\b",
    r"(?:prompt|message|invite|instructions?) (?:du )?systeme",
    r"(?:tu es|vous etes) (?:maintenant|desormais) (?:une?|le|la|mon|ma)\b",
    r"(?:a partir de maintenant|desormais),? (?:tu|vous) (?:es|etes|dois|devez|reponds|repondez|ignores)\b",
    rf"(?:mets|mettez|regle|fixe|definis|marque)\w*{_NEAR}(?:toutes|chaque)\b{_NEAR}reponses? (?:a|"
    rf"sur|comme) ",
    # German
    rf"(?:ignorier\w*|vergiss|vergesst|vergessen sie|missacht\w*|uberge\w*|"
    rf"beachte nicht){_NEAR}(?:vorherig|bisherig|"
    rf"fruher|obig|vorangegangen|vorig|vorangehend|system)\w*{_NEAR}(?:anweisung|instruktion|befehl|"
    rf"regel|vorgabe)\w*",
    r"(?:ignorier\w*|vergiss|vergesst|missacht\w*) (?:alle |samtliche )?(?:deine|eure|ihre|alle) "
    r"(?:anweisung|instruktion|befehl|vorgabe)\w*",
    r"system-?(?:prompt|nachricht|anweisung)",
    r"(?:du bist|sie sind) (?:jetzt|nun|ab jetzt|ab sofort) (?:ein|eine|der|die|kein|mein)\b",
    r"(?:ab jetzt|ab sofort|von nun an) (?:bist du|sind sie|antworte|ignoriere|musst du)\b",
    rf"(?:setz|stell|markier|ander)\w*{_NEAR}(?:alle|jede)\b{_NEAR}antwort\w* (?:auf|als|zu) ",
    # Russian
    rf"(?:проигнориру|игнориру|забуд|отбрось|не обраща\w* внимани|не выполня|"
    rf"не следу)\w*{_NEAR}(?:предыдущ|прежн|"
    rf"вышеуказанн|ранее|выше|сво|твои|ваши)\w*{_NEAR}(?:инструкци|указани|команд|правил|сообщени)\w*",
    r"(?:проигнориру|игнориру|забуд)\w* (?:все|всё|любые) (?:инструкци|указани|команд)\w*",
    rf"(?:проигнориру|игнориру|забуд)\w*{_NEAR}(?:инструкци|указани|команд|правил)\w*{_NEAR}(?:выше|ранее)\b",
    r"системн\w+ (?:промпт|промт|подсказк|сообщени|инструкци)\w*",
    r"(?:ты|вы) теперь[ ,:—-]+\w+|теперь (?:ты|вы)[ ,:—-]+(?!мож|смож|уме|зна|готов)\w+",
    r"(?:с этого момента|отныне),? (?:ты|вы|отвеча|игнориру)\w*",
    rf"(?:постав|установ|сдела|отмет|измен)\w*{_NEAR}(?:все|кажд)\w*{_NEAR}ответ\w* (?:(?:на|как|"
    rf"в) |[абвгabcd]\b)",
    # Italian
    rf"(?:ignora\w*|dimentica\w*|trascura\w*|disobbedi\w*|non (?:seguire|tenere conto)){_NEAR}(?:istruzioni|"
    rf"indicazioni|ordini|regole|comandi){_NEAR}(?:precedenti|anteriori|sopra|sistema)\b",
    r"(?:ignora\w*|dimentica\w*) (?:tutte )?(?:le (?:tue|vostre|sue)|tutte le) (?:istruzioni|"
    r"indicazioni|regole)\b",
    r"(?:ignora\w*|dimentica\w*) (?:tutte )?le precedenti (?:istruzioni|indicazioni|regole)\b",
    r"(?:prompt|messaggio|istruzioni) di sistema",
    r"(?:ora|adesso) sei (?:una?|uno|il|la|mio|mia)\b|d.ora in (?:poi|avanti),? (?:sei|devi|"
    r"rispondi|ignora)\b",
    rf"(?:imposta|metti|segna|cambia)\w*{_NEAR}(?:tutte|ogni)\b{_NEAR}rispost[ae] (?:a|su|come) ",
    # Markup of chat formats, and of our own prompts
    r"<\|[^|<>]{1,40}\|>|\[/?inst\]|<</?sys>>|</?(?:system|assistant|user|instructions?|brief|prompt)>",
    r"#{2,} ?(?:system|assistant|instructions?|human|user) ?(?::|\n|$)",
    r"(?:^|\n) ?(?:system|assistant|human) ?: ?(?:you|ignore|please|do|never|always|respond|output|"
    r"sure|i |forget)",
)


def _folded(text: str) -> str:
    """Lower case, without accents, hidden characters and doubled spaces; line breaks stay."""
    plain = unicodedata.normalize("NFKD", text)
    shown = "".join(char for char in plain if unicodedata.category(char) not in {"Mn", "Cf"})
    return re.sub(r"[^\S\n]+", " ", shown.casefold())


_SUSPICIOUS = re.compile("|".join(f"(?:{_folded(phrase)})" for phrase in _PHRASES))


def suspicious_phrase(text: str) -> str | None:
    """The words that look like instructions to a model, or None."""
    match = _SUSPICIOUS.search(_folded(text))
    return match.group().strip() if match else None
