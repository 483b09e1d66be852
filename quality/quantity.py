"""Numbers in a sentence with what they count or measure, dates and article numbers included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from courseai.quality.subject import is_function_word, stem

_DECIMAL_COMMA = frozenset("es fr de pt it ru nl pl sv da fi cs tr uk ro hu".split())
_DIGITS = r"\d+(?:[.,]\d+)*"
_REFERENCE = re.compile(
    r"(?:§+|\b(?:CFR|U\.?S\.?C\.?|article|articles|art\.|artículo|artikel|article|artigo|articolo|статья|статьи|"
    r"regulation|directive|rule|clause|paragraph|ISO|EN|IEC|ANSI|ASTM|NFPA|RFC))\s*(?:No\.?\s*)?"
    r"(\d[\w.:/-]*\w|\d)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:1[0-9]|20)\d\d")
_PART_BEFORE = re.compile(
    r"\b(?:first|last|next|other|remaining|final|top|another|these|those|"
    r"primer[oa]s|últim[oa]s|otr[oa]s|ersten|letzten|premi[eè]re?s|derni[eè]re?s|prim[ei]i?r[oa]s)\s+$",
    re.IGNORECASE,
)
_UNITS = {
    "foot": "ft feet foot ' ′ pie pies pied pieds fuß",  # noqa: RUF001 - the sign for feet
    "inch": 'inch inches " ″ pulgada pulgadas',
    "metre": "m meter meters metre metres metro metros mètre mètres",
    "centimetre": "cm centimeter centimeters centimetre centimetres centímetros",
    "millimetre": "mm millimeter millimeters millimetre millimetres milímetros",
    "kilometre": "km kilometer kilometers kilometre kilometres kilómetros",
    "mile": "mi mile miles milla millas",
    "kilogram": "kg kilogram kilograms kilo kilos kilogramo kilogramos",
    "gram": "g gram grams gramo gramos gramm gramme grammes",
    "milligram": "mg milligram milligrams milligramme milligrammes miligramo miligramos milligramm",
    "microgram": "µg μg mcg microgram micrograms microgramme microgramos mikrogramm",
    "nanogram": "ng nanogram nanograms",
    "tonne": "t tonne tonnes tonelada toneladas",
    "pound": "lb lbs pound pounds libra libras",
    "litre": "l liter liters litre litres litro litros",
    "decilitre": "dl deciliter deciliters decilitre decilitres",
    "millilitre": "ml milliliter milliliters millilitre millilitres mililitro mililitros",
    "millisecond": "ms millisecond milliseconds",
    "second": "s sec secs second seconds segundo segundos",
    "minute": "min mins minute minutes minuto minutos",
    "hour": "h hr hrs hour hours hora horas stunde stunden heure heures",
    "day": "day days día días tag tage jour jours",
    "%": "% percent percentage procent prozent porcentaje",
    "°c": "°c ℃ celsius",
    "°f": "°f ℉ fahrenheit",
    "volt": "v volt volts voltio voltios",
    "decibel": "db dba decibel decibels decibelios",
    "deviation": "sd deviation deviations",
    "week": "week weeks semana semanas woche wochen semaine semaines",
    "month": "month months mes meses monat monate mois mês mese mesi",
    "year": "year years año años jahr jahre année années ano anos anno anni год года",
}
_SCALES: tuple[dict[str, Decimal], ...] = (
    {
        "tonne": Decimal(10**6), "kilogram": Decimal(1000), "gram": Decimal(1), "milligram": Decimal("1e-3"),
        "microgram": Decimal("1e-6"), "nanogram": Decimal("1e-9"),
    },
    {"litre": Decimal(1), "decilitre": Decimal("0.1"), "millilitre": Decimal("1e-3")},
    {
        "kilometre": Decimal(1000), "metre": Decimal(1), "centimetre": Decimal("0.01"),
        "millimetre": Decimal("1e-3"),
    },
    {
        "week": Decimal(604_800), "day": Decimal(86_400), "hour": Decimal(3600), "minute": Decimal(60),
        "second": Decimal(1), "millisecond": Decimal("1e-3"),
    },
)  # fmt: skip
"""Units that convert into each other, in terms of one of them."""
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names.split()}
_FACTORS = {
    **dict.fromkeys(("thousand", "mil", "tausend", "mille", "mila", "тысяч"), 1_000),
    **dict.fromkeys(("million", "millions", "millones", "millón", "millionen", "milhões", "milioni"), 10**6),
    **dict.fromkeys(("billion", "billions", "milliarden", "milliards", "bilhões", "miliardi"), 10**9),
}
_MULTIPLIER = re.compile(rf"[ -]({'|'.join(sorted(_FACTORS, key=len, reverse=True))})\b", re.IGNORECASE)
_WORD_AFTER = re.compile(r"°\s?[CF]\b|[%'\"′″℃℉]|[^\W\d_]+(?:-[^\W\d_]+)*")  # noqa: RUF001 - feet and inches
_WORDS_TO_THE_UNIT = 4


@dataclass(frozen=True)
class Quantity:
    """One number as it stands in a sentence."""

    values: frozenset[str]
    """Its possible readings: "1,656" is 1656 or 1.656. An article number stands as it was written."""
    kind: str
    """"number", "year", "reference" (an article or section number) or "part" ("the first eight")."""
    units: frozenset[str]
    """Units, or stems of the words after it, that say what is counted; empty at a clause's end."""
    label: str
    """Stem of the word before it ("index 0"), or ""."""
    start: int

    def measures_the_same(self, other: Quantity) -> bool:
        """Whether both say how much of one thing."""
        if self.kind != other.kind or self.kind == "part":
            return False
        if self.kind != "number":
            return True
        if self.units and other.units:
            return bool(self.units & other.units) or self._scale(other) is not None
        return bool(self.label) and self.label == other.label

    def equals(self, other: Quantity) -> bool:
        """Same value, where an article number may name a part of the other."""
        if self.kind == "reference":
            return any(a == b or _is_part(a, b) or _is_part(b, a) for a in self.values for b in other.values)
        scale = self._scale(other)
        if scale is None or self.units & other.units:
            return bool(self.values & other.values)
        own, others = ({Decimal(value) * factor for value in values} for values, factor in scale)
        return bool(own & others)

    def _scale(self, other: Quantity) -> tuple[tuple[frozenset[str], Decimal], ...] | None:
        """The values of both with the factor to a common unit, where their units convert into each other."""
        for factors in _SCALES:
            own, others = self.units & set(factors), other.units & set(factors)
            if own and others:
                return (self.values, factors[min(own)]), (other.values, factors[min(others)])
        return None

    def rounds_to(self, other: Quantity) -> bool:
        """Whether the other is this number with fewer decimals: 1.96 rounds to 2."""
        if self.kind != "number":
            return False
        pairs = ((Decimal(a), Decimal(b)) for a in self.values for b in other.values)
        return any(
            abs(a - b) < Decimal(1).scaleb(_exponent(b)) and _exponent(a) < _exponent(b) for a, b in pairs
        )


