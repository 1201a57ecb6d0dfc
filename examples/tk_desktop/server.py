"""A shopping list and a number of guests, shared by pages and programs on desks.

Start it with ``python server.py`` and open the address that it prints.
"""

import argparse
import itertools
from pathlib import Path
from typing import Any

import greennow
from greennow import Refused, RemoteError, everyone

PAGE = Path(__file__).parent / "page"

#: How many things the list may hold, and how many guests may come.
THINGS = 100
GUESTS = range(1, 21)

numbers = itertools.count(1)

everyone.now.shopping = {}  # things by number
everyone.now.guests = 4


@everyone.expose
def add_thing(text: Any) -> None:
    """Puts a thing on the list."""
    if not isinstance(text, str) or not 0 < len(text.strip()) <= 80:
        raise RemoteError("a thing has 1 to 80 characters")
    if len(everyone.now.shopping) == THINGS:
        raise RemoteError("the list is full")
    everyone.now.shopping[str(next(numbers))] = {"text": text.strip(), "done": False}


@everyone.expose
def set_done(number: Any, done: Any) -> None:
    """Ticks a thing off, or not."""
    if not isinstance(number, str) or number not in everyone.now.shopping:
        raise RemoteError("that is no longer on the list")
    everyone.now.shopping[number].done = bool(done)


@everyone.expose
def remove_done() -> None:
    """Takes all that is ticked off from the list."""
    for number, thing in everyone.now.shopping.to_plain().items():
        if thing["done"]:
            del everyone.now.shopping[number]


@greennow.on("change")
def relay(path: tuple[str | int, ...], value: Any) -> None:
    """Passes on what a client has moved the slider to, be it while there was no server."""
    if path == ("guests",):
        everyone.now.guests = value


def client_write(path: tuple[str | int, ...], value: Any) -> bool:
    """Clients may write the number of guests, if it is one, and no other data."""
    if path == ("guests",) and not (type(value) is int and value in GUESTS):
        raise Refused(f"there can be {GUESTS[0]} to {GUESTS[-1]} guests")
    return path == ("guests",)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    greennow.serve(PAGE, port=parser.parse_args().port, client_write=client_write)
