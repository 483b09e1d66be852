"""Rule X8: which sections are at risk, and which of them need a person's signature.

Risk is a separate axis from complexity: safety or legal text is often simple, and still goes to the
strongest model.
"""

from __future__ import annotations

from .analysis import AnalysisResult, Section


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
