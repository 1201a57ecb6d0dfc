"""The Python client's end in a world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from greennow.client.end import ClientEnd
from greennow.core.reply import Reply
from greennow.core.tree import MISSING, Operation, Set

from .wire import Wire

if TYPE_CHECKING:
    from .world import World


class PythonEnd:
    """A Python client: the real end, whose shell runs everything at once."""

    def __init__(self, world: World) -> None:
        self.lock = nullcontext()
        self.has_one_thread = True
        self.world = world
        self.wire: Any = None
        self.old_wires: list[Wire] = []
        self.end = ClientEnd(self)
        self.got: list[int] = []
        self.end.write([Set(("from_server",), self.got.append)])
        self.replies: list[Reply] = []

    # The end's shell.

    def dispatch(self, task: Callable[[], None]) -> None:
        task()

    def new_reply(self) -> Reply:
        return Reply()

    def give_up_link(self, reason: str) -> None:
        if self.wire is not None:
            self.wire.break_off()

    # What the world does with it.

    def wake(self) -> None:
        """The session has something: see `pump`."""

    def connect(self) -> None:
        if self.wire is None:
            self.wire = Wire(self.world, self)
            self.wire.to_server.append(self.end.hello())

    def drop(self) -> None:
        """Give the link up; the server has not noticed."""
        if self.wire is not None:
            wire, self.wire = self.wire, None
            wire.to_client.clear()
            self.old_wires.append(wire)
            self.end.link_lost(self)

    def wire_lost(self, wire: Wire) -> None:
        if wire is self.wire:
            self.wire = None
            self.end.link_lost(self)
        elif wire in self.old_wires:
            self.old_wires.remove(wire)

    def receive(self) -> None:
        if self.wire is not None and self.wire.to_client:
            session = self.client_id
            self.end.receive(self, self.wire.to_client.pop(0))
            if self.client_id != session:
                self.got.clear()  # a new session's calls are counted
            self.pump()

    def pump(self) -> None:
        peer = self.end.peer
        if self.wire is None or peer is None or peer.session.link is not self:
            return
        while peer.session.has_to_send:
            data = peer.session.take()
            if data:
                self.wire.to_server.append(data)

    def write(self, operations: Sequence[Operation]) -> None:
        self.end.write(operations)
        self.pump()

    def expose(self) -> None:
        """The client has a function of its own at ``f``."""
        self.write([Set(("f",), self.got.append)])

    def call(self, number: int) -> bool:
        """Call the server's function; return whether there was a session for it."""
        if self.end.peer is None or self.end.get(("from_client",)) is MISSING:
            return False
        self.replies.append(self.end.now["from_client"](number))
        self.pump()
        return True

    def acknowledge(self) -> None:
        peer = self.end.peer
        if peer is not None and peer.session.link is self:
            peer.session.acknowledge(wanted=True)
            self.pump()

    @property
    def client_id(self) -> str:
        return self.end.client_id if self.end.peer is not None else ""

    @property
    def shown(self) -> Any:
        return self.end.replica.shown

    @property
    def has_pending(self) -> bool:
        return any(operations for _, operations in self.end.replica.pending)

    def close(self) -> None:
        """Nothing is left over."""
