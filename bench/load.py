"""The load generator: clients on bare sockets, in a process of their own.

They keep to the protocol, acks included. What they say is encoded beforehand and what goes to many is looked
at once, for what is measured is the processor time of the server. A load that is slower than the server
does not change that by waiting, but what arrives in smaller pieces costs more; so it tells how busy it was.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import lru_cache
from io import BytesIO
from itertools import count, islice
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import cbor2

from greennow.core.cbor import FUNCTION_TAG
from greennow.core.session import ACKNOWLEDGE_AFTER
from greennow.core.shapes import ACK, CALL, HELLO, READY, REPLY, WELCOME, WRITE
from greennow.server.websocket import FrameReader, masked_frame

from .pinning import pin
from .scenarios import Kind, Scenario

#: How long nothing may come, in seconds, before the run is given up.
PATIENCE = 60.0

#: How many clients connect at the same time.
AT_ONCE = 50

#: After so many seconds a client acknowledges what it has processed.
ACK_DELAY = 1.0

HANDSHAKE = (
    b"GET /nowjs/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: greennow.1\r\n\r\n"
)

#: A client's first words, and its first message: it has the function that is called.
INTRODUCTION = cbor2.dumps([HELLO, {"version": 1, "attempt": 1}])
FIRST_WRITE = cbor2.dumps([WRITE, [[["receive"], cbor2.CBORTag(FUNCTION_TAG, None)]]])


class Measured(NamedTuple):
    """What one run gave.

    Attributes:
        figure: units of work for each second of the server's processor time; KiB where memory is measured.
        load_share: which part of the time the load generator was busy.
    """

    figure: float
    load_share: float


class Client:
    """A client on a blocking socket; it counts what it hears."""

    def __init__(self, port: int, *, acknowledges: bool) -> None:
        """
        Args:
            port: where the server listens.
            acknowledges: does the server keep what is not acknowledged?
        """
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._frames = FrameReader(max_message=1 << 24, masked=False)
        #: How many messages were heard, by kind.
        self.heard = [0] * (READY + 1)
        #: Encoded calls that were not made yet.
        self._calls: Iterable[bytes] = iter(())
        #: The ids of calls.
        self._ids = count(1)
        self._acknowledges = acknowledges
        #: How many counted messages were processed and acknowledged, and the bytes processed since.
        self._processed = 0
        self._acknowledged = 0
        self._unacknowledged_size = 0
        #: When what was processed is acknowledged at the latest.
        self._ack_due = time.monotonic() + ACK_DELAY
        self.socket.sendall(HANDSHAKE)

    def say_hello(self, hello: bytes = INTRODUCTION) -> None:
        """Go on when the server has upgraded the connection."""
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._read()
        if not answer.startswith(b"HTTP/1.1 101 "):
            raise ConnectionError(f"the server answered {answer!r}")
        self.say([hello])

    def say(self, messages: list[bytes]) -> None:
        """Send messages, each as a WebSocket message of its own; an ack that is owed goes ahead."""
        if self._acknowledges and self._processed > self._acknowledged:
            ack = cbor2.dumps([ACK, self._processed])
            messages = [ack + messages[0], *messages[1:]] if messages else [ack]
            self._acknowledged = self._processed
            self._unacknowledged_size = 0
            self._ack_due = time.monotonic() + ACK_DELAY
        self.socket.sendall(b"".join(map(masked_frame, messages)))

    def prepare(self, calls: int, scenario: Scenario) -> None:
        """Encode so many calls."""
        path, arguments = [scenario.function], scenario.arguments
        self._calls = iter([cbor2.dumps([CALL, next(self._ids), path, arguments]) for _ in range(calls)])

    def call(self, times: int) -> None:
        """Make the next calls, as many as are left."""
        calls = list(islice(self._calls, times))
        if calls:
            self.say(calls)

    def hear(self, kind: int) -> int:
        """Wait for something to come; return how many messages of this kind came."""
        before = self.heard[kind]
        data = self._read()
        for event in self._frames.feed(data):
            for heard, times in tally(event.data):  # type: ignore[union-attr]  # a server that pings is not measured
                self.heard[heard] += times
                self._processed += times if heard >= WRITE else 0
        self._unacknowledged_size += len(data)
        if self._unacknowledged_size > ACKNOWLEDGE_AFTER or time.monotonic() > self._ack_due:
            self.say([])
        return self.heard[kind] - before

    def wait_for(self, kind: int, times: int = 1) -> None:
        """Wait until so many messages of this kind have been heard in all."""
        while self.heard[kind] < times:
            self.hear(kind)

    def _read(self) -> bytes:
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


@lru_cache(maxsize=64)
def tally(payload: bytes) -> list[tuple[int, int]]:
    """Return the kinds of the messages in a WebSocket message, and how many there are of each."""
    stream = BytesIO(payload)
    decoder = cbor2.CBORDecoder(stream)
    kinds: dict[int, int] = {}
    while stream.tell() < len(payload):
        message = decoder.decode()
        kind = message[0]
        if kind not in (WELCOME, ACK, WRITE, CALL, REPLY, READY):
            raise ConnectionError(f"the server said {message!r}")
        kinds[kind] = kinds.get(kind, 0) + 1
    return list(kinds.items())


def connect(port: int, clients: int, *, acknowledges: bool) -> list[Client]:
    """Return so many clients that are ready."""
    ready: list[Client] = []
    while len(ready) < clients:
        coming = [Client(port, acknowledges=acknowledges) for _ in range(min(AT_ONCE, clients - len(ready)))]
        for client in coming:
            client.say_hello()
        for client in coming:
            client.wait_for(WELCOME)
            client.say([FIRST_WRITE])
        for client in coming:
            client.wait_for(READY)
        ready += coming
    return ready


# Work: each function prepares it and returns what does it, which returns how much was done.


def calls(clients: list[Client], scenario: Scenario) -> Callable[[], int]:
    """Each client keeps some calls under way, until all are answered."""
    selector = selectors.DefaultSelector()
    steps = -(-scenario.steps // len(clients))
    for client in clients:
        client.prepare(steps, scenario)
        selector.register(client.socket, selectors.EVENT_READ, client)

    def run() -> int:
        answered = 0
        for client in clients:
            client.call(scenario.outstanding)
        while answered < steps * len(clients):
            for key, _ in selector.select(PATIENCE):
                answers = key.data.hear(REPLY)
                key.data.call(answers)
                answered += answers
        return answered

    return run


def fan_out(clients: list[Client], scenario: Scenario) -> Callable[[], int]:
    """One client calls what tells all; the next step begins when all were told."""
    caller = clients[0]
    caller.prepare(scenario.steps, scenario)
    kind = CALL if scenario.function == "say" else WRITE

    def run() -> int:
        told, answered = caller.heard[kind], caller.heard[REPLY]
        for step in range(1, scenario.steps + 1):
            caller.call(1)
            # The last one first: who waits for the first is woken by every send, at the server's cost.
            for client in reversed(clients):
                client.wait_for(kind, told + step * scenario.deliveries)
            caller.wait_for(REPLY, answered + step)
        return len(clients) * scenario.deliveries * scenario.steps

    return run


class Load:
    """Measures one server in one scenario."""

    def __init__(self, server: Connection[Any, Any], scenario: Scenario, *, acknowledges: bool) -> None:
        """
        Args:
            server: answers questions about the server's process; first comes its port.
            scenario: what is to be done.
            acknowledges: does the server keep what is not acknowledged?
        """
        self._server = server
        self._scenario = scenario
        self._acknowledges = acknowledges
        self._port = server.recv()
        #: All clients there are; they stay connected to the end.
        self._clients: list[Client] = []

    def measure(self) -> Measured:
        """Warm up, then measure once."""
        self._prepare(self._scenario._replace(steps=self._scenario.steps // 10 or 1))()
        if self._scenario.kind is Kind.MEMORY:
            return self._measure_memory()
        run = self._prepare(self._scenario)
        seconds, busy, spent = time.perf_counter(), time.process_time(), self._ask("seconds")
        done = run()
        spent = self._ask("seconds") - spent
        busy, seconds = time.process_time() - busy, time.perf_counter() - seconds
        return Measured(done / spent, busy / seconds)

    def _measure_memory(self) -> Measured:
        seconds, busy, before = time.perf_counter(), time.process_time(), self._ask("bytes")
        self._connect(self._scenario.clients)
        grown = self._ask("bytes") - before
        busy, seconds = time.process_time() - busy, time.perf_counter() - seconds
        return Measured(grown / 1024 / self._scenario.clients, busy / seconds)

    def _prepare(self, scenario: Scenario) -> Callable[[], int]:
        if scenario.kind is Kind.CONNECTIONS:
            return lambda: self._connect(scenario.steps)
        if scenario.kind is Kind.MEMORY:
            return lambda: self._connect(AT_ONCE)
        self._connect(scenario.clients - len(self._clients))
        return (calls if scenario.kind is Kind.CALLS else fan_out)(self._clients, scenario)

    def _connect(self, clients: int) -> int:
        self._clients += connect(self._port, clients, acknowledges=self._acknowledges)
        return clients

    def close(self) -> None:
        """Disconnect all clients."""
        for client in self._clients:
            client.socket.close()

    def _ask(self, question: str) -> float:
        self._server.send(question)
        answer: float = self._server.recv()
        return answer


def measure(
    server: Connection[Any, Any],
    results: Connection[Any, Any],
    scenario: Scenario,
    core: int | None,
    acknowledges: bool,
) -> None:
    """Measure in this process, and tell the result."""
    pin(core)
    load = Load(server, scenario, acknowledges=acknowledges)
    with closing(load):
        results.send(load.measure())
