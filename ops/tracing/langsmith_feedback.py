"""Sends feedback to LangSmith from a thread of its own, because its client does so while the caller waits."""

from __future__ import annotations

import queue
import threading
import time
from typing import NamedTuple
from uuid import UUID

from langsmith import Client
from langsmith.schemas import FeedbackSourceType
from langsmith.utils import LangSmithNotFoundError

from courseai.ops.complaint import Complaint
from courseai.ops.tracing.feedback import JUDGE_VERDICT, Feedback

_MOST_WAITING = 10_000
"""What is more is dropped: LangSmith has been away for long."""
_PROJECT_TRIES = 5
"""The project comes into being with its first trace, which LangSmith takes in a moment after it is sent."""
_TRIES = 2


class CourseTrace(NamedTuple):
    """Where LangSmith has a course."""

    run_id: UUID
    """LangSmith's id of the course's run."""
    trace_id: UUID
    project: str


class _Item(NamedTuple):
    course: CourseTrace
    feedback: Feedback


class FeedbackSender:
    """For any thread. Each item is tried, then dropped."""

    def __init__(self, client: Client, complaint: Complaint) -> None:
        self._client = client
        self._complaint = complaint
        self._queue: queue.Queue[_Item | None] = queue.Queue()
        self._projects: dict[str, UUID] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def put(self, course: CourseTrace, feedback: list[Feedback]) -> None:
        """Send these when there is time; not once it is closed."""
        with self._lock:
            if self._is_closed or not feedback:
                return
            for each in feedback:
                if self._queue.qsize() < _MOST_WAITING:
                    self._queue.put_nowait(_Item(course, each))
            if self._thread is None:
                # A daemon: it keeps no process from ending.
                self._thread = threading.Thread(target=self._send_all, name="feedback", daemon=True)
                self._thread.start()

    def close(self, end: float) -> int:
        """Wait until all is sent, at most until `end` on the monotonic clock; how many are dropped then."""
        while self._queue.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.02)
        with self._lock:
            left = self._queue.unfinished_tasks
            self._is_closed = True
            if self._thread:
                self._queue.put(None)
                self._thread = None
        return left

    def _send_all(self) -> None:
        while True:
            item = self._queue.get()
            try:
                if item is None:
                    return
                if not self._is_closed:
                    self._send(item)
            except Exception as error:
                self._complaint.say(f"feedback: {error}")
            finally:
                self._queue.task_done()

    def _send(self, item: _Item) -> None:
        feedback = item.feedback
        is_machine = feedback.key == JUDGE_VERDICT
        self._client.create_feedback(
            run_id=item.course.run_id,
            trace_id=item.course.trace_id,
            session_id=self._project_id(item.course.project),
            key=feedback.key,
            score=feedback.score,
            value=feedback.value,
            comment=feedback.comment or None,
            source_info=dict(feedback.source),
            feedback_source_type=FeedbackSourceType.MODEL if is_machine else FeedbackSourceType.API,
            # LangSmith keeps traces with feedback longer and charges for it: worth it for a person's word.
            extend_trace_retention=not is_machine,
            stop_after_attempt=_TRIES,
        )

    def _project_id(self, name: str) -> UUID:
        """The id of the trace's project, without which LangSmith may not find the trace."""
        for left in reversed(range(_PROJECT_TRIES)):
            if name in self._projects:
                break
            try:
                self._projects[name] = self._client.read_project(project_name=name).id
            except LangSmithNotFoundError:
                if not left:
                    raise
                time.sleep(1)
        return self._projects[name]
