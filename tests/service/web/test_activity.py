"""Runs that go on behind the page, and what is told of them."""

from __future__ import annotations

import asyncio

import pytest

from courseai.course.errors import RunInUseError, SettingsError
from courseai.course.event import ProgressEvent
from courseai.graph.run import Stop
from courseai.service.web.activity import Activities, Activity


def event(message: str) -> ProgressEvent:
    return {"kind": "planned", "run_id": "run-1", "message": message}


async def heard(activity: Activity, start: int = 0) -> list[str]:
    return [told["message"] async for _, told in activity.follow(start)]


async def rested(activities: Activities) -> Activity:
    """The run's activity once it has ended."""
    activity = activities.of("run-1")
    assert activity is not None
    await heard(activity)
    return activity


async def test_whoever_comes_late_hears_everything_and_whoever_comes_back_the_rest() -> None:
    activity = Activity(Stop())
    early = asyncio.create_task(heard(activity))
    await asyncio.sleep(0)
    for message in ("one", "two", "three"):
        activity.note(event(message))
    activity.end()

    assert await early == ["one", "two", "three"]
    assert await heard(activity) == ["one", "two", "three"]
    assert await heard(activity, start=2) == ["three"]


async def test_listening_ends_when_the_server_stops() -> None:
    activity = Activity(Stop())
    listener = asyncio.create_task(heard(activity))
    await asyncio.sleep(0)

    activity.close()

    assert await listener == []
    assert not activity.is_done


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SettingsError("The key is wrong."), "The key is wrong."),
        (KeyError("x"), "Unexpected error"),
    ],
)
async def test_what_goes_wrong_is_told_in_words(error: Exception, words: str) -> None:
    async def work(_activity: Activity) -> None:
        raise error

    activities = Activities()
    activities.begin("run-1", work, Stop())

    assert words in (await rested(activities)).problem


async def until_stopped(activity: Activity) -> None:
    """Work that goes on until it is asked to stop."""
    while not activity.stop.is_requested:  # noqa: ASYNC110 - a Stop may be asked by any thread
        await asyncio.sleep(0.01)


async def test_a_run_is_brought_forward_once_at_a_time() -> None:
    activities = Activities()
    activities.begin("run-1", until_stopped, Stop())

    with pytest.raises(RunInUseError, match="under way"):
        activities.begin("run-1", until_stopped, Stop())
    await activities.aclose()


async def test_closing_asks_once_and_waits() -> None:
    activities = Activities()
    stop = Stop()
    activities.begin("run-1", until_stopped, stop)
    await asyncio.sleep(0)

    activities.request_stop()
    await activities.aclose()

    assert (await rested(activities)).is_done
    assert not stop.is_urgent
