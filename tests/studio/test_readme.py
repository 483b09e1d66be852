"""The manual's pictures are the graph's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from courseai.graph import build_graph, make_services
from courseai.graph.section_flow import build_section_flow
from courseai.service.diagram import draw
from tests.studio.conftest import CONFIG


@pytest.mark.parametrize("build", [build_graph, build_section_flow])
def test_manual_shows_the_graph_as_the_code_draws_it(build: Callable[..., Any]) -> None:
    drawing = draw(build(make_services()))

    manual = CONFIG.with_name("README.md").read_text("utf-8")
    assert drawing in manual, f"The graph has changed; the manual has to show:\n{drawing}"
