"""The client's end of one session."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from ..core.errors import ProtocolError
from ..core.host import Host
from ..core.incoming import IncomingCall
from ..core.limits import Limits
from ..core.messages import Target, Waiting
from ..core.peer import Peer
from ..core.reply import Reply
from .waits import ToldWaits


class ClientPeer(Peer):
    """A peer that any thread calls: through stubs of lent functions, and with what a called one returned."""

    def __init__(
        self,
        host: Host,
        limits: Limits,
        step: Callable[[], AbstractContextManager[None]],
        *,
        has_one_thread: bool,
    ) -> None:
        #: Makes what is done within it one step of the end's.
        self._step = step
        super().__init__(host, limits)
        self.waits = ToldWaits(self, stacked=has_one_thread)

    def step(self) -> AbstractContextManager[None]:
        """Make what is done within it one step of the end's."""
        return self._step()

    def _handle_waiting(self, waiting: Waiting) -> None:
        raise ProtocolError("waiting is out of place")

    _HANDLERS: ClassVar = {**Peer._HANDLERS, Waiting: _handle_waiting}

    def call(
        self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any], timeout: float | None = None
    ) -> Reply:
        """Call a function of the server's."""
        with self._step():
            return super().call(target, args, kwargs, timeout)

    def give_up(self, call_id: int) -> None:
        """Tell the server that nobody waits for the answer to this call."""
        with self._step():
            super().give_up(call_id)

    def send(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call a function of the server's one way."""
        with self._step():
            super().send(target, args, kwargs)

    def answer(self, work: IncomingCall, value: Any) -> None:
        """Send what a call of the server's returned."""
        with self._step():
            super().answer(work, value)

    def answer_error(self, work: IncomingCall, error: BaseException) -> None:
        """Send what a call of the server's raised."""
        with self._step():
            super().answer_error(work, error)
