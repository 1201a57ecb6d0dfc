"""A hub and its clients in one process, joined by links whose every frame a test moves by hand.

Everything but the sockets is real: hub, scopes, sessions, peers, codec, replicas. Whatever a schedule
does, these hold, and the world checks them:

- after each message, what a client has confirmed is the server's view as of that message;
- at rest a client shows what the server sees as ``this.now``, and what the model says;
- calls arrive exactly once and in order, both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

from greennow.client.end import ClientEnd
from greennow.core.codec import Codec, NoFunctions
from greennow.core.context import Context
from greennow.core.errors import Disconnected
from greennow.core.messages import Ack, Bye, Hello, Message
from greennow.core.peer import Peer
from greennow.core.reply import Reply
from greennow.core.tree import MISSING, List, Operation, Set, Splice, same
from greennow.hub.client import Client
from greennow.hub.hub import Hub, Shell
from greennow.hub.options import Options
from greennow.hub.scope import Change, Scope
from greennow.hub.user import User

from ..model import ModelScopes

GROUPS = ("G", "H")


class Later(Shell):
    """Runs what is spawned when the world says so."""

    def __init__(self) -> None:
        self.spawned: list[Callable[[], None]] = []

    def spawn(self, run: Callable[[], None]) -> None:
        self.spawned.append(run)

    def run_all(self) -> None:
        while self.spawned:
            self.spawned.pop(0)()


class Wire:
    """A link between two ends: frames under way, each direction in its order."""

    def __init__(self, world: World, end: Any) -> None:
        self.world = world
        self.end = end
        self.to_server: list[bytes] = []
        self.to_client: list[bytes] = []
        self.client: Client | None = None
        self.is_open = True
        self.has_heard = self.has_said = True
        self._codec = Codec(NoFunctions(), world.hub.limits)

    # The server's side of it.

    def wake(self) -> None:
        """The server's session has something: it leaves at the end of the step, see `World.pump`."""

    def say(self, message: Message) -> None:
        self.pump()
        codec = self.client.peer.codec if self.client else self._codec
        self.to_client.append(codec.encode(message))

    def close(self, code: int, reason: str) -> None:
        self.break_off()

    def checked(self) -> None:
        """No check of this world's waits."""

    def lost(self, reason: str) -> None:
        self.break_off()

    def pump(self) -> None:
        client = self.client
        if client is None or client.link is not self:
            return
        session = client.peer.session
        while session.has_to_send and not session.is_blocked:
            data = session.take()
            if data:
                self.to_client.append(data)

    def deliver_to_server(self) -> None:
        data = self.to_server.pop(0)
        codec = self.client.peer.codec if self.client else self._codec
        for message in codec.decode(data):
            self._handle(message)

    def _handle(self, message: Message) -> None:
        if self.client is None:
            assert isinstance(message, Hello)
            client = self.world.hub.hello(message, self, User)
            if client is not None and client.scope in self.world.names:
                self.world.resumed += 1
            if client is not None:
                self.client = client
                self.world.joined(client, self.end)
        elif self.client.link is not self:
            self.break_off()
        elif isinstance(message, Bye):
            self.client.end(Disconnected())
        else:
            self.world.hub.token_arrived(self.client)
            self.client.peer.handle(message)

    def break_off(self) -> None:
        """Both ends notice; everything under way is lost."""
        if not self.is_open:
            return
        self.is_open = False
        self.to_server.clear()
        self.to_client.clear()
        if self.client is not None:
            self.client.link_lost(self)
        self.end.wire_lost(self)


class PythonEnd:
    """A Python client: the real end, whose shell runs everything at once."""

    def __init__(self, world: World) -> None:
        self.lock = nullcontext()
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


