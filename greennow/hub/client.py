"""A connected client, as the server has it: its scope, its peer, its bag.

A `Client` is the host of the server's half of one session: it applies the client's writes,
knows which functions may be called, and runs them with ``this``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from ..core.calls import name_of
from ..core.errors import Cancelled, Disconnected, LimitExceeded, ProtocolError
from ..core.functions import Function, Lending, NamedFunction
from ..core.incoming import IncomingCall
from ..core.messages import Bye, Hello, Ready, Refuse, Target, Welcome, Write
from ..core.missing import none_at
from ..core.namespace import Namespace
from ..core.paths import Key, Path
from ..core.peer import Peer
from ..core.production import Production
from ..core.reply import Reply, run_at_once
from ..core.timers import Timer
from ..core.tree import MISSING, THEIRS, Delete, Operation, Set, Value
from ..core.work import Cancellable
from .around import wrapped
from .figures import Figures, figures_of
from .held import HeldCalls
from .lent import LentLog
from .link import Link
from .placing import sendable, settled
from .rate import rate_of
from .telling import encoded, highest_in_view
from .user import User, identity_of
from .wide import WideLoans
from .writes import Changes, Writes

if TYPE_CHECKING:
    from .group import Group
    from .hub import Hub

#: So many times ``max_calls`` calls of the program's may wait for answers of one client's.
UNANSWERED = 16


class Client:
    """A connected client."""

    root = "this.now"

    #: There is one thread.
    lock = nullcontext()

    def __init__(self, hub: Hub, client_id: str, user: User) -> None:
        self._hub = hub
        #: The public name of the client; a new session has a new one.
        self.client_id = client_id
        #: What the application knows of it.
        self.user = user
        user.client_id = client_id
        #: Who it is, as `authenticate` says, at each resume; what bounds its messages, if anything does.
        self.identity, self.rate = identity_of(user), rate_of(hub.options, hub.timers.time())
        #: What its namespace and its streams go by.
        self.sent_items, self.max_depth = hub.sent_items, hub.options.max_depth
        #: What it holds itself; everyone's and its groups' scopes are seen through it.
        self.scope = hub.scopes.own()
        #: This end of the conversation with it.
        self.peer: Peer = Peer(self, hub.limits, traced=hub.options.debug, coder=hub.coder)
        #: What its calls are checked against; of all clients.
        self.checks = hub.checks
        #: In debug, what is known of the functions lent to it.
        self._lent_log = LentLog(self, hub) if hub.options.debug else None
        #: The namespace shared with it.
        self.now = Namespace(self)
        #: The groups it is in, by name; everyone is not among them.
        self.groups: dict[str, Group] = {}
        #: What resumes the session, and what still does until the new one is known to have arrived.
        self.token = self.previous_token = b""
        #: The number of the last link that said hello.
        self.attempt = 0
        #: The link in use, if any.
        self.link: Link | None = None
        #: Functions lent to many at once that this client has.
        self.wide_loans = WideLoans(hub.lending)
        #: Calls that wait for the `connect` handlers to return.
        self._held = HeldCalls(hub.spawn)
        #: Has the client's first message, what it wrote before, been processed?
        self.is_greeted = False
        #: What it writes.
        self.writes = Writes(hub, self)
        #: Ends the session when the client has not come back.
        self._expiry: Any = None

    def __repr__(self) -> str:
        return f"<Client {self.client_id} {'online' if self.online else 'offline'}>"

    # What applications use.

    @property
    def online(self) -> bool:
        """Is there a link to it at this moment?"""
        return self.link is not None

    @property
    def has_gone(self) -> bool:
        """Is its session over?"""
        return self.peer.ended is not None

    @property
    def figures(self) -> Figures:
        """What it costs the server at this moment."""
        return figures_of(self)

    def get_groups(self) -> list[str]:
        """Return the names of the groups that it is in."""
        return list(self.groups)

    def disconnect(self, reason: str = "disconnected by the application") -> None:
        """End its session; it will not come back by itself."""
        self._hub.check_thread()
        self.close(4000, reason)

    # The namespace's space.

    def get(self, path: Path) -> Value:
        """Return what the client sees at the path."""
        self._hub.check_thread()
        return self.scope.get(path)

    def names(self, path: Path) -> Iterator[tuple[Key, Value]]:
        """Yield the names that the client sees below the path, and their values and functions."""
        return self.scope.leaves(path)

    def function(self, path: Path, value: Value) -> Any:
        """Return what a program gets that reads a function from the namespace."""
        return NamedFunction(self, path)

    def missing(self, path: Path) -> Any:
        """Nothing stands in for what is not there."""
        return MISSING

    def write(self, operations: Sequence[Operation]) -> None:
        """The server writes in this client's own scope, and tells it. Dropped if it has gone."""
        self._hub.check_thread()
        if self.has_gone:
            return
        operations = [settled(operation) for operation in operations]
        is_conflating = self.peer.session.is_conflating
        data = b"" if is_conflating else self.peer.codec.encode(Write(tuple(operations)))
        paths = self._write(operations)
        if is_conflating:
            self.peer.session.conflate(paths)
        elif paths:
            self.peer.session.send(data)

    def _write(self, operations: Iterable[Operation]) -> list[Path]:
        """Write in the own scope; return the highest paths that changed."""
        paths = []
        for operation in operations:
            path = self.highest_changed(operation)
            if self.scope.write(operation) is not None:
                paths.append(path)
        return paths

    def highest_changed(self, operation: Operation) -> Path:
        """Return the highest path of the client's view that the operation would make or replace."""
        return highest_in_view(self.scope.get, operation)

    def tell_operations(self, operations: Sequence[Operation]) -> None:
        """The client's view changed by these operations, none of them inside a list."""
        session = self.peer.session
        if session.is_conflating:
            session.conflate(operation.path for operation in operations)
        else:
            try:
                parts = encoded(self.peer.codec, [sendable(self, operation) for operation in operations])
            except LimitExceeded as error:  # a welcome has no such limit
                self.overflowed(error.limit)
                return
            for data in parts:
                session.send(data)

    def call(
        self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any], timeout: float | None = None
    ) -> Reply:
        """Call the function at a path of the client's namespace, wherever it was made."""
        self._hub.check_thread()
        assert not isinstance(target, int)
        value = self.scope.get(target)
        if value is THEIRS:
            return self.peer.call(target, args, kwargs, timeout)
        if not callable(value):
            reply = self.new_reply()
            reply.reject(self.peer.ended or none_at(target, self, theirs=True))
            return reply
        function = wrapped(self._hub.options.around, self, name_of(target), value)
        with self._hub.context.running(self):
            return run_at_once(self.new_reply(), function, args, kwargs, target)

    def has_function(self, path: Path) -> bool:
        """Does the client see a function at the path, its own or the server's?"""
        value = self.scope.get(path)
        return value is THEIRS or callable(value)

    def send(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call it one way."""
        assert not isinstance(target, int)
        if self.scope.get(target) is THEIRS:
            self.peer.send(target, args, kwargs)
        else:
            self.call(target, args, kwargs)

    # The peer's host.

    @property
    def other_end(self) -> str:
        """Who is at the other end, for people."""
        return f"client {self.client_id}"

    def apply_theirs(self, operations: tuple[Operation, ...]) -> Changes | None:
        """Apply the client's write; return the changes, None if it comes again on another link."""
        return self.writes.apply(operations)

    def changed(self, changes: Changes) -> None:
        """The client's write is applied and counted: greet it if it was the first, or run handlers."""
        self._hub.acknowledging.owe(self)
        if self.is_greeted:
            self._announce(changes)
        else:
            self.is_greeted = True
            self._greet(changes)

    def _greet(self, changes: Changes) -> None:
        self._hub.fire("connect", self, self.client_id)
        if self.has_gone:
            return
        self._announce(changes)
        self.peer.say(Ready())
        self._held.let_go()

    def _announce(self, changes: Changes) -> None:
        if self._hub.events.has("change"):
            for path, value in changes:
                self._hub.fire("change", self, path, value())

    def function_at(self, path: Path) -> Function | None:
        """Return the server's function that the client sees at the path."""
        common = self._hub.scopes.common.at(path)  # may be an object that counts as false
        value = self.scope.get(path) if common is None else common
        return value if callable(value) else None

    def changed_values(self, paths: Iterable[Path]) -> list[bytes]:
        """Return the write that gives these paths the values that the client is to see now."""
        seen = [(path, self.scope.get(path)) for path in paths]
        operations = [Delete(at) if it is MISSING else sendable(self, Set(at, it)) for at, it in seen]
        return [data for operation in operations for data in encoded(self.peer.codec, [operation])]

    def start(self, call: IncomingCall) -> None:
        """Run a call of the client's, with it as ``this``; held until `connect` handlers are done."""
        self._held.run(self._run, call)

    def _run(self, call: IncomingCall) -> None:
        if self._lent_log is not None:
            self._lent_log.called(call.call.target)
        if (around := self._hub.options.around) is not None:
            call.runs = wrapped(around, self, call.name, call.function)
        with self._hub.context.running(self) as call.block:
            call.run()

    def produce(self, production: Production) -> None:
        """Run a generator of the server's as far as the client asks for, with it as ``this``."""
        self._hub.shell.produce(production, partial(self._produce, production))

    def _produce(self, production: Production, run: Callable[[], None]) -> None:
        with self._hub.context.running(self) as production.block:
            production.run(wrapped(self._hub.options.around, self, production.name, run))

    def interrupt(self, work: Cancellable, error: Cancelled, replies: Sequence[Reply]) -> None:
        """End the work at the next switch."""
        if work.block is not None:
            self._hub.shell.interrupt(work, error)

    def release_soon(self) -> None:
        """Release garbage soon; where it was found by another thread, with the client's next message."""
        if self._hub.is_here:
            self._hub.shell.soon(self.peer.release_garbage)

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds."""
        return self._hub.timers.later(seconds, do)

    def new_reply(self) -> Reply:
        """Return a reply that greenlets can wait for."""
        unanswered = UNANSWERED * self._hub.options.max_calls
        if len(self.peer.outgoing.replies) >= unanswered and not self.has_gone:
            self._hub.shell.spawn(lambda: self.close(4002, f"too slow: {unanswered} calls are unanswered"))
        return self._hub.new_reply()

    def log(self, what: str, error: BaseException | None = None) -> None:
        """Log what the client has brought about."""
        self._hub.complaints.log((self.client_id, type(error)), what.replace("%", "%%"), error=error)

    def report(self, error: BaseException, what: str) -> None:
        """Log an error that nobody will be told of otherwise, and tell `error` handlers."""
        self._hub.report(error, what)

    def acknowledged(self, count: int) -> None:
        """The client has processed so many messages."""
        self._hub.shell.progressed()

    def refused(self, refuse: Refuse) -> None:
        """Only a server refuses."""
        raise ProtocolError("refuse is out of place")

    def ready(self) -> None:
        """Only a server is ready."""
        raise ProtocolError("ready is out of place")

    def overflowed(self, limit: str) -> None:
        """A buffer is full: the client reads too slowly, or stayed away too long."""
        self._hub.shell.spawn(lambda: self.close(4002, f"too slow: {limit} is full"))

    def lent_elsewhere(self) -> Sequence[Lending]:
        """Functions lent to many clients at once may be named by those who have them."""
        return (self.wide_loans,)

    def give_back(self, handle: int, loans: int) -> bool:
        """Take back loans of a function lent to many at once."""
        if handle % 2 == 0:
            return False
        self.wide_loans.take_back(handle, loans)
        return True

    # Links.

    def welcome(self, link: Link, hello: Hello, *, resumed: bool) -> None:
        """Go on over this link: say welcome, then what the client lacks."""
        if self._expiry is not None:
            self._expiry.cancel()
        if self.rate is not None and resumed:
            self.rate.catch_up(self._hub.timers.time())
        self.attempt = hello.attempt
        self._hub.tokens.renew(self, (hello.token or b"") if resumed else b"")
        session = self.peer.session
        view = None if resumed else self.scope.get(())
        limits, options = self._hub.told_limits, dict(self._hub.options.client_options)
        self.link = link
        link.say(Welcome(self.client_id, self.token, resumed, session.processed, limits, options, view))
        session.attach(link, hello.received if resumed else 0)

    def replace_link(self) -> None:
        """A newer link takes over: nothing more is read from the old one."""
        link, self.link = self.link, None
        if link is not None:
            self.peer.session.detach()
            link.close(4001, "a newer link has taken over")

    def link_lost(self, link: Link) -> None:
        """The link broke; the client may come back within the resume window."""
        if link is not self.link:
            return
        self.link = None
        self.peer.session.detach()
        if self.has_gone:
            return
        if not self.is_greeted:
            self.end(Disconnected("the line broke before the client had introduced itself"))
            return
        self._hub.shell.spawn(lambda: self._hub.fire("lost", self, self.client_id))
        window = self._hub.options.resume_window
        self._expiry = self._hub.timers.later(
            window, lambda: self.end(Disconnected(f"the client did not come back within {window} s"))
        )

    def close(self, code: int, reason: str) -> None:
        """End the session, telling the client."""
        link = self.link
        if link is not None and not self.has_gone:
            link.say(Bye(code, reason))
        self.end(Disconnected(reason, code))
        if link is not None:
            link.close(code, reason)

    def end(self, reason: Disconnected) -> None:
        """The session is over: calls fail, groups are left, `disconnect` handlers run."""
        if self.has_gone:
            return
        if self._expiry is not None:
            self._expiry.cancel()
        if self._lent_log is not None:
            self._lent_log.ended()
        for group in (self._hub.everyone, *self.groups.values()):
            group.audiences.forget()
        self.peer.end(reason)
        self.link = None
        self.peer.session.end()
        self.wide_loans.take_back_all()
        self._hub.forget(self)
