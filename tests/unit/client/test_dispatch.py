"""Where tasks run. The threads are real; the time is moved by hand."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from greennow.client.dispatch import Dispatcher, Task
from greennow.client.reply import ThreadReply

from .clocks import DEADLINE, HandClock

Make = Callable[..., Dispatcher]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def exits() -> list[BaseException]:
    return []


@pytest.fixture
def make(clock: HandClock, exits: list[BaseException]) -> Iterator[Make]:
    made = []

    def make(dispatch: Callable[[Task], Any] | None = None) -> Dispatcher:
        dispatcher = Dispatcher(dispatch, clock, exits.append)
        dispatcher.start()
        made.append(dispatcher)
        return dispatcher

    yield make
    for dispatcher in made:
        dispatcher.stop()
        dispatcher.join(DEADLINE)


def settle(dispatcher: Dispatcher) -> None:
    """Wait until the tasks so far are run."""
    done = threading.Event()
    dispatcher.add(done.set)
    assert done.wait(DEADLINE)


def test_tasks_run_one_at_a_time_in_their_order_on_one_thread(make: Make) -> None:
    dispatcher, ran = make(), []
    for number in range(100):
        dispatcher.add(lambda number=number: ran.append((number, threading.current_thread().name)))
    settle(dispatcher)
    assert ran == [(number, "greennow dispatch") for number in range(100)]


def test_waiting_in_a_task_runs_the_tasks_that_arrive_meanwhile_at_any_depth(make: Make) -> None:
    dispatcher, ran = make(), []
    replies = [ThreadReply(dispatcher) for _ in range(5)]
    waiting = threading.Event()

    def wait(number: int) -> None:
        if number == len(replies) - 1:
            waiting.set()
        ran.append(("before", number))
        replies[number].result(DEADLINE)
        ran.append(("after", number))

    for number in range(len(replies)):
        dispatcher.add(lambda number=number: wait(number))
    assert waiting.wait(DEADLINE)
    for reply in replies:
        reply.resolve(None)
    settle(dispatcher)
    assert ran == [("before", n) for n in range(5)] + [("after", n) for n in reversed(range(5))]


def test_waiting_in_a_task_ends_in_time(make: Make, clock: HandClock) -> None:
    dispatcher, raised = make(), []

    def wait() -> None:
        try:
            ThreadReply(dispatcher).result(3)
        except TimeoutError as error:
            raised.append(str(error))

    dispatcher.add(wait)
    clock.waited_for(3)
    clock.advance(3)
    settle(dispatcher)
    assert raised == ["no answer within 3 s"]


def test_a_flood_of_tasks_does_not_keep_a_wait_from_ending_in_time(make: Make, clock: HandClock) -> None:
    dispatcher, ended = make(), threading.Event()
    seen = []

    def flood() -> None:
        seen.append(1)
        clock.advance(1)
        if not ended.is_set():
            dispatcher.add(flood)

    def wait() -> None:
        dispatcher.add(flood)
        with pytest.raises(TimeoutError):
            ThreadReply(dispatcher).result(10)
        ended.set()

    dispatcher.add(wait)
    assert ended.wait(DEADLINE)
    settle(dispatcher)
    assert 10 <= len(seen) <= 11


def test_another_thread_waits_without_running_tasks(make: Make) -> None:
    dispatcher = make()
    reply, ran = ThreadReply(dispatcher), []
    dispatcher.add(lambda: ran.append(threading.current_thread()))
    dispatcher.add(lambda: reply.resolve(7))
    assert reply.result(DEADLINE) == 7
    assert ran[0] is not threading.current_thread()


def test_dispatch_decides_where_tasks_run(make: Make) -> None:
    accepted: list[Task] = []
    arrived = threading.Semaphore(0)

    def dispatch(task: Task) -> None:
        accepted.append(task)
        arrived.release()

    dispatcher, ran = make(dispatch), []
    for number in range(3):
        dispatcher.add(lambda number=number: ran.append((number, threading.current_thread())))
    for _ in range(3):
        assert arrived.acquire(timeout=DEADLINE)
    assert ran == []
    for task in reversed(accepted):
        task()
    here = threading.current_thread()
    assert ran == [(number, here) for number in range(3)], "in their order, whatever dispatch made of it"


def test_a_thread_that_dispatch_chose_runs_tasks_while_it_waits(make: Make) -> None:
    """As Tk's: its loop stands still as long as a callback waits."""
    accepted: list[Task] = []
    arrived = threading.Semaphore(0)

    def dispatch(task: Task) -> None:
        accepted.append(task)
        arrived.release()

    dispatcher, ran = make(dispatch), []
    reply = ThreadReply(dispatcher)

    def wait() -> None:
        dispatcher.add(lambda: ran.append("callback"))
        dispatcher.add(lambda: reply.resolve("answer"))
        ran.append(reply.result(DEADLINE))

    dispatcher.add(wait)
    for index in range(2):
        assert arrived.acquire(timeout=DEADLINE)
        accepted[index]()
    assert ran == ["callback", "answer"]
    dispatcher.stop()
    dispatcher.join(DEADLINE)
    for task in accepted[2:]:
        task()
    assert ran == ["callback", "answer"], "nothing runs twice"


