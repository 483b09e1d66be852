"""How much waits in the queue, and how quickly it is worked off: for metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from courseai.ops.metrics.metrics import CourseQueueFigures

_FIGURES = text(
    """
    SELECT
        (SELECT count(*) FROM procrastinate_jobs
         WHERE queue_name = 'courses' AND status = 'todo') AS waiting,
        (SELECT count(*) FROM procrastinate_jobs
         WHERE queue_name = 'courses' AND status = 'doing') AS working,
        (SELECT extract(epoch FROM now() - min(at)) FROM procrastinate_events
         WHERE type = 'deferred' AND job_id = (
            SELECT min(id) FROM procrastinate_jobs WHERE queue_name = 'courses' AND status = 'todo'
         )) AS oldest_s,
        (SELECT count(*) FROM procrastinate_workers
         WHERE last_heartbeat > now() - make_interval(secs => :stalled_s)) AS workers,
        (SELECT count(*) FROM course_trouble WHERE is_set_aside) AS set_aside,
        (SELECT count(*) FROM run_figure WHERE status = 'finished' AND ended_at > :hour_ago) AS finished
    """
)


def queue_figures(connection: Connection, stalled_s: float) -> CourseQueueFigures:
    """As it is now; a worker counts that was heard of in the last `stalled_s` seconds."""
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="microseconds")
    row = connection.execute(_FIGURES, {"stalled_s": stalled_s, "hour_ago": hour_ago}).one()
    return CourseQueueFigures(
        waiting=row.waiting,
        oldest_s=float(row.oldest_s or 0.0),
        working=row.working,
        workers=row.workers,
        set_aside=row.set_aside,
        finished_last_hour=row.finished,
    )
