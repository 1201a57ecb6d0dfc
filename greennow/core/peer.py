"""One end of a conversation: calls and answers, writes, functions lent and borrowed.

Both ends run this class. What differs between them (where the tree is, how the program's
functions are run, how one waits) is the `Host`. The peer knows neither sockets nor users.

Order: messages are handled one by one in the order of the stream, and each call is started in
that order. A message is counted as processed *before* any code of the program's runs for it, so
that a function that waits holds up nothing but itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, ClassVar

from . import messages
from .calls import make_call
from .cbor import Coder
from .codec import Codec
from .deadline import time_left
from .errors import Cancelled, Disconnected, ProtocolError
from .failures import failure_of
from .functions import Function, RemoteFunction
from .host import Host
from .incoming import IncomingCall
from .limits import Limits
from .messages import (
    Call,
    Cancel,
    Demand,
    Fail,
    Failure,
    Message,
    Next,
    Ready,
    Refuse,
    Release,
    Target,
    Waiting,
    Write,
)
from .outgoing import OutgoingCalls, late
from .paths import Path
from .references import References
from .reply import Reply
from .session import Session
from .streams import Streams
from .timers import Timer
from .tree import Operation
from .values import ITSELF, share
from .waits import Waits

#: How many handles one `Release` returns: it has to fit into the smallest ``max_message``.
_RELEASED_AT_ONCE = 50


class Peer:
    """One end of one session."""

    def __init__(
        self, host: Host, limits: Limits, *, traced: bool = False, coder: Coder | None = None
    ) -> None:
        """
        Args:
            host: what it is an end of.
            limits: what bounds the session.
            traced: whether the other end is told where in the program an error was raised.
            coder: what encodes and decodes, where that is shared with other peers.
        """
        self.host = host
        self.limits = limits
        self._traced = traced
        #: How much is under way for the other end: calls of theirs, and streams of ours that they read.
        self.under_way = 0
        #: Why the session ended, once it has.
        self.ended: Disconnected | None = None
        #: Streams; and functions: those of ours that the other end holds, those of theirs that we hold.
        self.streams = Streams(self, host)
        self.references = References(self, host, self.streams, limits)
        self.lending = self.references.lending
        self.borrowing = self.references.borrowing
        self.codec = Codec(self.references, limits, coder)
        self.session = Session(limits, self.codec.encode, host.changed_values, host.overflowed)
        #: Calls of ours under way.
        self.outgoing = OutgoingCalls(self)
        #: Who waits for whom.
        self.waits = Waits(self)
        #: Calls of theirs under way that are to be answered, by id.
        self.incoming: dict[int, IncomingCall] = {}
        #: The id of the last call that asked for an answer.
        self._last_call = 0

    def step(self) -> AbstractContextManager[None]:
        """Make what is done within it one step; overridden where there are several threads."""
        return nullcontext()

    def use_limits(self, limits: Limits) -> None:
        """Go by these limits from now on."""
        self.limits = self.codec.limits = limits
        self.session.use(limits)
        self.lending.limit = limits.max_callbacks

    # Messages of theirs.

    def handle(self, message: Message) -> None:
        """Do what a message of the other end's asks for.

        Raises:
            ProtocolError: it breaks the rules; the session is to be ended.
        """
        handler = self._HANDLERS.get(type(message))
        if handler is not None:
            self.session.processed += 1
            handler(self, message)
        elif isinstance(message, Write):
            self._handle_write(message)
        elif isinstance(message, messages.Ack):
            self._handle_ack(message)
        else:
            raise ProtocolError(f"{type(message).__name__.lower()} is out of place")

    def _handle_write(self, write: Write) -> None:
        changes = self.host.apply_theirs(write.operations)
        if changes is None:
            return  # abandoned: it will come again, over another link
        self.session.count_applied()
        self.host.changed(changes)

    def _handle_ack(self, ack: messages.Ack) -> None:
        self.session.acknowledged(ack.processed)
        self.host.acknowledged(ack.processed)
        if ack.wanted:
            self.session.acknowledge()

    def _handle_call(self, call: Call) -> None:
        call_id = call.id
        if call_id in self.incoming:
            raise ProtocolError(f"call {call_id} is under way already")
        function = self.references.own(call.target)
        if function is None or (isinstance(function, RemoteFunction) and function.caller.has_gone):
            if call_id:
                self._fail(call_id, self.references.missing(call.target))
            return
        if self.under_way >= self.limits.max_calls:
            self._refuse_call(call)
            return
        work = IncomingCall(self, call, function)
        self.under_way += 1
        if call_id:
            self.incoming[call_id] = work
            if call.deadline is not None:
                self._limit(work, call.deadline)
        self.host.start(work)

    def _limit(self, work: IncomingCall, seconds: float) -> None:
        reason = f"{work.name} was not done within {seconds:.3g} s"
        work.timer = self.later(max(0.0, seconds), partial(work.cancel, reason))

    def _refuse_call(self, call: Call) -> None:
        limit = self.limits.max_calls
        if call.id:
            text = f"the limit max_calls={limit} of calls and streams under way was passed"
            self.say(Fail(call.id, Failure("LimitExceeded", text)))
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

    def _handle_waiting(self, waiting: Waiting) -> None:
        self.waits.told(waiting)

    def _handle_reply(self, reply: messages.Reply) -> None:
        self.outgoing.answered(reply)

    def _handle_fail(self, fail: Fail) -> None:
        self.outgoing.failed(fail)

    def _handle_next(self, message: Next) -> None:
        self.streams.handle_next(message)

    def _handle_demand(self, demand: Demand) -> None:
        self.streams.handle_demand(demand)

    #: What is done with each kind of counted message: one table for all peers, for memory.
    _HANDLERS: ClassVar[Mapping[type, Callable[[Any, Any], None]]] = {
        Call: _handle_call,
        messages.Reply: _handle_reply,
        Fail: _handle_fail,
        Cancel: _handle_cancel,
        Next: _handle_next,
        Demand: _handle_demand,
        Release: _handle_release,
        Refuse: _handle_refuse,
        Ready: _handle_ready,
        Waiting: _handle_waiting,
    }

    @property
    def awaited(self) -> Mapping[int, Reply]:
        """The answers to calls of ours that are to come, by id."""
        return self.outgoing.replies

    @property
    def other_end(self) -> str:
        """Who is at the other end, for people."""
        return self.host.other_end

    @property
    def has_gone(self) -> bool:
        """Is the session over?"""
        return self.ended is not None

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds."""
        return self.host.later(seconds, do)

    def answered(self, call_id: int) -> None:
        """A call of ours is answered."""
        self.waits.answered(call_id)

    def function_at(self, path: Path) -> Function | None:
        """Return our own function at this path of the shared namespace, or None."""
        return self.host.function_at(path)

    def new_reply(self) -> Reply:
        """Return a reply of the kind that this end's code can wait for."""
        return self.host.new_reply()

    # Messages of ours.

    def say(self, message: Message) -> int:
        """Send a counted message; return its number."""
        return self.session.send(self._encode(message))

    def say_sized(self, message: Message) -> int:
        """Send a counted message; return its size in bytes."""
        data = self._encode(message)
        self.session.send(data)
        return len(data)

    def _encode(self, message: Message) -> bytes:
        self.references.begin(None)
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
        """Return the loans of stubs that nobody holds any more, or that were released; close such streams."""
        if self.borrowing.returned:
            self._release(self.borrowing.take_returned())
        if self.streams.garbage:
            self.streams.close_garbage()

    def _release(self, loans: tuple[tuple[int, int], ...]) -> None:
        for start in range(0, len(loans), _RELEASED_AT_ONCE):
            if self.ended is None:
                self.say(Release(loans[start : start + _RELEASED_AT_ONCE]))

    def answer(self, work: IncomingCall, value: Any) -> None:
        """Send what a call of theirs returned, which may be a reply that is yet to come."""
        if isinstance(value, Reply):
            work.calls.add(value)
            waits = value.waits_of(work)
            if waits is not None:
                waits.returned(work, value)
            value.add_done_callback(lambda reply: self._answer_with(work, reply))
            return
        call = work.call
        if not self._is_awaited(work):
            return
        try:
            if type(value) in ITSELF:  # there is nothing to copy, to check or to lend
                data = self.codec.encode_reply(call.id, value)
            else:
                data = self._encode_result(work, value)
            self.session.send(data)
        except Exception as error:
            self.host.log(f"{work.name} returned what cannot be sent", error)
            self._fail(call.id, error)

    def _encode_result(self, work: IncomingCall, value: Any) -> bytes:
        root, depth = lambda: f"the result of {work.name}", self.limits.max_depth
        result = share(value, root=root, max_depth=depth, streams=True)
        self.references.begin(work.call.target)
        try:
            return self.codec.encode_reply(work.call.id, result)
        except BaseException:
            self.references.take_back()
            raise

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
        if not work.call.id:
            return False
        self.incoming.pop(work.call.id, None)
        return self.ended is None

    def _fail(self, call_id: int, error: BaseException, path: Path | None = None) -> None:
        self.say(Fail(call_id, self.failure(error, path)))

    def failure(self, error: BaseException, path: Path | None = None) -> Failure:
        """Return what the other end is told of an error that ended a call or a stream of ours."""
        return failure_of(error, self.limits, path, traced=self._traced)

    def end(self, reason: Disconnected) -> None:
        """The session is over: whoever waits is told."""
        if self.ended is not None:
            return
        self.ended = reason
        self.lending.forget()
        self.outgoing.end(reason)
        for work in list(self.incoming.values()):
            work.cancel(f"the caller has gone: {reason}")
        self.streams.end(reason)
