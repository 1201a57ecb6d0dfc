"""greennow: the shared ``now`` object for Python.

::

    import greennow
    from greennow import everyone, this

    @everyone.expose
    def distribute_message(message):
        everyone.now.receive_message(this.now.get("name", "somebody"), message)

    greennow.serve("index.html")

The functions of this module act on one default `Now`, made on first use. Importing it loads no
gevent, opens nothing and patches nothing; the names that need the server load it when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .core.deadline import deadline
from .core.errors import (
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
from .core.tree import DELETED
from .version import __version__

if TYPE_CHECKING:
    from .hub.client import Client
    from .hub.group import Group
    from .server.default import (
        everyone,
        get_client,
        get_group,
        get_groups,
        initialize,
        on,
        remove_group,
        run,
        serve,
        start,
        this,
        wsgi,
    )
    from .server.serve import Now, Server

__all__ = [
    "DELETED",
    "Cancelled",
    "Client",
    "ConnectError",
    "Deadlock",
    "Detached",
    "Disconnected",
    "Group",
    "LimitExceeded",
    "NoSuchFunction",
    "Now",
    "NowError",
    "ProtocolError",
    "Refused",
    "RemoteError",
    "Server",
    "UnknownClient",
    "__version__",
    "deadline",
    "everyone",
    "get_client",
    "get_group",
    "get_groups",
    "initialize",
    "on",
    "remove_group",
    "run",
    "serve",
    "start",
    "this",
    "wsgi",
]

#: The names that need the server, and the modules that have them.
_SERVER = {
    "Client": ".hub.client",
    "Group": ".hub.group",
    "Now": ".server.serve",
    "Server": ".server.serve",
} | dict.fromkeys(
    (
        "everyone", "get_client", "get_group", "get_groups", "initialize", "on", "remove_group", "run",
        "serve", "start", "this", "wsgi",
    ),
    ".server.default",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    module = _SERVER.get(name)
    if module is None:
        raise AttributeError(f"module 'greennow' has no attribute {name!r}")
    value = getattr(import_module(module, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
