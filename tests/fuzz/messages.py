"""Any messages of one client's: they touch no other client, all tables stay bounded, and nothing is left."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from greennow.core.context import Context, This
from greennow.core.errors import Disconnected, NowError, ProtocolError, RemoteError
from greennow.core.messages import Bye, Hello, Message
from greennow.core.reply import Reply
from greennow.core.tree import same
from greennow.hub.client import Client
from greennow.hub.hub import Hub, Shell
from greennow.hub.options import Options
from greennow.hub.user import User

from ..unit.hub.lines import Line, Reader
from . import shapes
from .choices import Choices

#: Little, so that limits are met.
LIMITS = {
    "max_message": 2_048,
    "max_names": 24,
    "max_callbacks": 8,
    "max_calls": 6,
    "max_groups": 2,
    "send_buffer": 65_536,
    "resume_buffer": 4_096,
}

#: What a program's own functions may raise, and greennow for them. Anything else is a fault of greennow's.
ALLOWED = (NowError, TypeError, ValueError, TimeoutError)

#: So many timers may be in the heap: the cancelled ones go when they are the most.
MAX_TIMERS = 1_000


class AttackerLine(Line):
    """A link that drops what is said, and knows when it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.is_closed = False

    def say(self, message: Message) -> None:
        pass

    def close(self, code: int, reason: str) -> None:
        self.is_closed = True


class Faults(logging.Handler):
    """Keeps what was logged that no program of the users' can have raised."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, ALLOWED):
            self.found.append(error)


class Program:
    """What a server's program may let clients do."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._this = This(hub.context)
        #: What clients were waiting for, and left behind.
        self.kept: list[Any] = []
        expose = hub.everyone.expose
        for name in (
            "give",
            "call",
            "keep",
            "wait",
            "rows",
            "read",
            "fail",
            "join",
            "leave",
            "big",
            "odd",
            "many",
            "table",
        ):
            expose(name)(getattr(self, name))
        hub.everyone.now.data = {"list": [1, 2, 3], "nested": {"give": "text"}}

    def give(self, *args: Any, **kwargs: Any) -> list[Any]:
        return [*args, kwargs]

    def call(self, function: Any, *args: Any) -> Any:
        return function(*args)

    def keep(self, *args: Any) -> None:
        self.kept.extend(args)
        self._this.now.kept = [self.give, lambda: args]

    def wait(self) -> Reply:
        reply = self._hub.new_reply()
        self.kept.append(reply)
        return reply

    def rows(self, *args: Any) -> Iterator[Any]:
        yield from args
        yield self.rows
        yield from range(3)

    def read(self, stream: Any) -> Iterator[Any]:
        self.kept.append(iter(stream))
        yield stream

    def fail(self, *args: Any) -> None:
        raise RemoteError(repr(args))

    def big(self) -> str:
        return "x" * 1_500

    def odd(self, *args: Any) -> Any:
        return [self.rows(), self.give, object()]

    def many(self) -> list[Any]:
        return [lambda: 1, lambda: 2, lambda: 3]

    def table(self) -> list[Any]:
        return [self.rows(), self.rows()]

    def join(self, name: str = "g") -> None:
        group = self._hub.get_group(f"group {name}")
        group.add_user(self._this.client_id)
        group.now.list = [1]
        group.now.mine(self.give, name)

    def leave(self, name: str = "g") -> None:
        self._hub.remove_group(f"group {name}")


