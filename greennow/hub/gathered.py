"""The answers of a group's members."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from ..core.reply import Reply


class Gathered(Mapping[str, Any]):
    """What the members of a group answered: client ids, and for each a result or an exception.

    Iterating gives the ids in the order in which the answers come, and waits for each. Looking one up
    waits for that one. Who left without an answer has `Disconnected` as its own.
    """

    def __init__(self, replies: Mapping[str, Reply], new_reply: Callable[[], Reply]) -> None:
        """
        Args:
            replies: the answers to come, by client id.
            new_reply: makes a reply that this end's code can wait for.
        """
        self._replies = dict(replies)
        self._new_reply = new_reply
        #: The ids whose answers are there, in the order in which they came.
        self._come: list[str] = []
        #: Those who wait for the next one.
        self._waiting: list[Reply] = []
        for client_id, reply in self._replies.items():
            reply.add_done_callback(partial(self._has_come, client_id))

    def _has_come(self, client_id: str, reply: Reply) -> None:
        self._come.append(client_id)
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.resolve(None)

    def __getitem__(self, client_id: str) -> Any:
        """Return what this client answered, or the exception; wait for it.

        Raises:
            KeyError: it was not asked: it is no member, or has no such function.
        """
        reply = self._replies[client_id]
        error = reply.exception()
        return reply.result() if error is None else error

    def __iter__(self) -> Iterator[str]:
        for number in range(len(self._replies)):
            while number >= len(self._come):
                waiter = self._new_reply()
                self._waiting.append(waiter)
                waiter.result()
            yield self._come[number]

    def __len__(self) -> int:
        """Return how many were asked."""
        return len(self._replies)

    def __contains__(self, client_id: object) -> bool:
        return client_id in self._replies

    def __repr__(self) -> str:
        return f"<Gathered {len(self._come)} of {len(self._replies)} answers>"
