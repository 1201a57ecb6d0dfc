"""pytest's fixtures. pytest loads this file in every run; so it loads nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from greennow import testing

if TYPE_CHECKING:
    from .client import Client
    from .harness import Harness


@pytest.fixture
def now_server() -> Iterator[Harness]:
    """A `Harness` that serves the default `Now`, with what the program has exposed."""
    with testing.Harness() as harness:
        yield harness


@pytest.fixture
def now_client(now_server: Harness) -> Client:
    """A client of ``now_server``, connected and ready."""
    return now_server.connect()
