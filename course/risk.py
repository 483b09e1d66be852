"""Rule X8: which sections are at risk, and which of them need a person's signature.

Risk is a separate axis from complexity: safety or legal text is often simple, and still goes to the
strongest model.
"""

from __future__ import annotations

from collections.abc import Sequence

from .analysis import AnalysisResult, Section
from .errors import SettingsError
from .problem import enumerate_words, quote


def section_risk(analysis: AnalysisResult, section: Section) -> str | None:
    """Why this section goes to the strongest model, or None if it does not.

    The reason is the section's own `risk` where it names one other than "none". Where the section says
    nothing and the course is under compliance, it is "compliance": silence is no proof of safety. An
    explicit "none" is believed.
    """
    if section.risk is None:
        return "compliance" if under_compliance(analysis) else None
    return None if section.risk == "none" else section.risk


def needs_sign_off(analysis: AnalysisResult, section: Section) -> bool:
    """Whether a person must sign this section off: it is at risk in a course under compliance."""
    return under_compliance(analysis) and section_risk(analysis, section) is not None


def under_compliance(analysis: AnalysisResult) -> bool:
    """Whether the course as a whole is safety-critical, or legal or regulatory."""
    return analysis.compliance.safety_critical or analysis.compliance.legal_or_regulatory


def check_highest_quality(analysis: AnalysisResult, section_ids: Sequence[str]) -> None:
    """Raises `SettingsError` for an id that no section has: a slip would only show once it is paid for."""
    known = [section.section_id for section in analysis.sections]
    if unknown := [each for each in section_ids if each not in known]:
        raise SettingsError(
            f"Highest quality was asked for {enumerate_words([quote(each) for each in unknown])}, but no "
            f"section has that id. The sections are {enumerate_words(known)}."
        )
