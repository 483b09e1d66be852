"""English objectives: heads that cannot be observed, and what to write instead."""

from __future__ import annotations

from .objective_language import objective_language

_GAIN = r"(?:gain|get|have|develop|acquire|build|obtain|deepen) (?:(?:an?|the|some) )?(?:\w+ (?:and \w+ )?)?"
_BE = r"(?:be|become|get|feel|stay) (?:\w+ly |more |very )?"
_WORTH = r"(?:importance|value|role|need|significance|benefits?|power|impact|usefulness|advantages?)"

ENGLISH = objective_language(
    lead_ins=[
        r"(?:by|at|upon|on|after) (?:the )?(?:end|completion|completing|finishing|conclusion)\b[^,]{0,80}, ?",
        r"(?:the |our |all )?(?:students?|learners?|participants?|trainees?|workers?|employees?|you|they|we) "
        r"(?:will|should|shall|must|can|could|would|are expected to|are going to|need to|have to) ",
        r"(?:the |our |all )?(?:students|learners|participants|trainees) (?=\w)",
        r"(?:(?:will|should|shall|must|can) )?(?:be )?(?:able|ready|prepared) to ",
        r"(?:the |an )?(?:ability|capacity) to ",
        r"swbat ",
        r"to ",
        r"(?!(?:apply|multiply|supply|reply|comply|imply|rely|fly|tally|rally|bully)\b)\w+ly ",
        r"(?:better|really|truly|also|then|first) ",
    ],
    replacements=[
        (rf"{_GAIN}(?:understanding|comprehension|insight|grasp|knowledge) (?:of|into) how to ", ""),
        (rf"{_GAIN}(?:understanding|comprehension|insights?|grasp) (?:of|into|about)\b", "Explain"),
        (rf"{_GAIN}(?:knowledge|awareness|familiarity|sense) (?:of|about|with)\b", "Describe"),
        (rf"{_GAIN}appreciation (?:of|for)\b", "Justify the value of"),
        (r"(?:understand|comprehend|grasp|know|learn|understanding|knowing|learning) how to ", ""),
        (r"(?:learn|learning) to ", ""),
        (r"(?:know|learn|knowing|learning|be aware|become aware) that\b", "State that"),
        (
            r"(?:know|learn|knowing|learning) (?:about )?(?=(?:what|when|where|which|who|why|how|whether)\b)",
            "Explain ",
        ),
        (
            r"(?:understand|comprehend|grasp|internali[sz]e|understanding|comprehension)"
            r"(?: (?:of|about))?\b(?![\u2019'-])",
            "Explain",
        ),
        (rf"reali[sz]e (?=(?:that|how|why|what)\b|(?:the|its|their) {_WORTH}\b)", "Explain "),
        (r"(?:know|learn|knowing|learning|knowledge)(?: (?:about|of))?\b(?![\u2019'-])", "Describe"),
        (rf"(?:appreciate|appreciation of|enjoy|believe in) (?=(?:the|its|their) {_WORTH}\b)", "Justify "),
        (r"(?:appreciate|believe) (?=(?:that|how|why|what)\b)", "Explain "),
        (r"appreciate (?=and\b)|appreciate(?=,)", "Discuss "),
        (r"(?:appreciate|appreciation (?:of|for)|enjoy|believe in)\b", "Justify the value of"),
        (rf"{_BE}(?:aware|conscious|mindful) of\b", "Describe"),
        (rf"{_BE}(?:familiar|acquainted|conversant|comfortable) with\b", "Describe"),
        (rf"{_BE}(?:comfortable|confident|familiar)(?: in| with| about)? (?=\w+ing\b)", "Demonstrate "),
        (rf"{_BE}(?:confident|interested) (?:in|with|about)\b", "Discuss"),
        (r"(?:be )?(?:exposed|introduced) to\b|(?:exposure) to\b", "Describe"),
        (r"familiari[sz]e (?:yourself|yourselves|themselves|oneself) with\b", "Describe"),
        (r"(?:awareness of|familiarity with)\b", "Describe"),
        (r"think (?:\w+ly )?about\b", "Discuss"),
        (r"perceive\b", "Describe"),
    ],
)
