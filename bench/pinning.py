"""Which processor runs what: the server one, the load another, so that neither pushes the other aside."""

from __future__ import annotations

import os


def cores() -> tuple[int | None, int | None]:
    """Return the processors for the server and for the load; None where there is no choice."""
    available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (available[0], available[1]) if len(available) > 1 else (None, None)


def pin(core: int | None) -> None:
    """Let this process run on that processor only."""
    if core is not None:
        os.sched_setaffinity(0, {core})
