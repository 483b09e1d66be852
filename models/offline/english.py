"""Objectives in English: base form and gerund, in words that do not merely quote them."""

from __future__ import annotations

import re
from functools import lru_cache

from courseai.course.bloom import bloom_level
from courseai.models.offline.forms import Forms, Rewordings, lowered_first, reworded

_LEAD_IN = re.compile(
    r"^(?:the )?(?:you|students?|learners?|participants?)\s+(?:will|can|should)?\s*(?:be able to\s+)?",
    re.IGNORECASE,
)
_DETERMINERS = frozenset(
    "a an the its their his her your my our this that these those it them each every how what why when "
    "where whether which who all any some one two three likely".split()
)
_ALSO_NOUNS = frozenset(
    "test plan design report use label plot model set list name call sort order study estimate answer "
    "sample rate draw question support value judge state graph measure practice document run research "
    "record break read trace quote contrast debug construct program change purchase guide process "
    "complete separate author build".split()
)
_MORE_VERBS = frozenset(
    "call document label check debug split collect import export save control report record".split()
)
_NOT_DOUBLED = frozenset(
    "open enter listen visit edit limit develop interpret benefit cover offer order inhibit monitor answer "
    "trigger credit deliver discover alter gather render consider differ filter administer".split()
)
_ADVERBS = ("carefully", "deliberately", "properly")
_DETAIL = r"(?:from|in|inside|before|by|against|for|under|as(?! well)|to|with|on|into)"
_BEFORE_DETAIL = rf"(?<=[\w-] )(?<!how )(?<!where )(?<!when )(?<!as well )(?={_DETAIL}\b)"
_CUT = re.compile(
    rf"(?<=\w)(?<!as well)(?<! a)(?<! an)(?<! the)(?<! any) (?:{_DETAIL}|using|that|which|so)\b.*"
)
_SHORTEST_HEAD = 3


@lru_cache(maxsize=4096)
def english_forms(objective: str) -> Forms:
    """The forms of one objective; one that opens with no verb is something to "work on"."""
    text = _LEAD_IN.sub("", objective.strip()).rstrip(" .;") or objective
    if not text.strip() or not _opens_with_verb(text):
        subject = lowered_first(text)
        return Forms(objective, f"work on {subject}", f"working on {subject}", f"working on {subject}")
    phrase, changes = lowered_first(text), _rewordings(objective)
    gerund = reworded(_gerund_phrase(phrase), objective, "en", changes)
    base = reworded(_then(phrase), objective, "en", changes)
    return Forms(objective, base, gerund, reworded(_head(gerund), objective, "en", changes))


def _rewordings(objective: str) -> Rewordings:
    """Small changes that keep the meaning."""
    adverb = _ADVERBS[len(objective) % len(_ADVERBS)]
    return (
        (r"(?<=\w) using\b", " with the help of"),
        (r"(?<!so )\bthat\b", "which"),
        (r" and (?=[\w-]+ing\b)", " and then "),
        (r"\bin (?=an? )", "inside "),
        (r", ([\w/-]+) and (?=\w)", r" and \1, as well as "),
        (
            r"(?<![,-] )(?<!between )\b(?!and)([\w/-]+) and (?!where|how|what|why|when|then)(?=\w)",
            r"\1 as well as ",
        ),
        (_BEFORE_DETAIL, f"{adverb} "),
        (r"\b(?:an?) (?!lot\b|few\b|little\b)", "any "),
        (r"\bthe (?=\w+[^s\W]s of\b)", "all the "),
        (r"\bthe (?=\w+ of\b)", "the actual "),
        (r"\bwhether (\w+ \w+) are\b", r"whether or not \1 are really"),
        (r"\bbetween (.+?) and (?=\w)", r"between, on the one hand, \1 and, on the other, "),
        (r"(?<=[a-z]) or (?=\w)", " or else "),
        (r"\bis\b", "is really"),
        (r"\bare\b", "are really"),
        (r"^(\S+[^,]) (?!and\b|or\b)", r"\1 the "),
    )


def _then(base: str) -> str:
    """ "Fit and interpret a line" becomes "fit and then interpret a line"."""
    words = base.split()
    later = [place for place in range(len(words)) if _is_later_verb(words, place)]
    for place in later[:1]:
        words.insert(place, "then")
    return " ".join(words)


def _head(gerund: str) -> str:
    """The first verb and its object: "writing a for loop" of "writing a for loop that repeats ..."."""
    first = gerund if "," in gerund else re.split(r" and (?:then )?(?=[\w-]+ing\b)", gerund)[0]
    head = re.sub(rf" (?:{'|'.join(_ADVERBS)})$", "", _CUT.sub("", first))
    is_whole = len(head.split()) >= _SHORTEST_HEAD or head == gerund
    return head if is_whole else gerund


def _opens_with_verb(text: str) -> bool:
    first = text.split(maxsplit=1)[0].strip(",").casefold()
    if re.search(r"[^s]s$", first):
        return False
    if bloom_level(text, "en") is not None:
        return True
    return first not in _DETERMINERS and not re.search(r"(?:ing|tion|ment|ness|ity)$", first)


def _gerund_phrase(base: str) -> str:
    words = base.split()
    opening = _opening_verbs(words)
    return " ".join(
        _gerund(word) if place < opening or _is_later_verb(words, place) else word
        for place, word in enumerate(words)
    )


def _opening_verbs(words: list[str]) -> int:
    """How many words a list of verbs takes at the start: 5 in "create, index, slice and modify a list"."""
    if not words[0].endswith(","):
        return 1
    for place, word in enumerate(words):
        if word in ("and", "or"):
            return place + 2
        if not word.endswith(","):
            return place + 1 if place + 1 < len(words) and words[place + 1] in ("and", "or") else place
    return 1


def _is_later_verb(words: list[str], place: int) -> bool:
    """Whether "and" joins a second verb here, rather than a second object."""
    if place == 0 or place + 1 >= len(words) or words[place - 1] not in ("and", "or"):
        return False
    word = words[place]
    if word in _DETERMINERS or word.endswith("ed"):
        return False
    if bloom_level(word, "en") is None and word not in _MORE_VERBS:
        return False
    return word not in _ALSO_NOUNS or words[place + 1] in _DETERMINERS


def _gerund(word: str) -> str:
    verb, comma = (word[:-1], ",") if word.endswith(",") else (word, "")
    return verb if verb in ("and", "or") else _ing(verb) + comma


def _ing(verb: str) -> str:
    if "-" in verb:
        head, tail = verb.rsplit("-", 1)
        return f"{head}-{_ing(tail)}"
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) and verb != "be":
        return verb[:-1] + "ing"
    if re.search(r"(?<![aeiou])[aeiou][bdgklmnprtv]$", verb) and verb not in _NOT_DOUBLED:
        return verb + verb[-1] + "ing"
    return verb + "ing"
