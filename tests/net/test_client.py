"""The threaded client against a real server, over real sockets.

The server has a thread and a hub of its own; a line between the two is cut and held. Where time matters
the client's clock is moved by hand.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import logging
import queue
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import gevent
import pytest
from gevent.event import Event

from greennow import Now
from greennow.client import (
    DELETED,
    Client,
    ConnectError,
    Disconnected,
    LimitExceeded,
    NoSuchFunction,
    Refused,
    RemoteError,
    connect,
)
from greennow.client.address import make_address
from greennow.client.clock import Clock
from greennow.client.connection import Connection
from greennow.client.link import TICK
from greennow.server.websocket import TEXT, frame

from ..unit.client.clocks import DEADLINE, HandClock
from .serving import Line, OneAnswer, Proxy, ServerThread

CERTIFICATE = str(Path(__file__).parent.parent / "data" / "localhost.pem")


@pytest.fixture
def now() -> Now:
    now = Now()

    @now.everyone.expose
    def add(a: int, b: int) -> int:
        return a + b

    @now.everyone.expose
    def fail() -> None:
        raise ValueError("not today")

    @now.everyone.expose
    def ask_back(f: Callable[[Any], Any], value: Any) -> Any:
        return f(value).result()

    @now.everyone.expose
    def lend() -> Callable[[], int]:
        return lambda: 1

    now.everyone.now.size = len
    return now


@pytest.fixture
def line(server: ServerThread) -> Iterator[Line]:
    with Line(server.url) as line:
        yield line


class Told:
    """Events, watches and calls, in the order in which they came."""

    def __init__(self) -> None:
        self._told: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __call__(self, *args: Any) -> None:
        self._told.put(args[0] if len(args) == 1 else args)

    def next(self) -> Any:
        return self._told.get(timeout=DEADLINE)

    @property
    def is_empty(self) -> bool:
        return self._told.empty()


class NoJitter(Random):
    """Never waits, and never for long."""

    def uniform(self, a: float, b: float) -> float:
        return a


def connected(url: str, *, clock: Clock | None = None, reconnect: bool | int = True) -> Client:
    """As `connect`, but that the pauses between tries take no time."""
    address = make_address(url)
    connection = Connection(
        address, reconnect=reconnect, dispatch=None, clock=clock or Clock(), random=NoJitter()
    )
    connection.open(DEADLINE)
    return Client(connection)


def events_of(client: Client, *names: str) -> Told:
    told = Told()
    for name in names:
        client.on(name, lambda *args, name=name: told((name, *args)))
    return told


# Calls.


def test_calls_of_the_server(client: Client) -> None:
    assert client.now.add(1, b=2).result(DEADLINE) == 3
    with pytest.raises(RemoteError) as raised:
        client.now.fail().result(DEADLINE)
    assert str(raised.value) == "now.fail() failed: ValueError: not today"
    assert client.now.ask_back(lambda x: x * 10, 7).result(DEADLINE) == 70
    assert client.now.ask_back(client.now.add, [1]).exception(DEADLINE).type == "TypeError"


def test_calls_of_the_client(now: Now, server: ServerThread, client: Client) -> None:
    client.now.greet = "hello {}".format
    client.now.divide = lambda: 1 / 0
    client.flush(DEADLINE)

    def ask() -> Any:
        theirs = now.get_client(client.client_id).now
        return theirs.greet("ann").result(), str(theirs.divide().exception())

    assert server.run(ask) == ("hello ann", "now.divide() failed: ZeroDivisionError: division by zero")


def test_a_function_that_waits_for_its_caller_is_called_back_meanwhile_at_any_depth(client: Client) -> None:
    def count_down(n: int) -> Any:
        return n and client.now.ask_back(count_down, n - 1).result(DEADLINE) + 1

    assert client.now.ask_back(count_down, 10).result(DEADLINE) == 10


def test_a_lent_function_is_returned_when_its_stub_is_garbage(
    now: Now, server: ServerThread, client: Client
) -> None:
    def lent() -> int:
        return len(now.get_client(client.client_id).peer.lending)

    stub = client.now.lend().result(DEADLINE)
    assert stub().result(DEADLINE) == 1
    assert server.run(lent) == 1
    del stub
    gc.collect()
    for _ in range(2):  # what is garbage leaves with the first, ahead of the second
        client.now.add(0, 0).result(DEADLINE)
    assert server.run(lent) == 0


def test_calls_from_many_threads(client: Client) -> None:
    def work(thread: int) -> list[int]:
        return [client.now.add(thread, number).result(DEADLINE) - thread for number in range(50)]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [list(range(50))] * 8


def test_replies_are_futures(client: Client) -> None:
    replies = [client.now.add(0, number) for number in range(10)]
    done = concurrent.futures.as_completed(replies, DEADLINE)
    assert sorted(reply.result() for reply in done) == list(range(10))

    async def main() -> Any:
        return await asyncio.wait_for(asyncio.wrap_future(client.now.add(1, 1)), DEADLINE)

    # In a thread of its own: the browser's tests leave a loop running in the one that they are run in.
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, main()).result(DEADLINE) == 2
    called = Told()
    client.now.add(2, 2).add_done_callback(
        lambda reply: called(reply.result(), threading.current_thread().name)
    )
    assert called.next() == (4, "greennow dispatch")


def test_a_function_that_is_not_there(client: Client) -> None:
    client.now.gone = print
    gone = client.now.gone
    del client.now["gone"]
    with pytest.raises(NoSuchFunction) as raised:
        gone().result(DEADLINE)
    assert str(raised.value) == "now.gone is not a function here"


def test_an_error_that_nobody_asks_for_is_an_event(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    told = events_of(client, "error")
    client.now.fail()
    gc.collect()
    name, error = told.next()
    assert (name, str(error)) == ("error", "now.fail() failed: ValueError: not today")


def test_more_than_the_network_takes_at_once_is_sent_all_the_same(client: Client) -> None:
    blob = b"x" * 900_000
    replies = [client.now.size(blob) for _ in range(20)]
    assert [reply.result(DEADLINE) for reply in replies] == [900_000] * 20


def test_what_is_too_large_is_refused_at_the_line(client: Client) -> None:
    with pytest.raises(LimitExceeded):
        client.now.add(b"x" * 1_100_000, 0)
    with pytest.raises(LimitExceeded):
        client.now.blob = b"x" * 1_100_000


# Values.


def test_writes_are_seen_in_their_order_at_the_other_end(
    now: Now, server: ServerThread, client: Client
) -> None:
    seen = Told()
    server.run(now.on, "change", lambda path, value: seen(path, value))
    for number in range(100):
        client.now.number = number
    assert [seen.next() for _ in range(100)] == [(("number",), number) for number in range(100)]

    changes = events_of(client, "change")
    server.run(lambda: [setattr(now.everyone.now, "count", number) for number in range(10)])
    assert [changes.next()[1:] for _ in range(10)] == [(("count",), number) for number in range(10)]
    assert client.now.count == 9


def test_a_watch_sees_changes_of_both_ends_until_it_is_ended(
    now: Now, server: ServerThread, client: Client
) -> None:
    seen = Told()
    end = client.watch("player.x", seen)
    client.now.player = {"x": 1, "y": 2}
    assert seen.next() == (1, ("player", "x"))
    client.flush(DEADLINE)  # or the server's write could be the older one
    server.run(lambda: setattr(now.everyone.now, "player", {"x": 3}))
    assert seen.next() == (3, ("player", "x"))
    del client.now["player"]
    assert seen.next() == (DELETED, ("player", "x"))
    end()
    client.now.player = {"x": 4}
    client.now.ask_back(lambda x: x, 0).result(DEADLINE)
    assert seen.is_empty


def test_a_snapshot_is_plain_and_the_same_until_it_changes(
    now: Now, server: ServerThread, client: Client
) -> None:
    client.now.a = {"b": [1]}
    first = client.snapshot("a")
    assert (first, type(first["b"])) == ({"b": [1]}, list)
    changed = events_of(client, "change")
    server.run(lambda: setattr(now.everyone.now, "other", 1))
    changed.next()
    assert client.snapshot(("a",)) is first
    client.now.a.b.append(2)
    assert client.snapshot("a") == {"b": [1, 2]}


def test_within_frozen_remote_changes_wait(now: Now, server: ServerThread, client: Client) -> None:
    changed = events_of(client, "change")
    with client.frozen():
        server.run(lambda: setattr(now.everyone.now, "theirs", 1))
        changed.next()
        client.now.ours = 1
        assert "theirs" not in client.now
        assert client.now.ours == 1
    assert client.now.theirs == 1


def test_a_write_that_the_server_refuses_is_rolled_back_and_reported(now: Now) -> None:
    with ServerThread(now, client_write=["name"]) as server, connect(server.url) as client:
        told = events_of(client, "error")
        client.now.name = "ann"
        client.now.rank = 7
        client.flush(DEADLINE)
        assert client.now.to_plain().keys() & {"name", "rank"} == {"name"}
        _, error = told.next()
        assert isinstance(error, Refused)
        assert error.path == ("rank",)


# Where the program's code runs.


def test_dispatch_decides_where_the_programs_code_runs(server: ServerThread) -> None:
    tasks: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    ran = []
    with connect(server.url, dispatch=tasks.put) as client:
        client.on("ready", lambda: ran.append(threading.current_thread()))
        while not ran:
            tasks.get(timeout=DEADLINE)()
        assert ran == [threading.current_thread()]
        # From now on this thread is known to run tasks, so it does while it waits.
        assert (
            client.now.ask_back(lambda x: ran.append(threading.current_thread()), 1).result(DEADLINE) is None
        )
        assert ran == [threading.current_thread()] * 2


def test_an_error_in_a_handler_is_an_event_and_touches_nothing_else(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    told = events_of(client, "error")
    client.watch("a", lambda: 1 / 0)
    client.now.a = 1
    assert type(told.next()[1]) is ZeroDivisionError
    assert [record.getMessage() for record in caplog.records] == ["a handler of 'watch' raised"]
    assert client.now.add(1, 1).result(DEADLINE) == 2


def test_a_handler_that_exits_ends_the_wait(server: ServerThread, client: Client) -> None:
    def leave() -> None:
        raise SystemExit

    client.on("ready", leave)
    assert client.wait(DEADLINE)


def test_waiting_and_closing_are_for_the_programs_code_too(client: Client) -> None:
    waited = Told()

    def close() -> None:
        client.close()
        waited(client.wait(DEADLINE))

    client.on("ready", close)
    assert waited.next() is True


# Links are lost and made again.


def test_calls_and_writes_happen_exactly_once_and_in_order_over_broken_links(
    now: Now, server: ServerThread, line: Line
) -> None:
    got: list[int] = []
    server.run(now.everyone.expose("take"), lambda number: got.append(number) or number)
    with connected(line.url) as client:
        client_id = client.client_id
        told = events_of(client, "reconnect", "disconnect")
        replies = []
        for number in range(300):
            replies.append(client.now.take(number))
            client.now.number = number
            if number % 100 == 50:
                line.cut()
                assert told.next() == ("disconnect",)
            if number % 100 == 70:
                assert told.next() == ("reconnect", True)
        assert [reply.result(DEADLINE) for reply in replies] == list(range(300))
        assert got == list(range(300))
        assert client.client_id == client_id
        client.flush(DEADLINE)
        assert server.run(lambda: now.get_client(client_id).now.number) == 299


def test_calls_of_the_servers_wait_for_the_link_too(now: Now, server: ServerThread, line: Line) -> None:
    with connected(line.url) as client:
        told = events_of(client, "disconnect")
        client.now.double = lambda x: 2 * x
        client.flush(DEADLINE)
        line.close()
        told.next()
        asked = now.run(lambda: now.get_client(client.client_id).now.double(4).result())
        line.open()
        assert asked.result(DEADLINE) == 8


def test_past_the_window_it_is_a_new_client_with_its_own_names_and_functions(
    now: Now, server: ServerThread, line: Line
) -> None:
    clock = HandClock()
    with connected(line.url, clock=clock) as client:
        first = client.client_id
        told = events_of(client, "disconnect", "reconnect", "close")
        client.now.name, client.now.double = "ann", lambda x: 2 * x
        client.flush(DEADLINE)
        line.close()
        assert told.next() == ("disconnect",)
        assert not client.online
        waiting = client.now.add(1, 1)
        clock.advance(15)
        with pytest.raises(Disconnected) as raised:
            waiting.result(DEADLINE)
        sentence = "the line was down for longer than the resume window, 15.0 s (code 1006)"
        assert str(raised.value) == sentence
        with pytest.raises(Disconnected):
            client.now.add(1, 1).result(DEADLINE)
        client.now.offline = True
        line.open()
        assert told.next() == ("reconnect", False)
        assert client.client_id != first
        client.flush(DEADLINE)

        def seen() -> Any:
            theirs = now.get_client(client.client_id).now
            return theirs.name, theirs.offline, theirs.double(4).result()

        assert server.run(seen) == ("ann", True, 8)
        assert client.now.add(1, 1).result(DEADLINE) == 2


@pytest.mark.parametrize(
    ("is_stopped", "sentence"),
    [
        (True, "the server has stopped (code 1001)"),
        (False, "the session could not be resumed (code 1006)"),
    ],
    ids=["stopped", "died"],
)
def test_another_server_in_its_place_gets_names_and_functions_again_and_calls_under_way_fail(
    now: Now, line: Line, server: ServerThread, is_stopped: bool, sentence: str
) -> None:
    with ServerThread(Now()) as restarted, connected(line.url) as client:
        server.run(lambda: now.everyone.expose("wait")(Event().wait))
        told = events_of(client, "disconnect", "reconnect")
        client.now.name, client.now.double = "ann", lambda x: 2 * x
        client.flush(DEADLINE)
        waiting = client.now.wait()
        client.flush(DEADLINE)
        line.lead_to(restarted.url)
        if is_stopped:
            server.stop()
        else:
            line.cut()
        assert told.next() == ("disconnect",)
        assert told.next() == ("reconnect", False)
        with pytest.raises(Disconnected) as raised:
            waiting.result(DEADLINE)
        assert str(raised.value) == sentence
        client.now.later = 1
        client.flush(DEADLINE)

        def seen() -> Any:
            theirs = restarted.now.get_client(client.client_id).now
            return theirs.name, theirs.later, theirs.double(4).result()

        assert restarted.run(seen) == ("ann", 1, 8)


def test_a_server_that_is_silent_for_two_heartbeats_is_given_up(server: ServerThread, line: Line) -> None:
    clock = HandClock()
    with connected(line.url, clock=clock) as client:
        told = events_of(client, "disconnect", "reconnect")
        line.hold()
        clock.waited_for(TICK)
        clock.advance(40.1)
        assert told.next() == ("disconnect",)
        line.release()
        assert told.next() == ("reconnect", True)


def test_what_was_processed_is_acknowledged_after_a_second_of_silence(now: Now, server: ServerThread) -> None:
    clock = HandClock()
    with connected(server.url, clock=clock) as client:
        changed = events_of(client, "change")
        server.run(lambda: setattr(now.everyone.now, "a", 1))
        changed.next()
        session = server.run(lambda: now.get_client(client.client_id)).peer.session
        acknowledged = now.run(now.shell.wait_while, lambda: session.in_flight)
        clock.waited_for(TICK)
        clock.advance(TICK)
        acknowledged.result(DEADLINE)


def test_what_was_missed_beyond_the_buffer_begins_a_fresh_session(
    now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = Told()
    with (
        ServerThread(now, resume_buffer=10_000) as server,
        Line(server.url) as line,
        connected(line.url) as client,
    ):
        told = events_of(client, "disconnect", "reconnect")
        client.now.name = "ann"
        client.flush(DEADLINE)
        take = client._connection.end.take
        monkeypatch.setattr(client._connection.end, "take", lambda link: taken(data := take(link)) or data)
        line.hold()
        replies = [client.now.size(b"x" * 9_000) for _ in range(4)]
        left = 36_000
        while left > 0:
            left -= len(taken.next())
        line.cut()
        line.release()
        assert [told.next() for _ in range(2)] == [("disconnect",), ("reconnect", False)]
        errors = {str(reply.exception(DEADLINE)) for reply in replies}
        assert errors == {"too much was missed to resume (code 1006)"}
        assert client.now.size("abc").result(DEADLINE) == 3
        assert client.now.name == "ann"


def test_without_reconnecting_the_first_loss_is_the_end(server: ServerThread, line: Line) -> None:
    with connected(line.url, reconnect=False) as client:
        told = events_of(client, "disconnect", "reconnect", "reconnect_failed", "close")
        line.cut()
        assert client.wait(DEADLINE)
        assert [told.next() for _ in range(2)] == [("disconnect",), ("close",)]
        assert told.is_empty


def test_so_many_tries_and_no_more(server: ServerThread, line: Line) -> None:
    with connected(line.url, reconnect=2) as client:
        told = events_of(client, "disconnect", "reconnect", "reconnect_failed", "close")
        line.cut()
        assert [told.next() for _ in range(2)] == [("disconnect",), ("reconnect", True)]
        line.close()
        assert client.wait(DEADLINE)
        assert [told.next() for _ in range(3)] == [("disconnect",), ("reconnect_failed",), ("close",)]
        assert line.turned_away.acquire(blocking=False)
        assert line.turned_away.acquire(blocking=False)
        assert not line.turned_away.acquire(blocking=False)


# Ends.


def test_closing_sends_what_waits_and_ends_the_session_at_once(now: Now, server: ServerThread) -> None:
    left = Told()
    server.run(now.on, "disconnect", lambda client_id: left(now.clients.get(client_id), client_id))
    with connect(server.url) as client:
        closed = events_of(client, "close", "disconnect")
        client_id = client.client_id
        told = Told()
        server.run(now.on, "change", lambda path, value: told(value))
        client.now.last = "word"
    assert told.next() == "word"
    assert left.next() == (None, client_id)
    assert closed.next() == ("close",)
    assert closed.is_empty
    assert not client.online
    client.close()
    assert client.wait()
    assert str(client.now.add(1, 1).exception(DEADLINE)) == "the client was closed (code 1000)"


def test_when_the_server_disconnects_it_is_over(now: Now, server: ServerThread, client: Client) -> None:
    told = events_of(client, "disconnect", "reconnect", "close")
    waiting = client.now.ask_back(lambda x: threading.Event, 0)
    server.run(lambda: now.get_client(client.client_id).disconnect("enough"))
    assert client.wait(DEADLINE)
    assert told.next() == ("close",)
    assert "enough" in str(client.now.add(1, 1).exception(DEADLINE))
    assert waiting.done()


def test_a_server_that_breaks_the_rules_is_told_so_and_left(
    now: Now, server: ServerThread, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    left = Told()
    server.run(now.on, "disconnect", left)
    link = server.run(lambda: now.get_client(client.client_id).link)
    server.run(lambda: link._transmit(frame(b"hello", TEXT)))
    assert client.wait(DEADLINE)
    assert left.next() == client.client_id
    sentence = "a text message; this protocol is binary (code 1003)"
    assert str(client.now.add(1, 1).exception(DEADLINE)) == sentence
    url = client._connection.address.url
    assert [record.getMessage() for record in caplog.records] == [
        f"closing the link to {url}: {sentence}",
        f"the client of {url} has ended: {sentence}",
    ]


def test_a_fault_of_the_clients_own_ends_it_and_is_logged(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(client._connection.end, "receive", lambda link, data: 1 / 0)
    reply = client.now.add(1, 1)
    assert client.wait(DEADLINE)
    assert str(reply.exception(DEADLINE)) == "a fault of the client's (code 1011)"
    assert caplog.records[0].getMessage() == "the client failed"


def test_flush_takes_no_longer_than_it_may(server: ServerThread, line: Line) -> None:
    with connected(line.url) as client:
        line.hold()
        client.now.a = 1
        with pytest.raises(TimeoutError):
            client.flush(0)
        line.release()
        client.flush(DEADLINE)


def test_waiting_takes_no_longer_than_it_may(client: Client) -> None:
    assert client.wait(0) is False


# Connecting.


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


class Connecting:
    """A client that connects in another thread, by a clock that is moved by hand."""

    #: Seconds that it has; nothing else is waited for so long.
    TIME = 7.5

    def __init__(self, url: str) -> None:
        self.clock = HandClock()
        self._connection = Connection(
            make_address(url), reconnect=True, dispatch=None, clock=self.clock, random=Random(1)
        )
        self._pool = concurrent.futures.ThreadPoolExecutor(1)
        self._opened = self._pool.submit(self._connection.open, self.TIME)

    def out_of_time(self) -> str:
        """Let the time pass, and return the error's sentence."""
        self.clock.waited_for(self.TIME, below=self.TIME + TICK)  # the link may be there before it waits
        self.clock.advance(self.TIME)
        error = self._opened.exception(DEADLINE)
        self._connection.close()
        self._pool.shutdown()
        assert type(error) is ConnectError
        return str(error)


