"""What every server of the bench does once it listens; it imports nothing that a peer might lack."""

from __future__ import annotations

import gc
import signal
import sys
from typing import Any


def announce(port: int) -> None:
    """Print where this process listens, and collect garbage from now on when it is told to by a signal."""
    signal.signal(signal.SIGUSR2, _collect)
    _say(str(port))


def _collect(*_: Any) -> None:
    gc.collect()
    _say("collected")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
