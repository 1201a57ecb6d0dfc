"""What tests over real sockets begin with: something served and clients of it, here or in threads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from greennow import Now
from greennow.client import Client, connect
from greennow.core.context import This
from greennow.testing import Harness

from .serving import ServerThread


@pytest.fixture
def now() -> Now:
    """What is served; a module that has functions in it makes its own."""
    return Now()


@pytest.fixture
def this(now: Now) -> This:
    """`this` in its handlers."""
    return This(now.context)


@pytest.fixture
def h(now: Now) -> Iterator[Harness]:
    """It, and clients of it, in this process."""
    with Harness(now) as h:
        yield h


@pytest.fixture
def server(now: Now) -> Iterator[ServerThread]:
    """It in a thread of its own."""
    with ServerThread(now) as server:
        yield server


@pytest.fixture
def client(server: ServerThread) -> Iterator[Client]:
    """A threaded client of that."""
    with connect(server.url) as client:
        yield client