def test_nobody_listens() -> None:
    port = free_port()
    connecting = Connecting(f"http://127.0.0.1:{port}")
    connecting.clock.waited_for(0, below=Connecting.TIME)  # between the first try and the second
    url = rf"ws://127\.0\.0\.1:{port}/nowjs/ws"
    why = r"\[Errno \d+\] Connection refused \(code 1006\)"
    assert re.fullmatch(rf"{url} was not there in time, in (1 try|2 tries): {why}", connecting.out_of_time())


def test_it_waits_for_a_server_that_is_not_up_yet(server: ServerThread, line: Line) -> None:
    line.close()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        connecting = pool.submit(connect, line.url, timeout=None)
        for _ in range(2):
            assert line.turned_away.acquire(timeout=DEADLINE)
        line.open()
        with connecting.result(DEADLINE) as client:
            assert client.online


def test_a_refusal_of_authenticate_is_final(now: Now) -> None:
    with ServerThread(now, authenticate=lambda environ: environ["greennow.token"]) as server:
        with pytest.raises(ConnectError) as raised:
            connect(server.url, timeout=None)
        url = server.url.replace("http", "ws") + "/nowjs/ws"
        sentence = f"{url}: it refused with 401 Unauthorized: authenticate refused (code 4401)"
        assert str(raised.value) == sentence
        with connect(server.url, token="secret") as client:
            assert server.run(lambda: now.get_client(client.client_id).user.identity) == "secret"


