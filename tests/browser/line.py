"""A line between a page and its server that a test can cut and mend."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Thread


class Line:
    """Passes bytes on to a server; while it is cut, what comes is turned away."""

    def __init__(self, port: int) -> None:
        #: Where the server listens; a new one may take over while the line is cut.
        self.port = port
        #: Is the line cut?
        self.is_cut = False
        #: The ends of all connections that pass now.
        self._ends: list[socket.socket] = []
        self._threads: list[Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        #: The address of the site, as a page finds it through this line.
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._run(self._accept)

    # What tests call.

    def cut(self) -> None:
        """Break every connection, and those that are tried later."""
        self.is_cut = True
        for end in self._ends:
            with suppress(OSError):  # it was closed by whoever used it
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let connections pass again."""
        self.is_cut = False

    def close(self) -> None:
        """End; no thread is left."""
        self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in [self._listener, *self._ends]:
            end.close()

    # What threads run.

    def _run(self, work: object, *args: object) -> None:
        thread = Thread(target=work, args=args)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was shut down
            while True:
                near, _ = self._listener.accept()
                self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        if self.is_cut:
            near.close()
            return
        far = socket.create_connection(("127.0.0.1", self.port))
        self._ends += [near, far]
        self._run(self._pass_on, near, far)
        self._run(self._pass_on, far, near)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # the line was cut
            while data := source.recv(65_536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
