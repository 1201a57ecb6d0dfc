"""For tests that collect garbage: only what was made since they began is looked through."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _little_to_look_through() -> Iterator[None]:
    gc.freeze()
    yield
    gc.unfreeze()
