"""Who may read metrics: this machine, or whoever brings the token."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from courseai.ops.metrics.metrics import Metrics
from courseai.service.web.metrics import PATH, metrics_route
from courseai.service.web.sign_in import Reviewers
from tests.ops.test_metrics import A_CALL

TOKEN = "a-token-of-some-length"
KNOWN = Reviewers({"another-token-of-some-length": "Ada", TOKEN: "Prometheus"})
HERE = "http://127.0.0.1:8080"


def visitor(address: str = HERE, reviewers: Reviewers | None = None) -> TestClient:
    metrics = Metrics()
    metrics.on_call(A_CALL)
    return TestClient(Starlette(routes=[metrics_route(metrics, reviewers)]), base_url=address)


def test_this_machine_reads_them_in_either_of_prometheus_formats() -> None:
    plain = visitor().get(PATH)
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "courseai_calls_total{" in plain.text
    newer = visitor().get(PATH, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert newer.headers["content-type"].startswith("application/openmetrics-text")
    assert newer.text.endswith("# EOF\n")


def test_without_a_token_another_name_for_this_machine_is_refused() -> None:
    refused = visitor("http://attacker.example").get(PATH)
    assert refused.status_code == 421
    assert "COURSEAI_REVIEW_TOKEN" in refused.text
    assert "courseai_calls_total" not in refused.text


@pytest.mark.parametrize("given", [None, "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_with_a_token_nobody_reads_them_without_it(given: str | None) -> None:
    refused = visitor(reviewers=KNOWN).get(PATH, headers={"Authorization": given} if given else {})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


def test_with_the_token_they_are_read_from_anywhere() -> None:
    browser = visitor("https://courses.example", KNOWN)
    assert browser.get(PATH, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