class Attacker:
    """A client that says what the choices decide, over one link after the other."""

    def __init__(self, hub: Hub, choices: Choices) -> None:
        self._hub = hub
        self._choices = choices
        self._attempt = 1
        self.line = AttackerLine()
        client = hub.hello(Hello(1, 1), self.line, User)
        assert client is not None
        self.client: Client = client

    def act(self) -> None:
        """Do one thing."""
        kind = self._choices.number(32)
        session = self.client.peer.session
        if kind == 1:
            self.come_back()
        elif kind == 2:
            session.is_blocked = not session.is_blocked
        elif kind == 3:
            self.client.peer.release_garbage()
            session.take()
        elif kind == 4:
            self._hub.timers.advance()
        elif kind == 5:
            self.say(self._choices.data(self._choices.number(256)))
        else:
            self.say(b"".join(shapes.message(self._choices) for _ in range(1 + kind // 28)))

    def come_back(self) -> None:
        """Lose the link, and resume the session with a count that may be wrong."""
        client, self._attempt = self.client, self._attempt + self._choices.number(3)
        client.link_lost(self.line)
        self.line = AttackerLine()
        hello = Hello(1, self._attempt, client.token, self._choices.pick(shapes.NUMBERS))
        self.client = self._hub.hello(hello, self.line, User) or client

    def say(self, data: bytes) -> None:
        """Say it as a link would hand it over."""
        client = self.client
        client.peer.session.arrived(len(data))
        try:
            for message in client.peer.codec.decode(data):
                if client.link is not self.line:
                    return
                if isinstance(message, Bye):
                    client.end(Disconnected(message.reason, message.code))
                    return
                self._hub.tokens.arrived(client)
                client.peer.handle(message)
        except ProtocolError as error:
            client.close(error.code, error.reason)


class World:
    """A hub with its program and an idle client; each `check` brings another one, which does what it can."""

    def __init__(self) -> None:
        #: The time, in seconds, which passes from step to step.
        self._time = 0.0
        self.hub = Hub(Context(), Shell(), Options.make(LIMITS))
        self.hub.timers.time = self._tick
        self._program = Program(self.hub)
        self._bystander = Reader(self.hub)
        self._bystander.read()
        self._before = self._bystander.tree
        self._faults = Faults()
        logging.getLogger("greennow").addHandler(self._faults)

    def close(self) -> None:
        """Look at the log no more."""
        logging.getLogger("greennow").removeHandler(self._faults)

    def _tick(self) -> float:
        self._time += 0.01
        return self._time

    def check(self, data: bytes) -> None:
        """Fail if the client that these bytes decide for does anything that it must not."""
        choices = Choices(data)
        attacker = Attacker(self.hub, choices)
        while not choices.is_done and not attacker.client.has_gone and not attacker.line.is_closed:
            attacker.act()
            self._check_bounds(attacker.client)
        attacker.client.end(Disconnected("the test is over"))
        self._settle()
        self._check_rest()

    def _check_bounds(self, client: Client) -> None:
        peer, session = client.peer, client.peer.session
        assert peer.under_way <= LIMITS["max_calls"]
        assert len(peer.incoming) <= peer.under_way
        assert len(peer.lending) <= LIMITS["max_callbacks"]
        assert len(peer.borrowing) <= LIMITS["max_callbacks"]
        assert len(peer.streams._theirs) <= LIMITS["max_calls"]
        assert len(peer.streams._ours) <= peer.under_way
        # Beside its own names a client holds the program's ``kept``, and where it deleted a name of others'.
        others = [self.hub.scopes.everyone, *(group.scope for group in self.hub.groups.values())]
        assert client.scope.names <= LIMITS["max_names"] + 1 + sum(scope.names for scope in others)
        assert len(client.groups) <= LIMITS["max_groups"]
        # The message that passes a limit is still queued.
        assert client.has_gone or session._waiting_size <= LIMITS["send_buffer"] + LIMITS["resume_buffer"]
        assert session._given_size <= LIMITS["resume_buffer"]

    def _settle(self) -> None:
        """Let go of all that clients left behind."""
        for kept in self._program.kept:
            if isinstance(kept, Reply) and not kept.done():
                kept.resolve(None)
        self._program.kept.clear()
        for name in self.hub.get_groups():
            self.hub.remove_group(name)
        for client in self.hub.clients.values():
            client.peer.session.acknowledge()

    def _check_rest(self) -> None:
        """Nothing is left of the client, and the other one has noticed nothing."""
        hub, other = self.hub, self._bystander
        assert not self._faults.found, self._faults.found
        assert list(hub.clients.values()) == [other.client]
        assert list(hub.tokens._clients.values()) == [other.client]
        assert not hub.groups
        assert len(hub.lending) == 0
        assert len(hub.timers._heap) < MAX_TIMERS
        processed = other.client.peer.session.processed
        other.read()
        assert same(other.tree, self._before)
        assert not other.heard
        assert other.client.peer.session.processed == processed
        assert other.client.peer.under_way == 0
