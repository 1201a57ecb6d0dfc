"""What the loads written in Python have in common: the generator's options, and its lines of JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from ..processes import spent


def parsed() -> Any:
    """Read the command line, which is that of the load generator and one option more."""
    parser = argparse.ArgumentParser()
    for name, kind in (("port", int), ("server", int), ("times", int), ("seconds", float)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    for name in ("work", "function"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("clients", "outstanding"):
        parser.add_argument(f"--{name}", type=numbers, default=[1])
    parser.add_argument("--measure-itself", action="store_true")
    options = parser.parse_args()
    if options.measure_itself:
        options.server = os.getpid()
    return options


def numbers(text: str) -> list[int]:
    """Read a list of numbers."""
    return [int(number) for number in text.split(",")]


def repeat_for(seconds: float, work: Callable[[], int]) -> int:
    """Do work again and again for so long; return how much was done, which is what it returns."""
    until = time.monotonic() + seconds
    done = work()
    while time.monotonic() < until:
        done += work()
    return done


def measure(options: Any, clients: int, outstanding: int, work: Callable[[], int]) -> None:
    """Warm up, measure, and print the figures."""
    repeat_for(options.seconds / 2, work)
    began, own, server = time.monotonic(), time.process_time(), spent(options.server)
    done = repeat_for(options.seconds, work)
    busy = (time.process_time() - own) / (time.monotonic() - began)
    server = spent(options.server) - server
    tell(clients=clients, outstanding=outstanding, done=done, server_cpu=server, load_busy=busy, p50=0, p99=0)


def tell(**figures: float) -> None:
    """Print a line of figures."""
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()
