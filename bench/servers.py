"""The two servers that are measured, each in a process of its own that tells what it has spent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

import gevent
from gevent.socket import wait_read

import greennow

from .floor import Floor
from .memory import resident
from .pinning import pin
from .scenarios import FIRST_VALUE, Scenario


def serve_greennow(control: Connection[Any, Any], scenario: Scenario, core: int | None) -> None:
    """Serve what the clients call, as any program would."""
    pin(core)
    now = greennow.Now()
    everyone = now.everyone

    @everyone.expose
    def add(a: int, b: int) -> int:
        return a + b

    @everyone.expose
    def say(text: str, times: int) -> None:
        for _ in range(times):
            everyone.now.receive(text)

    @everyone.expose
    def change(times: int) -> None:
        for value in range(times):
            everyone.now.value = FIRST_VALUE + value
            gevent.sleep(0)

    server = now.start(port=0)
    control.send(server.port)
    answer_questions(control)


def serve_floor(control: Connection[Any, Any], scenario: Scenario, core: int | None) -> None:
    """Serve the least."""
    pin(core)
    control.send(Floor(scenario).port)
    answer_questions(control)


def answer_questions(
    control: Connection[Any, Any], answers: Mapping[str, Callable[[], float]] | None = None
) -> None:
    """Tell what this process has spent, whenever asked, until nobody is there to ask."""
    answers = answers or ANSWERS
    while True:
        wait_read(control.fileno())
        try:
            question = control.recv()
        except EOFError:
            return
        control.send(answers[question]())


#: What may be asked: the processor time of this process, in seconds, and its memory.
ANSWERS: dict[str, Callable[[], float]] = {"seconds": time.process_time, "bytes": resident}
