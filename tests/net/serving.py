"""A server in a thread of its own, and a line to it that a test cuts and holds."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import gevent
from gevent.event import Event

from greennow import Now, Server

#: Seconds of real time after which a test that waits for ever is ended.
DEADLINE = 30


class ServerThread:
    """Serves a `Now` in a thread with a hub of its own."""

    def __init__(self, now: Now, **serving: Any) -> None:
        self.now = now
        self.url = ""
        self._serving = serving
        self._is_up: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve, name="server")

    def _serve(self) -> None:
        with _own_greenlets():
            try:
                server = self._start()
                self.url = server.url
                self._stop = Event()
                self._stopper = gevent.get_hub().loop.async_()
                self._stopper.start(self._stop.set)
            except BaseException as error:
                self._is_up.set_exception(error)
                return
            self._is_up.set_result(None)
            self._stop.wait()
            server.stop(timeout=1)
        self._stopper.close()
        gevent.get_hub().destroy(destroy_loop=True)

    def _start(self) -> Server:
        return self.now.start(port=0, **self._serving)

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Return what the function returns on the serving thread."""
        return self.now.run(function, *args).result(DEADLINE)

    def stop(self) -> None:
        """Stop serving."""
        if self._thread.is_alive():
            self._stopper.send()
            self._thread.join(DEADLINE)

    def __enter__(self) -> ServerThread:
        self._thread.start()
        self._is_up.result(DEADLINE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def _own_greenlets() -> Iterator[None]:
    """Ends the greenlets of this thread's: a request lasts as long as its connection, which browsers keep."""
    spawned: WeakSet[Any] = WeakSet()
    gevent.Greenlet.add_spawn_callback(spawned.add)
    try:
        yield
    finally:
        gevent.Greenlet.remove_spawn_callback(spawned.add)
        gevent.killall([greenlet for greenlet in list(spawned) if greenlet.parent is gevent.get_hub()])


class Line:
    """A TCP proxy: cut, closed or held as the test says. One thread moves all the bytes."""

    def __init__(self, url: str) -> None:
        self.lead_to(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._orders, self._ordered = socket.socketpair()
        self._selector.register(self._ordered, selectors.EVENT_READ)
        self._order: Callable[[], Any] = self._end
        self._done = threading.Event()
        #: Each socket and the one that gets its bytes.
        self._peers: dict[socket.socket, socket.socket] = {}
        self._is_open = True
        self._is_held = False
        self._is_running = True
        #: Released for each connection that is turned away.
        self.turned_away = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name="line")

    # For the test.

    def lead_to(self, url: str) -> None:
        """Have the connections that are made from now on lead to another server."""
        target = urlsplit(url)
        self._target = (target.hostname, target.port)

    def cut(self) -> None:
        """Cut every connection, at once."""
        self._do(self._cut)

    def close(self) -> None:
        """Cut every connection, and turn new ones away."""
        self._do(lambda: (setattr(self, "_is_open", False), self._cut()))

    def open(self) -> None:
        """Take connections again."""
        self._do(lambda: setattr(self, "_is_open", True))

    def hold(self) -> None:
        """Move no more bytes, and tell nobody."""
        self._do(lambda: self._set_held(True))

    def release(self) -> None:
        """Move bytes again."""
        self._do(lambda: self._set_held(False))

    def __enter__(self) -> Line:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._end)
        self._thread.join(DEADLINE)
        for sock in (self._listener, self._orders, self._ordered, self._selector):
            sock.close()

    def _do(self, order: Callable[[], Any]) -> None:
        self._order = order
        self._done.clear()
        self._orders.send(b"!")
        assert self._done.wait(DEADLINE)

    # On the line's thread.

    def _run(self) -> None:
        while self._is_running:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is self._ordered:
                    self._ordered.recv(1)
                    self._order()
                    self._done.set()
                elif key.fileobj in self._peers:
                    self._move(key.fileobj)

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        if not self._is_open:
            self.turned_away.release()  # first: the client may be waiting for nothing else
            near.close()
            return
        far = socket.create_connection(self._target)
        for sock, peer in ((near, far), (far, near)):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers[sock] = peer
            if not self._is_held:
                self._selector.register(sock, selectors.EVENT_READ)

    def _move(self, sock: Any) -> None:
        peer = self._peers[sock]
        try:
            data = sock.recv(65_536)
            peer.sendall(data)
        except OSError:
            data = b""
        if not data:
            self._drop(sock)

    def _drop(self, sock: socket.socket) -> None:
        for end in (sock, self._peers[sock]):
            del self._peers[end]
            if not self._is_held:
                self._selector.unregister(end)
            end.close()

    def _cut(self) -> None:
        while self._peers:
            self._drop(next(iter(self._peers)))

    def _set_held(self, is_held: bool) -> None:
        if is_held != self._is_held:
            self._is_held = is_held
            for sock in self._peers:
                if is_held:
                    self._selector.unregister(sock)
                else:
                    self._selector.register(sock, selectors.EVENT_READ)

    def _end(self) -> None:
        self._cut()
        self._is_running = False


class OneAnswer:
    """Answers one request, whatever it is."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        #: The first line of what it was asked.
        self.asked: list[str] = []
        self._thread = threading.Thread(target=self._serve, name="one answer")

    def __enter__(self) -> OneAnswer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join(DEADLINE)
        self._listener.close()

    def _serve(self) -> None:
        near, _ = self._listener.accept()
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            asked += near.recv(1)
        self.asked.append(asked.decode().partition("\r\n")[0])
        near.sendall(self._answer)
        self._go_on(near)

    def _go_on(self, near: socket.socket) -> None:
        near.close()


class Proxy(OneAnswer):
    """An HTTP proxy for one connection."""

    def __init__(self) -> None:
        super().__init__(b"HTTP/1.1 200 Connection established\r\n\r\n")

    def _go_on(self, near: socket.socket) -> None:
        host, _, port = self.asked[0].split()[1].rpartition(":")
        far = socket.create_connection((host, int(port)))
        back = threading.Thread(target=_pump, args=(far, near), name="proxy")
        back.start()
        _pump(near, far)
        back.join(DEADLINE)
        near.close()
        far.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
