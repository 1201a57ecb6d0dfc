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
from functools import partial
from typing import Any, Protocol

from . import messages
from .calls import make_call
from .checks import Checks
from .codec import Codec
from .deadline import time_left
from .errors import Cancelled, Disconnected, NoSuchFunction, ProtocolError, RemoteError
from .functions import Caller, Function, Lending, no_such_function
from .incoming import IncomingCall
from .limits import Limits
from .messages import Call, Cancel, Fail, Message, Ready, Refuse, Release, Target, Write
from .outgoing import OutgoingCalls, late
from .paths import Path
from .references import References
from .reply import Reply
from .session import Session
from .timers import Timer
from .tree import Operation
from .values import share

logger = logging.getLogger("greennow")

#: How many handles one `Release` returns: it has to fit into the smallest ``max_message``.
_RELEASED_AT_ONCE = 50


class Host(Caller, Protocol):
    """What a peer is an end of: the client, or the server's half of one client."""

    #: What calls of the other end's are checked against.
    checks: Checks

    def apply_theirs(self, operations: tuple[Operation, ...]) -> Any:
        """Apply the other end's write; return what `changed` is to be told, or None to abandon it."""

    def changed(self, changes: Any) -> None:
        """The write is applied and counted; now handlers may run."""

    def changed_values(self, paths: Iterable[Path]) -> list[bytes]:
        """Return the encoded writes that give these paths their values of this moment."""

    def start(self, call: IncomingCall) -> None:
        """Run the call, in its order; it may wait."""

    def interrupt(self, work: IncomingCall, error: Cancelled, replies: Sequence[Reply]) -> None:
        """End the work on a call at the next point where it waits; these are the answers it waits for."""

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds."""

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
        #: Functions in messages; those of ours that the other end holds, and those of theirs that we hold.
        self.references = References(self, host, limits)
        self.lending = self.references.lending
        self.borrowing = self.references.borrowing
        self.codec = Codec(self.references, limits)
        self.session = Session(limits, self.codec.encode, host.changed_values, host.overflowed)
        #: Calls of ours under way.
        self.outgoing = OutgoingCalls(self.give_up, host.later)
        #: Calls of theirs under way: those that are to be answered by id, and how many there are in all.
        self.incoming: dict[int, IncomingCall] = {}
        self.under_way = 0
        #: Bytes that arrived since a message was last counted.
        self._arrived = 0
        #: The id of the last call that asked for an answer.
        self._last_call = 0
        #: Why the session ended, once it has.
        self.ended: Disconnected | None = None
        #: What is done with each kind of counted message.
        self._handlers: dict[type, Callable[[Any], None]] = {
            Call: self._handle_call,
            messages.Reply: self.outgoing.answered,
            Fail: self.outgoing.failed,
            Cancel: self._handle_cancel,
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
        if call.id in self.incoming:
            raise ProtocolError(f"call {call.id} is under way already")
        function = self.references.own(call.target)
        if function is None:
            if call.id:
                self._fail(
                    call.id, no_such_function(call.target, [self.lending, *self.host.lent_elsewhere()])
                )
        elif self.under_way >= self.limits.max_calls:
            self._refuse_call(call)
        else:
            self._start(IncomingCall(self, call, function))

    def _start(self, work: IncomingCall) -> None:
        call = work.call
        self.under_way += 1
        if call.id:
            self.incoming[call.id] = work
            if call.deadline is not None:
                reason = f"{work.name} was not done within {call.deadline:.3g} s"
                work.timer = self.host.later(max(0.0, call.deadline), partial(work.cancel, reason))
        self.host.start(work)

    def _refuse_call(self, call: Call) -> None:
        limit = self.limits.max_calls
        if call.id:
            self._say_failed(
                call.id, "LimitExceeded", f"the limit max_calls={limit} of calls under way was passed"
            )
        else:
            raise ProtocolError(f"more than max_calls={limit} calls under way", code=4008)

    def _handle_cancel(self, cancel: Cancel) -> None:
        work = self.incoming.get(cancel.id)
        if work is not None:  # else it is answered already
            work.cancel("the caller has given up")

    def _handle_release(self, release: Release) -> None:
        for handle, loans in release.loans:
            if not self.host.give_back(handle, loans):
                self.lending.take_back(handle, loans)

    def _handle_refuse(self, refuse: Refuse) -> None:
        self.host.refused(refuse)

    def _handle_ready(self, ready: Ready) -> None:
        self.host.ready()

    def function_at(self, path: Path) -> Function | None:
        """Return our own function at this path of the shared namespace, or None."""
        return self.host.function_at(path)

    # Messages of ours.

    def say(self, message: Message) -> int:
        """Send a counted message; return its number."""
        return self.session.send(self._encode(message))

    def _encode(self, message: Message) -> bytes:
        self.references.begin()
        try:
            return self.codec.encode(message)
        except BaseException:
            self.references.take_back()
            raise

    def call(
        self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any], timeout: float | None = None
    ) -> Reply:
        """Call a function of theirs; the reply is the coming answer.

        Raises:
            TypeError, ValueError: an argument cannot be shared.
            LimitExceeded: the arguments are too large, or too many functions are lent.
        """
        reply = self.host.new_reply()
        time = time_left(timeout)
        if self.ended is not None:
            reply.reject(self.ended)
        elif time.seconds is not None and time.seconds <= 0:
            reply.reject(late(target, 0))
        else:
            call_id = self._last_call + 1
            data = self._encode_call(call_id, target, args, kwargs, time.seconds)
            self._last_call = call_id
            self.outgoing.add(call_id, reply, target, time)
            self.session.send(data)
        return reply

    def give_up(self, call_id: int) -> None:
        """Tell the other end that nobody waits for the answer to this call."""
        if self.ended is None:
            self.say(Cancel(call_id))

    def send(self, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call a function of theirs one way; dropped if the session is over."""
        if self.ended is None:
            self.session.send(self._encode_call(0, target, args, kwargs))

    def _encode_call(
        self,
        call_id: int,
        target: Target,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        seconds: float | None = None,
    ) -> bytes:
        return self._encode(make_call(call_id, target, args, kwargs, self.limits.max_depth, seconds))

    def write(self, operations: Sequence[Operation]) -> int:
        """Tell the other end of changes; return the message's number."""
        return self.say(Write(tuple(operations)))

    def release_garbage(self) -> None:
        """Return the loans of stubs that nobody holds any more."""
        loans = self.borrowing.take_returned()
        for start in range(0, len(loans), _RELEASED_AT_ONCE):
            if self.ended is None:
                self.say(Release(loans[start : start + _RELEASED_AT_ONCE]))

    def answer(self, work: IncomingCall, value: Any) -> None:
        """Send what a call of theirs returned, which may be a reply that is yet to come."""
        if isinstance(value, Reply):
            work.calls.add(value)
            value.add_done_callback(lambda reply: self._answer_with(work, reply))
            return
        call = work.call
        if not self._is_awaited(work):
            return
        try:
            root = f"the result of {work.name}"
            result = share(value, root=root, max_depth=self.limits.max_depth)
            self.say(messages.Reply(call.id, result))
        except Exception as error:
            logger.exception("%s returned what cannot be sent", work.name)
            self._fail(call.id, error)

    def _answer_with(self, work: IncomingCall, reply: Reply) -> None:
        error = Cancelled("the reply was cancelled") if reply.cancelled() else reply.exception()
        if error is None:
            self.answer(work, reply.result())
        else:
            self.answer_error(work, error)

    def answer_error(self, work: IncomingCall, error: BaseException) -> None:
        """Send what a call of theirs raised."""
        if self._is_awaited(work):
            target = work.call.target
            self._fail(work.call.id, error, None if isinstance(target, int) else target)

    def _is_awaited(self, work: IncomingCall) -> bool:
        """The work is done: is an answer to be sent?"""
        self.under_way -= 1
        work.ended()
        self.incoming.pop(work.call.id, None)
        return bool(work.call.id) and self.ended is None

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
        self.outgoing.end(reason)
        for work in list(self.incoming.values()):
            work.cancel(f"the caller has gone: {reason}")
