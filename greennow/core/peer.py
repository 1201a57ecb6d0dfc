"""One end of a conversation: calls and answers, writes, functions lent and borrowed.

Both ends run this class. What differs between them (where the tree is, how the program's
functions are run, how one waits) is the `Host`. The peer knows neither sockets nor users.

Order: messages are handled one by one in the order of the stream, and each call is started in
that order. A message is counted as processed *before* any code of the program's runs for it, so
that a function that waits holds up nothing but itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from . import messages
from .calls import IncomingCall, make_call, name_of
from .codec import Codec
from .errors import Cancelled, Disconnected, NoSuchFunction, ProtocolError, RemoteError
from .functions import (
    Borrowing,
    Caller,
    Function,
    Lending,
    Missing,
    NamedFunction,
    RemoteFunction,
    no_such_function,
)
from .limits import Limits
from .messages import Call, Fail, Message, Ready, Refuse, Release, Target, Write
from .paths import Path
from .reply import Reply
from .session import Session
from .tree import THEIRS, Operation
from .values import share

logger = logging.getLogger("greennow")

#: How many handles one `Release` returns: it has to fit into the smallest ``max_message``.
_RELEASED_AT_ONCE = 50


class Host(Caller, Protocol):
    """What a peer is an end of: the client, or the server's half of one client."""

    def apply_theirs(self, operations: tuple[Operation, ...]) -> Any:
        """Apply the other end's write; return what `changed` is to be told, or None to abandon it."""

    def changed(self, changes: Any) -> None:
        """The write is applied and counted; now handlers may run."""

    def changed_values(self, paths: Iterable[Path]) -> list[bytes]:
        """Return the encoded writes that give these paths their values of this moment."""

    def start(self, call: IncomingCall) -> None:
        """Run the call, in its order; it may wait."""

    def new_reply(self) -> Reply:
        """Return a reply of the kind that this end's code can wait for."""

    def acknowledged(self, count: int) -> None:
        """The other end has processed so many of our messages."""

    def refused(self, refuse: Refuse) -> None:
        """The other end refused operations of ours."""

    def ready(self) -> None:
        """The other end is ready for our calls."""

    def overflowed(self, limit: str) -> None:
        """A buffer of the session is full; end it, but not within this call."""

    def lent_elsewhere(self) -> Sequence[Lending]:
        """Return further tables of lent functions that the other end may name."""

    def report(self, error: BaseException, what: str) -> None:
        """Log an error that nobody will be told of otherwise, and tell `error` handlers."""

    def give_back(self, handle: int, loans: int) -> bool:
        """Take back loans of a function lent through another table; False if it is none of those."""


