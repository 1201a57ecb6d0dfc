"""CBOR, as much of it as the protocol allows: definite lengths, text keys, the tags 0, 2, 3, 33000 and 33001.

Limits are checked while decoding, by cbor2 itself: sizes before memory is spent, depth before recursion,
no indefinite lengths, no duplicate or colliding keys. What cbor2 would be lenient about is decided here:
it knows tags that compile regular expressions or build cycles, and reads moments that JavaScript does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any, NoReturn, Protocol

import cbor2

from .errors import ProtocolError
from .escaping import one_line

#: Marks a function; its content says whose and which.
FUNCTION_TAG = 33000

#: Marks a stream; its content is the number of it.
STREAM_TAG = 33001

#: Marks a moment; its content is RFC 3339 text.
_MOMENT_TAG = 0

#: RFC 3339, up to microseconds. What is out of range, ``datetime`` refuses.
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:[Zz]|([+-])(\d\d):([0-5]\d))", re.ASCII
)


class Tags(Protocol):
    """What the tags of a message mean that are the protocol's own."""

    def read_function(self, content: Any) -> Any:
        """Return the function that the content of a tag means."""

    def read_stream(self, content: Any) -> Any:
        """Return the stream that the content of a tag means."""


class Coder:
    """Encodes and decodes with one encoder and one decoder of cbor2: to make one costs more than a message.

    Both are out of reach while they are in use: what comes in between, from another thread or from a
    destructor, makes its own.
    """

    def __init__(self) -> None:
        #: Encodes what holds no functions; that is seen when it comes to one.
        self._encoder: cbor2.CBOREncoder | None = None
        #: What decoded last.
        self._decoder: _Decoder | None = None

    def encode(self, value: Any, tag: Callable[[Any], tuple[int, Any]]) -> bytes:
        """Return the value as bytes.

        Args:
            value: data, with functions and streams in it.
            tag: gives the tag for a function or stream, and the content of it.
        """
        encoder, self._encoder = self._encoder or cbor2.CBOREncoder(BytesIO()), None
        try:
            return encoder.encode_to_bytes(value)
        except cbor2.CBOREncodeError:
            return _encode_tagged(value, tag)
        finally:
            self._encoder = encoder

    def read(self, data: BytesIO, max_nesting: int, tags: Tags) -> Any:
        """Return the next value.

        Args:
            data: where values stand back to back.
            max_nesting: how many arrays, mappings and tags may be within each other.
            tags: what those of the protocol's own mean.

        Raises:
            ProtocolError: it is malformed, or passes a limit.
        """
        decoder, self._decoder = self._decoder, None
        if decoder is None or decoder.max_nesting != max_nesting:
            decoder = _Decoder(max_nesting)
        decoder.cbor2.fp, decoder.meanings.tags = data, tags
        try:
            value = decoder.cbor2.decode()
        except Exception as error:  # whatever cbor2 and its hooks raise, the input is at fault
            raise _fault(error) from error
        finally:
            decoder.meanings.tags = None
        self._decoder = decoder  # one that met a fault is not used again: cbor2 may panic
        return value


def _encode_tagged(value: Any, tag: Callable[[Any], tuple[int, Any]]) -> bytes:
    def encode_tag(encoder: cbor2.CBOREncoder, function: Any) -> None:
        encoder.encode(cbor2.CBORTag(*tag(function)))

    return cbor2.dumps(value, default=encode_tag)


class _Meanings:
    """What the tags of the value that is being read mean.

    cbor2 hides its hook from the garbage collector, so what leads from there to a session could never be
    freed: in between it leads nowhere.
    """

    __slots__ = ("tags",)

    def __init__(self) -> None:
        self.tags: Tags | None = None

    def decode(self, tag: cbor2.CBORTag, immutable: bool) -> Any:
        assert self.tags is not None
        if tag.tag == FUNCTION_TAG:
            return self.tags.read_function(_content(tag.value))
        if tag.tag == STREAM_TAG:
            return self.tags.read_stream(_content(tag.value))
        return _refuse_tag(tag, immutable)


class _Decoder:
    """Reads values one after the other."""

    __slots__ = ("cbor2", "max_nesting", "meanings")

    def __init__(self, max_nesting: int) -> None:
        self.max_nesting = max_nesting
        self.meanings = _Meanings()
        self.cbor2 = cbor2.CBORDecoder(
            BytesIO(),
            tag_hook=self.meanings.decode,
            semantic_decoders=_TAGS,
            max_depth=max_nesting,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
        )


def unsigned(number: int) -> bytes:
    """Return a whole number that is not negative as bytes."""
    if number < 0x18:
        return bytes((number,))
    if number < 1 << 8:
        return bytes((0x18, number))
    if number < 1 << 16:
        return bytes((0x19, number >> 8, number & 0xFF))
    return b"\x1a" + number.to_bytes(4, "big") if number < 1 << 32 else b"\x1b" + number.to_bytes(8, "big")


def _content(value: Any) -> Any:
    """Inside a tag cbor2 decodes arrays to tuples."""
    if isinstance(value, (tuple, list)):
        return [_content(item) for item in value]
    return value


def _decode_moment(text: Any, immutable: bool) -> datetime:
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ProtocolError("a moment is RFC 3339 text with an offset")
    *local, fraction, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    year, month, day, hour, minute, second = map(int, local)
    microsecond = int((fraction or "").ljust(6, "0"))
    zone = timezone(-offset if sign == "-" else offset)
    return datetime(year, month, day, hour, minute, second, microsecond, zone)


def _refuse_tag(value: Any, immutable: bool) -> NoReturn:
    raise ProtocolError("this tag is not allowed")


#: Every tag that cbor2 decodes by itself, but 2 and 3 (large integers).
_TAGS: dict[int, Callable[[Any, bool], Any]] = dict.fromkeys(
    (1, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799), _refuse_tag
) | {_MOMENT_TAG: _decode_moment}


def _fault(error: BaseException) -> ProtocolError:
    """The innermost fault: cbor2 wraps what its hooks raise. What passes a limit is not malformed."""
    cause = error.__cause__ or error
    if not isinstance(cause, ProtocolError):
        return ProtocolError(f"malformed CBOR: {type(cause).__name__}: {one_line(str(cause))}")
    return cause if cause.code == 4008 else ProtocolError(f"malformed CBOR: {cause.reason}")
