"""Bare gevent-websocket, without any protocol: it sends back what it is sent, and knows some words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from gevent import pywsgi
from geventwebsocket.handler import WebSocketHandler

from .announcing import announce

#: What all are told: 100 bytes.
TOLD = "told " + "x" * 95

#: Every client's connection.
connections: set[Any] = set()


def say(connection: Any, times: int) -> None:
    """Tell all."""
    for _ in range(times):
        for other in connections:
            other.send(TOLD)


def change(connection: Any, times: int) -> None:
    """Tell all, with a turn of the loop after each."""
    for value in range(times):
        for other in connections:
            other.send(f"told value {100_000 + value}")
        gevent.sleep(0)


def bounce(connection: Any, times: int) -> None:
    """Ask the caller, and wait for each answer."""
    for _ in range(times):
        connection.send("callback")
        connection.receive()


#: What is to be done at some words, before they are sent back.
WORDS: dict[str, Callable[[Any, int], None]] = {"say": say, "change": change, "bounce": bounce}


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Echo, until the client goes."""
    connection = environ["wsgi.websocket"]
    connections.add(connection)
    while (message := connection.receive()) is not None:
        word, _, times = message.split(" ")
        if word in WORDS:
            WORDS[word](connection, int(times))
        connection.send(message)
    connections.remove(connection)
    return []


if __name__ == "__main__":
    server = pywsgi.WSGIServer(("127.0.0.1", 0), application, handler_class=WebSocketHandler, log=None)
    server.start()
    announce(int(server.address[1]))
    server.serve_forever()