@pytest.mark.parametrize(("path", "reason"), [("/nowhere/ws", "it is no greennow server")])
def test_a_wrong_address_is_told_at_once(server: ServerThread, path: str, reason: str) -> None:
    with pytest.raises(ConnectError, match=reason):
        connect(server.url.replace("http", "ws") + path, timeout=None)


ANSWERS = [
    (
        "a redirection is told, not followed: a token is for this host",
        "302 Found\r\nLocation: http://elsewhere/\r\n\r\n",
        "it redirects to http://elsewhere/",
    ),
    (
        "what the answer says is told",
        "404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nnot here\n",
        "it refused with 404 Not Found: not here",
    ),
    (
        "a page is not",
        "400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>",
        "it refused with 400 Bad Request",
    ),
    ("a WebSocket of another kind", "101 Fine\r\n\r\n", "it is no greennow server: Invalid WebSocket Header"),
    ("no HTTP at all", "x\r\n\r\n", "it is no greennow server: Invalid status line: 'HTTP/1.1 x'"),
]


@pytest.mark.parametrize(("name", "answer", "reason"), ANSWERS, ids=[case[0] for case in ANSWERS])
def test_an_answer_that_the_next_try_would_get_as_well_is_final(name: str, answer: str, reason: str) -> None:
    with OneAnswer(f"HTTP/1.1 {answer}".encode()) as server:
        with pytest.raises(ConnectError) as raised:
            connect(server.url, timeout=None)
        url = server.url.replace("http", "ws") + "/nowjs/ws"
        assert str(raised.value) == f"{url}: {reason} (code 1006)"


