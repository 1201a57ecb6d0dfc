"""What figures were taken with: they mean nothing without."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from .pinning import cores


def machine() -> str:
    """Return what was measured with, as a sentence."""
    for_server, for_load = cores()
    pinned = "not pinned" if for_server is None else f"server on core {for_server}, load on core {for_load}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("gevent", "cbor2"))
    load = os.getloadavg()[0]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{python}, {packages}{node()}; {platform.system()}, {os.cpu_count()} cores{processor()}; "
        f"{pinned}; load average at the start {load:.1f}"
    )


def node() -> str:
    """Return the version of Node, where it is there."""
    command = shutil.which("node")
    if command is None:
        return ""
    told = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)  # noqa: S603  Node's
    return f", Node {told.stdout.strip().removeprefix('v')}"


def processor() -> str:
    """Return the name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return ""
    return next((f" of {line.partition(': ')[2]}" for line in lines if line.startswith("model name")), "")
