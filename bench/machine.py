"""What figures were taken with: they mean nothing without."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from .pinning import cores


def machine() -> str:
    """Return what was measured with, as a sentence."""
    for_server, for_load = cores()
    pinned = "not pinned" if for_server is None else f"server on core {for_server}, load on core {for_load}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("gevent", "cbor2"))
    load = os.getloadavg()[0]
    return (
        f"{platform.python_implementation()} {platform.python_version()}, {packages}; {platform.system()}, "
        f"{os.cpu_count()} cores{processor()}; {pinned}; load average at the start {load:.1f}"
    )


def processor() -> str:
    """Return the name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return ""
    return next((f" of {line.partition(': ')[2]}" for line in lines if line.startswith("model name")), "")
