"""Grafana's panels about courses: what they cost, how good they are, and how sections find their model."""

from __future__ import annotations

from courseai.models.call import Outcome
from courseai.models.retry import ANSWERED
from courseai.ops.alerts.alert_table import ALIGNMENT, COURSE_COST
from courseai.ops.grafana.panel import (
    RANGE,
    STEP,
    Panel,
    PanelRow,
    Query,
    counts,
    grown,
    mean,
    mean_by_time,
    number,
    quantile,
    ranking,
    selector,
    share,
)
from courseai.ops.metrics import metric_table as table

_INPUT = selector(table.TOKEN_TYPE, "input")

COST = PanelRow(
    "Cost",
    (
        number("Spent", grown(table.COST, RANGE), "currencyUSD", "What calls cost, as far as that is known."),
        number(
            "Cost per course",
            mean(table.COURSE_COST, RANGE),
            "currencyUSD",
            "Mean of the runs that came to rest, other than to wait for a person.",
        ),
        number(
            "Dear courses",
            quantile(0.95, table.COURSE_COST, RANGE),
            "currencyUSD",
            "P95 of what runs cost, as good as the histogram's buckets.",
        ),
        number("Runs", grown(table.COURSES, RANGE), "short", "Runs that came to rest, however they did."),
        number(
            "Stopped by the budget",
            grown(table.COURSES, RANGE, where=selector(table.ENDING, "budget_stop")),
            "short",
            "Runs that their ceiling stopped.",
        ),
        number(
            "Calls of unknown cost",
            grown(table.UNPRICED_CALLS, RANGE),
            "short",
            "Answered calls whose cost nobody states: they are missing in the amounts.",
        ),
        counts("Spent by tier", table.COST, table.TIER, about="The tier that was asked.", unit="currencyUSD"),
        counts(
            "Spent by phase", table.COST, table.PHASE, about="Phases of the pipeline.", unit="currencyUSD"
        ),
        ranking(
            "Spent by model", table.COST, table.MODEL, about="The model that was asked.", unit="currencyUSD"
        ),
        Panel(
            "Cost per course by time",
            "lines",
            "currencyUSD",
            "Median and P95 of runs, as good as the buckets, and the alert's threshold.",
            (
                Query(quantile(0.5, table.COURSE_COST, STEP), "P50"),
                Query(quantile(0.95, table.COURSE_COST, STEP), "P95"),
            ),
            limit=COURSE_COST.threshold,
        ),
        counts("Tokens", table.TOKENS, table.TOKEN_TYPE, part="_sum", about="What models read and wrote."),
        Panel(
            "Read from prompt caches",
            "bars",
            "short",
            "Tokens of the input that the provider had in its cache, beside all of the input.",
            (
                Query(grown(table.CACHED_TOKENS, STEP), "cached"),
                Query(grown(table.TOKENS, STEP, part="_sum", where=_INPUT), "input"),
            ),
        ),
    ),
)

QUALITY = PanelRow(
    "Quality",
    (
        number(
            "Flagged lessons",
            share(table.LESSONS, RANGE, selector(table.VERDICT, "PASS", is_not=True)),
            "percentunit",
            "Lessons that did not pass outright, before a person decides.",
        ),
        number(
            "Answers that keep to their schema",
            share(
                table.CALLS, RANGE, selector(table.OUTCOME, Outcome.OK), selector(table.OUTCOME, *ANSWERED)
            ),
            "percentunit",
            "Of the answers of all models.",
        ),
        number("Alignment", mean(table.ALIGNMENT, RANGE), "percentunit", "Mean over sections and lessons."),
        number(
            "Bloom compliance",
            mean(table.BLOOM_COMPLIANCE, RANGE),
            "percentunit",
            "Outcomes whose claimed level is at most one from the detected; mean over courses.",
        ),
        number(
            "Covered outcomes",
            share(table.OUTCOMES, RANGE, selector(table.COVERED, "true")),
            "percentunit",
            "Outcomes that a lesson teaches and an exercise checks.",
        ),
        number(
            "Escalated sections",
            share(table.SECTIONS, RANGE, selector(table.ESCALATED, "true")),
            "percentunit",
            "Sections that climbed to a dearer tier.",
        ),
        counts("Lessons by verdict", table.LESSONS, table.VERDICT, about="Before a person decides."),
        mean_by_time(
            "Alignment by phase",
            table.ALIGNMENT,
            table.PHASE,
            about="Sections as they were kept, lessons as they were judged, and the alert's threshold.",
            limit=ALIGNMENT.threshold,
        ),
        mean_by_time("Judge scores", table.JUDGE_SCORE, table.TIER, about="Overall score, by judging tier."),
        counts(
            "Sections by status", table.SECTIONS, table.SECTION_STATUS, about="How sections ended.", width=6
        ),
        ranking(
            "Escalations by trigger",
            table.ESCALATIONS,
            table.PHASE,
            table.TRIGGER,
            about="What sent a section to a dearer tier, or a verdict to a second judge.",
            width=6,
        ),
        ranking(
            "Escalations by tier",
            table.ESCALATIONS,
            table.TIER,
            table.NEXT_TIER,
            about="The tier that was left, and the one that was climbed to.",
            width=6,
        ),
        ranking(
            "Retries by trigger",
            table.RETRIES,
            table.PHASE,
            table.TRIGGER,
            about="Drafts that went back to the same tier.",
            width=6,
        ),
        counts(
            "Sections by starting tier",
            table.SECTIONS,
            table.TIER,
            table.ESCALATED,
            about="The tier that sections started at, and whether they climbed from it.",
            width=12,
        ),
        mean_by_time(
            "Retries before a climb",
            table.ESCALATION_RETRIES,
            table.TIER,
            about="Retries that a tier was given before a section climbed from it.",
            unit="none",
            width=12,
        ),
    ),
)
