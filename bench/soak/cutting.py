"""The network of a soak: lines that break at random, anywhere within a frame."""

from __future__ import annotations

import math
import socket as sockets
import struct
from multiprocessing.connection import Connection
from random import Random
from typing import Any

import gevent
from gevent import socket
from gevent.server import StreamServer

from ..answering import questions

#: How much is moved at once, in bytes.
_PIECE = 65_536

#: Closed like this, a socket tells the other end that the line is broken, not that it is over.
_BREAK = struct.pack("ii", 1, 0)


class Line:
    """One connection. It breaks when it has carried so many bytes, both ways together."""

    def __init__(self, near: Any, far: Any, most: float) -> None:
        self._ends = (near, far)
        #: How many bytes it still carries.
        self.left = most
        self.is_broken = False

    def carry(self) -> bool:
        """Carry bytes until one end closes, or the line breaks; return whether it broke."""
        near, far = self._ends
        gevent.joinall([gevent.spawn(self._move, near, far), gevent.spawn(self._move, far, near)])
        for end in self._ends:
            end.close()
        return self.is_broken

    def _move(self, source: Any, target: Any) -> None:
        try:
            while data := source.recv(_PIECE):
                carried = data[: int(min(self.left, len(data)))]
                self.left -= len(carried)
                target.sendall(carried)
                if len(carried) < len(data):
                    self._break()
                    return
            target.shutdown(sockets.SHUT_WR)
        except OSError:
            pass  # it is broken, or an end has gone
        finally:
            if source is self._ends[1] or self.is_broken:
                self._wake()

    def _break(self) -> None:
        self.is_broken = True
        for end in self._ends:
            end.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, _BREAK)

    def _wake(self) -> None:
        """Have the other direction see that it is over."""
        for end in self._ends:
            try:
                end.shutdown(sockets.SHUT_RD)
            except OSError:
                continue


class Cutter:
    """A proxy whose lines break, once it is told to."""

    def __init__(self, port: int, seed: int, mean: float) -> None:
        """
        Args:
            port: where the server listens.
            seed: the same lengths of life again, in the order in which lines are made.
            mean: how many bytes a line carries, on average.
        """
        self._port = port
        self._random = Random(seed)  # noqa: S311  nobody has to guess it
        self._mean = mean
        self._lines: set[Line] = set()
        self._is_bad = False
        #: How many lines broke.
        self.cuts = 0
        self.server = StreamServer(("127.0.0.1", 0), self._connected)
        self.server.start()

    def _connected(self, near: Any, address: object) -> None:
        far = socket.create_connection(("127.0.0.1", self._port))
        for end in (near, far):
            end.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        line = Line(near, far, self._life())
        self._lines.add(line)
        if line.carry():
            self.cuts += 1
        self._lines.discard(line)

    def _life(self) -> float:
        return self._random.expovariate(1 / self._mean) if self._is_bad else math.inf

    def begin(self) -> None:
        """Break lines from now on."""
        self._is_bad = True
        for line in self._lines:
            line.left = self._life()

    def rest(self) -> None:
        """Break no more lines."""
        self._is_bad = False
        for line in self._lines:
            line.left = math.inf


def cut(control: Connection[Any, Any], port: int, seed: int, mean: float) -> None:
    """Carry, and break; answer each question with the number of cuts so far."""
    cutter = Cutter(port, seed, mean)
    control.send(cutter.server.server_port)
    for question in questions(control):
        if question == "begin":
            cutter.begin()
        elif question == "rest":
            cutter.rest()
        control.send(cutter.cuts)
