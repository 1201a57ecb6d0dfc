"""What a client costs the server at one moment, for those who run it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .client import Client


class Figures(NamedTuple):
    """What a client costs at one moment; nothing is counted for it before it is asked for.

    A client whose line is broken has all that is kept for it in ``waiting`` and ``unacknowledged``. Of one
    that has gone nothing is left but its names.
    """

    #: Bytes that are to be sent: those that the session holds, and those that the kernel has not taken.
    waiting: int
    #: Bytes that were sent on the line, and are kept until the client has acknowledged them.
    unacknowledged: int
    #: Changes of names that are told by their newest values, once the client can be told.
    conflated: int
    #: Does the line take nothing at the moment?
    is_blocked: bool
    #: Calls of the client's under way, and streams that it reads.
    under_way: int
    #: Calls of the server's that the client has not answered.
    unanswered: int
    #: Names that it holds itself, as `max_names` counts them.
    names: int
    #: Functions lent to it and not returned; functions that it lent, and that are still held here.
    lent: int
    borrowed: int
    #: Groups that it is in.
    groups: int


def figures_of(client: Client) -> Figures:
    """Return what the client costs now."""
    peer, session, link = client.peer, client.peer.session, client.link
    return Figures(
        waiting=session.waiting + (0 if link is None else link.unsent),
        unacknowledged=session.kept - session.waiting,
        conflated=session.conflated,
        is_blocked=session.is_blocked,
        under_way=peer.under_way,
        unanswered=len(peer.awaited),
        names=client.scope.names,
        lent=len(peer.lending) + len(client.wide_loans),
        borrowed=len(peer.borrowing),
        groups=len(client.groups),
    )