def test_a_thread_that_dispatch_chose_is_known_before_it_has_run_a_task_of_the_programs(make: Make) -> None:
    """As Tk's, whose first callback may be that of a button: it waits, and is called back."""
    accepted: queue.SimpleQueue[Task] = queue.SimpleQueue()
    dispatcher = make(accepted.put)
    accepted.get(timeout=DEADLINE)()
    reply = ThreadReply(dispatcher)
    dispatcher.add(lambda: reply.resolve("called back"))
    assert reply.result(DEADLINE) == "called back"


def test_what_dispatch_does_not_accept_is_kept_in_order_and_tried_again(
    make: Make, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    is_open = threading.Event()

    def dispatch(task: Task) -> None:
        if not is_open.is_set():
            raise RuntimeError("main thread is not in main loop")
        task()

    dispatcher, ran = make(dispatch), []
    dispatcher.add(lambda: ran.append(1))
    dispatcher.add(lambda: ran.append(2))
    pauses = []
    for _ in range(20):
        pauses.append(clock.waited_for(0.001))
        clock.advance(pauses[-1])
    is_open.set()
    clock.advance(1)
    settle(dispatcher)
    assert ran == [1, 2]
    assert pauses[0] == pytest.approx(0.02)
    assert pauses == sorted(pauses)
    assert pauses[-1] <= 0.5 + 1e-9
    assert [record.levelno for record in caplog.records] == [logging.WARNING], "said once, after a while"


def test_stopping_ends_the_trying(make: Make, clock: HandClock) -> None:
    def dispatch(task: Task) -> None:
        raise RuntimeError("never")

    dispatcher = make(dispatch)
    dispatcher.add(print)
    clock.waited_for(0.001)
    dispatcher.stop()
    dispatcher.join(DEADLINE)
    assert not dispatcher._thread.is_alive()


def test_what_was_added_before_the_end_runs_and_what_comes_after_is_refused(make: Make) -> None:
    dispatcher, ran = make(), []
    assert dispatcher.add(lambda: ran.append(1))
    dispatcher.stop()
    dispatcher.join(DEADLINE)
    assert not dispatcher.add(lambda: ran.append(2))
    assert ran == [1]


@pytest.mark.parametrize("error", [SystemExit(), KeyboardInterrupt()])
def test_what_ends_a_program_is_told_and_the_other_tasks_still_run(
    make: Make, exits: list[BaseException], error: BaseException
) -> None:
    def leave() -> None:
        raise error

    dispatcher = make()
    dispatcher.add(leave)
    settle(dispatcher)
    assert exits == [error]


def test_joining_from_a_task_does_not_wait_for_itself(make: Make) -> None:
    dispatcher = make()
    dispatcher.add(lambda: dispatcher.join(DEADLINE))
    settle(dispatcher)
