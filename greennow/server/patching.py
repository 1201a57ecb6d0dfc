"""Patching the standard library for gevent: commands do it, an import never does."""

from __future__ import annotations

from gevent import monkey


def patch() -> None:
    """Have what blocks in the operating system (sleep, sockets, ...) let other greenlets run meanwhile."""
    monkey.patch_all()
