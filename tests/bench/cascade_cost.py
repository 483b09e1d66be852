"""What does an accepted lesson cost under the cascade, and what would it cost on one tier alone?

    python tests/bench/cascade_cost.py --profile assumed --editions 10

Generates seven English courses under each policy with the offline author, whose faults follow a profile
(`tests/bench/profiles`), and prints Markdown tables. An edition is the same course under another title, so
its faults are drawn anew. Spanish is left out: embeddings cannot accept a lesson there.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path

from course_bench import (
    SAMPLES,
    Json,
    Run,
    edition,
    english_courses,
    one_tier,
    policy_with,
    profile,
    run_course,
    table,
)

from courseai.course.policy import Policy, default_policy
from courseai.models.call import Call
from courseai.models.ledger import totals
from courseai.models.tiers import load_tiers
from courseai.quality.embeddings import Embedder, EmbeddingModel, VectorStore

CASCADE, PREMIUM = "cascade", "all qwen3_max"
TARGET = 0.85
TIERS = load_tiers()


def policies() -> dict[str, Policy]:
    """The shipped cascade, each tier alone, and other mixes, all as data."""
    tiers = default_policy().ladder.tiers
    late = {"start_below": {"oss_20b": 4, "oss_120b": 11, "qwen3_max": 11}}
    cheap_first = {"start_below": dict.fromkeys(tiers, 11), "template_tiers": []}
    cheap_metadata = {"tier": "oss_120b"}
    return {
        CASCADE: default_policy(),
        PREMIUM: one_tier("qwen3_max"),
        "all oss_120b": one_tier("oss_120b"),
        "all oss_20b": one_tier("oss_20b"),
        "A: metadata by oss_120b": policy_with(metadata=cheap_metadata),
        "B: complex sections start on oss_120b": policy_with(ladder=late),
        "A and B": policy_with(ladder=late, metadata=cheap_metadata),
        "A, and all start on oss_20b": policy_with(ladder=cheap_first, metadata=cheap_metadata),
    }


@dataclass
class Tally:
    """Sums over runs."""

    runs: list[Run] = field(default_factory=list)

    @property
    def cost_usd(self) -> float:
        return sum(run.cost_usd for run in self.runs)

    @property
    def planned(self) -> int:
        return sum(run.planned_lessons for run in self.runs)

    @property
    def accepted(self) -> int:
        return sum(run.accepted_lessons for run in self.runs)

    @property
    def usd_per_accepted(self) -> float:
        return self.cost_usd / max(1, self.accepted)

    @property
    def accepted_share(self) -> float:
        return self.accepted / max(1, self.planned)

    @property
    def sections(self) -> list[Json]:
        return [section for run in self.runs for section in run.sections]

    @property
    def escalated_share(self) -> float:
        return sum(section["escalations"] > 0 for section in self.sections) / max(1, len(self.sections))

    @property
    def premium_share(self) -> float:
        """Share of the lessons whose section starts on qwen3_max."""
        premium = sum(len(s["lesson_numbers"]) for s in self.sections if s["start_tier"] == "qwen3_max")
        return premium / max(1, self.planned)

    @property
    def calls(self) -> int:
        return sum(len(run.calls) for run in self.runs)

    def usd(self, phase: str) -> float:
        """Cost of one phase."""
        return sum(totals(run.calls)["by_phase"].get(phase, {}).get("cost_usd", 0.0) for run in self.runs)


Results = dict[str, dict[str, Tally]]
"""By policy, then by course."""


async def measure(courses: dict[str, Json], editions: int, author: str, embedder: EmbeddingModel) -> Results:
    """Every course under every policy, `editions` times."""
    settings = profile(author)
    results: Results = {name: {course: Tally() for course in courses} for name in policies()}
    for number in range(editions):
        for name, policy in policies().items():
            for course, document in courses.items():
                run = await run_course(edition(document, number), policy, settings, embedder)
                results[name][course].runs.append(run)
        print(f"edition {number + 1} of {editions}", file=sys.stderr, flush=True)
    return results


def total(by_course: dict[str, Tally]) -> Tally:
    """All courses together."""
    return Tally([run for tally in by_course.values() for run in tally.runs])


def cheaper(tally: Tally, reference: Tally) -> float:
    """How much less an accepted lesson costs, in [0, 1]."""
    return 1 - tally.usd_per_accepted / reference.usd_per_accepted


def show_policies(results: Results) -> None:
    premium = total(results[PREMIUM])
    rows = []
    for name, by_course in results.items():
        tally = total(by_course)
        rows.append(
            (
                name,
                f"{1000 * tally.usd_per_accepted:.3f}",
                f"{cheaper(tally, premium):.1%}",
                f"{tally.accepted_share:.1%}",
                f"{tally.accepted_share / premium.accepted_share:.3f}",
                f"{tally.escalated_share:.1%}",
                f"{tally.calls / max(1, tally.planned):.2f}",
            )
        )
    print(f"\n{premium.planned} planned lessons in {len(premium.runs)} courses for each policy\n")
    columns = "policy", "USD per 1,000 accepted", "cheaper by", "accepted", "of its accepted share"
    table([*columns, "sections escalated", "calls a lesson"], rows)


def show_courses(results: Results) -> None:
    """Course by course; in every mix risk goes to qwen3_max at once."""
    mixes = [name for name in results if not name.startswith("all ")]
    rows = []
    for course, tally in results[CASCADE].items():
        premium = results[PREMIUM][course]
        cells = [f"{cheaper(results[name][course], premium):.1%}" for name in mixes]
        rows.append((course, f"{tally.premium_share:.0%}", f"{tally.escalated_share:.1%}", *cells))
    print("\nCheaper by, course by course; the first two figures are the cascade's:\n")
    table(["course", "lessons starting on qwen3_max", "sections escalated", *mixes], rows)


def show_money(results: Results) -> None:
    rows = []
    for name in (CASCADE, PREMIUM):
        tally = total(results[name])
        shares = [f"{tally.usd(phase) / tally.cost_usd:.1%}" for phase in ("metadata", "sections", "judge")]
        rows.append((name, f"{tally.cost_usd / len(tally.runs):.4f}", *shares))
    print()
    table(["policy", "USD a course", "metadata", "sections", "judge and rewrites"], rows)


def show_bound(results: Results) -> None:
    """What the target leaves for a lesson, and what a lesson costs without any that start on qwen3_max."""
    cascade, premium = total(results[CASCADE]), total(results[PREMIUM])
    fixed = (cascade.usd("metadata") + cascade.usd("judge")) / cascade.planned
    dear, cheap = premium.usd("sections") / premium.planned, cheap_lesson_usd(cascade)
    allowed = (1 - TARGET) * premium.cost_usd / premium.planned
    share = (allowed - fixed - cheap) / (dear - cheap)
    verdict = f"at most {share:.1%} of the lessons may" if share > 0 else "no lesson may"
    print(
        f"\n{TARGET:.0%} cheaper leaves {1000 * allowed:.3f} USD for 1,000 planned lessons. Metadata and "
        f"judging take {1000 * fixed:.3f}, writing on qwen3_max {1000 * dear:.3f}, on the tiers below it "
        f"{1000 * cheap:.3f}. So {verdict} start on qwen3_max (here {cascade.premium_share:.1%} do)."
    )


def show_longer(results: Results) -> None:
    """The same calls billed as if lessons had been longer: models write more than the offline author does."""
    premium = total(results[PREMIUM])
    tokens = [call.tokens_out or 0 for run in premium.runs for call in run.calls if call.phase == "sections"]
    written = sum(tokens) / premium.planned
    rows = []
    for factor in (1, 2, 4):
        dear = sum(billed_usd(call, factor) for run in premium.runs for call in run.calls)
        costs = {name: total(results[name]) for name in results if name != PREMIUM}
        cells = [
            f"{1 - sum(billed_usd(c, factor) for run in tally.runs for c in run.calls) / dear:.1%}"
            for tally in costs.values()
        ]
        rows.append((f"{factor * written:.0f}", *cells))
    print("\nCheaper by, for each planned lesson, by the tokens that a lesson has:\n")
    table(["tokens a lesson", *(name for name in results if name != PREMIUM)], rows)


def billed_usd(call: Call, factor: int) -> float:
    """List price of a call whose lessons are `factor` times as long; judges read what was written."""
    tokens_in, tokens_out = call.tokens_in or 0, call.tokens_out or 0
    if call.phase == "sections":
        tokens_out *= factor
    elif call.phase == "judge":
        tokens_in *= factor
    return TIERS[call.answering_tier].list_price_usd(tokens_in, tokens_out) or 0.0


def cheap_lesson_usd(tally: Tally) -> float:
    """Cost of a lesson in the sections that start below qwen3_max, their escalations included."""
    sections = [section for section in tally.sections if section["start_tier"] != "qwen3_max"]
    return sum(s["cost_usd"] for s in sections) / max(1, sum(len(s["lesson_numbers"]) for s in sections))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=Path, default=SAMPLES, help="folder of analysis documents")
    parser.add_argument("--profile", default="assumed", help="how the models err: a file of profiles/")
    parser.add_argument("--editions", type=int, default=10, help="how often each course is generated")
    options = parser.parse_args()
    courses = english_courses(options.inputs)
    embedder = Embedder(store=VectorStore())
    results = asyncio.run(measure(courses, options.editions, options.profile, embedder))
    for show in (show_policies, show_courses, show_money, show_bound, show_longer):
        show(results)


if __name__ == "__main__":
    main()
