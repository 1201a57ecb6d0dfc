"""The clients, groups, events and options of one `Now`, without I/O.

Called by one thread only, the serving one; `check_thread` says so to any other.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, overload
from weakref import WeakSet, WeakValueDictionary

from ..core.cbor import Coder
from ..core.checks import Checks
from ..core.codec import Codec
from ..core.complaints import Complaints
from ..core.context import Context
from ..core.deadline import ends_work
from ..core.errors import Disconnected, ProtocolError, UnknownClient
from ..core.events import Events, Handler
from ..core.functions import Lending
from ..core.ledger import Ledger
from ..core.messages import Ack, Hello
from ..core.production import Production
from ..core.referring import NoFunctions
from ..core.reply import Reply, is_quiet
from ..core.timers import Timers
from ..core.work import Cancellable
from .acknowledging import Acknowledging
from .around import wrapped
from .audience import Audience
from .client import Client
from .fanout import Fanout
from .group import Group
from .link import Link
from .options import Options
from .policy import WritePolicy
from .scopes import Scopes
from .tokens import Tokens
from .user import User, identity_of, is_same

logger = logging.getLogger("greennow")

EVENTS = (
    "start", "stop", "connect", "disconnect", "lost", "resumed", "newgroup", "removegroup", "error", "change",
)  # fmt: skip

#: The options that a client has to know.
TOLD_LIMITS = (
    "max_message", "max_depth", "max_callbacks", "resume_buffer", "heartbeat", "resume_window",
)  # fmt: skip

#: How many functions may be out, lent to many clients at once.
WIDE_CALLBACKS = 1_000_000


class Shell:
    """What the server gives the hub: greenlets, waiting. This one, for one thread of control, has neither."""

    def spawn(self, run: Callable[[], None]) -> None:
        """Run something on its own, soon."""
        run()

    def new_reply(self) -> Reply:
        """Return a reply that this server's code can wait for."""
        return Reply()

    def thread_id(self) -> int:
        """Return what tells the running thread from others."""
        return threading.get_ident()

    def produce(self, production: Production, within: Callable[[Callable[[], Any]], None]) -> None:
        """Run a generator as far as it may; ``within`` runs what it is given as the program's code is run."""
        within(production.turn)

    def interrupt(self, work: Cancellable, error: BaseException) -> None:
        """Raise the error where the block of this work waits; do nothing once it is over."""

    def soon(self, do: Callable[[], None]) -> None:
        """Do something outside of what runs now. Called by destructors."""

    def progressed(self) -> None:
        """Something was acknowledged or ended; whoever waits for quiet looks again."""

    def send_soon(self, audience: Audience) -> None:
        """Send an audience what was said to it, and what will be until the turn is over."""
        audience.dissolve()

    def send_now(self, audience: Audience) -> None:
        """Send an audience what was said to it."""
        audience.dissolve()


