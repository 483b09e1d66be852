"""What OpenTelemetry spans say, by its conventions for generative AI where they have a name for it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.tracers.schemas import Run

from courseai.models.call import Call
from courseai.models.retry import ANSWERED
from courseai.ops.tracing.trace_facts import COURSE, Facts

Attributes = dict[str, str | int | float | bool]

OPERATION = "gen_ai.operation.name"
WORKFLOW = "gen_ai.workflow.name"
CONVERSATION = "gen_ai.conversation.id"
EVALUATION = "gen_ai.evaluation.result"
"""The event that tells what somebody thinks of a result."""
_OURS = "courseai."


def attributes_of_facts(facts: Facts) -> Attributes:
    """All of them."""
    return {f"{_OURS}{name}": value for name, value in facts.items()}


def attributes_of_course(run_id: str | None) -> Attributes:
    """Of the course as a whole; its run id is what joins the stretches of a run."""
    attributes: Attributes = {OPERATION: "invoke_workflow", WORKFLOW: COURSE}
    return attributes | ({CONVERSATION: run_id} if run_id else {})


def attributes_of_request(run: Run) -> Attributes:
    """Of a call before it is answered."""
    given = run.extra.get("invocation_params", {})
    body = given.get("extra_body") or {}
    known = {
        OPERATION: "chat",
        "gen_ai.request.model": given.get("model") or given.get("model_name"),
        "gen_ai.request.temperature": given.get("temperature"),
        "gen_ai.request.max_tokens": body.get("max_tokens"),
        "gen_ai.request.seed": given.get("seed"),
        "gen_ai.output.type": "json" if "response_format" in body else "text",
    }
    return {name: value for name, value in known.items() if value is not None}


def attributes_of_call(call: Call) -> Attributes:
    """Of the record that a call left."""
    known = {
        OPERATION: "chat",
        "gen_ai.provider.name": call.provider,
        "gen_ai.request.model": call.model_requested,
        "gen_ai.response.model": call.model_answered,
        "gen_ai.usage.input_tokens": call.tokens_in,
        "gen_ai.usage.output_tokens": call.tokens_out,
        "gen_ai.usage.cache_read.input_tokens": call.tokens_cached,
        CONVERSATION: call.run_id,
        "error.type": None if call.outcome in ANSWERED else str(call.outcome),
    }
    return {name: value for name, value in known.items() if value is not None}


def attributes_of_content(run: Run) -> Attributes:
    """Prompt and answer of a call, in the conventions' JSON."""
    messages = [_message(each) for each in run.inputs.get("messages", [[]])[0]]
    instructions = [part for each in messages if each["role"] == "system" for part in each["parts"]]
    asked = [each for each in messages if each["role"] != "system"]
    answers = [
        _message(each["message"]) for batch in (run.outputs or {}).get("generations", []) for each in batch
    ]
    return {
        "gen_ai.system_instructions": json.dumps(instructions, ensure_ascii=False),
        "gen_ai.input.messages": json.dumps(asked, ensure_ascii=False),
        "gen_ai.output.messages": json.dumps(answers, ensure_ascii=False),
    }


_ROLES = {"human": "user", "ai": "assistant"}


def _message(dumped: Mapping[str, Any]) -> dict[str, Any]:
    """One of LangChain's messages, as its tracers have it."""
    fields = dumped["kwargs"]
    kind = fields["type"]
    return {"role": _ROLES.get(kind, kind), "parts": [{"type": "text", "content": fields["content"]}]}


def verdict_attributes(verdict: Mapping[str, Any]) -> Attributes:
    """Of an evaluation event: the verdict on one lesson."""
    known = {
        "gen_ai.evaluation.name": "judge_verdict",
        "gen_ai.evaluation.score.value": verdict["alignment"],
        "gen_ai.evaluation.score.label": verdict["status"],
        f"{_OURS}lesson_id": verdict["lesson_id"],
        f"{_OURS}method": verdict["method"],
    }
    return {name: value for name, value in known.items() if value is not None}
