"""No time passes in these tests but what they let pass, and those that collect garbage find little."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from greennow.core import deadline, incoming


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    still = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr(deadline, "time", still)
    monkeypatch.setattr(incoming, "time", still)


@pytest.fixture(autouse=True)
def _little_to_look_through() -> Iterator[None]:
    """Only what was made since the test began is looked through."""
    gc.freeze()
    yield
    gc.unfreeze()
