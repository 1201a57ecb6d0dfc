"""The functions that are out, as a table: for tests, and in debug for the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..core.functions import Lending
from ..core.sites import site_of

if TYPE_CHECKING:
    from ..core.messages import Target
    from .client import Client
    from .hub import Hub

logger = logging.getLogger("greennow")

#: In debug a client that ends with so many functions out is worth a table in the log.
_MANY = 100

#: How many lines are printed.
_SHOWN = 40


class LentFunction(NamedTuple):
    """A function that is out.

    Attributes:
        client: the id of the client that it is lent to, or borrowed from; ``"many"`` for one that was
            lent in a call to a group.
        direction: ``"lent"`` by the server, or ``"borrowed"`` by it.
        handle: its number in the client's session.
        site: where it was made: file, line and name; empty where only the client knows.
        age: for how many seconds it has been out; None unless in debug.
        calls: how often it was called; None unless in debug.
        loans: how often it was sent and not yet returned.
    """

    client: str
    direction: str
    handle: int
    site: str
    age: float | None
    calls: int | None
    loans: int


class LentTable(tuple[LentFunction, ...]):
    """The functions that are out. As text a table with a line for all of one site, most functions first."""

    __slots__ = ()

    def __str__(self) -> str:
        if not self:
            return "no functions are out"
        alike: dict[tuple[str, str, str], list[LentFunction]] = {}
        for row in self:
            alike.setdefault((row.client, row.direction, row.site), []).append(row)
        most_first = sorted(alike.values(), key=lambda rows: -len(rows))
        lines = [_HEAD, *map(_line, most_first[:_SHOWN])]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
        if len(alike) > _SHOWN:
            text.append(f"... and {len(alike) - _SHOWN:,} more places")
        return "\n".join(text)


#: What stands above the columns: the age is that of the oldest, the others are sums.
_HEAD = ("client", "direction", "functions", "age", "calls", "loans", "made at")


def _line(rows: Sequence[LentFunction]) -> tuple[str, ...]:
    ages = [row.age for row in rows if row.age is not None]
    calls = [row.calls for row in rows if row.calls is not None]
    return (
        rows[0].client,
        rows[0].direction,
        f"{len(rows):,}",
        f"{max(ages):,.1f} s" if ages else "-",
        f"{sum(calls):,}" if calls else "-",
        f"{sum(row.loans for row in rows):,}",
        rows[0].site or "-",
    )


def lent_functions(hub: Hub, sites: Mapping[tuple[str, int], str]) -> LentTable:
    """Return all that is out.

    Args:
        hub: the `Now`.
        sites: where borrowed functions were made, by client and handle, as far as it is known.
    """
    rows = [*_lent("many", hub.lending)]
    for client in hub.clients.values():
        rows += _rows_of(client, sites)
    return LentTable(rows)


def _rows_of(client: Client, sites: Mapping[tuple[str, int], str]) -> Iterator[LentFunction]:
    yield from _lent(client.client_id, client.peer.lending)
    for stub in client.peer.borrowing:
        site = sites.get((client.client_id, stub.handle), "")
        yield LentFunction(client.client_id, "borrowed", stub.handle, site, None, None, stub.loans)


def _lent(client_id: str, lending: Lending) -> Iterator[LentFunction]:
    ledger = lending.ledger
    for handle, function, loans in lending:
        age, calls = (None, None) if ledger is None else ledger.entry(handle)
        yield LentFunction(client_id, "lent", handle, site_of(function), age, calls, loans)


class LentLog:
    """In debug: keeps the ledger of a client's functions, and logs them if many are out when it ends."""

    def __init__(self, client: Client, hub: Hub) -> None:
        self._client = client
        self._hub = hub
        client.peer.lending.ledger = hub.new_ledger()

    def called(self, target: Target) -> None:
        """The client calls a function of ours."""
        if isinstance(target, int):
            for lending in (self._client.peer.lending, self._hub.lending):
                if lending.ledger is not None:
                    lending.ledger.called(target)

    def ended(self) -> None:
        """The session is about to end."""
        table = LentTable(_rows_of(self._client, {}))
        if len(table) >= _MANY:
            logger.info(
                "client %s ends with %d functions out:\n%s", self._client.client_id, len(table), table
            )
