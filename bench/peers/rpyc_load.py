"""RPyC's own clients as the load, for its protocol is its own; one thread serves all of them.

In Python it is slower than the generator, and waits less; but what is measured is the server.
"""

from __future__ import annotations

import select
import sys
from collections.abc import Callable
from typing import Any

import rpyc

from ..processes import spent
from .python_load import measure, parsed, tell

#: More clients than this cannot be told anything in reasonable time, nor have a thread of the server's each.
MOST_TOLD, MOST = 1_000, 5_000


class Clients:
    """Connections to one server, all of them in this thread."""

    def __init__(self, port: int) -> None:
        """
        Args:
            port: where the server listens.
        """
        self._port = port
        self.connections: list[Any] = []
        #: How often their functions were called.
        self.told = 0
        #: Whether something has come, of all connections.
        self._poll = select.epoll()
        #: Connections by the number of their socket.
        self._by_number: dict[int, Any] = {}

    def connect(self, count: int, *, listening: bool = True) -> None:
        """Connect until there are so many; those that are to be told something give the server a function."""
        while len(self.connections) < count:
            connection = rpyc.connect("127.0.0.1", self._port)
            if listening:
                connection.root.listen(self._hear)
            self.connections.append(connection)
            self._by_number[connection.fileno()] = connection
            self._poll.register(connection.fileno(), select.EPOLLIN)

    def serve_until(self, is_done: Callable[[], bool]) -> None:
        """Handle what comes."""
        while not is_done():
            for number, _ in self._poll.poll():
                self._by_number[number].poll_all()

    def _hear(self, value: Any) -> None:
        self.told += 1


class Work:
    """What the clients do; each method does some of it once, and returns how much that was."""

    def __init__(self, clients: Clients, count: int, outstanding: int, options: Any) -> None:
        self._clients = clients
        self._connections = clients.connections[:count]
        self._outstanding = outstanding
        self._times: int = options.times
        self._function: str = options.function

    def calls(self) -> int:
        """Each client makes its calls, and waits for all."""
        if len(self._connections) == self._outstanding == 1:
            answers = [self._connections[0].root.add(1, 2)]
        else:
            asking = [rpyc.async_(connection.root.add) for connection in self._connections]
            replies = [ask(1, 2) for ask in asking for _ in range(self._outstanding)]
            self._clients.serve_until(lambda: all(reply.ready for reply in replies))
            answers = [reply.value for reply in replies]
        if answers != [3] * len(answers):
            raise ValueError("1 and 2 are not 3")
        return len(answers)

    def tell(self) -> int:
        """One client has all told something."""
        deliveries = self._times * len(self._connections)
        before = self._clients.told
        arguments = ("x" * 85, self._times) if self._function == "say" else (self._times,)
        reply = rpyc.async_(getattr(self._connections[0].root, self._function))(*arguments)
        self._clients.serve_until(lambda: reply.ready and self._clients.told >= before + deliveries)
        return deliveries

    def bounce(self) -> int:
        """One client has its function called."""
        self._connections[0].root.bounce(add_1, self._times)
        return self._times


def add_1(number: int) -> int:
    """What is called back."""
    return number + 1


def hold(clients: Clients, count: int) -> None:
    """Connect idle clients, say so, and go on when a line is answered."""
    clients.connect(count, listening=False)
    tell(clients=count)
    sys.stdin.readline()


def connect(clients: Clients, count: int, server: int) -> None:
    """Measure connecting."""
    first = count // 10
    clients.connect(first)
    before = spent(server)
    clients.connect(count)
    tell(
        clients=count, outstanding=1, done=count - first, server_cpu=spent(server) - before,
        load_busy=0, p50=0, p99=0,
    )  # fmt: skip


def main() -> None:
    """Do what is asked for, as far as these clients can."""
    options = parsed()
    clients = Clients(options.port)
    most = MOST_TOLD if options.work == "tell" else MOST
    for count in (number for number in options.clients if number <= most):
        if options.work == "hold":
            hold(clients, count)
        elif options.work == "connect":
            connect(clients, count, options.server)
        else:
            clients.connect(count)
            for outstanding in options.outstanding:
                work = Work(clients, count, outstanding, options)
                measure(options, count, outstanding, getattr(work, options.work))


if __name__ == "__main__":
    main()
