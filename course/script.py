"""In which script texts are written, and whether a language is written so (rule X6).

Scripts are the first word of a character's Unicode name; languages are those of Unicode CLDR.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

_SCRIPT_LANGUAGES = {
    "LATIN": "en es fr de pt it nl pl cs sk sl hr bs sr sv da nb nn no fi et lv lt is ga cy mt sq ro hu tr "
    "az uz tk vi id ms jv su tl fil sw af zu xh yo ig ha so ca gl eu oc lb la eo",
    "CYRILLIC": "ru uk be bg mk sr bs kk ky tg mn uz az tt",
    "GREEK": "el grc",
    "ARABIC": "ar fa ur ps ckb ug sd ks",
    "HEBREW": "he yi",
    "DEVANAGARI": "hi mr ne sa kok mai",
    "BENGALI": "bn as",
    "TAMIL": "ta",
    "TELUGU": "te",
    "GUJARATI": "gu",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "GURMUKHI": "pa",
    "SINHALA": "si",
    "THAI": "th",
    "LAO": "lo",
    "KHMER": "km",
    "MYANMAR": "my",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "ETHIOPIC": "am ti",
    "HANGUL": "ko",
    "CJK": "zh ja yue ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
}
_SCRIPTS_OF = {
    language: {script for script, languages in _SCRIPT_LANGUAGES.items() if language in languages.split()}
    for languages in _SCRIPT_LANGUAGES.values()
    for language in languages.split()
}
_SUBTAGS = {
    "Latn": {"LATIN"},
    "Cyrl": {"CYRILLIC"},
    "Arab": {"ARABIC"},
    "Deva": {"DEVANAGARI"},
    "Hans": {"CJK"},
    "Hant": {"CJK"},
}
_LETTERS_READ = 20_000


def dominant_script(texts: Iterable[str]) -> str | None:
    """The script of more than half of the letters, such as "LATIN"; None if none has that many."""
    letters = [char for text in texts for char in text if char.isalpha()][:_LETTERS_READ]
    scripts = Counter(unicodedata.name(char, "UNNAMED").split(" ")[0] for char in letters)
    for script, count in scripts.most_common(1):
        return script if count * 2 > len(letters) else None
    return None


def is_written_in(language: str, script: str) -> bool:
    """Whether a language (a tag such as "sr-Latn") is written in a script; True where we do not know."""
    primary, *subtags = language.split("-")
    named = [_SUBTAGS[subtag] for subtag in subtags if subtag in _SUBTAGS]
    known = named[0] if named else _SCRIPTS_OF.get(primary)
    return known is None or script in known or script not in _SCRIPT_LANGUAGES
