"""``greennow demo``."""

from __future__ import annotations

from argparse import Namespace

from ..demo import demo


def run(given: Namespace) -> int:
    """Serve the chat example until SIGINT or SIGTERM."""
    demo(given.host, given.port)
    return 0
