"""How the work goes, as charts and tables."""

from __future__ import annotations

from itertools import cycle

from courseai.course.policy import default_policy
from courseai.ops.history.history import Operations, Quality
from courseai.ops.history.operation_history import Latency
from courseai.service.dashboard import tile
from courseai.service.dashboard.chart import COLOURS, Band, Chart, Series, Table
from courseai.service.measure import NOTHING, amount, count, day_names, duration, score, share


def operation_charts(operations: Operations, quality: Quality) -> list[Chart]:
    """How the work goes."""
    return [
        _escalation_days(quality),
        _triggers(operations),
        _accepted(operations),
        _latencies(operations),
    ]


def operation_tables(operations: Operations) -> list[Table]:
    """What no chart says better."""
    return [
        _performance(operations),
        _phases(operations),
        _latency_table(operations),
        _providers(operations),
        _breakers(operations),
        _nodes(operations),
    ]


def _escalation_days(quality: Quality) -> Chart:
    values = [day.escalation_rate for day in quality.days]
    low, high = tile.ESCALATED
    known = [value for value in values if value is not None]
    return Chart(
        "escalation",
        "Escalated sections",
        f"Between {share(min(known))} and {share(max(known))} of a day's sections climbed a tier. "
        f"Healthy: {share(low)} to {share(high)}; alert over {share(tile.OFTEN_ESCALATED)}."
        if known
        else "No section was written.",
        day_names(day.day for day in quality.days),
        [
            Series("share of the day", values, "line", "one"),
            Series("alert", [tile.OFTEN_ESCALATED] * len(values), "limit", "bad"),
        ],
        "share",
        bands=[Band(low, high, "healthy")],
        lowest=0,
        highest=max([0.6, *known]),
    )


def _triggers(operations: Operations) -> Chart:
    found = operations.escalations
    reasons = list(dict.fromkeys(one.reason for one in found))
    climbs = list(dict.fromkeys((one.tier, one.next_tier) for one in found))
    counts = {(one.reason, one.tier, one.next_tier): one.count for one in found}
    retries = operations.retries_per_escalation
    total = sum(one.count for one in found)
    return Chart(
        "triggers",
        "What sends sections up",
        f"{count(total)} escalations, most for {reasons[0].replace('_', ' ')}; "
        f"{score(retries)} retries on the same tier before each."
        if found
        else "No section climbed.",
        [reason.replace("_", " ") for reason in reasons],
        [
            Series(
                f"{tier} to {after}",
                [counts.get((reason, tier, after)) for reason in reasons],
                "bar",
                colour,
            )
            for (tier, after), colour in zip(climbs, cycle(COLOURS), strict=False)
        ],
        "count",
        label_title="trigger",
        is_stacked=True,
        is_horizontal=True,
        lowest=0,
    )


def _latencies(operations: Operations) -> Chart:
    models = operations.calls_by_model
    return Chart(
        "latency",
        "Time to an answer",
        "; ".join(f"{one.name}: P50 {duration(one.p50)}, P95 {duration(one.p95)}" for one in models)
        + f". Alert when the P95 of all is over {duration(tile.SLOW_S)}."
        if models
        else "No model has answered.",
        [one.name for one in models],
        [
            Series("P50", [one.p50 for one in models], "bar", "one"),
            Series("P95", [one.p95 for one in models], "bar", "two"),
            Series("P99", [one.p99 for one in models], "bar", "three"),
        ],
        "seconds",
        label_title="model",
        is_horizontal=True,
        lowest=0,
    )


def _accepted(operations: Operations) -> Chart:
    found = operations.performance
    complexities = sorted({one.complexity for one in found})
    shares = {(one.complexity, one.tier): one.accepted_share for one in found}
    said = [
        f"{name} {share(sum(one.accepted for one in own) / sum(one.drafts for one in own))}"
        for name in _tiers(operations)
        if (own := [one for one in found if one.tier == name])
    ]
    return Chart(
        "accepted",
        "Drafts accepted, by complexity",
        f"Of all drafts: {', '.join(said)}. The table below has costs and numbers."
        if found
        else "No section was written.",
        [str(complexity) for complexity in complexities],
        [
            Series(name, [shares.get((complexity, name)) for complexity in complexities], "bar", colour)
            for name, colour in zip(_tiers(operations), cycle(COLOURS), strict=False)
        ],
        "share",
        label_title="complexity",
        lowest=0,
        highest=1,
    )


