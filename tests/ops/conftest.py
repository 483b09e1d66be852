"""The pipeline on the small input, to be watched."""

from __future__ import annotations

from tests.graph.conftest import document, embedder, make_pipeline

__all__ = ["document", "embedder", "make_pipeline"]
