"""Time as the client's threads live it."""

from __future__ import annotations

import sys
import time

import pytest

from greennow.client.clock import Clock


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the usual clock counts it")
def test_the_time_that_the_machine_slept_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "clock_gettime", {time.CLOCK_BOOTTIME: 3600.0, time.CLOCK_MONOTONIC: 1.0}.get)
    assert Clock().time() == 3600