def test_an_origin_that_is_not_allowed_is_final(server: ServerThread) -> None:
    with pytest.raises(ConnectError, match="403 Forbidden"):
        connect(server.url, headers={"Origin": "http://elsewhere"}, timeout=None)


def test_a_server_that_is_full_is_tried_again(now: Now) -> None:
    with ServerThread(now, max_clients=1) as server, concurrent.futures.ThreadPoolExecutor(1) as pool:
        with connect(server.url) as first:
            refused = Connecting(server.url)
            refused.clock.waited_for(0, below=TICK)
            assert "the server is full" in refused.out_of_time()
            connecting = pool.submit(connect, server.url, timeout=None)
            first.close()
        connecting.result(DEADLINE).close()


def test_ready_waits_for_the_connect_handlers(now: Now) -> None:
    may_go_on = gevent.event.Event()
    has_begun = threading.Event()

    @now.on("connect")
    def wait() -> None:
        has_begun.set()
        may_go_on.wait()

    with ServerThread(now) as server:
        connecting = Connecting(server.url)
        assert has_begun.wait(DEADLINE)
        sentence = "was not ready in time: its connect handlers have not returned (code 1006)"
        assert connecting.out_of_time().endswith(sentence)
        server.run(may_go_on.set)
        connect(server.url).close()


