"""python-socketio on gevent's WSGI server, with gevent-websocket."""

from __future__ import annotations

from typing import Any

import gevent
import socketio
from gevent import pywsgi
from geventwebsocket.handler import WebSocketHandler

from .announcing import announce

sio = socketio.Server(async_mode="gevent")


@sio.event
def add(sid: str, a: int, b: int) -> int:
    """Add."""
    return a + b


@sio.event
def say(sid: str, text: str, times: int) -> None:
    """Emit an event to every client."""
    for _ in range(times):
        sio.emit("receive", text)


@sio.event
def change(sid: str, times: int) -> None:
    """Emit an event to every client, with a turn of the loop after each."""
    for value in range(times):
        sio.emit("value", 100_000 + value)
        gevent.sleep(0)


@sio.event
def bounce(sid: str, times: int) -> None:
    """Call the caller, and wait for each answer."""
    for _ in range(times):
        answer: Any = sio.call("callback", 7, to=sid)
        if answer != 8:
            raise ValueError("the callback does not add 1")


if __name__ == "__main__":
    server = pywsgi.WSGIServer(
        ("127.0.0.1", 0), socketio.WSGIApp(sio), handler_class=WebSocketHandler, log=None
    )
    server.start()
    announce(int(server.address[1]))
    server.serve_forever()
