"""What the program and the server share, as the program sees it: values, functions, changes."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol
from weakref import WeakSet

from ..core.codec import Codec
from ..core.complaints import write
from ..core.errors import Disconnected
from ..core.escaping import one_line
from ..core.events import Handler
from ..core.functions import Function, NamedFunction
from ..core.limits import Limits
from ..core.messages import Target, Write
from ..core.missing import none_at
from ..core.namespace import Namespace
from ..core.paths import Key, Path, parse_path
from ..core.referring import NoFunctions
from ..core.replica import Replica
from ..core.reply import Reply, run_at_once
from ..core.timers import Timer
from ..core.tree import DELETED, MISSING, THEIRS, Dict, Operation, Value, apply, get
from .handlers import Handlers
from .peer import ClientPeer
from .watches import Watches

#: A WebSocket message of the server's may be as large as its whole tree.
MAX_INCOMING = 268_435_456

#: Bounds of a client's session. Against its own program and its own server a client needs none but for
#: accidents: what waits to be sent, calls that wait to be run, and functions borrowed, may be many.
LIMITS = Limits(
    max_incoming=MAX_INCOMING, send_buffer=MAX_INCOMING, max_calls=1_000_000, max_borrowed=1_000_000
)


class Shell(Protocol):
    """What runs this end."""

    #: Makes each step one, whichever thread it comes from; may be taken again inside.
    lock: AbstractContextManager[Any]
    #: Does the program's code run on one thread, so that what waits goes on only after what came later?
    has_one_thread: bool

    def dispatch(self, task: Callable[[], Any]) -> Any:
        """Run a piece of the program's code, after those given before."""

    def new_reply(self) -> Reply:
        """Return a reply that the program can wait for."""

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds, unless it is cancelled."""

    def give_up_link(self, reason: str) -> None:
        """The link is of no use any more: close it and make a new one."""


class Shared(ABC):
    """What both ends have of ``now``, whatever becomes of links: the `Space` of the namespace."""

    root = "now"
    other_end = "the server"

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.lock = shell.lock
        #: Bounds, of which the server's welcome sets some.
        self.limits = LIMITS
        #: What both ends agree on, and what this one shows.
        self.replica = Replica()
        #: This end of the session; None before the first, and after the last was given up.
        self.peer: ClientPeer | None = None
        #: The generators that were sent, in whichever session.
        self.sent_items: WeakSet[Any] = WeakSet()
        #: Why nothing will be sent any more.
        self.closed: Disconnected | None = None
        #: The namespace shared with the server.
        self.now = Namespace(self)
        self.events = Handlers(shell.dispatch)
        self._watches = Watches()
        #: The tree that the program sees while it has the remote changes wait, and how many blocks do.
        self._frozen: Value | None = None
        self._frozen_depth = 0

    @abstractmethod
    def step(self) -> AbstractContextManager[None]:
        """Make what is done within it one step."""

    # The namespace's space.

    @property
    def max_depth(self) -> int:
        """How deep values nest."""
        return self.limits.max_depth

    def get(self, path: Path) -> Value:
        """Return what stands at the path now."""
        with self.lock:
            return get(self.replica.shown if self._frozen is None else self._frozen, path)

    def write(self, operations: Sequence[Operation]) -> None:
        """Our own writes: seen here at once, and sent.

        Raises:
            LimitExceeded: they are too large.
        """
        with self.step():
            effective = self.replica.effective(operations)
            number = self._tell(effective) if effective else None
            if self._frozen is not None:
                self._frozen = _applied(self._frozen, operations)
            if effective:
                before = self.replica.shown
                self.replica.write(effective, number)
                self.tell_watches(before)

    def _tell(self, operations: Sequence[Operation]) -> int | None:
        if self.peer is not None:
            return self.peer.write(operations)
        # What is too large has to be refused at the line that writes it, not when there is a session again.
        Codec(NoFunctions(), self.limits).encode(Write(tuple(operations)))
        return None

    def function(self, path: Path, value: Value) -> Any:
        """Return what the program gets that reads a function."""
        return value if isinstance(value, NamedFunction) else NamedFunction(self, path)

    def missing(self, path: Path) -> Any:
        """Nothing stands in for what is not there."""
        return MISSING

    def names(self, path: Path) -> Iterable[tuple[Key, Value]]:
        """Return the names below the path and what they hold."""
        value = self.get(path)
        return value.items() if isinstance(value, Dict) else ()

    # Functions.

    @property
    def has_gone(self) -> bool:
        """Is nobody there any more who could be called?"""
        return self.closed is not None

    def call(
        self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any], timeout: float | None = None
    ) -> Reply:
        """Call the function at a path, wherever it was made."""
        assert not isinstance(target, int)
        with self.step():
            value, path = self._follow(self.get(()), target)
            if value is THEIRS:
                return self._call_theirs(path, args, kwargs, timeout)
        if callable(value):
            return run_at_once(self.new_reply(), value, args, kwargs, target)
        return self._rejected(none_at(target, self, theirs=True))

    def _call_theirs(
        self, path: Path, args: tuple[Any, ...], kwargs: dict[str, Any], timeout: float | None
    ) -> Reply:
        if self.peer is None:
            return self._rejected(self.closed or no_session())
        return self.peer.call(path, args, kwargs, timeout)

    def send(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call it one way; dropped where there is no session."""
        assert not isinstance(target, int)
        with self.step():
            value, path = self._follow(self.get(()), target)
            if value is THEIRS:
                if self.peer is not None:
                    self.peer.send(path, args, kwargs)
                return
        self.call(target, args, kwargs)

    def function_at(self, path: Path) -> Function | None:
        """Return our own function at the path."""
        value, _ = self._follow(self.replica.shown, path)
        return value if callable(value) else None

    def _follow(self, tree: Value, path: Path) -> tuple[Value, Path]:
        """Return the function that a path means, and its own path: a name may hold that of another name."""
        followed = set()
        value = get(tree, path)
        while isinstance(value, NamedFunction) and value.caller is self and path not in followed:
            followed.add(path)
            assert not isinstance(value.target, int)
            path = value.target
            value = get(tree, path)
        return (MISSING if path in followed else value), path

    def new_reply(self) -> Reply:
        """Return a reply whose error, if nobody asks for it, is reported."""
        reply = self._shell.new_reply()
        reply.report_to(self._report_unasked)
        return reply

    def _rejected(self, error: Exception) -> Reply:
        reply = self.new_reply()
        reply.reject(error)
        return reply

    def _report_unasked(self, error: BaseException) -> None:
        self.report(error, "a call failed, and nobody asked for its reply")

    def report(self, error: BaseException, what: str) -> None:
        """Log an error that nobody will be told of otherwise, and tell `error` handlers."""
        self.events.report(error, what)

    def release_soon(self) -> None:
        """Have the link ask for what is to be sent: garbage is released with it. Takes no lock."""
        peer = self.peer
        link = None if peer is None else peer.session.link
        if link is not None:
            link.wake()

    def log(self, what: str, error: BaseException | None = None) -> None:
        """Log what the server has brought about."""
        write(logging.WARNING if error is None else logging.ERROR, one_line(what), error)

    # What changes.

    def watch(self, path: str | Path, fn: Handler) -> Callable[[], None]:
        """Call ``fn(value, path)`` after each change at, below or above the path; return what ends it."""
        with self.lock:
            return self._watches.add(parse_path(path), fn)

    def tell_watches(self, before: Value) -> None:
        """What is shown has changed, from ``before``."""
        for fn, path, value in self._watches.seen(before, self.replica.shown):
            self.events.run("watch", fn, self.shown_value(path, value), path)

    def snapshot(self, path: str | Path = ()) -> Any:
        """Return plain data, the same object until it changes."""
        with self.lock:
            keys = parse_path(path)
            return self._watches.snapshot(keys, self.get(keys), self.shown_value)

    def shown_value(self, path: Path, value: Value) -> Any:
        """Return a value of the tree as the program gets it; `DELETED` for what is not there."""
        if value is MISSING:
            return DELETED
        return self.now._place.plain(value, *path)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Within the block ``now`` shows no remote changes; our own writes it does."""
        with self.lock:
            self._frozen_depth += 1
            if self._frozen is None:
                self._frozen = self.replica.shown
        try:
            yield
        finally:
            with self.lock:
                self._frozen_depth -= 1
                if not self._frozen_depth:
                    self._frozen = None


def no_session() -> Disconnected:
    """Return the error of what needs a session when there is none."""
    return Disconnected("there is no session with the server")


def _applied(tree: Value, operations: Iterable[Operation]) -> Value:
    for operation in operations:
        tree = apply(tree, operation)
    return tree
