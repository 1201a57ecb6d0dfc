"""Streams between a server and the threaded client, both ways."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from gevent.event import Event

from greennow import Cancelled, Disconnected, Now, RemoteError, deadline
from greennow.client import Client, connect
from greennow.core.context import This
from greennow.core.stream import WINDOW

from ..unit.client.clocks import DEADLINE
from .serving import Line, ServerThread


class Rows:
    """A generator function that tells how far it has run, and how it ended."""

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.count = count
        self.error = error
        self.produced = 0
        self.told: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __call__(self) -> Iterator[int]:
        try:
            for row in range(self.count):
                self.produced += 1
                yield row
            if self.error is not None:
                raise self.error
        except BaseException as error:
            self.told.put(type(error).__name__)
            raise
        self.told.put("read to its end")

    def ended(self) -> str:
        return self.told.get(timeout=DEADLINE)


@pytest.fixture
def now() -> Now:
    now = Now()
    now.everyone.now.total = sum
    now.everyone.now.never = lambda: Event().wait()
    return now


def expose(server: ServerThread, client: Client, name: str, function: Any) -> None:
    """The server has a function of this name, and the client knows of it."""
    server.run(setattr, server.now.everyone.now, name, function)
    assert client.now.total([]).result(DEADLINE) == 0


def streams_left(server: ServerThread, client: Client) -> list[int]:
    """How many streams and calls are under way at either end."""
    client.flush(DEADLINE)
    peer = client._connection.end.peer
    assert peer is not None
    theirs = server.run(lambda: server.now.get_client(client.client_id).peer)
    return [peer.under_way, len(peer.streams._theirs), theirs.under_way, len(theirs.streams._theirs)]


# From the server


def test_rows_of_the_servers_are_read_in_their_order(server: ServerThread, client: Client) -> None:
    rows = Rows(2_000)
    expose(server, client, "rows", rows)
    assert list(client.now.rows()) == list(range(2_000))
    assert rows.ended() == "read to its end"
    assert streams_left(server, client) == [0, 0, 0, 0]


def test_the_error_comes_after_the_rows_before_it(server: ServerThread, client: Client) -> None:
    expose(server, client, "rows", Rows(3, ValueError("no more")))
    seen: list[int] = []
    with pytest.raises(RemoteError, match=r"^now\.rows\(\) failed: ValueError: no more$"):
        seen.extend(client.now.rows())
    assert seen == [0, 1, 2]


def test_breaking_off_closes_the_generator_without_any_other_traffic(
    server: ServerThread, client: Client
) -> None:
    rows = Rows(1_000_000)
    expose(server, client, "rows", rows)
    for row in client.now.rows():
        if row == 50:
            break
    assert rows.ended() == "GeneratorExit"
    assert rows.produced <= 50 + WINDOW + 1
    assert streams_left(server, client) == [0, 0, 0, 0]


def test_the_generator_is_never_more_than_256_rows_ahead(server: ServerThread, client: Client) -> None:
    rows = Rows(20_000)
    expose(server, client, "rows", rows)
    ahead = [rows.produced - number for number, _ in enumerate(client.now.rows(), 1)]
    assert len(ahead) == 20_000
    assert max(ahead) <= WINDOW


def test_a_generator_may_ask_the_client_that_reads_it_on_any_thread(
    server: ServerThread, client: Client
) -> None:
    this = This(server.now.context)

    def squares() -> Iterator[int]:
        for number in range(5):
            yield this.now.square(number).result()

    expose(server, client, "squares", squares)
    client.now.square = lambda number: number * number
    client.now.read = lambda: list(client.now.squares())
    client.flush(DEADLINE)
    assert list(client.now.squares()) == [0, 1, 4, 9, 16]
    ask = server.run(lambda: server.now.get_client(client.client_id).now.read().result())
    assert ask == [0, 1, 4, 9, 16], (
        "the dispatch thread reads, and runs what the generator asks for meanwhile"
    )


def test_two_threads_may_read_one_stream(server: ServerThread, client: Client) -> None:
    expose(server, client, "rows", Rows(5_000))
    stream = client.now.rows().result(DEADLINE)
    taken: list[list[int]] = [[], []]
    threads = [threading.Thread(target=mine.extend, args=(stream,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert sorted(taken[0] + taken[1]) == list(range(5_000))
    assert all(mine == sorted(mine) for mine in taken)


def test_a_deadline_around_the_loop_raises_and_closes(server: ServerThread, client: Client) -> None:
    told: queue.SimpleQueue[str] = queue.SimpleQueue()

    def feed() -> Iterator[int]:
        try:
            yield 1
            Event().wait()
        except Cancelled as error:
            told.put(str(error))
            raise

    expose(server, client, "feed", feed)
    seen: list[int] = []
    with deadline(0.2), pytest.raises(TimeoutError, match=r"^the next item of a stream has not come within "):
        seen.extend(client.now.feed())
    assert seen == [1]
    assert told.get(timeout=DEADLINE) == "nobody reads the stream any more"


def test_another_thread_may_close_it_under_the_reader(server: ServerThread, client: Client) -> None:
    began = Event()

    def feed() -> Iterator[int]:
        yield 1
        began.set()
        Event().wait()

    expose(server, client, "feed", feed)
    stream = client.now.feed().result(DEADLINE)
    assert next(stream) == 1
    closing = threading.Timer(0, stream.close)
    closing.start()
    assert list(stream) == []
    closing.join()
    assert streams_left(server, client) == [0, 0, 0, 0]


def test_over_a_line_that_is_cut_again_and_again_all_rows_come(server: ServerThread) -> None:
    server.run(setattr, server.now.everyone.now, "rows", Rows(3_000))
    with Line(server.url) as line, connect(line.url) as client:
        seen = []
        for row in client.now.rows():
            seen.append(row)
            if row % 1_000 == 500:
                line.cut()
        assert seen == list(range(3_000))


def test_when_the_client_is_closed_the_reader_has_what_came_and_is_told(server: ServerThread) -> None:
    rows = Rows(1_000_000)
    server.run(setattr, server.now.everyone.now, "rows", rows)
    client = connect(server.url)
    stream = client.now.rows().result(DEADLINE)
    assert next(stream) == 0
    client.flush(DEADLINE)
    client.close()
    seen: list[int] = []
    with pytest.raises(Disconnected):
        seen.extend(stream)
    assert seen == list(range(1, len(seen) + 1))
    assert rows.ended() == "GeneratorExit"


# From the client


def test_the_server_reads_a_generator_of_the_clients(server: ServerThread, client: Client) -> None:
    rows = Rows(2_000)
    assert client.now.total(rows()).result(DEADLINE) == sum(range(2_000))
    assert rows.ended() == "read to its end"
    assert streams_left(server, client) == [0, 0, 0, 0]


def test_a_function_of_the_clients_may_be_a_generator(server: ServerThread, client: Client) -> None:
    client.now.rows = Rows(700)
    client.flush(DEADLINE)
    read = server.run(lambda: list(server.now.get_client(client.client_id).now.rows()))
    assert read == list(range(700))


def test_the_clients_generator_is_closed_on_its_dispatch_thread(server: ServerThread, client: Client) -> None:
    threads: queue.SimpleQueue[str] = queue.SimpleQueue()

    def rows() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            threads.put(threading.current_thread().name)

    expose(server, client, "first", lambda rows: next(rows))
    assert client.now.first(rows()).result(DEADLINE) == 1
    assert threads.get(timeout=DEADLINE) == "greennow dispatch"


def test_a_generator_of_the_clients_is_stopped_where_it_waits_for_a_reply(
    server: ServerThread, client: Client
) -> None:
    told: queue.SimpleQueue[str] = queue.SimpleQueue()

    def rows() -> Iterator[Any]:
        yield 1
        told.put("waits")
        try:
            yield client.now.never().result()
        except Cancelled as error:
            told.put(str(error))
            raise

    kept: list[Any] = []
    expose(server, client, "keep", lambda rows: kept.append(rows) or next(rows))
    expose(server, client, "drop", lambda: kept.pop().close())
    assert client.now.keep(rows()).result(DEADLINE) == 1
    assert told.get(timeout=DEADLINE) == "waits"
    client.now.drop().result(DEADLINE)
    assert told.get(timeout=DEADLINE) == "nobody reads the stream any more"
    assert streams_left(server, client)[0] == 0


def test_a_call_that_is_given_up_is_no_complete_stream_for_the_clients_function(
    server: ServerThread, client: Client
) -> None:
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def load(rows: Any) -> None:
        try:
            for row in rows:
                told.put(row)
            told.put("complete")
        except Cancelled as error:
            told.put(str(error))
            raise

    client.now.load = load
    client.flush(DEADLINE)

    def rows() -> Iterator[int]:
        yield 1
        Event().wait()

    def call_and_cancel() -> None:
        reply = server.now.get_client(client.client_id).now.load(rows())
        peer = client._connection.end.peer
        assert peer is not None
        while told.empty() or not peer.streams.waiting:
            gevent.sleep(0.01)
        reply.cancel()

    server.run(call_and_cancel)
    assert told.get(timeout=DEADLINE) == 1
    assert told.get(timeout=DEADLINE) == "the caller has given up"
