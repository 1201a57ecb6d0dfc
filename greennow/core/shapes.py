"""The array that stands for each message: what `codec.py` reads, written the other way round.

``docs/reference/protocol.md`` has the table of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .messages import (
    Ack,
    Bye,
    Call,
    Cancel,
    Demand,
    Fail,
    Failure,
    Hello,
    Message,
    Next,
    Ready,
    Refuse,
    Release,
    Reply,
    Waiting,
    Welcome,
    Write,
)
from .tree import Operation, Set, Splice

#: Kinds of message, the first element of each.
HELLO, WELCOME, ACK, BYE, WRITE, CALL, REPLY, FAIL, CANCEL, NEXT, DEMAND, RELEASE = range(12)
REFUSE, READY, WAITING = 12, 13, 14


def shape_of(message: Message) -> list[Any]:
    """Return the array for a message, with functions and containers in it as they are."""
    return _SHAPES[type(message)](message)


def _shape_of_hello(hello: Hello) -> list[Any]:
    fields: dict[str, Any] = {"version": hello.version, "attempt": hello.attempt}
    if hello.token is not None:
        fields |= {"token": hello.token, "received": hello.received}
    return [HELLO, fields]


def _shape_of_welcome(welcome: Welcome) -> list[Any]:
    fields: dict[str, Any] = {
        "client_id": welcome.client_id,
        "token": welcome.token,
        "resumed": welcome.resumed,
        "received": welcome.received,
        "limits": welcome.limits,
        "options": welcome.options,
    }
    if not welcome.resumed:
        fields["now"] = welcome.now
    return [WELCOME, fields]


def _shape_of_operation(operation: Operation) -> list[Any]:
    if isinstance(operation, Splice):
        return [list(operation.path), operation.start, operation.delete_count, operation.items]
    if isinstance(operation, Set):
        return [list(operation.path), operation.value]
    return [list(operation.path)]


def _shape_of_call(call: Call) -> list[Any]:
    target = call.target if isinstance(call.target, int) else list(call.target)
    extra: dict[str, Any] = {}
    if call.kwargs:
        extra["kwargs"] = call.kwargs
    if call.deadline is not None:
        extra["deadline"] = call.deadline
    return [CALL, call.id, target, call.args, extra] if extra else [CALL, call.id, target, call.args]


def _fields_of_failure(failure: Failure) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": failure.type, "message": failure.message}
    if failure.path is not None:
        fields["path"] = list(failure.path)
    if failure.missing is not None:
        fields["missing"] = failure.missing
    if failure.trace is not None:
        fields["trace"] = failure.trace
    if failure.cause is not None:
        fields["cause"] = _fields_of_failure(failure.cause)
    return fields


def _shape_of_next(message: Next) -> list[Any]:
    end = _fields_of_failure(message.end) if isinstance(message.end, Failure) else message.end
    return [NEXT, message.id, message.items, end]


_SHAPES: dict[type, Callable[[Any], list[Any]]] = {
    Hello: _shape_of_hello,
    Welcome: _shape_of_welcome,
    Ack: lambda ack: [ACK, ack.processed, True] if ack.wanted else [ACK, ack.processed],
    Bye: lambda bye: [BYE, bye.code, bye.reason],
    Write: lambda write: [WRITE, [_shape_of_operation(operation) for operation in write.operations]],
    Call: _shape_of_call,
    Reply: lambda reply: [REPLY, reply.id, reply.value],
    Fail: lambda fail: [FAIL, fail.id, _fields_of_failure(fail.failure)],
    Cancel: lambda cancel: [CANCEL, cancel.id],
    Next: _shape_of_next,
    Demand: lambda demand: [DEMAND, demand.id, demand.wanted],
    Release: lambda release: [RELEASE, [number for loan in release.loans for number in loan]],
    Refuse: lambda refuse: [REFUSE, refuse.number, [list(refusal) for refusal in refuse.refusals]],
    Ready: lambda ready: [READY],
    Waiting: lambda waiting: [WAITING, list(waiting.calls), waiting.waits_for],
}