def _performance(operations: Operations) -> Table:
    """Rows from simple to complex, a column for each tier."""
    tiers = _tiers(operations)
    cells = {(one.complexity, one.tier): one for one in operations.performance}
    rows = []
    for complexity in sorted({one.complexity for one in operations.performance}):
        row = [str(complexity)]
        for name in tiers:
            one = cells.get((complexity, name))
            row.append(
                f"{share(one.accepted_share)} of {count(one.drafts)}, {amount(one.usd_per_draft)} each"
                if one
                else NOTHING
            )
        rows.append(row)
    return Table(
        "performance",
        "What each tier makes of which complexity",
        ["complexity", *tiers],
        rows,
        empty="No section was written.",
        note="Share of drafts that were accepted, with a flag or without, and what a draft costs.",
        is_wide=True,
    )


def _tiers(operations: Operations) -> list[str]:
    """As the ladder has them, from cheap to dear; others last."""
    ladder, found = default_policy().ladder.tiers, {one.tier for one in operations.performance}
    return [name for name in ladder if name in found] + sorted(found - set(ladder))


def _phases(operations: Operations) -> Table:
    words = {
        "metadata": "took a second attempt",
        "sections": "climbed a tier",
        "judge": "asked a second judge",
    }
    rows = [
        [one.phase, words[one.phase], count(one.escalated), count(one.subjects), share(one.rate)]
        for one in operations.escalation_rates
    ]
    return Table(
        "escalations",
        "Escalations by phase",
        ["phase", "what", "of these", "of all", "share"],
        rows,
        text_columns=frozenset({0, 1}),
    )


def _latency_table(operations: Operations) -> Table:
    named: list[tuple[str, Latency]] = [(one.name, one) for one in operations.calls_by_model]
    if operations.calls:
        named.append(("all calls", operations.calls))
    if operations.courses:
        named.append(("whole courses", operations.courses))
    rows = [
        [name, count(one.count), duration(one.p50), duration(one.p95), duration(one.p99)]
        for name, one in named
    ]
    return Table(
        "latencies",
        "Latency",
        ["of", "measured", "P50", "P95", "P99"],
        rows,
        note="Calls that were answered; courses that were finished, without waiting for people.",
    )


def _providers(operations: Operations) -> Table:
    rows = [
        [
            one.provider,
            count(one.calls),
            share(one.availability),
            share(one.error_share),
            count(one.rate_limited),
            ", ".join(f"{kind.replace('_', ' ')} {count(number)}" for kind, number in one.by_kind.items())
            or "none",
        ]
        for one in operations.providers
    ]
    return Table(
        "providers",
        "Providers",
        ["provider", "calls", "available", "errors", "rate limits", "errors by kind"],
        rows,
        empty="No call was sent.",
        note=f"Alert when over {share(tile.ERRORS)} of calls fail, "
        f"or a provider is there for under {share(tile.AVAILABLE)}.",
        text_columns=frozenset({0, 5}),
    )


def _breakers(operations: Operations) -> Table:
    rows = [
        [
            one.model,
            one.provider,
            count(one.openings),
            one.last_at[:16].replace("T", " "),
            one.last_reason.replace("_", " "),
        ]
        for one in operations.breakers
    ]
    return Table(
        "breakers",
        "Circuit breakers",
        ["model", "provider", "openings", "last (UTC)", "because of"],
        rows,
        empty="None has opened.",
        text_columns=frozenset({0, 1, 3, 4}),
    )


def _nodes(operations: Operations) -> Table:
    rows = [
        [one.node, count(one.times), duration(one.mean_s), duration(one.slowest_s), count(one.failures)]
        for one in operations.nodes
    ]
    return Table(
        "nodes",
        "Where the time goes",
        ["node", "times", "mean", "slowest", "failures"],
        rows,
        empty="No node ran.",
    )
