"""What a sentence says about a fact: verified, contradicted, unverifiable, or nothing at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.defect import Claim
from courseai.quality.fact import compare, doubtful_sentences, fact_claims, fact_status, is_doubtful

HEIGHT = "In general industry fall protection is required at a height of 4 feet or more above a lower level."
SHEET = "A safety data sheet has 16 sections."
EXITS = "A workplace normally needs at least two exit routes."
LOCKOUT = "Control of hazardous energy is regulated in 29 CFR 1910.147."
PPE = "With some exceptions the employer pays for required PPE."
INDEX = "Python uses zero-based indexing: the first element of a list has index 0."
NORMAL = "About 95% of a normal distribution lies within 1.96 standard deviations of the mean."
VARIANCE = "The variance of a binomial distribution is n*p*(1-p)."
GUERNICA = "Guernica fue pintado por Pablo Picasso en 1937."

DOSE = "An adult dose of paracetamol must not exceed 4 g in 24 hours."
RINSING = "A burned eye must be rinsed for at least 15 minutes."
TREATY = "The Treaty of Rome was signed on 25 March 1957."
WITHDRAWAL = "The withdrawal period for online purchases is 14 days under Article 9 of Directive 2011/83/EU."


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("In general industry, fall protection is required from four feet above a lower level.", HEIGHT),
        ("Fall protection is required at a height of 4 ft above a lower level.", HEIGHT),
        ("Every safety data sheet has the same sixteen sections.", SHEET),
        ("A workplace normally needs two separate exit routes.", EXITS),
        ("The control of hazardous energy is regulated by 29 CFR 1910.147(c)(4).", LOCKOUT),
        ("With some exceptions, the employer pays for required PPE.", PPE),
        ("In Python the first element of a list has index 0.", INDEX),
        ("About 95 percent of a normal distribution lies within 1.96 standard deviations.", NORMAL),
        ("The variance of a binomial distribution is n * p * (1 - p).", VARIANCE),
    ],
)
def test_the_same_number_in_other_words_verifies_a_fact(sentence: str, statement: str) -> None:
    assert compare(sentence, statement) == "verified"


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        (
            "In general industry, fall protection is required at a height of 6 feet above a lower level.",
            HEIGHT,
        ),
        ("A safety data sheet has twelve sections.", SHEET),
        ("A workplace normally needs at least one exit route.", EXITS),
        ("Control of hazardous energy is regulated in 29 CFR 1910.212.", LOCKOUT),
        ("In Python the first element of a list has index 1.", INDEX),
        ("About 95% of a normal distribution lies within 3 standard deviations of the mean.", NORMAL),
        ("About 90% of a normal distribution lies within 1.96 standard deviations of the mean.", NORMAL),
        ("The variance of a binomial distribution is n*p.", VARIANCE),
    ],
)
def test_another_number_for_the_same_subject_contradicts_a_fact(sentence: str, statement: str) -> None:
    assert compare(sentence, statement) == "contradicted"


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("In general industry fall protection is not required at a height of 4 feet.", HEIGHT),
        ("With some exceptions the employer does not pay for required PPE.", PPE),
    ],
)
def test_a_denied_statement_is_contradicted(sentence: str, statement: str) -> None:
    assert compare(sentence, statement) == "contradicted"


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("In construction, fall protection is required at a height of 6 feet above a lower level.", HEIGHT),
        ("Is fall protection required at a height of 10 feet above a lower level?", HEIGHT),
        ("It is a myth that fall protection is required at a height of 10 feet above a lower level.", HEIGHT),
        ("The last element of a list of 5 elements has index 4.", INDEX),
        ("About 68% of a normal distribution lies within 1 standard deviation of the mean.", NORMAL),
        ("About 95% of a normal distribution lies within two standard deviations of the mean.", NORMAL),
    ],
    ids=["other condition", "question", "myth", "other element", "other case", "rounded"],
)
def test_a_sentence_about_another_case_never_contradicts(sentence: str, statement: str) -> None:
    assert compare(sentence, statement) == "unverifiable"


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("A guardrail is 42 inches high, plus or minus 3 inches.", HEIGHT),
        ("Section 4 of the sheet describes first aid.", SHEET),
        ("Keep every exit route clear of stored goods.", EXITS),
        ("Treat the binomial distribution as a model of repeated trials.", VARIANCE),
    ],
)
def test_a_sentence_about_something_else_says_nothing_about_the_fact(sentence: str, statement: str) -> None:
    assert compare(sentence, statement) is None


@pytest.mark.parametrize(
    ("sentence", "statement", "language"),
    [
        ("Insulin raises blood sugar.", "Insulin lowers blood sugar.", "en"),
        ("Lists are immutable.", "Lists are mutable.", "en"),
        ("The capital of Australia is Sydney.", "Canberra is the capital of Australia.", "en"),
        ("Louis Pasteur discovered penicillin.", "Alexander Fleming discovered penicillin.", "en"),
        ("The treaty was signed in July.", "The treaty was signed in June.", "en"),
        ("The heart has three chambers.", "The heart has four chambers.", "en"),
        ("Steam is let out after 25 minutes.", "The steam is let out after 15 minutes.", "en"),
        ("Water boils at ninety degrees.", "Water boils at 100 degrees.", "en"),
        ("Goya pintó Las meninas en 1656.", "Velázquez pintó Las meninas en 1656.", "es"),
    ],
)
def test_a_word_that_excludes_the_right_one_contradicts(sentence: str, statement: str, language: str) -> None:
    assert compare(sentence, statement, language) == "contradicted"


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("Spain is a member of NATO.", "Norway is a member of NATO."),
        ("Unlike glucagon, which raises it, insulin lowers blood sugar.", "Insulin lowers blood sugar."),
        ("Glucagon raises blood sugar.", "Insulin lowers blood sugar."),
        (
            "Article 15 of the GDPR gives the right of access.",
            "Article 17 of the GDPR gives the right to erasure.",
        ),
        ("Tuples are immutable.", "Lists are mutable."),
        ("Sydney is the largest city of Australia.", "Canberra is the capital of Australia."),
    ],
)
def test_what_may_be_true_beside_a_fact_does_not_contradict_it(sentence: str, statement: str) -> None:
    assert compare(sentence, statement) != "contradicted"


def test_a_fact_with_another_word_in_one_place_is_doubtful() -> None:
    fact = {"id": "f1", "statement": "Photosynthesis takes place in the chloroplasts."}
    changed = "Photosynthesis takes place in the mitochondria."
    assert doubtful_sentences(changed, [fact]) == [(changed, fact["statement"])]
    assert doubtful_sentences(fact["statement"], [fact]) == []
    assert doubtful_sentences("Respiration takes place in the mitochondria.", [fact]) == []


def test_a_part_of_the_sections_is_not_their_number() -> None:
    sentence = "The first eight sections of a safety data sheet are the ones you need in an emergency."
    assert compare(sentence, SHEET) != "contradicted"


def test_a_number_elsewhere_in_the_sentence_belongs_to_something_else() -> None:
    assert compare("Pablo Picasso, que nació en 1881, pintó Guernica.", GUERNICA, "es") != "contradicted"
    assert compare("Pablo Picasso nació en 1881 y pintó Guernica en 1937.", GUERNICA, "es") == "verified"


def test_another_year_contradicts_in_spanish() -> None:
    assert compare("Guernica fue pintado por Pablo Picasso en 1939.", GUERNICA, "es") == "contradicted"


def test_decimal_commas_are_read_in_languages_that_use_them() -> None:
    statement = "Un pie equivale a 30,48 centímetros de longitud."
    assert compare("Un pie equivale a 30,48 cm de longitud.", statement, "es") == "verified"
    assert compare("Un pie equivale a 33,48 cm de longitud.", statement, "es") == "contradicted"


def test_claims_of_a_lesson_quote_the_sentence() -> None:
    lesson = (
        "## Sheets\n\nManufacturers write them. A safety data sheet has 12 sections. Read section 8 first."
    )
    claims = fact_claims("s6-l1", lesson, [{"id": "os2", "statement": SHEET}])
    assert claims == [Claim("s6-l1", "fact", "os2", "contradicted", "A safety data sheet has 12 sections.")]


def test_a_contradiction_weighs_more_than_any_number_of_verified_claims() -> None:
    claims = [Claim("l", "fact", "f", "verified"), Claim("m", "fact", "f", "contradicted")]
    assert fact_status(claims) == "contradicted"
    assert fact_status(claims[:1]) == "verified"
    assert fact_status([]) == "unverifiable"


@given(st.text(max_size=300), st.text(min_size=5, max_size=200), st.sampled_from(["en", "es", "ru", "xx"]))
def test_no_text_crashes_the_comparison(sentence: str, statement: str, language: str) -> None:
    compare(sentence, statement, language)
    fact_claims("l", sentence, [{"id": "f", "statement": statement}], language)


@given(
    st.lists(
        st.sampled_from("4 feet 16 sections 1,96 % not 29 CFR 1910.147 in 1937 ( ) n*p*(1-p) list".split())
    )
)
def test_no_heap_of_numbers_and_units_crashes_the_comparison(words: list[str]) -> None:
    for statement in (HEIGHT, LOCKOUT, NORMAL, VARIANCE, " ".join(words) or "x"):
        compare(" ".join(words), statement)


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("An adult dose of paracetamol must not exceed 4 mg in 24 hours.", DOSE),
        ("An adult dose of paracetamol must not exceed 14 g in 24 hours.", DOSE),
        ("An adult dose of paracetamol may exceed 4 g in 24 hours.", DOSE),
        ("A burned eye must be rinsed for at least 15 seconds.", RINSING),
        ("A burned eye must be rinsed for at most 15 minutes.", RINSING),
        ("The Treaty of Rome was signed on 25 May 1957.", TREATY),
        ("The Treaty of Rome was signed on 15 March 1957.", TREATY),
        ("HAVING filters groups before they are formed.", "HAVING filters groups after they are formed."),
        ("The withdrawal period for online purchases is 30 days.", WITHDRAWAL),
        ("One milligram is 100 micrograms.", "One milligram is 1,000 micrograms."),
    ],
)
def test_another_unit_date_bound_or_permission_contradicts(sentence: str, statement: str) -> None:
    assert compare(sentence, statement) == "contradicted"


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("An adult dose of paracetamol must not exceed 4,000 mg in 24 hours.", DOSE),
        ("A burned eye must be rinsed for at least a quarter of an hour, 15 min.", RINSING),
        ("The Treaty of Rome was signed on March 25, 1957.", TREATY),
        ("One milligram is 1,000 micrograms.", "One milligram is 1,000 micrograms."),
    ],
)
def test_the_same_value_in_another_unit_or_order_verifies(sentence: str, statement: str) -> None:
    assert compare(sentence, statement) == "verified"


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("The boiling point of water is 100 °C.", "The boiling point of ethanol is 78 °C."),
        ("Ethanol boils at 78.4 °C.", "The boiling point of ethanol is 78 °C."),
        (
            "Before 1939 orchestras tuned concert pitch to 435 Hz.",
            "The concert pitch is tuned to 440 Hz.",
        ),
    ],
)
def test_another_subject_or_a_rounded_number_is_no_doubt(sentence: str, statement: str) -> None:
    assert compare(sentence, statement) != "contradicted"
    assert not is_doubtful(sentence, statement)