class World:
    """A hub, some clients, and the model that judges them."""

    def __init__(self, make_ends: Sequence[Callable[[World], Any]]) -> None:
        self.spawner = Later()
        options = Options.make({"client_write": lambda path, value: not same(value, 4)})
        self.hub = Hub(Context(), self.spawner, options)
        self.model = ModelScopes(len(GROUPS), 0)
        #: Scopes of the hub's under the model's names.
        self.names: dict[Scope, Any] = {self.hub.scopes.everyone: "everyone"}
        for number, name in enumerate(GROUPS):
            self.names[self.hub.get_group(name).scope] = ("group", number)
            self.hub.get_group(name).on("join", lambda: None)  # keeps the group
        #: Calls of each session, as sent and as run, by client id.
        self.calls_sent: dict[str, list[int]] = {}
        self.calls_run: dict[str, list[int]] = {}
        self.last_call = 0
        self.server_calls: dict[str, list[int]] = {}
        self.hub.on("change", self._on_change)
        #: How many links went on with a session that was there before.
        self.resumed = 0
        #: What the server saw as of its message of this number to this client.
        self.views: dict[tuple[str, int], Any] = {}
        self._make_ends = make_ends
        self.ends: list[Any] = []

    # Recording.

    def __enter__(self) -> World:
        """While it is used, the model is told of every write of the hub's, in the hub's order."""
        write, world = Scope.write, self

        def record(scope: Scope, operation: Operation) -> Change | None:
            change = write(scope, operation)
            if scope in world.names:
                assert world.model.write(world.names[scope], operation) == (change is not None), operation
            return change

        self._patches = [patch.object(Scope, "write", record), self._watch_confirmed()]
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

    def _watch_views(self, client: Client) -> None:
        """Remember what the server saw as of each message that it queued for a client."""
        session, numbers = client.peer.session, self.views
        queue, changed_values = session._queue, session._changed_values
        unfinished = 0

        def remember(data: bytes) -> int:
            nonlocal unfinished
            number = queue(data)
            if unfinished <= 1:  # of conflated values only the last completes the view
                numbers[client.client_id, number] = client.scope.get(())
            unfinished = max(0, unfinished - 1)
            return number

        def count(paths: Any) -> list[bytes]:
            nonlocal unfinished
            data = changed_values(paths)
            unfinished = len(data)
            return data

        session._queue, session._changed_values = remember, count  # type: ignore[method-assign]

    def joined(self, client: Client, end: Any) -> None:
        """A link has said hello: a session of this end's goes on or has begun."""
        if client.scope in self.names:
            return
        self.names[client.scope] = ("client", len(self.model.clients))
        self.model.clients.append(type(self.model.everyone)())
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
        getattr(self, "do_" + action[0])(*action[1:])
        self.spawner.run_all()
        self.pump()

    def pump(self) -> None:
        for client in list(self.hub.clients.values()):
            if client.link is not None:
                client.link.pump()  # type: ignore[attr-defined]

    def session(self, index: int) -> Client | None:
        """The server's half of a client, if it still knows the session."""
        return self.hub.clients.get(self.ends[index].client_id)

    def do_wide_write(self, scope: str, operation: Operation) -> None:
        group = self.hub.everyone if scope == "E" else self.hub.get_group(scope)
        group._space.write([operation])

    def do_own_write(self, index: int, operation: Operation) -> None:
        client = self.session(index)
        if client is not None:
            client.write([operation])

    def do_client_write(self, index: int, operations: Sequence[Operation]) -> None:
        self.ends[index].write(operations)

    def do_client_call(self, index: int) -> None:
        self.last_call += 1
        end = self.ends[index]
        if end.call(self.last_call) and end.client_id in self.calls_sent:
            self.calls_sent[end.client_id].append(self.last_call)

    def do_call(self, scope: str) -> None:
        group = self.hub.everyone if scope == "E" else self.hub.get_group(scope)
        self.last_call += 1
        for client in group:
            if client.scope.get(("from_server",)) is not MISSING:
                self.server_calls[client.client_id].append(self.last_call)
        group.now.from_server(self.last_call)

    def do_join(self, index: int, name: str) -> None:
        client = self.session(index)
        if client is not None:
            self.model.members[GROUPS.index(name)].add(self.names[client.scope][1])
            self.hub.get_group(name).add_user(client.client_id)

    def do_leave(self, index: int, name: str) -> None:
        client = self.session(index)
        if client is not None:
            self.model.members[GROUPS.index(name)].discard(self.names[client.scope][1])
            self.hub.get_group(name).remove_user(client.client_id)

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
            client.peer.session.is_blocked = True

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
        while self._move_on():
            pass
        self.check_rest()

    def _move_on(self) -> bool:
        """Do whatever can still be done; return whether there was anything."""
        busy = False
        for index, end in enumerate(self.ends):
            self.act(("unblock", index))
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
