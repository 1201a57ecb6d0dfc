"""What is left over when everything is at rest: functions, calls, clients and groups that have gone."""

from __future__ import annotations

import gc
from collections.abc import Iterator

from ..core.peer import Peer
from ..core.sites import site_of
from ..hub.client import Client as ServerClient
from ..hub.group import Group
from ..hub.lent import LentTable, lent_functions
from ..server.serve import Now
from .harness import Harness


def lent(served: Now | Harness) -> LentTable:
    """Return the functions that are out now, in either direction; printed, a table."""
    if isinstance(served, Now):
        return lent_functions(served, {})
    sites = {
        (client.client_id, handle): site_of(function)
        for client in served.clients
        if client.end.peer is not None
        for handle, function, _ in client.end.peer.lending
    }
    return lent_functions(served.now, sites)


def assert_no_leaks(served: Now | Harness) -> None:
    """Raise if anything is left over; garbage is collected first.

    Nothing is if no function is out, no call is under way, and nobody refers to clients or groups that have
    gone. Both ends of a harness come to rest for it, and its clients forget their ``this`` of sessions that
    are over.

    Raises:
        AssertionError: something is; says what, with the table of `lent`.
        TimeoutError: a harness does not come to rest.
    """
    now = served.now if isinstance(served, Harness) else served
    if isinstance(served, Harness):
        served.collect()
    gc.collect()
    lines = [*_calls(served), *_gone(now)]
    table = lent(served)
    if table:
        lines.append(f"functions are out: {len(table):,}\n{table}")
    if lines:
        raise AssertionError("\n".join(["something is left over", *lines]))


def _calls(served: Now | Harness) -> Iterator[str]:
    now = served.now if isinstance(served, Harness) else served
    for client in now.clients.values():
        yield from _calls_of(client.peer, f"the server with {client.client_id}")
    for own in served.clients if isinstance(served, Harness) else ():
        if own.end.peer is not None:
            yield from _calls_of(own.end.peer, f"{own} with the server")


def _calls_of(peer: Peer, who: str) -> Iterator[str]:
    asked, asking = len(peer.outgoing.replies), peer.under_way
    if asked or asking:
        yield f"calls are under way of {who}: {asked} made, {asking} answered"


def _gone(now: Now) -> Iterator[str]:
    known = [now.everyone, *now.groups.values()]
    for found in gc.get_objects():
        kind = type(found)
        if kind is ServerClient and found._hub is now and found.has_gone:
            yield f"a client that has gone is still referred to: {found.client_id}"
        elif kind is Group and found._hub is now and found not in known:
            yield f"a group that has gone is still referred to: {found.name!r}"
