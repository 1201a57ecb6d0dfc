"""What the client is to do later is done on time, once, and not after its end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest

from greennow.client.alarm import Alarm

from .clocks import DEADLINE, HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def alarm(clock: HandClock) -> Iterator[Alarm]:
    alarm = Alarm(clock)
    yield alarm
    alarm.stop(DEADLINE)


def test_without_anything_to_do_there_is_no_thread(alarm: Alarm) -> None:
    assert [thread for thread in threading.enumerate() if thread.name == "greennow alarm"] == []


def test_what_is_due_is_done_in_its_order_and_once(alarm: Alarm, clock: HandClock) -> None:
    done: queue.SimpleQueue[str] = queue.SimpleQueue()
    alarm.later(5, lambda: done.put("later"))
    clock.waited_for(5)
    alarm.later(2, lambda: done.put("sooner"))
    assert clock.waited_for(2, below=3) == 2
    clock.advance(10)
    assert [done.get(timeout=DEADLINE) for _ in range(2)] == ["sooner", "later"]
    assert done.empty()


def test_what_is_cancelled_is_not_done(alarm: Alarm, clock: HandClock) -> None:
    done: queue.SimpleQueue[str] = queue.SimpleQueue()
    alarm.later(1, lambda: done.put("cancelled")).cancel()
    alarm.later(2, lambda: done.put("done"))
    clock.waited_for(2)
    clock.advance(2)
    assert done.get(timeout=DEADLINE) == "done"
    assert done.empty()


def test_what_it_does_may_ask_for_more(alarm: Alarm, clock: HandClock) -> None:
    done: queue.SimpleQueue[str] = queue.SimpleQueue()
    alarm.later(1, lambda: alarm.later(1, lambda: done.put("done")) and None)
    clock.waited_for(1)
    clock.advance(1)
    clock.waited_for(1)
    clock.advance(1)
    assert done.get(timeout=DEADLINE) == "done"


def test_after_its_end_nothing_is_done(clock: HandClock) -> None:
    alarm = Alarm(clock)
    done: list[str] = []
    alarm.later(1, lambda: done.append("done"))
    clock.waited_for(1)
    alarm.stop(DEADLINE)
    alarm.later(1, lambda: done.append("done"))
    clock.advance(5)
    assert done == []
    assert [thread for thread in threading.enumerate() if thread.name == "greennow alarm"] == []


def test_what_fails_is_logged_and_the_others_are_still_done(
    alarm: Alarm, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    done: queue.SimpleQueue[str] = queue.SimpleQueue()
    alarm.later(1, lambda: done.put("before"))
    alarm.later(2, lambda: [].remove(0))
    alarm.later(3, lambda: done.put("after"))
    clock.waited_for(1)
    clock.advance(5)
    assert [done.get(timeout=DEADLINE) for _ in range(2)] == ["before", "after"]
    assert [record.getMessage() for record in caplog.records] == ["what was to be done later failed"]
