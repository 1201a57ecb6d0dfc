"""The servers that are measured, and what each takes to run."""

from __future__ import annotations

import sys
from typing import NamedTuple

from .environments import asked_for, modules_of, node, python_with


class Server(NamedTuple):
    """One column of the table.

    Attributes:
        name: what it is called.
        module: the module of its server, or for Node the file.
        dialect: what the load generator speaks with it; none where it has a load of its own.
        environment: which of ``peers`` it needs; none for what greennow has itself.
        load: the module that is its load instead of the generator.
        client: the module that measures its own Python client.
        leaves_out: scenarios that it cannot do or that would say nothing, by key.
    """

    name: str
    module: str
    dialect: str = ""
    environment: str = ""
    load: str = ""
    client: str = ""
    leaves_out: frozenset[str] = frozenset()

    @property
    def is_node(self) -> bool:
        """Does it run in Node?"""
        return self.module.endswith(".mjs")

    @property
    def versions(self) -> str:
        """What its column was measured with, besides what greennow has itself."""
        return f"{self.name}: {', '.join(asked_for(self.environment))}" if self.environment else ""


class Commands(NamedTuple):
    """How to start what a server needs, on this machine."""

    server: list[str]
    load: list[str]
    client: list[str]
    variables: dict[str, str]


def commands(server: Server, *, may_make: bool) -> Commands:
    """Return how to start a server, making its environment where that is allowed; else `Missing`."""
    if server.is_node:
        folder = modules_of(server.environment, may_make=may_make)
        command = [node(), "--expose-gc", f"bench/peers/{server.module}"]
        return Commands(command, [], [], {"BENCH_MODULES": str(folder)})
    python = sys.executable
    if server.environment:
        python = str(python_with(server.environment, may_make=may_make))
    modules = (server.module, server.load, server.client)
    serve, load, client = ([python, "-m", f"bench.{module}"] for module in modules)
    return Commands(serve, load, client, {})


SERVERS = (
    Server("greennow", "peers.greennow_server", "greennow", client="peers.greennow_client"),
    Server(
        "python-socketio", "peers.socketio_gevent_server", "socketio", "socketio_gevent",
        client="peers.socketio_client",
    ),
    Server("python-socketio, uvicorn", "peers.socketio_uvicorn_server", "socketio", "socketio_uvicorn"),
    Server("socket.io", "socketio_server.mjs", "socketio", "socketio_node"),
    Server("capnweb", "capnweb_server.mjs", "capnweb", "capnweb_node"),
    Server(
        "RPyC", "peers.rpyc_server", environment="rpyc", load="peers.rpyc_load", client="peers.rpyc_load",
        leaves_out=frozenset({"burst"}),
    ),
    Server("echo", "peers.echo_server", "echo", "echo"),
    Server("floor", "floor", "floor"),
)  # fmt: skip