def test_a_connect_handler_may_turn_away(now: Now) -> None:
    now.on("connect", lambda client_id: now.get_client(client_id).disconnect("members only"))
    with ServerThread(now) as server, pytest.raises(ConnectError) as raised:
        connect(server.url, timeout=None)
    assert raised.value.code == 4000
    assert "members only" in str(raised.value)


def test_cookies_and_headers_are_the_servers_to_see(now: Now, server: ServerThread) -> None:
    with connect(server.url, cookies={"a": "1"}, headers={"X-Name": "ann"}) as client:
        user = server.run(lambda: now.get_client(client.client_id).user)
        assert (user.cookies, user.headers["X-Name"]) == ({"a": "1"}, "ann")
        assert user.headers["User-Agent"].startswith("greennow/")
        assert "Origin" not in user.headers


@pytest.fixture
def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATE)


def test_tls_and_its_certificates(now: Now, trusting: ssl.SSLContext) -> None:
    with ServerThread(now, certfile=CERTIFICATE) as server:
        site = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(ConnectError, match="certificate verify failed"):
            connect(site, timeout=None)
        with connect(site, ssl=trusting) as client, concurrent.futures.ThreadPoolExecutor(4) as pool:
            blob = b"x" * 300_000
            replies = list(pool.map(lambda _: client.now.ask_back(bytes, blob).result(DEADLINE), range(8)))
            assert replies == [blob] * 8


