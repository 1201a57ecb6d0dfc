"""Python clients of a soak: ``python -m bench.soak.clients URL FIRST COUNT``, see `Side` in ``run.py``."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from greennow.client import Client, connect

from .server import NAMES, UNDER_WAY


class Soaker:
    """One client. What it does by itself runs on the client's own thread."""

    def __init__(self, url: str, who: int) -> None:
        self._who = who
        #: Calls of the server's that have run, and calls that were made and answered.
        self._heard = self._made = self._answered = 0
        self._goes_on = True
        #: What should not have happened.
        self._wrong: list[str] = []
        #: Set when no call is under way any more.
        self._rests = threading.Event()
        self.client: Client = connect(url)
        now = self.client.now
        now.hear, now.nothing = self._hear, lambda: None
        now.trail, now.player, now.both = [], {}, {}
        now.begin(who).result()

    def _hear(self, number: int) -> int:
        if number != self._heard:
            self._wrong.append(f"client {self._who}: heard call {number} instead of {self._heard}")
        self._heard += 1
        return number

    def begin(self) -> None:
        """Keep calls under way."""
        self.client.now.tell(0).add_done_callback(self._begin)
        self._made = 1

    def _begin(self, reply: Any) -> None:
        for _ in range(UNDER_WAY - 1):
            self._call()
        self._answer(0, reply)

    def _call(self) -> None:
        number = self._made
        self._made += 1
        self._write(number)
        self.client.now.tell(number).add_done_callback(lambda reply: self._answer(number, reply))

    def _write(self, number: int) -> None:
        now = self.client.now
        now.count = number
        now.both[f"name{number % NAMES}"] = number
        now.player[f"p{number % 5}"] = {"at": number}
        if number % 5 == 3:
            del now.player["p2"]
        now.trail.append(number)
        if len(now.trail) > UNDER_WAY:
            del now.trail[0]

    def _answer(self, number: int, reply: Any) -> None:
        if reply.exception() is not None or reply.result() != number:
            self._wrong.append(f"client {self._who}: call {number} gave {reply!r}")
        self._answered += 1
        if self._goes_on:
            self._call()
        elif self._answered == self._made:
            self._rests.set()

    def finish(self) -> None:
        """Make no more calls."""
        self._goes_on = False

    def rest(self) -> None:
        """Return when all is answered and processed."""
        self._rests.wait()
        self.client.flush()

    def state(self) -> dict[str, Any]:
        """Return what the server is to say, too, and what was wrong."""
        names = self.client.now.to_plain()
        data = {name: value for name, value in names.items() if not callable(value)}
        return {"heard": self._heard, "made": self._made, "now": data, "wrong": self._wrong}


def main() -> None:
    """Do as standard input says, and answer each line with one."""
    url, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    soakers = [Soaker(url, who) for who in range(first, first + count)]
    sys.stdout.write("null\n")
    sys.stdout.flush()
    for line in sys.stdin:
        order = line.strip()
        if order == "close":
            for soaker in soakers:
                soaker.client.close()
            answer = None
        else:
            answer = [getattr(soaker, order)() for soaker in soakers]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
