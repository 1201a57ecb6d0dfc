"""Two ends in memory: what tests of sessions, calls and streams have messages go between."""

from __future__ import annotations

import gc
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from weakref import WeakSet

from greennow.core.checks import Checks
from greennow.core.complaints import write
from greennow.core.errors import Cancelled
from greennow.core.functions import Lending, NamedFunction
from greennow.core.limits import Limits
from greennow.core.messages import Refuse
from greennow.core.paths import Key, Path
from greennow.core.peer import Peer
from greennow.core.production import Production
from greennow.core.reply import Reply
from greennow.core.timers import Timer, Timers
from greennow.core.tree import MISSING, Operation


class DrivingReply(Reply):
    """A reply for which a test waits: waiting has all messages arrive."""

    def __init__(self, settle: Callable[[], None]) -> None:
        super().__init__()
        self._settle = settle

    def wait_until_done(self, timeout: float | None) -> None:
        self._settle()


class Host:
    """An end whose functions are in a table; calls run at once, or when a test says so."""

    def __init__(self, limits: Limits) -> None:
        self.functions: dict[Path, Callable[..., Any]] = {}
        self.told: list[Any] = []
        self.holds_calls = False
        self.held: list[Any] = []
        self.elsewhere: list[Lending] = []
        #: Generators that have to have a turn; and is that to wait until the test says so?
        self.turns: deque[Production] = deque()
        self.holds_turns = False
        self.sent_items: WeakSet[Any] = WeakSet()
        #: Is the peer to release its garbage?
        self.has_garbage = False
        #: Has all messages arrive, while code of this end's waits.
        self.settle: Callable[[], None] = lambda: None
        self.timers = Timers()
        self.checks = Checks()
        self.time = 0.0
        self.timers.time = lambda: self.time
        self.peer = Peer(self, limits)

    def advance(self, seconds: float) -> None:
        self.time += seconds
        self.timers.advance()

    def wake(self) -> None: ...

    def call(
        self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any], timeout: float | None = None
    ) -> Reply:
        return self.peer.call(target, args, kwargs, timeout)

    def interrupt(self, work: Any, error: Cancelled, replies: Sequence[Reply]) -> None:
        self.told.append(f"interrupted: {error}")
        for reply in replies:
            reply.reject(error)

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        return self.timers.later(seconds, do)

    def send(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.peer.send(target, args, kwargs)

    def apply_theirs(self, operations: tuple[Operation, ...]) -> Any:
        self.told.append(("applied", operations, self.peer.session.processed))
        return "changes"

    def changed(self, changes: Any) -> None:
        self.told.append((changes, self.peer.session.processed))

    def function_at(self, path: Path) -> Callable[..., Any] | None:
        return self.functions.get(path)

    def get(self, path: Path) -> Any:
        return self.functions.get(path, MISSING)

    def names(self, path: Path) -> Iterator[tuple[Key, Any]]:
        return ((at[-1], value) for at, value in self.functions.items() if at[:-1] == path)

    @property
    def has_gone(self) -> bool:
        return self.peer.has_gone

    def changed_values(self, paths: Iterable[Path]) -> list[bytes]:
        return []

    def start(self, call: Any) -> None:
        if self.holds_calls:
            self.held.append(call)
        else:
            call.run()

    def produce(self, production: Production) -> None:
        self.turns.append(production)

    def go_on(self) -> bool:
        """Do what was to be done soon: release garbage, run generators as far as they may; was there any?"""
        releases, self.has_garbage = self.has_garbage, False
        if releases:
            self.peer.release_garbage()
        turns: deque[Production] = deque()
        if not self.holds_turns:
            turns, self.turns = self.turns, turns
        for production in turns:
            production.run(production.turn)
        return releases or bool(turns)

    def release_soon(self) -> None:
        self.has_garbage = True

    def new_reply(self) -> Reply:
        return DrivingReply(self.settle)

    def acknowledged(self, count: int) -> None:
        self.told.append(("acknowledged", count))

    def refused(self, refuse: Refuse) -> None:
        self.told.append(refuse)

    def ready(self) -> None:
        self.told.append("ready")

    def overflowed(self, limit: str) -> None:
        self.told.append(("overflowed", limit))

    def lent_elsewhere(self) -> Sequence[Lending]:
        return self.elsewhere

    def log(self, what: str, error: BaseException | None = None) -> None:
        write(logging.WARNING if error is None else logging.ERROR, what, error)

    def report(self, error: BaseException, what: str) -> None:
        self.told.append((type(error).__name__, what))

    def give_back(self, handle: int, loans: int) -> bool:
        for table in self.elsewhere:
            if table.function(handle) is not None:
                table.take_back(handle, loans)
                return True
        return False

    # What the tests say.

    def expose(self, function: Callable[..., Any], name: str = "f") -> None:
        self.functions[tuple(name.split("."))] = function

    def named(self, name: str) -> NamedFunction:
        """What this end reads from a name of ``now`` that holds a function."""
        return NamedFunction(self, tuple(name.split(".")))

    def send_waiting(self, other: Host) -> bool:
        """What waits to be sent arrives at the other end; was there anything?"""
        data = self.peer.session.take()
        for message in other.peer.codec.decode(data):
            other.peer.handle(message)
        return bool(data)


class Two:
    """Two ends and the link between them."""

    def __init__(self, limits: Limits) -> None:
        self.ann, self.bob = Host(limits), Host(limits)
        for host in (self.ann, self.bob):
            host.settle = self.settle
            host.peer.session.attach(host, 0)

    def settle(self) -> None:
        while self.ann.send_waiting(self.bob) | self.bob.send_waiting(self.ann) | self.go_on():
            pass

    def go_on(self) -> bool:
        """Both ends do what they were to do soon; was there anything?"""
        return self.ann.go_on() | self.bob.go_on()

    def call(self, name: str, *args: Any, **kwargs: Any) -> Reply:
        """Ann calls a function of Bob's."""
        reply = self.ann.named(name)(*args, **kwargs)
        self.settle()
        return reply

    def collect(self) -> None:
        """What is garbage at both ends is released."""
        gc.collect()
        for host in (self.ann, self.bob):
            host.peer.release_garbage()
        self.settle()
