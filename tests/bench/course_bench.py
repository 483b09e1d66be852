"""What the course benchmarks share: courses, policies as data, and a run against the offline author.

The courses are the sample documents of `studio/samples` (or `--inputs FOLDER`), and further courses cut from
them. Section ids are kept, so a section reads the same in every course that has it and is encoded once.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from courseai.course.errors import InsufficientLessonsError
from courseai.course.policy import Policy, default_policy
from courseai.course.state import RunContext
from courseai.graph import build_graph, make_services
from courseai.models.call import Call
from courseai.models.draft_store import DraftStore, MemoryDraftStore
from courseai.models.journal import MemoryJournal
from courseai.models.ledger import totals
from courseai.models.offline.app import create_app
from courseai.models.offline.settings import Latency, OfflineSettings, load_settings
from courseai.models.provider import offline
from courseai.quality.alignment import AlignmentScorer
from courseai.quality.calibration import shipped_calibrations
from courseai.quality.embeddings import EmbeddingModel

Json = dict[str, Any]

RUN_ID = "bench"
PROFILES = Path(__file__).parent / "profiles"
SAMPLES = Path(__file__).parents[2] / "studio" / "samples"


@dataclass(frozen=True)
class Run:
    """One finished run. `course` and `report` are None where the course was refused as too short."""

    course: Json | None
    report: Json | None
    calls: list[Call]
    drafts: DraftStore

    @property
    def cost_usd(self) -> float:
        """Of every attempt, answered or not."""
        return float(totals(self.calls)["cost_usd"])

    @property
    def accepted_lessons(self) -> int:
        """Lessons with a passing verdict."""
        return len(self.passed)

    @property
    def passed(self) -> set[str]:
        """Ids of the lessons with the verdict PASS or PASS_WITH_FLAG."""
        verdicts = self.report["verdicts"] if self.report else []
        return {each["lesson_id"] for each in verdicts if each["status"] in ("PASS", "PASS_WITH_FLAG")}

    @property
    def planned_lessons(self) -> int:
        """Lessons of the plan; 0 where the course was refused."""
        return int(self.report["lessons"]["planned"]) if self.report else 0

    @property
    def sections(self) -> list[Json]:
        """The report's sections."""
        return self.report["sections"] if self.report else []


def profile(name: str, *, with_latency: bool = False, seed: int = 0) -> OfflineSettings:
    """A profile of `profiles/`: how often each model errs, and, if wanted, how long it takes."""
    settings = load_settings(PROFILES / f"{name}.json")
    if not with_latency:
        settings = scaled(settings, 0.0)
    return settings.model_copy(update={"seed": seed})


def scaled(settings: OfflineSettings, factor: float) -> OfflineSettings:
    """The same with every latency's median times `factor`."""
    models = {
        name: model.model_copy(
            update={"latency": Latency(median_s=model.latency.median_s * factor, sigma=model.latency.sigma)}
        )
        for name, model in settings.models.items()
    }
    return settings.model_copy(update={"models": models})


def policy_with(base: Policy | None = None, **blocks: Json) -> Policy:
    """The default policy (or `base`) with other values in some of its blocks."""
    content = (base or default_policy()).model_dump(mode="json")
    for name, changes in blocks.items():
        content[name] = content[name] | changes
    return Policy.model_validate(content)


def one_tier(tier: str) -> Policy:
    """Every section and the metadata on one tier; judges stay as they are, so that all are judged alike."""
    ladder = {"tiers": [tier], "start_below": {tier: 11}, "template_tiers": [], "risk_tier": tier}
    return policy_with(ladder=ladder, metadata={"tier": tier})


def english_courses(folder: Path = SAMPLES) -> dict[str, Json]:
    """The English samples and courses cut from them, by name."""
    samples = {path.stem.lstrip("0123456789_"): path for path in sorted(folder.glob("*.json"))}
    read = {name: json.loads(path.read_text("utf-8")) for name, path in samples.items()}
    programming, statistics = read["programming_beginner"], read["statistics"]
    safety = read["workplace_safety"]
    return {
        "programming": programming,
        "statistics": statistics,
        "safety": safety,
        "programming s1-s4": cut(programming, ["s1", "s2", "s3", "s4"]),
        "statistics s1-s6": cut(statistics, ["s1", "s2", "s3", "s4", "s5", "s6"]),
        "statistics s7-s9": cut(statistics, ["s7", "s8", "s9"]),
        "safety, no risk": without_risk(safety),
    }


def cut(document: Json, section_ids: Iterable[str]) -> Json:
    """The document with these sections only; prerequisites and facts of the others go with them."""
    kept = set(section_ids)
    result = copy.deepcopy(document)
    structure = result["recommended_structure"]
    sections = [s for s in structure["sections_breakdown"] if s["section_id"] in kept]
    for section in sections:
        section["prerequisites"] = [p for p in section.get("prerequisites", []) if p in kept]
    structure["sections_breakdown"] = sections
    structure["total_sections"] = len(sections)
    structure["total_lessons"] = sum(section["estimated_lessons"] for section in sections)
    result["verifiable_facts"] = [
        fact
        for fact in result.get("verifiable_facts", [])
        if not fact.get("must_mention_in") or kept & set(fact["must_mention_in"])
    ]
    for fact in result["verifiable_facts"]:
        fact["must_mention_in"] = [s for s in fact.get("must_mention_in", []) if s in kept]
    return result


def edition(document: Json, number: int) -> Json:
    """The document under another title: the lessons read the same, but every fault is drawn anew."""
    result = copy.deepcopy(document)
    result["topic_analysis"]["determined_topic"] += f" (edition {number})" if number else ""
    return result


def without_risk(document: Json) -> Json:
    """The document as if nobody could come to harm by it."""
    result = copy.deepcopy(document)
    result["compliance"] = {"safety_critical": False, "legal_or_regulatory": False}
    for section in result["recommended_structure"]["sections_breakdown"]:
        section["risk"] = "none"
    return result


async def run_course(
    document: Json,
    policy: Policy,
    settings: OfflineSettings,
    embedder: EmbeddingModel,
    *,
    calibrated: bool = True,
) -> Run:
    """One course by the offline author, in this process.

    Without calibration every alignment is unverified, as in a language that has none.
    """
    journal, drafts = MemoryJournal(), MemoryDraftStore()
    provider = offline(create_app(settings))
    services = make_services(provider, policy=policy, embedder=embedder, journal=journal, drafts=drafts)
    if not calibrated:
        elsewhere = shipped_calibrations().alignment.model_copy(update={"language": "none"})
        services = replace(services, alignment=AlignmentScorer(embedder, elsewhere))
    given: Any = {"analysis_result": document}
    try:
        result = await build_graph(services).ainvoke(
            given,
            config={"configurable": {"thread_id": RUN_ID}},
            context=RunContext(review="flag", seed=settings.seed),
        )
    except InsufficientLessonsError:
        result = {}
    finally:
        await services.aclose()
    if result.get("status") == "rejected":
        raise SystemExit(f"a course of the benchmark is not valid: {result['problems']}")
    return Run(result.get("course"), result.get("report"), await journal.calls(RUN_ID), drafts)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    for cells in (columns, ["---"] * len(columns), *rows):
        print("| " + " | ".join(cells) + " |")
