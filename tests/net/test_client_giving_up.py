"""The threaded client: its calls given up, and the server giving up calls of its functions."""

from __future__ import annotations

import concurrent.futures
import queue
from typing import Any

import gevent
import pytest
from gevent.event import Event

from greennow import Cancelled, Now, deadline
from greennow.client import Client
from greennow.core.deadline import time_left

from ..unit.client.clocks import DEADLINE
from .serving import ServerThread


class Waits:
    """A function of the server's that waits for ever, and tells by what it was ended."""

    def __init__(self) -> None:
        self.told: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __call__(self) -> None:
        self.told.put("began")
        try:
            Event().wait()
        except Cancelled as error:
            self.told.put(str(error))
            raise

    def next(self) -> Any:
        return self.told.get(timeout=DEADLINE)


@pytest.fixture
def wait() -> Waits:
    return Waits()


@pytest.fixture
def now(wait: Waits) -> Now:
    now = Now()
    now.everyone.now.wait = wait
    now.everyone.now.add = lambda a, b: a + b
    return now


def test_a_cancelled_call_is_stopped_at_the_server(client: Client, wait: Waits) -> None:
    reply = client.now.wait()
    assert wait.next() == "began"
    assert reply.cancel()
    assert wait.next() == "the caller has given up"
    with pytest.raises(concurrent.futures.CancelledError):
        reply.result(DEADLINE)
    client.flush(DEADLINE)
    assert client.now.add(1, 2).result(DEADLINE) == 3


def test_a_call_with_a_deadline_raises_and_is_stopped(client: Client, wait: Waits) -> None:
    reply = client.now.wait.with_(timeout=0.2)()
    with pytest.raises(TimeoutError, match=r"now\.wait\(\) "):
        reply.result(DEADLINE)
    assert wait.next() == "began"
    assert client.now.add.with_(timeout=DEADLINE)(1, 2).result() == 3


def test_a_deadline_bounds_the_calls_in_its_block(client: Client, wait: Waits) -> None:
    with deadline(0.2):
        late = client.now.wait()
        quick = client.now.add(1, 2)
    assert quick.result(DEADLINE) == 3
    with pytest.raises(TimeoutError):
        late.result(DEADLINE)
    with deadline(-1), pytest.raises(TimeoutError):
        client.now.add(1, 2).result(DEADLINE)


def test_a_deadline_is_none_of_the_tasks_that_run_meanwhile(client: Client, server: ServerThread) -> None:
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    go_on = Event()

    def outer() -> None:
        with deadline(60):
            client.now.hold().result()

    def hold() -> None:
        server.now.everyone.now.x = 1
        go_on.wait()

    def seconds_left() -> float | None:
        go_on.set()
        return time_left().seconds

    server.run(setattr, server.now.everyone.now, "hold", hold)
    server.run(setattr, server.now.everyone.now, "seconds_left", seconds_left)
    client.watch("x", lambda value: told.put(client.now.seconds_left().result()))
    client.now.outer = outer
    client.flush(DEADLINE)
    this = server.run(server.now.get_client, client.client_id)
    server.run(lambda: this.now.outer.send())
    assert told.get(timeout=DEADLINE) is None


def test_the_server_gives_up_a_call_of_the_clients_function_where_that_waits(
    client: Client, server: ServerThread, wait: Waits
) -> None:
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            client.now.wait().result()
        except Cancelled as error:
            told.put(str(error))
            raise

    client.now.ask = ask
    client.flush(DEADLINE)

    def call_and_cancel() -> Any:
        reply = server.now.get_client(client.client_id).now.ask()
        while wait.told.empty():
            gevent.sleep(0.01)
        return reply.cancel()

    assert server.run(call_and_cancel)
    assert told.get(timeout=DEADLINE) == "the caller has given up"
    assert [wait.next(), wait.next()] == ["began", "the caller has given up"]


def test_a_call_that_is_given_up_before_its_turn_never_runs(client: Client, server: ServerThread) -> None:
    ran: list[Any] = []
    first: queue.SimpleQueue[Any] = queue.SimpleQueue()
    go_on: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def busy() -> None:
        first.put("began")
        go_on.get(timeout=DEADLINE)

    client.now.busy, client.now.late = busy, lambda: ran.append(1)
    client.flush(DEADLINE)
    this = server.run(server.now.get_client, client.client_id)
    server.run(lambda: this.now.busy.send())
    assert first.get(timeout=DEADLINE) == "began"
    server.run(lambda: this.now.late().cancel())
    server.run(lambda: this.now.busy.send())
    client.flush(DEADLINE)
    go_on.put(True)
    assert first.get(timeout=DEADLINE) == "began"
    go_on.put(True)
    assert ran == []
