"""What all processes on one PostgreSQL store keep to together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg

from courseai.course.policy import default_policy
from courseai.models.offline.app import create_app
from courseai.models.provider import offline
from courseai.models.rate_limit import RateLimits
from courseai.service.workbench import Workbench, open_workbench
from courseai.store.register import RunSettings
from tests.models.conftest import note_request

PROVIDER = replace(offline(create_app()), rate_limits=RateLimits(requests=600, tokens=10**6))
SETTINGS = RunSettings(
    document={},
    language="en",
    folder=Path("/nowhere"),
    review="flag",
    seed=None,
    policy=default_policy(),
    base_url=None,
    model=None,
    offline_settings=None,
    provider=PROVIDER.name,
    author=PROVIDER.label,
)


async def ask(bench: Workbench, subject: str) -> int:
    """The tokens of one call."""
    async with bench.tools(PROVIDER, SETTINGS) as tools:
        call = (await tools.services.gateway.complete(note_request(subject=subject))).call
    assert call.tokens_in
    assert call.tokens_out
    return call.tokens_in + call.tokens_out


async def test_calls_of_every_process_count_against_the_providers_one_limit(postgres_url: str) -> None:
    async with open_workbench(postgres_url) as one, open_workbench(postgres_url) as other:
        tokens = [await ask(bench, f"s{number}") for number, bench in enumerate((one, other, one))]
    with psycopg.connect(postgres_url) as connection:
        (counted,) = connection.execute("SELECT requests, tokens FROM provider_rate").fetchall()
    assert [sum(counts) for counts in counted] == [3, sum(tokens)]