def test_a_client_that_breaks_off_the_handshake_is_no_error_of_the_servers(
    now: Now, trusting: ssl.SSLContext, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "greennow")
    with ServerThread(now, certfile=CERTIFICATE) as server:
        with pytest.raises(ConnectError, match="certificate verify failed"):
            connect(server.url)
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with suppress(ConnectionResetError):
                plain.recv(100)
        with connect(server.url.replace("127.0.0.1", "localhost"), ssl=trusting) as client:
            assert client.now.add(1, 2).result(DEADLINE) == 3
    assert capfd.readouterr().err == ""
    told = [text.partition(": ")[0] for text in caplog.messages if "TLS" in text]
    assert told == ["no TLS handshake with 127.0.0.1"] * 2


def test_a_proxy_is_gone_through(server: ServerThread) -> None:
    with Proxy() as proxy, connect(server.url, proxy=proxy.url) as client:
        assert client.now.add(1, 1).result(DEADLINE) == 2
        assert proxy.asked == [f"CONNECT {server.url.removeprefix('http://')} HTTP/1.1"]


#: Waits; a signal is taken note of only within the wait, however early it comes.
PROGRAM = """
import sys
from signal import SIG_BLOCK, SIG_UNBLOCK, SIGINT, default_int_handler, pthread_sigmask, signal
from greennow.client import connect

signal(SIGINT, default_int_handler)  # who starts programs in the background has it ignored
pthread_sigmask(SIG_BLOCK, [SIGINT])
with connect(sys.argv[1]) as client:
    over = client._connection.over
    wait_until_done = over.wait_until_done

    def let_in_and_wait(timeout):
        pthread_sigmask(SIG_UNBLOCK, [SIGINT])
        wait_until_done(timeout)

    over.wait_until_done = let_in_and_wait
    print(client.client_id, flush=True)
    print(client.wait())
"""


