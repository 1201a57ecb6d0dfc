"""Greenlets that are used again."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from weakref import ref

import gevent
import pytest
from gevent.event import Event

from greennow.server.readers import Readers

VARIABLE: ContextVar[str] = ContextVar("variable", default="unset")


@pytest.fixture
def readers() -> Readers:
    return Readers()


def in_loop(do: Callable[[], None]) -> None:
    """Have the loop do this, as it does what a watcher asks for, and wait until it has."""
    done = Event()
    gevent.get_hub().loop.run_callback(lambda: (do(), done.set()))
    done.wait()


def test_work_that_does_not_wait_is_done_at_once_and_all_of_it_by_one_greenlet(readers: Readers) -> None:
    seen: list[object] = []

    def both() -> None:
        for number in range(2):
            readers.run(lambda number=number: seen.append((number, gevent.getcurrent())))
            seen.append("done")

    in_loop(both)
    (first, one), _, (second, other), _ = seen  # type: ignore[misc]
    assert (first, second) == (0, 1)
    assert seen[1] == seen[3] == "done"
    assert one is other


def test_who_waits_is_left_and_ends_with_its_work(readers: Readers) -> None:
    goes_on, said = Event(), list[str]()
    greenlets: list[Any] = []

    def waits() -> None:
        greenlets.append(gevent.getcurrent())
        said.append("waits")
        goes_on.wait()
        said.append("goes on")

    in_loop(lambda: (readers.run(waits), said.append("left"), readers.run(lambda: said.append("another"))))
    assert said == ["waits", "left", "another"]
    goes_on.set()
    greenlets[0].join()
    assert said[3:] == ["goes on"]


def test_a_context_variable_is_not_there_for_the_next(readers: Readers) -> None:
    seen: list[str] = []
    in_loop(
        lambda: (
            readers.run(lambda: VARIABLE.set("of one client")),
            readers.run(lambda: seen.append(VARIABLE.get())),
        )
    )
    assert seen == ["unset"]


def test_nothing_of_the_work_is_kept(readers: Readers) -> None:
    class Work:
        def __call__(self) -> None:
            """Do nothing."""

    gone = list[Any]()

    def run() -> None:
        work = Work()
        gone.append(ref(work))
        readers.run(work)

    in_loop(run)
    assert gone[0]() is None


def test_what_it_raises_is_reported_and_the_next_is_done(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[object] = []
    monkeypatch.setattr(
        gevent.get_hub(), "handle_error", lambda context, kind, error, trace: reported.append(error)
    )
    error, seen = ValueError("in the work"), list[str]()

    def fails() -> None:
        raise error

    in_loop(lambda: (readers.run(fails), readers.run(lambda: seen.append("next"))))
    assert reported == [error]
    assert seen == ["next"]
