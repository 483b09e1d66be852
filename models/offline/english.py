"""Objectives in English: base form and gerund, in words that do not merely quote them."""

from __future__ import annotations

import re
from functools import lru_cache

from courseai.course.bloom import bloom_level
from courseai.models.offline.forms import Forms, is_quotation, lowered_first, reworded

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
    if not _opens_with_verb(text):
        subject = lowered_first(text)
        return Forms(objective, f"work on {subject}", f"working on {subject}", f"working on {subject}")
    base = _then(lowered_first(text))
    gerund = reworded(_gerund_phrase(lowered_first(text)), objective, _rewordings(objective))
    return Forms(objective, _own_base(base, gerund, objective), gerund, _head(gerund, objective))


def _rewordings(objective: str) -> tuple[tuple[str, str], ...]:
    """Small changes that keep the meaning, the most natural first."""
    adverb = _ADVERBS[len(objective) % len(_ADVERBS)]
    return (
        (r"(?<=\w) using\b", " with the help of"),
        (r"(?<!so )\bthat\b", "which"),
        (r"\bwhether\b", "whether or not"),
        (r"(, [\w/ -]+) and (?!where|how|what|why|when|then|not)(?=\w)", r"\1 and also "),
        (r"\bbetween (.+?) and (?=\w)", r"between, on the one hand, \1 and, on the other, "),
        (r"(?<=[a-z])(?<!whether) or (?=\w)", " or else "),
        (r"(?<!between )(\b[\w/-]+) and (?!where|how|what|why|when|then|also|not)(?=\w)", r"\1 as well as "),
        (r"\bin (?=an? )", "inside "),
        (_BEFORE_DETAIL, f"{adverb} "),
        (r"\bis\b", "is really"),
        (r"\bare\b", "are truly"),
        (r"\b(?:an?) (?!lot\b|few\b|little\b)", "any "),
        (rf"((?:any|the) \w+ )(\w{{4,}}) (?!{_DETAIL}\b)(\w{{4,}}) (\w{{3,}})$", r"\1\2-\3 \4"),
    )


def _then(base: str) -> str:
    """ "Fit and interpret a line" becomes "fit and then interpret a line"."""
    words = base.split()
    later = [place for place in range(len(words)) if _is_later_verb(words, place)]
    for place in reversed(later[:1]):
        words.insert(place, "then")
    return " ".join(words)


def _own_base(base: str, gerund: str, objective: str) -> str:
    base = reworded(base, objective, _rewordings(objective))
    return f"go about {gerund}" if is_quotation(base, objective) else base


def _head(gerund: str, objective: str) -> str:
    """The first verb and its object: "writing a for loop" of "writing a for loop that repeats ..."."""
    first = gerund if "," in gerund else re.split(r" and (?=[\w-]+ing\b)", gerund)[0]
    head = re.sub(rf" (?:{'|'.join(_ADVERBS)})$", "", _CUT.sub("", first))
    if len(head.split()) < _SHORTEST_HEAD and len(head.split()) < len(gerund.split()):
        head = gerund
    return head if not is_quotation(head, objective) else gerund


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
