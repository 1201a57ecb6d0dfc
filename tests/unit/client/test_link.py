"""A link's threads are real, its time is moved by hand; a pair of sockets stands for the network."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator

import pytest

from greennow.client.address import Address
from greennow.client.link import ACKNOWLEDGE_EVERY, CLOSING_TIME, TICK, Link
from greennow.server.websocket import Closed, FrameReader, Message, Pong, close_frame, frame

from .clocks import DEADLINE, HandClock


class Owner:
    """A session's worth of things to send."""

    def __init__(self) -> None:
        self.waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.has_ticked = threading.Event()

    def take(self, link: Link) -> bytes:
        return b"" if self.waiting.empty() else self.waiting.get()

    def tick(self, link: Link) -> None:
        self.has_ticked.set()

    def patience(self, link: Link) -> float:
        return 40


class Server:
    """The other side, in the test's own thread."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.frames = FrameReader(max_message=1000)
        self.events: list[object] = []

    def next(self) -> object:
        while not self.events:
            data = self.sock.recv(1000)
            if not data:
                return None
            self.events += self.frames.feed(data)
        return self.events.pop(0)


def said(data: bytes) -> Message:
    return Message(data, text=False)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def link(clock: HandClock, owner: Owner, server: Server, sockets: list[socket.socket]) -> Iterator[Link]:
    link = Link(owner, clock, 1000, Address("ws://host/ws"))
    link._websocket.sock = sockets[0]
    link.start(b"hello")
    yield link
    link.shut()


@pytest.fixture
def sockets() -> Iterator[list[socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(DEADLINE)
    with ours, theirs:
        yield [ours, theirs]


@pytest.fixture
def server(sockets: list[socket.socket]) -> Server:
    return Server(sockets[1])


def test_what_is_first_goes_first_and_then_what_the_owner_has(
    link: Link, owner: Owner, server: Server
) -> None:
    owner.waiting.put(b"one")
    owner.waiting.put(b"two")
    link.wake()
    link.wake()
    assert [server.next() for _ in range(3)] == [said(b"hello"), said(b"one"), said(b"two")]


def test_a_ping_is_answered(link: Link, server: Server, sockets: list[socket.socket]) -> None:
    server.next()
    sockets[1].sendall(frame(b"you?", 9) + frame(b"data"))
    assert link.receive() == b"data"
    assert server.next() == Pong(b"you?")


def test_every_few_seconds_the_owner_is_asked(link: Link, clock: HandClock, owner: Owner) -> None:
    for _ in range(2):
        clock.waited_for(TICK)
        clock.advance(ACKNOWLEDGE_EVERY - TICK)
        clock.waited_for(TICK)
        assert not owner.has_ticked.is_set()
        clock.advance(TICK)
        assert owner.has_ticked.wait(DEADLINE)
        owner.has_ticked.clear()


def test_it_is_asked_as_well_while_there_is_something_to_send(
    link: Link, clock: HandClock, owner: Owner, server: Server
) -> None:
    server.next()
    clock.waited_for(TICK)
    clock._now = ACKNOWLEDGE_EVERY
    owner.waiting.put(b"one")
    link.wake()
    assert server.next() == said(b"one")
    assert owner.has_ticked.wait(DEADLINE)


def test_after_a_silence_of_theirs_it_is_given_up(link: Link, clock: HandClock) -> None:
    clock.waited_for(TICK)
    clock.advance(40.1)
    assert link.receive() is None
    assert (link.code, link.reason) == (1006, "nothing was heard for too long")


def test_any_sign_of_life_ends_the_silence(
    link: Link, clock: HandClock, owner: Owner, sockets: list[socket.socket]
) -> None:
    clock.waited_for(TICK)
    clock._now = 39
    sockets[1].sendall(frame(b"", 10) + frame(b"data"))
    assert link.receive() == b"data"
    clock.advance(2)
    assert owner.has_ticked.wait(DEADLINE)
    sockets[1].sendall(frame(b"more"))
    assert link.receive() == b"more"


def test_finishing_sends_what_waits_then_the_last_then_closes(
    link: Link, owner: Owner, server: Server
) -> None:
    owner.waiting.put(b"one")
    link.finish(b"bye", 1000, "done")
    link.finish(b"not this", 1001, "either")
    heard = [server.next() for _ in range(4)]
    assert heard == [said(b"hello"), said(b"one"), said(b"bye"), Closed(1000, "done")]
    server.sock.sendall(close_frame(1000, ""))
    assert link.receive() is None
    assert link.code == 1000


def test_a_server_that_does_not_close_after_us_is_not_waited_for_long(link: Link, clock: HandClock) -> None:
    link.finish(b"bye", 1000, "done")
    clock.waited_for(CLOSING_TIME)
    clock.advance(CLOSING_TIME)
    assert link.receive() is None


def test_a_close_of_the_servers_is_answered(link: Link, server: Server) -> None:
    server.next()
    server.sock.sendall(close_frame(4000, "out"))
    assert link.receive() is None
    assert (link.code, link.reason) == (4000, "out")
    link.shut()
    assert server.next() == Closed(4000, "")
    assert server.next() is None


def test_giving_up_frees_the_reader_and_says_why(link: Link) -> None:
    link.give_up("no more")
    link.give_up("something else")
    assert link.receive() is None
    assert (link.code, link.reason) == (1006, "no more")


def test_a_line_that_breaks_frees_the_reader(link: Link, server: Server) -> None:
    server.sock.close()
    assert link.receive() is None
    assert link.code == 1006


def test_a_fault_of_the_owners_ends_the_link_and_is_logged(
    link: Link, owner: Owner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(owner, "take", lambda link: 1 / 0)
    link.wake()
    assert link.receive() is None
    assert link.reason == "a fault of the client's"
    assert [record.getMessage() for record in caplog.records] == ["the client failed to write to its link"]
