"""python-socketio on uvicorn, with what ``uvicorn[standard]`` installs."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import socketio
import uvicorn

from .announcing import announce

sio = socketio.AsyncServer(async_mode="asgi")


@sio.event
async def add(sid: str, a: int, b: int) -> int:
    """Add."""
    return a + b


@sio.event
async def say(sid: str, text: str, times: int) -> None:
    """Emit an event to every client."""
    for _ in range(times):
        await sio.emit("receive", text)


@sio.event
async def change(sid: str, times: int) -> None:
    """Emit an event to every client, with a turn of the loop after each."""
    for value in range(times):
        await sio.emit("value", 100_000 + value)
        await asyncio.sleep(0)


@sio.event
async def bounce(sid: str, times: int) -> None:
    """Call the caller, and wait for each answer."""
    for _ in range(times):
        answer: Any = await sio.call("callback", 7, to=sid)
        if answer != 8:
            raise ValueError("the callback does not add 1")


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    announce(listener.getsockname()[1])
    config = uvicorn.Config(socketio.ASGIApp(sio), log_level="warning", ws_per_message_deflate=False)
    uvicorn.Server(config).run(sockets=[listener])
