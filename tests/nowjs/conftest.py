"""A test for each row of NowJS's manual, at both ends: what NowJS's users did works here.

Where a page matters it is one in a real Chromium, and the site has a thread of its own (`Site`). Elsewhere
both ends are in one process (`Harness`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from greennow import Now
from greennow.testing import Harness

from .site import Site


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def site(now: Now) -> Iterator[Site]:
    with Site(now) as site:
        yield site


@pytest.fixture
def h(now: Now) -> Iterator[Harness]:
    with Harness(now) as harness:
        yield harness