class Peer:
    """One end of one session."""

    def __init__(self, host: Host, limits: Limits) -> None:
        self.host = host
        self.limits = limits
        #: Functions of ours that the other end holds.
        self.lending = Lending(limits.max_callbacks)
        #: Functions of theirs that we hold.
        self.borrowing = Borrowing(self)
        self.codec = Codec(self, limits)
        self.session = Session(limits, self.codec.encode, host.changed_values, host.overflowed)
        #: Calls of ours under way, by id.
        self.calls: dict[int, Reply] = {}
        #: How many calls of theirs are under way.
        self.under_way = 0
        #: Bytes that arrived since a message was last counted.
        self._arrived = 0
        #: Handles lent in the message that is being encoded.
        self._lent_now: list[int] = []
        #: The id of the last call that asked for an answer.
        self._last_call = 0
        #: Why the session ended, once it has.
        self.ended: Disconnected | None = None
        #: What is done with each kind of counted message.
        self._handlers: dict[type, Callable[[Any], None]] = {
            Call: self._handle_call,
            messages.Reply: self._handle_reply,
            Fail: self._handle_fail,
            Release: self._handle_release,
            Refuse: self._handle_refuse,
            Ready: self._handle_ready,
        }

    def arrived(self, size: int) -> None:
        """So many bytes have arrived, whose messages are handled next."""
        self._arrived += size

    def _take_arrived(self) -> int:
        size, self._arrived = self._arrived, 0
        return size

    def use_limits(self, limits: Limits) -> None:
        """Go by these limits from now on."""
        self.limits = self.codec.limits = self.session.limits = limits

    # Messages of theirs.

    def handle(self, message: Message) -> None:
        """Do what a message of the other end's asks for.

        Raises:
            ProtocolError: it breaks the rules; the session is to be ended.
        """
        if isinstance(message, Write):
            self._handle_write(message)
            return
        if isinstance(message, messages.Ack):
            self._handle_ack(message)
            return
        handler = self._handlers.get(type(message))
        if handler is None:
            raise ProtocolError(f"{type(message).__name__.lower()} is out of place")
        self.session.count_processed(self._take_arrived())
        handler(message)

    def _handle_write(self, write: Write) -> None:
        changes = self.host.apply_theirs(write.operations)
        if changes is None:
            return  # abandoned: it will come again, over another link
        self.session.count_processed(self._take_arrived())
        self.host.changed(changes)

    def _handle_ack(self, ack: messages.Ack) -> None:
        self.session.acknowledged(ack.processed)
        self.host.acknowledged(ack.processed)
        if ack.wanted:
            self.session.acknowledge()

    def _handle_call(self, call: Call) -> None:
        function = self._own_function(call.target)
        if function is None:
            if call.id:
                self._fail(
                    call.id, no_such_function(call.target, [self.lending, *self.host.lent_elsewhere()])
                )
        elif self.under_way >= self.limits.max_calls:
            self._refuse_call(call)
        else:
            self.under_way += 1
            self.host.start(IncomingCall(self, call, function))

    def _refuse_call(self, call: Call) -> None:
        limit = self.limits.max_calls
        if call.id:
            self._say_failed(
                call.id, "LimitExceeded", f"the limit max_calls={limit} of calls under way was passed"
            )
        else:
            raise ProtocolError(f"more than max_calls={limit} calls under way", code=4008)

    def _handle_reply(self, message: messages.Reply) -> None:
        reply = self.calls.pop(message.id, None)
        if reply is None:
            raise ProtocolError(f"an answer to call {message.id}, which is not under way")
        reply.resolve(message.value)

    def _handle_fail(self, fail: Fail) -> None:
        reply = self.calls.pop(fail.id, None)
        if reply is None:
            raise ProtocolError(f"an answer to call {fail.id}, which is not under way")
        if fail.missing is not None:
            reply.reject(NoSuchFunction(fail.message, fail.missing, fail.path))
        else:
            reply.reject(RemoteError(fail.message, fail.type, fail.path))

    def _handle_release(self, release: Release) -> None:
        for handle, loans in release.loans:
            if not self.host.give_back(handle, loans):
                self.lending.take_back(handle, loans)

    def _handle_refuse(self, refuse: Refuse) -> None:
        self.host.refused(refuse)

    def _handle_ready(self, ready: Ready) -> None:
        self.host.ready()

    def _own_function(self, target: Target) -> Function | None:
        if not isinstance(target, int):
            return self.host.function_at(target)
        for table in (self.lending, *self.host.lent_elsewhere()):
            function = table.function(target)
            if function is not None:
                return function
        return None

    def function_at(self, path: Path) -> Function | None:
        """Return our own function at this path of the shared namespace, or None."""
        return self.host.function_at(path)

    # Messages of ours.

    def say(self, message: Message) -> int:
        """Send a counted message; return its number."""
        return self.session.send(self._encode(message))

    def _encode(self, message: Message) -> bytes:
        """Return the message's bytes; or raise, and nothing is lent that nobody would return."""
        self._lent_now = []
        try:
            return self.codec.encode(message)
        except BaseException:
            for handle in self._lent_now:
                self.lending.take_back(handle, 1)
            raise

    def call(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Reply:
        """Call a function of theirs; the reply is the coming answer.

        Raises:
            TypeError, ValueError: an argument cannot be shared.
            LimitExceeded: the arguments are too large, or too many functions are lent.
        """
        reply = self.host.new_reply()
        if self.ended is not None:
            reply.reject(self.ended)
            return reply
        call_id = self._last_call + 1
        data = self._encode_call(call_id, target, args, kwargs)
        self._last_call = call_id
        self.calls[call_id] = reply
        self.session.send(data)
        return reply

    def send(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call a function of theirs one way; dropped if the session is over."""
        if self.ended is None:
            self.session.send(self._encode_call(0, target, args, kwargs))

    def _encode_call(
        self, call_id: int, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> bytes:
        return self._encode(make_call(call_id, target, args, kwargs, self.limits.max_depth))

    def write(self, operations: Sequence[Operation]) -> int:
        """Tell the other end of changes; return the message's number."""
        return self.say(Write(tuple(operations)))

    def release_garbage(self) -> None:
        """Return the loans of stubs that nobody holds any more."""
        loans = self.borrowing.take_returned()
        for start in range(0, len(loans), _RELEASED_AT_ONCE):
            if self.ended is None:
                self.say(Release(loans[start : start + _RELEASED_AT_ONCE]))

    def answer(self, call: Call, value: Any) -> None:
        """Send what a call of theirs returned, which may be a reply that is yet to come."""
        if isinstance(value, Reply):
            value.add_done_callback(lambda reply: self._answer_with(call, reply))
            return
        self.under_way -= 1
        if not call.id or self.ended is not None:
            return
        try:
            root = f"the result of {name_of(call.target)}"
            result = share(value, root=root, max_depth=self.limits.max_depth)
            self.say(messages.Reply(call.id, result))
        except Exception as error:
            logger.exception("%s returned what cannot be sent", name_of(call.target))
            self._fail(call.id, error)

    def _answer_with(self, call: Call, reply: Reply) -> None:
        error = Cancelled("the reply was cancelled") if reply.cancelled() else reply.exception()
        if error is None:
            self.answer(call, reply.result())
        else:
            self.answer_error(call, error)

    def answer_error(self, call: Call, error: BaseException) -> None:
        """Send what a call of theirs raised."""
        self.under_way -= 1
        if call.id and self.ended is None:
            self._fail(call.id, error, None if isinstance(call.target, int) else call.target)

    def _fail(self, call_id: int, error: BaseException, path: Path | None = None) -> None:
        if isinstance(error, NoSuchFunction):
            self.say(Fail(call_id, error.type, error.message, error.path, error.missing))
        elif isinstance(error, RemoteError):
            self._say_failed(call_id, error.type, error.message, path)
        else:
            self._say_failed(call_id, type(error).__name__, str(error), path)

    def _say_failed(self, call_id: int, kind: str, message: str, path: Path | None = None) -> None:
        # What the error says is cut: it may quote what was too large to be sent.
        cut = str(message)[:4000].encode("utf-8", "replace")[: min(4000, self.limits.max_message // 2)]
        text = cut.decode("utf-8", "ignore")
        self.say(Fail(call_id, kind, text, path))

    def end(self, reason: Disconnected) -> None:
        """The session is over: whoever waits is told."""
        if self.ended is not None:
            return
        self.ended = reason
        calls, self.calls = self.calls, {}
        for reply in calls.values():
            reply.reject(reason)

    # Functions in messages: what the codec asks (its `Referring`).

    def reference(self, function: Function) -> list[Any]:
        """Return the tag's content for a function in arguments or results."""
        home = self._home(function)
        if home is not None:
            return home
        handle = self.lending.lend(self._behind(function))
        self._lent_now.append(handle)
        return [0, handle]

    def place(self, function: Any) -> list[Any] | None:
        """Return the tag's content for a function in the namespace."""
        return self._home(function)

    def _home(self, function: Function) -> list[Any] | None:
        """Return how to name a function of the other end's to it; None if it is none of those."""
        if not isinstance(function, RemoteFunction) or self._behind(function) is not function:
            return None
        if function.caller is not self and function.caller is not self.host:
            return None
        target = function.target
        return [1, target if isinstance(target, int) else list(target)]

    def _behind(self, function: Function) -> Function:
        """Return the function of our own that a name of this namespace holds; else the function itself."""
        if isinstance(function, NamedFunction) and function.caller is self.host:
            return function.behind()
        return function

    def function(self, content: Any) -> Any:
        """Return the function that a tag's content means."""
        if content is None:
            return THEIRS
        whose, reference = content if isinstance(content, list) and len(content) == 2 else (None, None)
        if whose == 0 and type(reference) is int and reference >= 0:
            return self.borrowing.borrow(reference)
        if whose == 1:
            target = _target(reference)
            if target is not None:
                return self._own_function(target) or Missing(*_gone(target))
        raise ProtocolError("a function's tag holds null, [0, handle], [1, handle] or [1, path]")


def _gone(target: Target) -> tuple[str, str]:
    error = no_such_function(target)
    return error.message, error.missing


def _target(reference: Any) -> Target | None:
    """Return the handle or path that stands in a function's tag; None if it is neither."""
    if type(reference) is int and reference >= 0:
        return reference
    if isinstance(reference, list) and reference and all(type(key) in (str, int) for key in reference):
        return tuple(reference)
    return None