def test_ctrl_c_ends_a_wait_and_the_session(now: Now, server: ServerThread) -> None:
    left = Told()
    server.run(now.on, "disconnect", left)
    command = [sys.executable, "-W", "error", "-c", PROGRAM, server.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        client_id = program.stdout.readline().strip()
        program.send_signal(signal.SIGINT)
        said = program.communicate(timeout=DEADLINE)
    assert left.next() == client_id
    assert (said, program.returncode) == (("True\n", ""), 0), "so it ends a loop of waits, too"


def test_it_works_in_a_program_that_gevent_has_patched(server: ServerThread) -> None:
    program = "from gevent import monkey; monkey.patch_all()\nimport sys\n" + PATCHED
    command = [sys.executable, "-W", "error", "-c", program, server.url]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=DEADLINE)
    assert (done.stdout, done.stderr) == ("5050\n", "")


PATCHED = """
from greennow.client import connect

with connect(sys.argv[1]) as client:
    print(sum(client.now.ask_back(lambda x: x + 1, n).result(10) for n in range(100)))
"""


def test_wrong_arguments_are_refused_at_the_line() -> None:
    with pytest.raises(ValueError, match="reconnect is True, False or a number of tries, not -1"):
        connect("http://localhost", reconnect=-1)
    with pytest.raises(ValueError, match="an address begins with"):
        connect("localhost")