def quantities(text: str, language: str = "en") -> list[Quantity]:
    """Every quantity of a sentence or clause, in order."""
    taken: list[range] = []
    found = []
    for match in _REFERENCE.finditer(text):
        taken.append(range(match.start(), match.end()))
        found.append(_reference(match))
    for match in _number_pattern(language).finditer(text):
        if not any(match.start() in span for span in taken) and not _is_part_of_a_word(text, match):
            found.append(_number(text, match, language))
    return sorted(found, key=lambda quantity: quantity.start)


def unit_words() -> frozenset[str]:
    """Every name of a unit that is known, in all languages."""
    return frozenset(_UNIT_OF)


def number_words(language: str) -> dict[str, str]:
    """Word to number in a language; empty for one that is not known."""
    lists = _number_lists()
    tens = enumerate(lists["tens"].get(language, "").split(), 3)
    units = enumerate(lists["units"].get(language, "").split())
    return {word: str(value) for value, word in units} | {word: str(10 * value) for value, word in tens}


@cache
def _number_lists() -> dict[str, dict[str, str]]:
    text = files("courseai.quality").joinpath("number_words.json").read_text(encoding="utf-8")
    lists: dict[str, dict[str, str]] = json.loads(text)
    return lists


@cache
def _number_pattern(language: str) -> re.Pattern[str]:
    words = sorted(number_words(language), key=len, reverse=True)
    return re.compile("|".join([_DIGITS, *(rf"\b{word}\b" for word in words)]), re.IGNORECASE)


