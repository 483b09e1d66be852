"""What all processes on one PostgreSQL store keep to together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg

from courseai.models.call import Answer
from courseai.models.offline import OfflineSettings, create_app
from courseai.models.provider import Provider, offline
from courseai.models.rate_limit import RateLimits
from courseai.service.workbench import Workbench, open_workbench
from courseai.store.register import RunSettings
from tests.graph.conftest import changed_policy
from tests.models.conftest import Note, note_request

PROVIDER = replace(offline(create_app()), rate_limits=RateLimits(requests=600, tokens=10**6))
SETTINGS = RunSettings(
    document={},
    language="en",
    folder=Path("/nowhere"),
    review="flag",
    seed=None,
    policy=changed_policy(availability={"backoff_s": [0], "jitter": 0}),
    base_url=None,
    model=None,
    offline_settings=None,
    provider=PROVIDER.name,
    author=PROVIDER.label,
)


async def ask(bench: Workbench, subject: str, provider: Provider = PROVIDER) -> Answer[Note]:
    """One call."""
    async with bench.tools(provider, SETTINGS) as tools:
        return await tools.services.gateway.complete(note_request(subject=subject))


async def test_calls_of_every_process_count_against_the_providers_one_limit(postgres_url: str) -> None:
    async with open_workbench(postgres_url) as one, open_workbench(postgres_url) as other:
        calls = [(await ask(bench, f"s{number}")).call for number, bench in enumerate((one, other, one))]
    with psycopg.connect(postgres_url) as connection:
        (counted,) = connection.execute("SELECT requests, tokens FROM provider_rate").fetchall()
    tokens = sum((call.tokens_in or 0) + (call.tokens_out or 0) for call in calls)
    assert tokens > 0
    assert [sum(counts) for counts in counted] == [3, tokens]


async def test_a_model_that_one_process_found_down_is_asked_by_no_other(postgres_url: str) -> None:
    faults = {"qwen/qwen3-max": {"status_faults": [{"status": 503, "share": 1.0}]}}
    down = offline(create_app(OfflineSettings.model_validate({"models": faults})))
    async with open_workbench(postgres_url) as one, open_workbench(postgres_url) as other:
        assert (await ask(one, "s1", down)).degraded
        assert (await ask(other, "s2")).degraded
