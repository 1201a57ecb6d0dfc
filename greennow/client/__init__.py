"""The client for Python programs, on threads; it needs no gevent and never imports it.

::

    from greennow.client import connect

    with connect("http://localhost:8080") as client:
        now = client.now
        now.name = "bot"
        now.receive_message = lambda name, text: print(name, text)
        print(now.add(1, 2).result(timeout=5))
        client.wait()
"""

from __future__ import annotations

from ..core.errors import (
    Cancelled,
    ConnectError,
    Deadlock,
    Detached,
    Disconnected,
    LimitExceeded,
    NoSuchFunction,
    NowError,
    ProtocolError,
    Refused,
    RemoteError,
    UnknownClient,
)
from ..core.tree import DELETED
from .client import Client, connect

__all__ = [
    "DELETED",
    "Cancelled",
    "Client",
    "ConnectError",
    "Deadlock",
    "Detached",
    "Disconnected",
    "LimitExceeded",
    "NoSuchFunction",
    "NowError",
    "ProtocolError",
    "Refused",
    "RemoteError",
    "UnknownClient",
    "connect",
]