def _is_part_of_a_word(text: str, match: re.Match[str]) -> bool:
    """True in "zero-based", "H2O", "PM2.5" and "v1", but not in "6-foot" or "4ft"."""
    before, after = text[: match.start()][-1:], text[match.end() :][:2]
    if before and (before.isalnum() or before in "_.#/"):
        return True
    if match.group()[0].isdigit():
        return False
    return after.startswith("-") or before == "-"


def _reference(match: re.Match[str]) -> Quantity:
    value = match.group(1).casefold().rstrip(".")
    return Quantity(frozenset({value}), "reference", frozenset(), "", match.start(1))


def _number(text: str, match: re.Match[str], language: str) -> Quantity:
    written = match.group().casefold()
    word_value = number_words(language).get(written)
    values = frozenset({word_value}) if word_value else _readings(written, language)
    rest = text[match.end() :]
    if multiplier := _MULTIPLIER.match(rest):
        rest = rest[multiplier.end() :]
        values = frozenset(
            _plain(Decimal(value) * _FACTORS[multiplier.group(1).casefold()]) for value in values
        )
    units = frozenset(_units_after(rest, language))
    return Quantity(
        values, _kind(text, match, units), units, _label(text[: match.start()], language), match.start()
    )


def _kind(text: str, match: re.Match[str], units: frozenset[str]) -> str:
    if _PART_BEFORE.search(text[: match.start()]):
        return "part"
    measures = units & (set(_UNITS) - {"year"})
    if _YEAR.fullmatch(match.group()) and not measures and _follows_a_time_word(text, match):
        return "year"
    return "number"


def _follows_a_time_word(text: str, match: re.Match[str]) -> bool:
    """Whether a number from 1000 to 2099 is a year by the word before it, or stands in brackets."""
    return bool(
        re.search(
            r"(?:\b(?:in|since|by|from|until|of|year|en|de|año|desde|hasta|im|jahr|seit|em|nel|в)\s+|\(\s*)$",
            text[: match.start()],
            re.IGNORECASE,
        )
    )


def _readings(written: str, language: str) -> frozenset[str]:
    """The values that digits with points and commas can mean; normalised decimals."""
    separators = re.findall(r"[.,]", written)
    whole = _plain(re.sub(r"[.,]", "", written))
    if not separators or (len(separators) > 1 and len(set(separators)) == 1):
        return frozenset({whole})
    before, last, after = written.rpartition(separators[-1])
    decimal = _plain(f"{re.sub(r'[.,]', '', before)}.{after}")
    point = "," if language in _DECIMAL_COMMA else "."
    is_ambiguous = len(separators) == 1 and last != point and len(after) == 3
    return frozenset({decimal, whole}) if is_ambiguous else frozenset({decimal})


def _plain(value: str | Decimal) -> str:
    exact = Decimal(value[:40]) if isinstance(value, str) else value
    return format(exact.normalize(), "f")


def _exponent(value: Decimal) -> int:
    return min(0, int(value.normalize().as_tuple().exponent))


def _is_part(part: str, whole: str) -> bool:
    return whole.startswith(part) and not whole[len(part) :][:1].isalnum()


def _units_after(text: str, language: str = "en") -> Iterator[str]:
    """What the next words say is counted: a known unit at once, else the stems of up to four words."""
    before_next_number = re.split(r"\d|[.;:()]\s|,\s", text, maxsplit=1)[0].lstrip("- ")
    for place, match in enumerate(_WORD_AFTER.finditer(before_next_number)):
        word = match.group().casefold().replace(" ", "")
        is_unit = word in _UNIT_OF and (place == 0 or len(word) > 2)
        if is_unit:
            yield _UNIT_OF[word]
        if is_unit or place >= _WORDS_TO_THE_UNIT or is_function_word(word) or word in number_words(language):
            return
        if len(word) > 2 or (place == 0 and not match.group().islower()):
            # A symbol such as W or Sv, or a word for what is counted.
            yield stem(word, language)


def _label(text: str, language: str) -> str:
    words = [word for word in re.findall(r"[^\W\d_]+", re.split(r"[.;,()]", text)[-1]) if len(word) > 2]
    return stem(words[-1], language) if words else ""
