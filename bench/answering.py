"""A process that tells what it has spent, whenever another asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from typing import Any

from gevent.socket import wait_read

from .memory import resident

#: What may be asked: the processor time of this process, in seconds, and its memory.
ANSWERS: dict[str, Callable[[], float]] = {"seconds": time.process_time, "bytes": resident}


def answer_questions(
    control: Connection[Any, Any], answers: Mapping[str, Callable[[], float]] | None = None
) -> None:
    """Tell what this process has spent, whenever asked, until nobody is there to ask."""
    for question in questions(control):
        control.send((answers or ANSWERS)[question]())


def questions(control: Connection[Any, Any]) -> Iterator[str]:
    """Yield what is asked, letting greenlets run meanwhile, until nobody is there to ask."""
    while True:
        wait_read(control.fileno())
        try:
            yield control.recv()
        except EOFError:
            return
