from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from greennow.client.handlers import Handlers
from greennow.core.errors import Disconnected


@pytest.fixture
def tasks() -> list[Callable[[], None]]:
    return []


@pytest.fixture
def handlers(tasks: list[Callable[[], None]]) -> Handlers:
    return Handlers(tasks.append)


def run(tasks: list[Callable[[], None]]) -> None:
    while tasks:
        tasks.pop(0)()


def test_handlers_are_dispatched_in_order(handlers: Handlers, tasks: list[Callable[[], None]]) -> None:
    told: list[object] = []
    handlers.on("reconnect", lambda resumed: told.append(resumed))
    handlers.on("reconnect", lambda: told.append("no parameter"))
    handlers.fire("reconnect", True)
    assert told == []
    run(tasks)
    assert told == [True, "no parameter"]


def test_an_error_of_a_handler_is_logged_and_an_event(
    handlers: Handlers, tasks: list[Callable[[], None]], caplog: pytest.LogCaptureFixture
) -> None:
    told: list[BaseException] = []
    handlers.on("close", lambda: 1 / 0)
    handlers.on("error", told.append)
    handlers.fire("close")
    run(tasks)
    assert [type(error) for error in told] == [ZeroDivisionError]
    assert [record.getMessage() for record in caplog.records] == ["a handler of 'close' raised"]
    assert caplog.records[0].exc_info


def test_an_error_of_an_error_handler_is_logged_only(
    handlers: Handlers, tasks: list[Callable[[], None]], caplog: pytest.LogCaptureFixture
) -> None:
    handlers.on("error", lambda: 1 / 0)
    handlers.fire("error", ValueError())
    run(tasks)
    assert [record.getMessage() for record in caplog.records] == ["a handler of 'error' raised"]


def test_the_end_of_a_session_is_no_news(
    handlers: Handlers, tasks: list[Callable[[], None]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "greennow")
    told: list[BaseException] = []
    handlers.on("error", told.append)
    handlers.report(Disconnected(), "nobody asked")
    run(tasks)
    assert told == []
    assert [record.levelname for record in caplog.records] == ["DEBUG"]
