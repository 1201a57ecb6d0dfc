"""greennow, served as any program would."""

from __future__ import annotations

from typing import Any

import gevent

import greennow

from .announcing import announce

#: How many names stand beside the variable that is changed in a large tree.
NAMES = 10_000

#: A session waits for its client for as long as socket.io's: a slow machine is to resume late, not never.
now = greennow.Now(resume_window=120.0)
everyone = now.everyone


@everyone.expose
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@everyone.expose
def say(text: str, times: int) -> None:
    """Call a function of every client's; all these calls leave together at the end of the turn."""
    for _ in range(times):
        everyone.now.receive(text)


@everyone.expose
def change(times: int) -> None:
    """Change a variable of everyone's, with a turn of the loop after each."""
    for value in range(times):
        everyone.now.value = 100_000 + value
        gevent.sleep(0)


@everyone.expose
def change_in_tree(times: int) -> None:
    """Change variables among many, which are there from the first call on."""
    if not times:
        everyone.now.names = {f"name{number}": 0 for number in range(NAMES)}
    for value in range(times):
        everyone.now.names[f"name{value % NAMES}"] = 100_000 + value
        gevent.sleep(0)


@everyone.expose
def bounce(callback: Any, times: int) -> None:
    """Call the caller's function, and wait for each answer."""
    for _ in range(times):
        if callback(7).result() != 8:
            raise ValueError("the callback does not add 1")


if __name__ == "__main__":
    announce(now.start(port=0).port)
    gevent.wait()
