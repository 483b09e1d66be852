"""LangSmith's evaluators over courses that are made: on this machine alone, or as a LangSmith experiment."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from langsmith import Client, evaluate
from langsmith.schemas import Example
from langsmith.utils import LangSmithError, LangSmithNotFoundError
from requests import RequestException

from courseai.course.errors import SettingsError, UploadError
from courseai.course.state import Json
from courseai.ops.complaint import Complaint
from courseai.ops.evaluation import Tally, figures, total
from courseai.ops.redaction import Redaction, redaction_from_environment
from courseai.ops.tracing.langsmith_client import langsmith_client

_TIMEOUT_MS = (5_000, 30_000)
"""To connect, and to be answered."""
FLUSH_S = 60.0
"""Seconds that the end of an experiment waits for LangSmith to take its runs and scores."""
_LENGTH = 300
"""Characters of the reason of a failure."""


@dataclass(frozen=True)
class Case:
    """One input of the data set, and what a policy made of it."""

    key: str
    """The same for the same content."""
    document: Json | None
    """The analysis_result; None for an input that is no JSON object."""
    tally: Tally


@dataclass(frozen=True)
class Experiment:
    """What LangSmith's evaluators gave."""

    scores: list[dict[str, float]]
    """Of each case, in order; what is unknown is left out."""
    url: str | None
    """Where LangSmith shows it, of one that was uploaded."""


class Laboratory:
    """Runs experiments over one data set; where it uploads, the data set goes first, once.

    Raises `SettingsError` where it is to upload and the environment has no key for LangSmith.
    """

    def __init__(self, dataset: str, env: Mapping[str, str], *, uploads: bool = False) -> None:
        self._dataset = dataset
        self._dataset_id = uuid5(NAMESPACE_URL, dataset)
        self._redaction = redaction_from_environment(env)
        self._hides_inputs = env.get("LANGSMITH_HIDE_INPUTS") == "true"
        self._client = _client(env, self._redaction) if uploads else None

    def run(self, name: str, cases: Sequence[Case], facts: Mapping[str, Any]) -> Experiment:
        """Evaluate what a policy made. Raises `UploadError` where LangSmith does not take it.

        `facts` say with what it was made. Blocks; nothing is sent without a client.
        """
        try:
            if self._client:
                self._store(self._client, cases)
            return self._evaluated(name, cases, facts)
        except (LangSmithError, RequestException) as error:
            reason = self._redaction.text(str(error) or type(error).__name__).splitlines()[0][:_LENGTH]
            raise UploadError(
                f"LangSmith does not take the experiment: {reason} "
                "What was made is kept: the same command uploads it and pays nothing again."
            ) from error

    def _evaluated(self, name: str, cases: Sequence[Case], facts: Mapping[str, Any]) -> Experiment:
        by_id = {self._example_id(case): case for case in cases}

        def course(inputs: Json, metadata: Json) -> Json:
            """The target: the courses are made, and this tells what they came to."""
            del inputs
            return asdict(by_id[UUID(metadata["example"])].tally)

        with _silent():
            results = evaluate(
                course,
                data=[self._example(case) for case in cases],
                evaluators=[verdicts],
                summary_evaluators=[cast(Any, overall)],
                experiment_prefix=name,
                metadata=self._redaction.value(dict(facts)),
                client=self._client or self._nowhere(),
                upload_results=self._client is not None,
                disable_evaluator_tracing=True,
                max_concurrency=0,
            )
        scores = {
            row["example"].id: {
                result.key: float(result.score)
                for result in row["evaluation_results"]["results"]
                if result.score is not None
            }
            for row in results
        }
        if self._client:
            self._client.flush(timeout=FLUSH_S)
        return Experiment([scores[key] for key in by_id], results.url if self._client else None)

    def _nowhere(self) -> Client:
        """`evaluate` wants a client even where it sends nothing."""
        nowhere = {"api_url": "http://127.0.0.1", "api_key": "none", "auto_batch_tracing": False}
        return langsmith_client(self._redaction, _TIMEOUT_MS, **nowhere)

    def _example(self, case: Case) -> Example:
        key = self._example_id(case)
        shown = None if self._hides_inputs else self._redaction.value(case.document)
        return Example(
            id=key,
            dataset_id=self._dataset_id,
            inputs={"analysis_result": shown},
            metadata={"example": str(key)},
            created_at=datetime.now(UTC),
        )

    def _example_id(self, case: Case) -> UUID:
        return uuid5(self._dataset_id, case.key)

    def _store(self, client: Client, cases: Sequence[Case]) -> None:
        """Have LangSmith know the data set with all inputs; what is there is left as it is."""
        try:
            dataset = client.read_dataset(dataset_name=self._dataset)
        except LangSmithNotFoundError:
            dataset = client.create_dataset(self._dataset, description="Inputs of courseai evaluate")
        self._dataset_id = UUID(str(dataset.id))
        known = {example.id for example in client.list_examples(dataset_id=dataset.id)}
        examples = [self._example(case) for case in cases]
        new = [
            {"id": each.id, "inputs": each.inputs, "metadata": each.metadata}
            for each in examples
            if each.id not in known
        ]
        if new:
            client.create_examples(dataset_id=dataset.id, examples=new)


def verdicts(outputs: Json) -> Json:
    """LangSmith's evaluator of one course: every measure that is known of it."""
    return _results(Tally(**outputs))


def overall(outputs: Sequence[Json]) -> Json:
    """LangSmith's evaluator of a whole experiment."""
    return _results(total(Tally(**each) for each in outputs))


def _results(tally: Tally) -> Json:
    known = {name: value for name, value in figures(tally).items() if value is not None}
    return {"results": [{"key": name, "score": value} for name, value in known.items()]}


def _client(env: Mapping[str, str], redaction: Redaction) -> Client:
    """By LangSmith's own variables."""
    if not (env.get("LANGSMITH_API_KEY") or env.get("LANGCHAIN_API_KEY")):
        raise SettingsError("--upload needs LANGSMITH_API_KEY; without --upload nothing is sent anywhere.")
    Complaint("LangSmith does not take all of it", redaction, "langsmith.client")
    return langsmith_client(redaction, _TIMEOUT_MS)


@contextmanager
def _silent() -> Iterator[None]:
    """`evaluate` prints, draws a bar, and warns of an option of its own and of how it sends feedback."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        warnings.filterwarnings("ignore", message="'upload_results' parameter is in beta")
        warnings.filterwarnings("ignore", message="The following arguments are no longer used")
        yield
