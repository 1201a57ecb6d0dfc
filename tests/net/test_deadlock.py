"""Handlers that wait for each other for ever: the server sees the circle, and says so to one of them."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from gevent.event import Event

from greennow import Deadlock, Now, RemoteError
from greennow.client import connect
from greennow.core.context import This
from greennow.testing import Harness

from .serving import DEADLINE, ServerThread

#: In seconds: after so long a client tells what its handlers wait for.
LONG = 2


class Handlers:
    """Functions of the server's that wait for what the test says, and what was raised where they waited."""

    def __init__(self, now: Now, **waits: Callable[[], Any]) -> None:
        self.raised: dict[str, BaseException] = {}
        self.at_work: dict[str, Event] = {}
        for name, wait in waits.items():
            self.at_work[name] = Event()
            now.everyone.expose(name)(self._handler(name, wait))

    def _handler(self, name: str, wait: Callable[[], Any]) -> Callable[[], Any]:
        def handler() -> Any:
            self.at_work[name].set()
            try:
                return wait()
            except BaseException as error:
                self.raised[name] = error
                raise

        return handler


def error_of(reply: Any) -> str:
    error = reply.exception()
    assert isinstance(error, RemoteError)
    return f"{error.type}: {error.message}"


def no_waits_are_known(now: Now) -> bool:
    return not any(client.peer.waits._told for client in now.clients.values())


def test_who_waits_for_what_waits_for_it_is_told_of_the_circle(now: Now, this: This, h: Harness) -> None:
    handlers = Handlers(now, f=lambda: this.now.g().result())
    ann = h.connect()
    calls: list[Any] = []
    ann.now.g = lambda: calls[0].result()
    h.settle()
    calls.append(ann.now.f())
    handlers.at_work["f"].wait()
    h.advance(LONG)
    circle = f"now.f() waits for now.g() of client {ann.client_id}, which waits for now.f()"
    assert error_of(calls[0]) == f"Deadlock: {circle}"
    assert isinstance(handlers.raised["f"], Deadlock)
    assert str(handlers.raised["f"]) == circle
    h.settle()
    assert no_waits_are_known(now)


def test_a_circle_through_two_clients_names_them_all(now: Now, this: This, h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    handlers = Handlers(
        now,
        f=lambda: now.get_client(bob.client_id).now.g().result(),
        h=lambda: now.get_client(ann.client_id).now.k().result(),
    )
    calls: list[Any] = []
    ann.now.k = lambda: calls[0].result()
    bob.now.g = lambda: bob.now.h().result()
    h.settle()
    calls.append(ann.now.f())
    handlers.at_work["h"].wait()
    h.advance(LONG)
    h.settle()
    whole = (
        f"now.f() waits for now.g() of client {bob.client_id}, which waits for now.h(), "
        f"which waits for now.k() of client {ann.client_id}, which waits for now.f()"
    )
    other = (
        f"now.h() waits for now.k() of client {ann.client_id}, which waits for now.f(), "
        f"which waits for now.g() of client {bob.client_id}, which waits for now.h()"
    )
    assert [str(error) for error in handlers.raised.values() if isinstance(error, Deadlock)] in (
        [whole],
        [other],
    )
    assert calls[0].done()
    assert no_waits_are_known(now)


def test_a_function_that_returns_the_reply_waits_for_it(now: Now, this: This, h: Harness) -> None:
    Handlers(now, f=lambda: this.now.g())
    ann = h.connect()
    calls: list[Any] = []
    ann.now.g = lambda: calls[0]
    h.settle()
    calls.append(ann.now.f())
    h.advance(LONG)
    h.settle()
    circle = f"now.f() waits for now.g() of client {ann.client_id}, which waits for now.f()"
    assert error_of(calls[0]) == f"Deadlock: {circle}"


def test_a_wait_that_closes_the_circle_late_is_told_at_once(now: Now, this: This, h: Harness) -> None:
    may_wait = Event()

    def wait() -> Any:
        reply = this.now.g()
        may_wait.wait()
        return reply.result()

    handlers = Handlers(now, f=wait)
    ann = h.connect()
    calls: list[Any] = []
    ann.now.g = lambda: calls[0].result()
    h.settle()
    calls.append(ann.now.f())
    handlers.at_work["f"].wait()
    h.advance(LONG)
    assert not calls[0].done()
    may_wait.set()
    assert error_of(calls[0]).startswith("Deadlock: now.f() waits for now.g() of client ")


def test_waits_that_will_end_are_left_alone(now: Now, this: This, h: Harness) -> None:
    may_end = Event()
    handlers = Handlers(now, f=lambda: this.now.g().result(), slow=may_end.wait)
    ann = h.connect()
    ann.now.g = lambda: ann.now.slow().result()
    h.settle()
    reply = ann.now.f()
    handlers.at_work["slow"].wait()
    h.advance(10 * LONG)
    assert not reply.done()
    may_end.set()
    h.settle()
    assert reply.result() is True
    assert no_waits_are_known(now)


def test_twenty_calls_deep_is_no_circle(now: Now, this: This, h: Harness) -> None:
    now.everyone.now.down = lambda n: this.now.down(n - 1).result() if n else "the bottom"
    ann = h.connect()
    may_end = Event()
    ann.now.down = lambda n: ann.now.down_there(n)
    now.everyone.now.down_there = lambda n: may_end.wait() if n == 1 else this.now.down(n - 1).result()
    h.settle()
    reply = ann.now.down(20)
    h.advance(10 * LONG)
    may_end.set()
    h.settle()
    assert reply.done()
    assert no_waits_are_known(now)


# The threaded client


def test_a_threaded_client_is_told_of_a_circle(now: Now, this: This) -> None:
    now.everyone.now.f = lambda: this.now.g().result()
    with ServerThread(now) as server, connect(server.url) as client:
        calls: list[Any] = []
        client.now.g = lambda: calls[0].result()
        client.flush(DEADLINE)
        calls.append(client.now.f())
        error = calls[0].exception(DEADLINE)
        circle = f"now.f() waits for now.g() of client {client.client_id}, which waits for now.f()"
        assert (error.type, error.message) == ("Deadlock", circle)


def test_what_waits_below_another_on_the_one_thread_waits_for_that_too(now: Now, this: This) -> None:
    """a has its answer, but stands below b, which waits for h; and h waits for the answer of a."""
    answers: list[Any] = []
    has_begun = Event()

    def step() -> None:
        this.now.b()
        has_begun.wait()

    now.everyone.now.begin = lambda: answers.append(this.now.a())
    now.everyone.now.step = step
    now.everyone.now.b_has_begun = has_begun.set
    now.everyone.now.h = lambda: answers[0].result()
    with ServerThread(now) as server, connect(server.url) as client:
        told: SimpleQueue[Any] = SimpleQueue()
        client.now.a = lambda: client.now.step().result()

        def b() -> None:
            client.now.b_has_begun.send()
            told.put(client.now.h().exception())

        client.now.b = b
        client.flush(DEADLINE)
        client.now.begin().result(DEADLINE)
        error = told.get(timeout=DEADLINE)
        circle = f"now.h() waits for now.a() of client {client.client_id}, which waits for now.h()"
        assert (error.type, error.message) == ("Deadlock", circle)
