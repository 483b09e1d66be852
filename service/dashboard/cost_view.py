"""What courses cost, as charts and a table."""

from __future__ import annotations

from courseai.ops.history.history import Costs
from courseai.service.dashboard import tile
from courseai.service.dashboard.chart import Band, Chart, Series, Table
from courseai.service.measure import NOTHING, amount, count, day_name, day_names, share


def cost_charts(costs: Costs) -> list[Chart]:
    """What courses cost, and where the money goes."""
    return [_cost_per_course(costs), _spending(costs), _weeks(costs), _parts(costs)]


def cost_table(costs: Costs) -> Table:
    """Money and tokens by model."""
    head = ["model", "calls", "cost", "tokens in", "tokens out", "out for each in", "from cache"]
    rows = [
        [
            part.name,
            count(part.calls),
            amount(part.usd) if part.calls > part.calls_of_unknown_cost else "unknown",
            count(part.tokens_in),
            count(part.tokens_out),
            f"{part.tokens_out / part.tokens_in:.2f}" if part.tokens_in else NOTHING,
            share(part.tokens_cached / part.tokens_in if part.tokens_in else None),
        ]
        for part in costs.by_model
    ]
    return Table("models", "Money and tokens by model", head, rows)


def _cost_per_course(costs: Costs) -> Chart:
    values = [day.usd_per_course for day in costs.days]
    low, high, ceiling = tile.CHEAPEST_USD, tile.target_usd(), tile.ceiling_usd()
    courses = costs.courses
    sentence = (
        f"{count(courses.count)} finished courses cost {amount(courses.mean_usd)} on average, "
        f"{amount(courses.median_usd)} in the middle and {amount(courses.most_usd)} at most. "
        f"Target {amount(low)} to {amount(high)}, alert over {amount(tile.DEAR_USD)}, "
        f"ceiling {amount(ceiling)}."
    )
    return Chart(
        "course-cost",
        "Cost per course",
        sentence if courses.count else "No course was finished.",
        day_names(day.day for day in costs.days),
        [
            Series("mean of the day", values, "line", "one"),
            Series("alert", [tile.DEAR_USD] * len(values), "limit", "watch"),
            Series("ceiling", [ceiling] * len(values), "limit", "bad"),
        ],
        "usd",
        bands=[Band(low, high, "target")],
        is_logarithmic=True,
        lowest=min([low / 2, *(value / 2 for value in values if value)]),
        highest=max([1.5 * ceiling, *(1.5 * value for value in values if value)]),
    )


def _spending(costs: Costs) -> Chart:
    most = max(costs.days, key=lambda day: day.usd)
    return Chart(
        "spending",
        "Spent per day",
        f"{amount(sum(day.usd for day in costs.days))} in {len(costs.days)} days, "
        f"most on {day_name(most.day)}: {amount(most.usd)}. The line is the average of the 7 days before.",
        day_names(day.day for day in costs.days),
        [
            Series("spent", [day.usd for day in costs.days], "bar", "two"),
            Series("average of 7 days", [day.average_usd for day in costs.days], "line", "three"),
        ],
        "usd",
        lowest=0,
    )


def _weeks(costs: Costs) -> Chart:
    last = costs.weeks[-1]
    return Chart(
        "weeks",
        "Spent per week",
        f"{amount(last.usd)} in the week of {day_name(last.monday)}, for {count(last.courses)} courses.",
        day_names(week.monday for week in costs.weeks),
        [Series("spent", [week.usd for week in costs.weeks], "bar", "two")],
        "usd",
        label_title="week of",
        lowest=0,
    )


def _parts(costs: Costs) -> Chart:
    total = sum(part.usd for part in costs.by_phase)
    shares = [f"{part.name} {share(part.usd / total)}" for part in costs.by_phase if total]
    tiers = [f"{part.name} {share(part.usd / total)}" for part in costs.by_tier if total]
    parts = [*costs.by_phase, *costs.by_tier]
    return Chart(
        "parts",
        "Where the money goes",
        f"By phase: {', '.join(shares)}. By tier: {', '.join(tiers)}." if total else "Nothing was spent.",
        [part.name for part in parts],
        [
            Series(
                "by phase",
                [*(part.usd for part in costs.by_phase), *(None for _ in costs.by_tier)],
                "bar",
                "one",
            ),
            Series(
                "by tier",
                [*(None for _ in costs.by_phase), *(part.usd for part in costs.by_tier)],
                "bar",
                "two",
            ),
        ],
        "usd",
        label_title="part",
        is_stacked=True,
        is_horizontal=True,
        lowest=0,
    )
