"""A hub and its clients in one process, joined by links whose every frame a test moves by hand.

Everything but the sockets is real: hub, scopes, sessions, peers, codec, replicas. Whatever a schedule
does, these hold, and the world checks them:

- after each message, what a client has confirmed is the server's view as of that message;
- at rest a client shows what the server sees as ``this.now``, and what the model says;
- calls arrive exactly once and in order, both ways;
- groups have the members that the model says, and calls through them reach those; see ``groups.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

from greennow.client.end import ClientEnd
from greennow.core.context import Context
from greennow.core.errors import Disconnected
from greennow.core.messages import Ack, Message
from greennow.core.peer import Peer
from greennow.core.session import Session
from greennow.core.tree import MISSING, List, Operation, Set, Splice, same
from greennow.hub.audience import Audience
from greennow.hub.client import Client
from greennow.hub.hub import Hub
from greennow.hub.options import Options
from greennow.hub.scope import Change, Scope

from ..model import ModelScopes
from ..unit.hub.lines import Turns
from .groups import GROUPS, Groups
from .wire import Wire


class Later(Turns):
    """Runs what is spawned when the world says so."""

    def __init__(self) -> None:
        super().__init__()
        self.spawned: list[Callable[[], None]] = []

    def spawn(self, run: Callable[[], None]) -> None:
        self.spawned.append(run)

    def soon(self, do: Callable[[], None]) -> None:
        self.spawned.append(do)

    def deliver(self, session: Session, data: bytes) -> None:
        session.link.to_client.append(data)  # type: ignore[union-attr]  # a wire

    def run_all(self) -> None:
        while self.spawned:
            self.spawned.pop(0)()
        self.end()


class World:
    """A hub, some clients, and the model that judges them."""

    def __init__(self, make_ends: Sequence[Callable[[World], Any]]) -> None:
        self.spawner = Later()
        options = Options.make({"client_write": lambda path, value: not same(value, 4)})
        self.hub = Hub(Context(), self.spawner, options)
        self.model = ModelScopes(len(GROUPS), 0)
        #: Scopes of the hub's under the model's names.
        self.names: dict[Scope, Any] = {self.hub.scopes.everyone: "everyone"}
        #: The server's half of every session there was, by the model's number.
        self.clients: list[Client] = []
        #: The number of each end's last session.
        self.latest: dict[Any, int] = {}
        #: The writes of this step, in whose scope and what; those that were expected are taken out.
        self.written: list[tuple[Any, Operation]] = []
        #: Calls of each session, as sent and as run, by client id.
        self.calls_sent: dict[str, list[int]] = {}
        self.calls_run: dict[str, list[int]] = {}
        self.last_call = 0
        self.server_calls: dict[str, list[int]] = {}
        self.hub.on("change", self._on_change)
        #: What handlers raised.
        self.errors: list[BaseException] = []
        self.hub.on("error", lambda error: self.errors.append(error))
        #: How many links went on with a session that was there before.
        self.resumed = 0
        #: What the server saw as of its message of this number to this client.
        self.views: dict[tuple[str, int], Any] = {}
        self._make_ends = make_ends
        self.ends: list[Any] = []
        #: What is done with groups.
        self.groups = Groups(self)

    # Recording.

    def __enter__(self) -> World:
        """While it is used, the model is told of every write of the hub's, in the hub's order."""
        write, world = Scope.write, self

        def record(scope: Scope, operation: Operation) -> Change | None:
            change = write(scope, operation)
            if scope in world.names:
                world.written.append((world.names[scope], operation))
                assert world.model.write(world.names[scope], operation) == (change is not None), operation
            return change

        self._patches = [
            patch.object(Scope, "write", record),
            self._watch_confirmed(),
            self._watch_audiences(),
        ]
        for patched in self._patches:
            patched.start()
        self.hub.everyone.expose("from_client")(self._run_call)
        self.ends = [make(self) for make in self._make_ends]
        return self

    def __exit__(self, *exc: object) -> None:
        for patched in self._patches:
            patched.stop()
        for end in self.ends:
            end.close()

    def _watch_confirmed(self) -> Any:
        """After each of the server's messages a client's confirmed tree is checked."""
        handle, world = Peer.handle, self

        def check(peer: Peer, message: Message) -> None:
            handle(peer, message)
            if isinstance(peer.host, ClientEnd):
                view = world.views.get((peer.host.client_id, peer.session.processed), MISSING)
                if view is not MISSING and not isinstance(message, Ack):
                    seen = with_marks(peer.host.replica.confirmed)
                    assert same(seen, with_marks(view)), (
                        f"confirmed {seen} at {message}, but the server saw {view}"
                    )

        return patch.object(Peer, "handle", check)

    def _watch_audiences(self) -> Any:
        """Remember what the server saw as of each message to many, for those who are told it together."""
        add, numbers = Audience.add, self.views

        def remember(audience: Audience, data: bytes) -> None:
            add(audience, data)
            for client, session in zip(audience.clients, audience.sessions, strict=True):
                if session.audience is audience:
                    number = session.sent + len(audience.messages)
                    numbers[client.client_id, number] = client.scope.get(())

        return patch.object(Audience, "add", remember)

    def _watch_views(self, client: Client) -> None:
        """Remember what the server saw as of each message that it queued for a client."""
        session, numbers = client.peer.session, self.views
        queue, changed_values = session._queue, session._changed_values
        unfinished = 0

        def remember(data: bytes) -> int:
            nonlocal unfinished
            number = queue(data)
            if unfinished <= 1:  # of conflated values only the last completes the view
                numbers.setdefault((client.client_id, number), client.scope.get(()))
            unfinished = max(0, unfinished - 1)
            return number

        def count(paths: Any) -> list[bytes]:
            nonlocal unfinished
            data = changed_values(paths)
            unfinished = len(data)
            return data

        session._queue, session._changed_values = remember, count  # type: ignore[method-assign]

    def joined(self, client: Client, wire: Wire) -> None:
        """A link has said hello: a session of its end's goes on or has begun."""
        if client.scope not in self.names:
            self._begun(client)
        if wire is wire.end.wire:  # else the end gave the link up, and will not know of the session
            _, self.latest[wire.end] = self.names[client.scope]

    def _begun(self, client: Client) -> None:
        self.names[client.scope] = ("client", self.model.add_client())
        self.clients.append(client)
        self._watch_views(client)
        self.calls_run[client.client_id] = []
        self.calls_sent[client.client_id] = []
        self.server_calls[client.client_id] = []

    def _run_call(self, number: int) -> None:
        self.calls_run[self.hub.context.get().client_id].append(number)

    def _on_change(self, path: Any, value: Any) -> None:
        """An application that writes when a client has written."""
        client = self.hub.context.get()
        if same(value, 3):
            client.write([Set(path, 2)])
        if same(value, []):
            self.hub.everyone._space.write([Splice(path, 0, 0, List([7]))])

    # Steps.

    def act(self, action: Sequence[Any]) -> None:
        """Do one thing, then what follows from it at once."""
        self.written.clear()
        self.do(action)
        self.spawner.run_all()
        self.pump()
        if self.errors:
            raise self.errors[0]

    def do(self, action: Sequence[Any]) -> None:
        """Do one thing: ``(name, ...)`` is what the method ``do_name``, here or of the groups, is given."""
        name, *given = action
        step = getattr(self, "do_" + name, None) or getattr(self.groups, "do_" + name)
        step(*given)

    def pump(self) -> None:
        for client in list(self.hub.clients.values()):
            if client.link is not None:
                client.link.pump()  # type: ignore[attr-defined]

    def session(self, index: int) -> Client | None:
        """The server's half of a client's session, if there is one that is not over."""
        number = self.latest.get(self.ends[index])
        return None if number is None or self.clients[number].has_gone else self.clients[number]

    def do_own_write(self, index: int, operation: Operation) -> None:
        client = self.session(index)
        if client is not None:
            self.expect_writes([self.names[client.scope]], operation, lambda: client.write([operation]))

    def expect_writes(self, writers: list[Any], operation: Operation, write: Callable[[], None]) -> None:
        """Write; each of the writers' scopes is to be written, once, and no other."""
        done = len(self.written)
        write()
        expected = [(who, operation) for who in writers]
        assert sorted(self.written[done:], key=str) == sorted(expected, key=str)
        del self.written[done:]  # handlers that ran meanwhile have done so with theirs

    def do_client_write(self, index: int, operations: Sequence[Operation]) -> None:
        self.ends[index].write(operations)

    def do_client_expose(self, index: int) -> None:
        self.ends[index].expose()

    def do_client_call(self, index: int) -> None:
        self.last_call += 1
        end = self.ends[index]
        if end.call(self.last_call) and end.client_id in self.calls_sent:
            self.calls_sent[end.client_id].append(self.last_call)

    def do_to_server(self, index: int, which: int = 0) -> None:
        """Move one frame of the client's: of its link, or of one that it gave up."""
        end = self.ends[index]
        wires = [wire for wire in [*end.old_wires, end.wire] if wire is not None and wire.to_server]
        if wires:
            wires[which % len(wires)].deliver_to_server()

    def do_to_client(self, index: int) -> None:
        self.ends[index].receive()

    def do_cut(self, index: int) -> None:
        end = self.ends[index]
        for wire in [*end.old_wires, end.wire]:
            if wire is not None:
                wire.break_off()

    def do_drop(self, index: int) -> None:
        self.ends[index].drop()

    def do_connect(self, index: int) -> None:
        self.ends[index].connect()

    def do_ack(self, index: int) -> None:
        client = self.session(index)
        if client is not None and client.peer.session.owes_ack:
            client.peer.session.acknowledge()

    def do_client_ack(self, index: int) -> None:
        self.ends[index].acknowledge()

    def do_block(self, index: int) -> None:
        client = self.session(index)
        if client is not None and client.link is not None:
            client.peer.session.block()

    def do_unblock(self, index: int) -> None:
        client = self.session(index)
        if client is not None:
            client.peer.session.is_blocked = False

    def do_expire(self, index: int) -> None:
        client = self.session(index)
        if client is not None and client.link is None:
            client.end(Disconnected())

    # Rest.

    def do_settle(self) -> None:
        for end in self.ends:
            for wire in list(end.old_wires):
                wire.break_off()
        for index in range(len(self.ends)):
            self.act(("connect", index))
            self.act(("unblock", index))
        while self._move_on():
            pass
        self.check_rest()
        self.groups.check_rest()

    def _move_on(self) -> bool:
        """Do whatever can still be done; return whether there was anything."""
        busy = False
        for index, end in enumerate(self.ends):
            for direction in ("to_server", "to_client"):
                if end.wire is not None and getattr(end.wire, direction):
                    self.act((direction, index))
                    busy = True
            client = self.session(index)
            if not busy and client is not None and client.peer.session.owes_ack:
                self.act(("ack", index))
                busy = True
            if not busy and client is not None and client.peer.session.in_flight:
                self.act(("client_ack", index))
                busy = True
        return busy

    def check_rest(self) -> None:
        """Nothing is in flight: all must agree."""
        for end in self.ends:
            client = self.hub.clients[end.client_id]
            seen = client.scope.get(())
            judged = self.model.view(self.names[client.scope])
            assert same(with_marks(seen), with_marks(judged)), f"server {seen} model {judged}"
            assert not end.has_pending, "something is pending at rest"
            assert same(with_marks(end.shown), with_marks(seen)), f"client {end.shown} server {seen}"
            assert self.calls_run[end.client_id] == self.calls_sent[end.client_id]
            assert end.got == self.server_calls[end.client_id]


def with_marks(value: Any) -> Any:
    """The tree with one value for every function, whichever end has it."""
    if isinstance(value, dict):
        return {key: with_marks(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_marks(item) for item in value]
    return "a function" if callable(value) or repr(value) == "THEIRS" else value