class Hub:
    """One `Now`: everyone, groups, clients, events."""

    def __init__(self, context: Context, shell: Shell, options: Options) -> None:
        self.context = context
        self.shell = shell
        #: Runs something on its own, soon: bound once, for all clients.
        self.spawn = shell.spawn
        self.timers = Timers()
        #: What others bring about, in the log.
        self.complaints = Complaints(self.timers.later)
        #: All scopes, and the order of their writes.
        self.scopes = Scopes()
        #: Functions lent to many clients at once, under odd handles.
        self.lending = Lending(WIDE_CALLBACKS, first=1)
        self.use(options)
        #: What calls of clients are checked against.
        self.checks = Checks()
        #: The generators that were sent, to whichever client.
        self.sent_items: WeakSet[Any] = WeakSet()
        #: Clients by id, from their welcome to the end of their session.
        self.clients: dict[str, Client] = {}
        #: What resumes their sessions.
        self.tokens = Tokens()
        #: Clients that have not been told how many of their messages were processed.
        self.acknowledging = Acknowledging(self.timers)
        #: Groups by name; everyone is not among them.
        self.groups: dict[str, Group] = {}
        #: The same, and those that were forgotten while the program still holds them: it may use them again.
        self._known_groups: WeakValueDictionary[str, Group] = WeakValueDictionary()
        self.events = Events({name: name for name in EVENTS})
        #: The thread that serves, once there is one.
        self.thread: int | None = None
        self._everyone = Group(self, "everyone", self.scopes.everyone, "everyone.now", self.clients)

    def use(self, options: Options) -> None:
        """Take these options; before there are clients."""
        self.options = options
        self.limits = options.limits
        #: What clients are told of them.
        self.told_limits = {name: getattr(options, name) for name in TOLD_LIMITS}
        #: What encodes and decodes for all; and what understands and says what has no client yet.
        self.coder = Coder()
        self.plain_codec = Codec(NoFunctions(), self.limits, self.coder)
        self.policy = WritePolicy(options.client_write)
        self.fanout = Fanout(self)
        self.lending.ledger = self.new_ledger()

    def new_ledger(self) -> Ledger | None:
        """Return what a table of lent functions is to write into; None unless in debug."""
        return Ledger(self.timers) if self.options.debug else None

    @property
    def everyone(self) -> Group:
        """The group of every connected client."""
        return self._everyone

    # Events.

    @overload
    def on(self, event: str) -> Callable[[Handler], Handler]: ...
    @overload
    def on(self, event: str, handler: Handler) -> Callable[[], None]: ...

    def on(self, event: str, handler: Handler | None = None) -> Any:
        """Call ``handler`` at each such event; without one, return a decorator.

        See ``docs/reference/server.md`` for the events and what their handlers get.
        """
        return self.events.on(event, handler)  # type: ignore[arg-type]

    def fire(self, event: str, client: Client | None, *args: Any) -> None:
        """Run the handlers of an event, with the client as ``this``; their errors are logged."""
        if event == "disconnect":
            self.fire_in(self._everyone.events, "leave", client, *args)
        self.fire_in(self.events, event, client, *args)
        if event == "connect":
            self.fire_in(self._everyone.events, "join", client, *args)

    def fire_in(self, events: Events, event: str, client: Client | None, *args: Any) -> None:
        """The same for the handlers of a group."""
        self._run_handlers(events.handlers(event), event, client, *args)

    def _run_handlers(
        self, handlers: Iterable[Handler], event: str, client: Client | None, *args: Any
    ) -> None:
        for handler in handlers:
            self.run_for(client, f"a handler of {event!r}", partial(handler, *args))

    def run_for(self, client: Client | None, what: str, run: Callable[[], Any], failed: Any = None) -> Any:
        """Run code of the program's with the client as ``this``; report an error, and return ``failed``."""
        with self.context.running(client):
            try:
                return wrapped(self.options.around, client, what, run)()
            except BaseException as error:  # gevent.Timeout is no Exception
                if isinstance(error, (KeyboardInterrupt, SystemExit)) or ends_work(error):
                    raise
                self.report(error, f"{what} raised")
                return failed

    def report(self, error: BaseException, what: str) -> None:
        """An error that nobody will catch: log it with its traceback, and tell `error` handlers."""
        level = logging.DEBUG if is_quiet(error) else logging.ERROR
        self.complaints.log(type(error).__name__, what.replace("%", "%%"), level=level, error=error)
        if level == logging.DEBUG:
            return
        for handler in self.events.handlers("error"):
            try:
                wrapped(self.options.around, None, "a handler of 'error'", handler)(error)
            except Exception:
                logger.exception("a handler of 'error' raised")

    # Groups.

    def get_group(self, name: str) -> Group:
        """Return the group of this name, made on first use.

        Raises:
            ValueError: for ``"everyone"``, which is not to be had by name.
            TypeError: the name is no text.
        """
        self.check_thread()
        if not isinstance(name, str):
            raise TypeError(f"a group's name is text, not {type(name).__name__} ({name!r})")
        if name == "everyone":
            raise ValueError('"everyone" is no name for a group; use greennow.everyone')
        group = self._known_groups.get(name)
        if group is None:
            group = self._known_groups[name] = Group(
                self, name, self.scopes.group(), f"get_group({name!r}).now"
            )
        self.keep(group)
        return group

    def keep(self, group: Group) -> None:
        """The group is in use (again)."""
        if group.name not in self.groups and group is not self._everyone:
            group.scope.put_back(None)
            self.groups[group.name] = group
            self.fire("newgroup", None, group)

    def get_groups(self) -> list[str]:
        """Return the names of the groups there are; everyone is not among them."""
        return list(self.groups)

    def remove_group(self, name: str) -> None:
        """Remove a group with its names and handlers: each member leaves it. Unknown names are ignored."""
        self.check_thread()
        group = self.groups.get(name)
        if group is None:
            return
        for client in list(group.members.values()):
            group.leave(client)
        if self.groups.get(name) is group:  # else a handler of `leave` has removed it
            self._drop(group)

    def forget_if_unused(self, group: Group) -> None:
        """A group without members, names and handlers is forgotten."""
        if group.members or group.scope.names or group.events:
            return
        if self.groups.get(group.name) is group:
            self._drop(group)

    def _drop(self, group: Group) -> None:
        """A group goes, before any handler is told, so that one which uses it again begins it anew.

        Who joined it while handlers of `leave` ran leaves as well.
        """
        late = [client for client in list(group.members.values()) if group.take_out(client)]
        handlers = group.events.handlers("leave")
        group.events.clear()
        del self.groups[group.name]
        group.scope.forget()
        self.fire("removegroup", None, group)
        for client in late:
            self._run_handlers(handlers, "leave", client, client.client_id)

    # Clients.

    def get_client(self, client_id: str) -> Client:
        """Return a connected client.

        Raises:
            UnknownClient: there is none with this id.
        """
        self.check_thread()
        client = self.clients.get(client_id)
        if client is None:
            raise UnknownClient(client_id)
        return client

    def hello(self, hello: Hello, link: Link, user: Callable[[], User]) -> Client | None:
        """A link has introduced itself: resume its session or begin one.

        Returns:
            The client; None where the link comes too late, or is one too many, and is closed.
        """
        client = self._resumed_by(hello, made := user())
        if client is not None:
            if hello.attempt <= client.attempt:
                link.close(4001, "a newer link has taken over")
                return None
            client.replace_link()
            if client.peer.session.can_resume(hello.received):
                client.welcome(link, hello, resumed=True)
                self.shell.spawn(partial(self.fire, "resumed", client, client.client_id))
                return client
            client.end(Disconnected("too much was missed to resume"))
        if self.options.max_clients is not None and len(self.clients) >= self.options.max_clients:
            link.close(1013, "the server is full")
            return None
        client = Client(self, secrets.token_urlsafe(12), made)
        self.clients[client.client_id] = client
        self._everyone.audiences.forget()
        client.welcome(link, hello, resumed=False)
        return client

    def _resumed_by(self, hello: Hello, user: User) -> Client | None:
        """Return the client whose session a hello resumes: it has the token, and is who began the session."""
        client = self.tokens.find(hello.token)
        if client is None or is_same(client.identity, identity_of(user)):
            return client
        self.complaints.log(client.client_id, "another identity came with the token of %s", client)
        return None

    def charge(self, client: Client, message: object) -> None:
        """Count a message, or another frame, of a client whose option ``max_rate`` bounds them.

        Raises:
            ProtocolError: it is one too many.
        """
        if isinstance(message, Ack) and message.processed > client.peer.session.acked:
            return  # how many of these there are, we decide
        if client.rate is not None and not client.rate.take(self.timers.time()):
            raise ProtocolError(f"more than max_rate={self.options.max_rate:g} messages a second", 4008)

    def forget(self, client: Client) -> None:
        """A session is over: the client leaves its groups, then `disconnect` is fired."""
        self.clients.pop(client.client_id, None)
        self.tokens.forget(client)
        self.acknowledging.forget(client)
        self.shell.spawn(lambda: self._take_leave(client))

    def _take_leave(self, client: Client) -> None:
        for group in list(client.groups.values()):
            group.leave(client)
        if client.is_greeted:  # `connect` was fired for it
            self.fire("disconnect", client, client.client_id)
        client.scope.forget()
        self.shell.progressed()

    def new_reply(self) -> Reply:
        """Return a reply whose error, if nobody asks for it, is reported."""
        reply = self.shell.new_reply()
        reply.report_to(lambda error: self.report(error, "a call failed, and nobody asked for its reply"))
        return reply

    @property
    def is_here(self) -> bool:
        """Is this the serving thread, if there is one?"""
        return self.thread is None or self.shell.thread_id() == self.thread

    def check_thread(self) -> None:
        """Raise where another thread than the serving one touches what is not made for it."""
        if not self.is_here:
            raise RuntimeError(
                "greennow's objects belong to the serving thread; "
                "from another one use greennow.run(function, *args)"
            )
