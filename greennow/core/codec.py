"""Messages to bytes and back, and what of them is malformed.

``docs/reference/protocol.md`` is the specification; ``cbor.py`` knows the bytes of values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, ClassVar

from . import cbor
from .borrowing import BorrowedFunction
from .errors import LimitExceeded, ProtocolError
from .fields import (
    SCALARS,
    array,
    check_keys,
    check_scalar,
    integer,
    is_duration,
    length,
    optional_text,
    text,
)
from .limits import Limits
from .messages import (
    MAX_CAUSES,
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
    Target,
    Waiting,
    Welcome,
    Write,
)
from .paths import PROTOTYPE, Path
from .referring import Referring
from .shapes import (
    ACK,
    BYE,
    CALL,
    CANCEL,
    DEMAND,
    FAIL,
    HELLO,
    NEXT,
    READY,
    REFUSE,
    RELEASE,
    REPLY,
    WAITING,
    WELCOME,
    WRITE,
    shape_of,
)
from .tree import THEIRS, Delete, Dict, List, Operation, Set, Splice, Value
from .values import STREAMS, Streamed

#: Levels of nesting that a message has around its values.
_WRAPPING = 6

#: How a reply begins: an array of three, the first its kind.
_REPLY = bytes((0x83, REPLY))


class Codec:
    """Encodes and decodes one session's messages."""

    def __init__(self, functions: Referring, limits: Limits, coder: cbor.Coder | None = None) -> None:
        """
        Args:
            functions: turns functions into references and back.
            limits: what bounds the messages.
            coder: one that is shared with other codecs, if there are many.
        """
        self._functions = functions
        self.limits = limits
        self._coder = coder or cbor.Coder()

    # Encoding.

    def encode(self, message: Message) -> bytes:
        """Return the message as bytes.

        Raises:
            LimitExceeded: it is larger than ``max_message``.
        """
        kind = type(message)
        tag = self._place if kind is Write or kind is Welcome else self._refer
        data = self._coder.encode(shape_of(message), tag)
        if len(data) > self.limits.max_message and kind is not Welcome:
            raise LimitExceeded("max_message", self.limits.max_message, f"a message of {len(data)} bytes")
        return data

    def encode_reply(self, call_id: int, value: Any) -> bytes:
        """Return a `Reply` as bytes; as `encode` does, but cbor2 takes five times as long for an array.

        Raises:
            LimitExceeded: it is larger than ``max_message``.
        """
        data = _REPLY + cbor.unsigned(call_id) + self._coder.encode(value, self._refer)
        if len(data) > self.limits.max_message:
            raise LimitExceeded("max_message", self.limits.max_message, f"a message of {len(data)} bytes")
        return data

    def _place(self, function: Any) -> tuple[int, Any]:
        return cbor.FUNCTION_TAG, self._functions.place(function)

    def _refer(self, value: Any) -> tuple[int, Any]:
        if isinstance(value, STREAMS):
            return cbor.STREAM_TAG, self._functions.lend_stream(value)
        return cbor.FUNCTION_TAG, self._functions.reference(value)

    # Decoding.

    def decode(self, data: bytes) -> Iterator[Message]:
        """Yield the messages in ``data``, one by one, so that each can be handled before the next is read.

        Raises:
            ProtocolError: the data is malformed. What was yielded before was well-formed.
        """
        stream, end = BytesIO(data), len(data)
        while stream.tell() < end:
            yield self.read(stream)

    def read(self, data: BytesIO) -> Message:
        """Return the next message.

        Raises:
            ProtocolError: it is malformed.
        """
        shape = self._coder.read(data, self.limits.max_depth + _WRAPPING, self)
        if type(shape) is not list or not shape:
            raise ProtocolError("a message is an array")
        kind = shape[0]
        reader = self._READERS.get(kind) if type(kind) is int else None
        if reader is None:
            raise ProtocolError(f"unknown kind of message: {integer(kind, 'kind of message')}")
        return reader(self, shape)

    def read_function(self, content: Any) -> Any:
        """Return the function that a tag means: null or [0, handle] or [1, handle] or [1, path]."""
        whose, reference = content if type(content) is list and len(content) == 2 else (None, None)
        if type(whose) is int and whose == 0:
            integer(reference, "handle")
        elif type(whose) is int and whose == 1:
            self._target(reference)
        elif content is not None:
            raise ProtocolError("a function's tag holds null, [0, handle], [1, handle] or [1, path]")
        return self._functions.function(content)

    def read_stream(self, content: Any) -> Any:
        """Return the stream that a tag means, by its number."""
        if not integer(content, "stream"):
            raise ProtocolError("streams are numbered from 1")
        return self._functions.stream(content)

    # Reading shapes. Each begins with the shape it reads.

    def _read_hello(self, shape: list[Any]) -> Hello:  # [0, {version, attempt, token?, received?}]
        length(shape, 2, 2)
        fields = self._fields(shape[1])
        token = fields.get("token")
        if "token" in fields and type(token) is not bytes:
            raise ProtocolError("hello: token is not bytes")
        return Hello(
            integer(fields.get("version"), "version"),
            integer(fields.get("attempt"), "attempt"),
            token,
            integer(fields.get("received", 0), "received"),
        )

    def _read_welcome(self, shape: list[Any]) -> Welcome:
        # [1, {client_id, token, resumed, received, now?, limits, options}]
        length(shape, 2, 2)
        now = shape[1].pop("now", None) if type(shape[1]) is dict else None
        fields = self._fields(shape[1])
        resumed, token = fields.get("resumed"), fields.get("token")
        limits, options = fields.get("limits"), fields.get("options")
        if type(resumed) is not bool or type(token) is not bytes:
            raise ProtocolError("welcome: resumed or token is missing")
        if type(limits) is not dict or type(options) is not dict:
            raise ProtocolError("welcome: limits and options are mappings")
        if not resumed and type(now) is not dict:
            raise ProtocolError("welcome: now is a mapping")
        view = None if resumed else self._value(now, 0)
        received = integer(fields.get("received", 0), "received")
        client_id = text(fields.get("client_id"), "client_id")
        return Welcome(client_id, token, resumed, received, limits, options, view)

    def _read_ack(self, shape: list[Any]) -> Ack:  # [2, count] or [2, count, true]
        if len(shape) == 2:
            return Ack(integer(shape[1], "count"))
        if len(shape) == 3 and shape[2] is True:
            return Ack(integer(shape[1], "count"), True)
        raise ProtocolError("ack has the wrong shape")

    def _read_bye(self, shape: list[Any]) -> Bye:  # [3, code, reason]
        length(shape, 3, 3)
        return Bye(integer(shape[1], "code"), text(shape[2], "reason"))

    def _read_write(self, shape: list[Any]) -> Write:  # [4, [operation, …]]
        length(shape, 2, 2)
        return Write(tuple([self._operation(item) for item in array(shape[1], "operations")]))

    def _operation(self, shape: Any) -> Operation:
        # One of [path], [path, value] and [path, start, delete_count, items]
        if type(shape) is not list or not shape:
            raise ProtocolError("an operation is an array")
        path = self._path(shape[0])
        if len(shape) == 2:
            return Set(path, self._value(shape[1], len(path)))
        if len(shape) == 1:
            return Delete(path)
        if len(shape) != 4:
            raise ProtocolError("an operation has the wrong shape")
        items = self._value(array(shape[3], "items"), len(path))
        return Splice(path, integer(shape[1], "start"), integer(shape[2], "delete_count"), items)

    def _read_call(self, shape: list[Any]) -> Call:  # [5, id, target, args] or [5, id, target, args, {…}]
        if len(shape) != 4:
            return self._read_longer_call(shape)
        _, call_id, target, args = shape
        for arg in array(args, "args"):
            if type(arg) not in SCALARS:
                self._plain(arg, 0)
        return Call(integer(call_id, "id"), self._target(target), args)

    def _read_longer_call(self, shape: list[Any]) -> Call:
        length(shape, 5, 5)
        call = self._read_call(shape[:4])
        extra = self._fields(shape[4], -2)
        kwargs = extra.get("kwargs", {})
        if type(kwargs) is not dict:
            raise ProtocolError("call: kwargs is a mapping")
        deadline = extra.get("deadline")
        if "deadline" in extra and not is_duration(deadline):
            raise ProtocolError("call: deadline is a number of seconds")
        return call._replace(kwargs=kwargs, deadline=deadline)

    def _read_reply(self, shape: list[Any]) -> Reply:  # [6, id, value]
        length(shape, 3, 3)
        return Reply(integer(shape[1], "id"), self._plain(shape[2], 0))

    def _read_fail(self, shape: list[Any]) -> Fail:
        # [7, id, {type, message, path?, missing?, trace?, cause?}]
        length(shape, 3, 3)
        return Fail(integer(shape[1], "id"), self._failure(shape[2], MAX_CAUSES))

    def _failure(self, shape: Any, causes: int) -> Failure:
        # The causes are counted, and the depth of each counts by itself.
        cause = shape.pop("cause", None) if type(shape) is dict else None
        if cause is not None and not causes:
            raise ProtocolError(f"an error has at most {MAX_CAUSES} causes")
        fields = self._fields(shape)
        path = fields.get("path")
        return Failure(
            text(fields.get("type"), "type"),
            text(fields.get("message"), "message"),
            None if path is None else self._path(path),
            optional_text(fields.get("missing"), "missing"),
            optional_text(fields.get("trace"), "trace"),
            None if cause is None else self._failure(cause, causes - 1),
        )

    def _read_cancel(self, shape: list[Any]) -> Cancel:  # [8, id]
        length(shape, 2, 2)
        return Cancel(integer(shape[1], "id"))

    def _read_next(self, shape: list[Any]) -> Next:  # [9, id, [item, …], end]
        length(shape, 4, 4)
        number = integer(shape[1], "id")
        items = self._plain(array(shape[2], "items"), -1)
        end = shape[3] if type(shape[3]) is bool else self._failure(shape[3], MAX_CAUSES)
        return Next(number, items, end)

    def _read_demand(self, shape: list[Any]) -> Demand:  # [10, id, count]
        length(shape, 3, 3)
        return Demand(integer(shape[1], "id"), integer(shape[2], "wanted"))

    def _read_release(self, shape: list[Any]) -> Release:  # [11, [handle, count, …]]
        length(shape, 2, 2)
        numbers = [integer(number, "release") for number in array(shape[1], "loans")]
        if len(numbers) % 2:
            raise ProtocolError("release: a handle without its count")
        return Release(tuple(zip(numbers[::2], numbers[1::2], strict=True)))

    def _read_refuse(self, shape: list[Any]) -> Refuse:  # [12, count, [[index, reason], …]]
        length(shape, 3, 3)
        refusals = []
        for item in array(shape[2], "refusals"):
            if len(array(item, "refusal")) != 2:
                raise ProtocolError("a refusal is an index and a reason")
            refusals.append((integer(item[0], "index"), text(item[1], "reason")))
        return Refuse(integer(shape[1], "count"), tuple(refusals))

    def _read_ready(self, shape: list[Any]) -> Ready:  # [13]
        length(shape, 1, 1)
        return Ready()

    def _read_waiting(self, shape: list[Any]) -> Waiting:  # [14, [id, …], id]
        length(shape, 3, 3)
        calls = tuple([integer(number, "call") for number in array(shape[1], "calls")])
        return Waiting(calls, integer(shape[2], "id"))

    #: The shape readers by kind: one table for all codecs, for one each takes 2 KB.
    _READERS: ClassVar[dict[int, Callable[[Codec, list[Any]], Message]]] = {
        HELLO: _read_hello,
        WELCOME: _read_welcome,
        ACK: _read_ack,
        BYE: _read_bye,
        WRITE: _read_write,
        CALL: _read_call,
        REPLY: _read_reply,
        FAIL: _read_fail,
        CANCEL: _read_cancel,
        NEXT: _read_next,
        DEMAND: _read_demand,
        RELEASE: _read_release,
        REFUSE: _read_refuse,
        READY: _read_ready,
        WAITING: _read_waiting,
    }

    def _target(self, target: Any) -> Target:
        return integer(target, "target") if type(target) is int else self._path(target)

    def _path(self, keys: Any) -> Path:
        if type(keys) is list and len(keys) == 1 and type(keys[0]) is str and keys[0] != PROTOTYPE:
            return (keys[0],)  # the usual case
        if type(keys) is not list or not 0 < len(keys) <= self.limits.max_depth or type(keys[0]) is not str:
            raise ProtocolError("a path is an array of at most max_depth keys, the first of them text")
        for key in keys:
            if type(key) is str:
                if key == PROTOTYPE:
                    raise ProtocolError(f"the key {PROTOTYPE} is refused")
            else:
                integer(key, "index")
        return tuple(keys)

    def _fields(self, value: Any, depth: int = -1) -> dict[str, Any]:
        """Return a mapping of fields: plain data, and so is what nobody knows by name."""
        if type(value) is not dict:
            raise ProtocolError("a mapping is missing")
        fields: dict[str, Any] = self._plain(value, depth)
        return fields

    def _value(self, value: Any, depth: int) -> Value:
        """Return a decoded value as a tree, its keys and depth checked."""
        if type(value) is list:
            self._check_depth(depth)
            return List([self._value(item, depth + 1) for item in value])
        if type(value) is dict:
            self._check_depth(depth)
            check_keys(value)
            return Dict({key: self._value(item, depth + 1) for key, item in value.items()})
        if value is not THEIRS:
            check_scalar(value)
        if isinstance(value, BorrowedFunction):
            raise ProtocolError("a function in the namespace is called by its place, not lent")
        return value

    def _plain(self, value: Any, depth: int) -> Any:
        """Return the decoded value itself, its keys and depth checked; ``-1`` for args around values."""
        kind = type(value)
        if kind in SCALARS:
            return value
        if kind is list:
            self._check_depth(depth)
            for item in value:
                if type(item) not in SCALARS:  # most are; a call for each would cost more than reading it
                    self._plain(item, depth + 1)
        elif kind is dict:
            self._check_depth(depth)
            check_keys(value)
            for item in value.values():
                if type(item) not in SCALARS:
                    self._plain(item, depth + 1)
        elif not isinstance(value, Streamed):
            check_scalar(value)
        return value

    def _check_depth(self, depth: int) -> None:
        if depth >= self.limits.max_depth:
            raise ProtocolError(f"nested deeper than max_depth={self.limits.max_depth}")
