"""Studio's view of the graph, through the same HTTP interface that Studio uses."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from courseai.course.intake import validate_bytes
from courseai.models.routing import CheckExit
from tests.graph.conftest import PLANNED
from tests.studio.conftest import CONFIG

if TYPE_CHECKING:
    from langgraph_sdk.client import LangGraphClient

    from tests.studio.conftest import DevServer

Json = dict[str, Any]


async def wait(client: LangGraphClient, thread: str, **run: Any) -> Json:
    """Run to the end or to an interrupt, and return what came out."""
    result = await client.runs.wait(thread, "course", **run)
    assert isinstance(result, dict)
    return result


async def schema(client: LangGraphClient, name: str) -> Json:
    """One of the JSON Schemas that Studio draws its forms from."""
    (assistant,) = await client.assistants.search()
    schemas: Json = dict(await client.assistants.get_schemas(assistant["assistant_id"]))
    found: Json = schemas[name]
    return found


def lesson_ids(course: Json) -> list[str]:
    return [lesson["lesson_id"] for section in course["sections"] for lesson in section["lessons"]]


async def steps(client: LangGraphClient, thread: str) -> list[tuple[list[str], Any]]:
    """What was next at each step, and the state there; newest first."""
    history = await client.threads.get_history(thread, limit=50)
    return [(list(entry["next"]), entry["values"]) for entry in history]


class TestForms:
    async def test_course_is_offered_with_a_description(self, client: LangGraphClient) -> None:
        (assistant,) = await client.assistants.search()

        assert assistant["graph_id"] == "course"
        assert assistant["description"]

    async def test_input_form_has_titles_and_descriptions(self, client: LangGraphClient) -> None:
        form = await schema(client, "input_schema")

        assert form["title"] == "Course input"
        assert form["required"] == ["analysis_result"]
        assert set(form["properties"]) == {"analysis_result", "language"}
        assert all(field["title"] and field["description"] for field in form["properties"].values())
        assert "es" in form["properties"]["language"]["examples"]

    async def test_settings_form_has_defaults_and_choices(self, client: LangGraphClient) -> None:
        form = await schema(client, "context_schema")

        assert form["title"] == "Run settings"
        assert form["properties"]["review"]["enum"] == ["ask", "flag", "auto"]
        assert form["properties"]["review"]["default"] == "flag"
        assert form["properties"]["seed"]["default"] == 0
        assert form["properties"]["highest_quality"]["default"] == []
        assert all(field["title"] and field["description"] for field in form["properties"].values())

    async def test_output_says_what_a_run_gives_back(self, client: LangGraphClient) -> None:
        output = await schema(client, "output_schema")

        assert output["title"] == "Course output"
        assert set(output["properties"]) == {"run_id", "status", "problems", "course", "report"}
        assert all(field["description"] for field in output["properties"].values())


def test_the_server_starts_without_complaint(server: DevServer) -> None:
    start, started, _ = server.log.partition("Application started up")

    assert started
    assert "Traceback" not in start


async def test_opened_graph_shows_every_conditional_edge(client: LangGraphClient) -> None:
    graph = await client.assistants.get_graph("course", xray=True)

    checks = {
        str(edge["target"]).removeprefix("section_generation:")
        for edge in graph["edges"]
        if edge["source"] == "section_generation:check" and edge.get("conditional")
    }
    assert checks == set(get_args(CheckExit))
    labelled = {(edge["source"], edge.get("data")) for edge in graph["edges"] if edge.get("conditional")}
    assert {("validation", "rejected"), ("metadata", "retry_with_feedback")} <= labelled


async def test_opened_graph_says_what_each_step_does_and_when_each_way_is_taken(
    client: LangGraphClient,
) -> None:
    graph = await client.assistants.get_graph("course", xray=True)

    metadata = {str(node["id"]): node.get("metadata", {}) for node in graph["nodes"]}
    silent = [name for name, meaning in metadata.items() if "__" not in name and "description" not in meaning]
    assert silent == []
    assert metadata["section_generation:escalate_contradicted_fact"]["description"].startswith("Next tier")
    assert set(metadata["coverage"]["ways_out"]) == {"flagged", "passed"}


class TestRun:
    async def test_input_streams_progress_and_ends_with_a_course(
        self, client: LangGraphClient, server: DevServer, document: Json, thread: str
    ) -> None:
        kinds: list[str] = []
        course: Json = {}
        async for part in client.runs.stream(
            thread,
            "course",
            input={"analysis_result": document},
            stream_mode=["custom", "values"],
            stream_subgraphs=True,
        ):
            assert part.event != "error", part.data
            if part.event.startswith("custom"):
                kinds.append(part.data["kind"])
            elif part.event == "values":
                course = part.data.get("course", {})

        assert (kinds[0], kinds[-1]) == ("planned", "finished")
        assert kinds.count("section_started") == 3
        assert lesson_ids(course) == PLANNED
        assert "BlockingError" not in server.log

    async def test_state_can_be_read_at_every_step(
        self, client: LangGraphClient, document: Json, thread: str
    ) -> None:
        await wait(client, thread, input={"analysis_result": document})

        history = await client.threads.get_history(thread, limit=50)
        steps = {tuple(sorted(set(entry["next"]))): list(entry["values"]) for entry in reversed(history)}
        assert [*steps][1:5] == [("validation",), ("metadata",), ("briefing",), ("section_generation",)]
        assert "plan" in steps[("metadata",)]
        assert "metadata" in steps[("briefing",)]
        assert "briefs" in steps[("section_generation",)]
        assert "report" in steps[()]

    async def test_rejected_input_ends_with_its_problems(
        self, client: LangGraphClient, document: Json, thread: str
    ) -> None:
        del document["topic_analysis"]

        result = await wait(client, thread, input={"analysis_result": document})

        assert result["status"] == "rejected"
        assert result["problems"][0]["pointer"] == "/topic_analysis"

    async def test_language_of_the_form_is_used(
        self, client: LangGraphClient, document: Json, thread: str
    ) -> None:
        result = await wait(client, thread, input={"analysis_result": document, "language": "no such"})

        assert result["status"] == "rejected"
        assert result["problems"][0]["pointer"] == "/target_language"

    async def test_same_thread_can_be_run_again(
        self, client: LangGraphClient, document: Json, thread: str
    ) -> None:
        results = [await wait(client, thread, input={"analysis_result": document}) for _ in range(2)]

        assert [result["run_id"] for result in results] == [thread, f"{thread}-2"]
        assert [lesson_ids(result["course"]) for result in results] == [PLANNED, PLANNED]

    async def test_fork_changes_the_copy_and_not_the_past(
        self, client: LangGraphClient, document: Json, thread: str
    ) -> None:
        first = await wait(client, thread, input={"analysis_result": document})
        history = await client.threads.get_history(thread, limit=50)
        before = next(entry for entry in history if entry["next"] == ["assembly"])
        metadata = before["values"]["metadata"]  # type: ignore[call-overload]
        changed = metadata | {"value": metadata["value"] | {"title": "Another title"}}

        fork = await client.threads.update_state(
            thread, {"metadata": changed}, checkpoint=before["checkpoint"], as_node="human_review"
        )
        second = await wait(client, thread, input=None, checkpoint=fork["checkpoint"])

        assert second["course"] == first["course"] | {"title": "Another title"}


class TestReview:
    async def test_run_waits_and_an_answer_finishes_it(
        self, client: LangGraphClient, document: Json, thread: str
    ) -> None:
        await wait(client, thread, input={"analysis_result": document}, context={"review": "ask"})
        state = await client.threads.get_state(thread)
        (interrupt,) = state["interrupts"]
        items = [request["args"]["item_id"] for request in interrupt["value"]["action_requests"]]
        assert state["next"] == ["human_review"]
        assert items == ["section:s2", "section:s3"]

        answer = {"decisions": [{"type": "approve"}] * len(items)}
        result = await wait(client, thread, command={"resume": {interrupt["id"]: answer}})

        assert lesson_ids(result["course"]) == PLANNED
        assert result["report"]["flags"] == []

    async def test_wrong_answer_is_refused_and_can_be_given_again(
        self, client: LangGraphClient, document: Json, thread: str
    ) -> None:
        await wait(client, thread, input={"analysis_result": document}, context={"review": "ask"})

        await wait(client, thread, command={"resume": {"decisions": []}})
        state = await client.threads.get_state(thread)
        result = await wait(client, thread, command={"resume": {"decisions": [{"type": "approve"}] * 2}})

        assert "one decision for each of the 2 items" in state["interrupts"][0]["value"]["error"]
        assert result["status"] == "finished"

    async def test_run_that_waits_survives_a_restart_of_the_server(
        self, client: LangGraphClient, server: DevServer, document: Json, thread: str
    ) -> None:
        await wait(client, thread, input={"analysis_result": document}, context={"review": "ask"})
        before = await steps(client, thread)

        server.stop()
        restarted_at = datetime.now(UTC).isoformat()
        server.start()
        after = await steps(client, thread)
        result = await wait(client, thread, command={"resume": {"decisions": [{"type": "approve"}] * 2}})

        assert after == before
        assert lesson_ids(result["course"]) == PLANNED
        assert all(call["started_at"] < restarted_at for call in result["report"]["calls"])


@pytest.mark.parametrize("sample", sorted((CONFIG.parent / "samples").glob("*.json")), ids=lambda s: s.stem)
def test_every_sample_is_accepted(sample: Path) -> None:
    assert validate_bytes(sample.read_bytes(), language=None).accepted


def test_configuration_is_valid_from_any_folder(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("langgraph")
    checked = subprocess.run(
        [program, "validate", "--config", CONFIG],
        cwd=tmp_path,
        env=os.environ | {"LANGGRAPH_CLI_NO_ANALYTICS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
