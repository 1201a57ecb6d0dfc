"""The client's end of one session."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ..core.limits import Limits
from ..core.messages import Call, Target
from ..core.peer import Host, Peer
from ..core.reply import Reply


class ClientPeer(Peer):
    """A peer that any thread calls: through stubs of lent functions, and with what a called one returned."""

    def __init__(self, host: Host, limits: Limits, step: Callable[[], AbstractContextManager[None]]) -> None:
        super().__init__(host, limits)
        #: Makes what is done within it one step of the end's.
        self._step = step

    def call(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Reply:
        """Call a function of the server's."""
        with self._step():
            return super().call(target, args, kwargs)

    def send(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call a function of the server's one way."""
        with self._step():
            super().send(target, args, kwargs)

    def answer(self, call: Call, value: Any) -> None:
        """Send what a call of the server's returned."""
        with self._step():
            super().answer(call, value)

    def answer_error(self, call: Call, error: BaseException) -> None:
        """Send what a call of the server's raised."""
        with self._step():
            super().answer_error(call, error)
