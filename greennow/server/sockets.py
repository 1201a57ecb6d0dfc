"""The sockets of links."""

from __future__ import annotations

import socket as sockets
import ssl
from typing import Any

import gevent.socket

#: The kernel's own buffer would hold megabytes for a reader that has stopped.
_KERNEL_BUFFER = 131_072

#: What is raised where something would have to be waited for.
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def prepare(socket: Any) -> None:
    """Have it wait for nothing, and keep little."""
    if socket.gettimeout() != 0.0:
        socket.settimeout(0.0)
    if socket.family in (sockets.AF_INET, sockets.AF_INET6):
        socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
    socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, _KERNEL_BUFFER)


def bare(socket: Any) -> Any:
    """Return what sends for a socket that waits for nothing: gevent's own part of that is to wait.

    Of a socket with TLS it is the socket itself: what is below it would send what is not encrypted.
    """
    plain: Any = socket
    return plain._sock if type(socket) is gevent.socket.socket else socket


def address_of(socket: Any) -> str:
    """Return the address of the other end, for people; without its port, which is another each time."""
    try:
        name = socket.getpeername()
    except OSError:
        return "an unknown address"
    return str(name[0]) if isinstance(name, tuple) else "a local socket"


def say_no_more(socket: Any) -> bool:
    """Tell the other end that all was said; False if it is gone."""
    try:
        socket.shutdown(sockets.SHUT_WR)
    except OSError:
        return False
    return True
