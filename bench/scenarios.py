"""What is measured: the same work for greennow's server and for the floor."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

import cbor2

from greennow.core.shapes import CALL, WRITE

#: What clients are told, so long that the whole call is 100 bytes.
TEXT = "x" * 85

#: The first value of the variable: from here on all take the same number of bytes.
FIRST_VALUE = 100_000


class Kind(Enum):
    """What is counted."""

    CALLS = "calls"
    FAN_OUT = "deliveries"
    CONNECTIONS = "connections"
    MEMORY = "KiB a client"


class Scenario(NamedTuple):
    """One row of the table.

    Attributes:
        title: what it is called; may name the numbers below.
        kind: what is counted.
        clients: how many are connected.
        steps: how many calls, connections, or calls that are passed on to all clients.
        function: what the clients call.
        outstanding: how many calls each client keeps under way.
        burst: how often a call is passed on within one turn of the server's loop.
        turns: how many turns of the loop the server has something to tell for one call.
    """

    title: str
    kind: Kind
    clients: int
    steps: int
    function: str = "add"
    outstanding: int = 1
    burst: int = 1
    turns: int = 1

    @property
    def name(self) -> str:
        """The title with its numbers."""
        return self.title.format(**self._asdict())

    @property
    def arguments(self) -> list[Any]:
        """What the function is called with."""
        arguments: dict[str, list[Any]] = {"add": [1, 2], "say": [TEXT, self.burst], "change": [self.turns]}
        return arguments[self.function]

    @property
    def message(self) -> bytes:
        """What a client is told by `say` or `change`."""
        if self.function == "say":
            return cbor2.dumps([CALL, 0, ["receive"], [TEXT]])
        return cbor2.dumps([WRITE, [[["value"], FIRST_VALUE]]])

    @property
    def deliveries(self) -> int:
        """How many messages each client is told for one step."""
        return self.burst * self.turns

    def tiny(self) -> Scenario:
        """The same with numbers that only show that it works."""
        return self._replace(
            clients=min(self.clients, 4),
            steps=min(self.steps, 12),
            outstanding=min(self.outstanding, 3),
            turns=min(self.turns, 5),
        )


SCENARIOS = (
    Scenario("calls one after another", Kind.CALLS, clients=1, steps=20_000),
    Scenario("calls, {outstanding:,} outstanding", Kind.CALLS, clients=1, steps=100_000, outstanding=1_000),
    Scenario(
        "calls, {clients} clients x {outstanding} outstanding",
        Kind.CALLS, clients=50, steps=100_000, outstanding=20,
    ),
    Scenario(
        "a call of 100 bytes to {clients:,} clients",
        Kind.FAN_OUT, clients=1_000, steps=100, function="say",
    ),
    Scenario(
        "{burst} such calls in one turn to {clients:,} clients",
        Kind.FAN_OUT, clients=1_000, steps=50, function="say", burst=20,
    ),
    Scenario(
        "a variable changed {turns} times, a turn after each, to {clients} clients",
        Kind.FAN_OUT, clients=100, steps=10, function="change", turns=100,
    ),
    Scenario("connections until ready", Kind.CONNECTIONS, clients=0, steps=2_000),
    Scenario("{clients:,} idle clients", Kind.MEMORY, clients=1_000, steps=0),
)  # fmt: skip
