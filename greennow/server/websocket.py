"""RFC 6455 without I/O: frames in, frames out.

Bytes and values only, so that one file serves the link, the tests and any server that hands
over a socket. No extensions: a set reserved bit is an error. Numbers like 5.3 are the RFC's sections.
"""

from __future__ import annotations

import os
from codecs import utf_8_decode
from typing import NamedTuple, TypeAlias

from ..core.errors import ProtocolError

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

#: What stands in `Closed` for a close frame without a code; never sent (7.4.1).
NO_CODE = 1005

#: Bits of a frame's first byte; the low half is the opcode, and this bit of it marks control frames.
_FINAL, _RESERVED, _OPCODE, _CONTROL = 0x80, 0x70, 0x0F, 0x08

#: The first byte of a binary message in one frame.
_USUAL = _FINAL | BINARY

#: The mask bit of a frame's second byte; the rest is the length, or says how many bytes hold it.
_MASKED, _LENGTH, _SHORT, _IN_2_BYTES, _IN_8_BYTES = 0x80, 0x7F, 125, 126, 127

#: A fragment costs time but no memory, so this bounds how long empty ones can keep a message
#: from ending. Autobahn, the conformance suite, cuts 4 MiB into pieces of 64 bytes.
_MAX_FRAGMENTS = 131_072

#: Longer data is masked in blocks of so many bytes, which stay in the processor's nearest cache.
_BLOCK = 8192

#: Bound once: finding the method costs a third of masking a short frame.
_integer = int.from_bytes


class Message(NamedTuple):
    """A whole message; ``text`` says that the data is UTF-8, which has been checked."""

    data: bytes
    text: bool


class Ping(NamedTuple):
    """To be answered with a pong of the same data."""

    data: bytes


class Pong(NamedTuple):
    """The answer to a ping, or one that nobody asked for."""

    data: bytes


class Closed(NamedTuple):
    """The other end's close frame; ``code`` is `NO_CODE` where it gave none."""

    code: int
    reason: str


Event: TypeAlias = "Message | Ping | Pong | Closed"


def header(length: int, opcode: int = BINARY, *, masked: bool = False) -> bytes:
    """Return what stands before a payload, or its mask, of ``length`` bytes that is a whole message."""
    first, bit = _FINAL | opcode, _MASKED if masked else 0
    if length <= _SHORT:
        return bytes((first, bit | length))
    if opcode & _CONTROL:
        raise ValueError(f"a control frame holds at most {_SHORT} bytes, not {length}")
    if length < 1 << 16:
        return bytes((first, bit | _IN_2_BYTES, length >> 8, length & 0xFF))
    return bytes((first, bit | _IN_8_BYTES)) + length.to_bytes(8, "big")


def frame(data: bytes, opcode: int = BINARY) -> bytes:
    """Return a server's frame of a whole message."""
    length = len(data)
    return (bytes((_FINAL | opcode, length)) if length <= _SHORT else header(length, opcode)) + data


def masked_frame(data: bytes, opcode: int = BINARY, mask: bytes | None = None) -> bytes:
    """Return a client's frame of a whole message; where no mask is given, it is random (5.3)."""
    key = os.urandom(4) if mask is None else mask
    return header(len(data), opcode, masked=True) + key + apply_mask(data, key)


def close_payload(code: int, reason: str = "") -> bytes:
    """Return what a close frame holds; the reason is cut to what fits, between two characters.

    Raises:
        ValueError: the code may not be sent. (`NO_CODE` may be given: it makes an empty payload.)
    """
    if code == NO_CODE:
        return b""
    if not _may_be_sent(code):
        raise ValueError(f"{code} is no close code that may be sent")
    encoded = reason.encode("utf-8", "replace")[: _SHORT - 2]
    return code.to_bytes(2, "big") + encoded.decode("utf-8", "ignore").encode()


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a server's close frame; see `close_payload`."""
    return frame(close_payload(code, reason), CLOSE)


def _may_be_sent(code: int) -> bool:
    # 7.4: 1004 is reserved, 1005 and 1006 mean that no code came, 1015 that TLS failed.
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


def apply_mask(data: bytes, mask: bytes) -> bytes:
    """Return the data masked with these four bytes or, which is the same, unmasked; with none, as it is."""
    length = len(data)
    if not mask:
        return data
    if length > _BLOCK:
        return _mask_blocks(data, mask, length - length % _BLOCK)
    masks = (mask * ((length + 3) >> 2))[:length]
    return (_integer(data, "little") ^ _integer(masks, "little")).to_bytes(length, "little")


def _mask_blocks(data: bytes, mask: bytes, end: int) -> bytes:
    """Mask the blocks up to the end of the last whole one, and the rest."""
    masks = _integer(mask * (_BLOCK // 4), "little")
    blocks = (_integer(data[at : at + _BLOCK], "little") ^ masks for at in range(0, end, _BLOCK))
    masked = [block.to_bytes(_BLOCK, "little") for block in blocks]
    return b"".join([*masked, apply_mask(data[end:], mask)])


class FrameReader:
    """What one end of a connection says, from its bytes, however they were cut on the way.

    Called by whoever reads the link, one at a time. Holds no more than one message under way, of
    at most ``max_message`` bytes, and the beginning of one header or control frame.

    Args:
        masked: the other end is a client, so its frames must be masked; else they must not be (5.1).

    Attributes:
        max_message: the most bytes of a message; may be raised between two calls of `feed`.
        fault: what broke the rules, once something has; what comes after it is not looked at.
    """

    def __init__(self, *, max_message: int, masked: bool = True) -> None:
        self.fault: ProtocolError | None = None
        self.max_message = max_message
        #: What the mask bit of every frame has to be, and how many bytes of mask follow the length.
        self._mask_bit, self._mask_size = (_MASKED, 4) if masked else (0, 0)
        #: A close frame has come: nothing after it means anything (5.5.1).
        self._closed = False
        #: The beginning of a header or of a control frame.
        self._rest = b""
        #: Of the data frame under way: the bytes to come, their mask, and whether it ends its message.
        self._missing, self._mask, self._final = 0, b"", False
        self._forget_message()

    def _forget_message(self) -> None:
        #: Of the message under way: its opcode (0, a continuation's, for none), and data and frames so far.
        self._opcode, self._data, self._fragments = CONTINUATION, bytearray(), 0
        #: Of a text, the beginning of a character whose end is to come.
        self._character = b""

    def feed(self, data: bytes) -> list[Event]:
        """Return what the data, after all that came before it, completes.

        Nothing valid is lost to a fault behind it: events ahead of one are returned, and ``fault``
        is set. So handle the events, then look at ``fault``. Data after a close frame is ignored.

        Raises:
            ProtocolError: the data completes nothing before it breaks the rules, or an earlier
                call met the fault. Answer with a close frame of its code.
        """
        if self.fault is not None:
            raise ProtocolError(self.fault.reason, self.fault.code)
        events: list[Event] = []
        if self._closed:
            return events
        try:
            self._rest = self._read(self._rest + data if self._rest else data, events)
        except ProtocolError as error:
            # A copy: the traceback of the one raised leads back here, which only the collector could free.
            self.fault = ProtocolError(error.reason, error.code)
            if not events:
                raise
        return events

    def _read(self, data: bytes, events: list[Event]) -> bytes:
        """Append what the data completes; returns the rest, to be given again with more behind it."""
        at, end = self._missing, len(data)
        if at:
            self._add(data[:at], events)
        mask_bit, mask_size = self._mask_bit, self._mask_size
        header_size, shortest, longest = 2 + mask_size, mask_bit, mask_bit + min(_SHORT, self.max_message)
        while end - at >= 2:
            first, second = data[at], data[at + 1]
            if first == _USUAL and shortest <= second <= longest and not self._opcode:
                # Nearly every frame; what comes below costs half as much again as all else here.
                start = at + header_size
                stop = start + second - mask_bit
                if stop <= end:
                    events.append(Message(apply_mask(data[start:stop], data[at + 2 : start]), False))
                    at = stop
                    continue
            opcode = first & _OPCODE
            start, stop = self._read_header(data, at, end)
            if not start or (first & _CONTROL and stop > end):
                break
            mask = data[start - mask_size : start]
            if stop <= end and first & _FINAL and (not self._opcode or first & _CONTROL):
                events.append(_event(opcode, apply_mask(data[start:stop], mask)))
                if opcode == CLOSE:
                    self._closed = True
                    return b""
            else:
                self._begin_frame(first, stop - start, mask)
                self._add(data[start:stop], events)
            at = stop
        return data[at:]

    def _read_header(self, data: bytes, at: int, end: int) -> tuple[int, int]:
        """Judge the header there; returns where its payload begins (0: not all is here) and ends."""
        first, second = data[at], data[at + 1]
        if first in _FAULTS:
            raise ProtocolError(_FAULTS[first])
        if second & _MASKED != self._mask_bit:
            raise ProtocolError("a frame is masked" if second & _MASKED else "a frame is not masked")
        start, length = at + 2, second & _LENGTH
        if length > _SHORT:
            if first & _CONTROL:
                raise ProtocolError("a control frame is too long")
            start += 2 if length == _IN_2_BYTES else 8
            if start > end:
                return 0, 0
            length = _long_length(data[at + 2 : start])
        if not first & _CONTROL:
            if (not first & _OPCODE) is (not self._opcode):
                raise ProtocolError("a message inside another" if self._opcode else "nothing to continue")
            if len(self._data) + length > self.max_message:
                raise ProtocolError(f"a message is longer than {self.max_message} bytes", 1009)
        start += self._mask_size
        return (start, start + length) if start <= end else (0, 0)

    def _begin_frame(self, first: int, length: int, mask: bytes) -> None:
        """Begin a data frame that is a fragment, or of which not all has come."""
        if self._fragments == _MAX_FRAGMENTS:
            raise ProtocolError(f"a message has more than {_MAX_FRAGMENTS} fragments", 1009)
        self._fragments += 1
        self._opcode = self._opcode or first & _OPCODE
        self._missing, self._mask, self._final = length, mask, bool(first & _FINAL)

    def _add(self, piece: bytes, events: list[Event]) -> None:
        """Add more of the data frame under way; the last of its bytes may end the message."""
        turn = len(piece) & 3
        payload = apply_mask(piece, self._mask)
        self._mask = self._mask[turn:] + self._mask[:turn]
        self._missing -= len(piece)
        ended = self._final and not self._missing
        if self._opcode == TEXT:
            # Checked as it comes, wherever frames and packets end: a bad text is not waited for.
            undecided = self._character + payload
            self._character = undecided[_decode(undecided, "a text message", ended)[1] :]
        self._data += payload
        if ended:
            events.append(Message(bytes(self._data), self._opcode == TEXT))
            self._forget_message()


def _fault_of(first: int) -> str:
    opcode = first & _OPCODE
    if first & _RESERVED:
        return "a reserved bit is set"
    if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
        return f"the opcode {opcode} is reserved"
    if opcode & _CONTROL and not first & _FINAL:
        return "a control frame is fragmented"
    return ""


#: First bytes that no frame may begin with, and why.
_FAULTS = {first: fault for first in range(256) if (fault := _fault_of(first))}


def _long_length(encoded: bytes) -> int:
    length = _integer(encoded, "big")
    if length >> 63:
        raise ProtocolError("the top bit of a length is set")
    if length <= _SHORT or (len(encoded) == 8 and length < 1 << 16):
        raise ProtocolError("a length is not in its shortest form")
    return length


def _event(opcode: int, payload: bytes) -> Event:
    """Return what a frame means that is alone and whole."""
    if opcode == BINARY:
        return Message(payload, False)
    if opcode == TEXT:
        _decode(payload, "a text message")
        return Message(payload, True)
    if opcode == CLOSE:
        return _closed(payload)
    return Ping(payload) if opcode == PING else Pong(payload)


def _closed(payload: bytes) -> Closed:
    if not payload:
        return Closed(NO_CODE, "")
    code = _integer(payload[:2], "big")  # of a payload of one byte: too low, as it should be
    if not _may_be_sent(code):
        raise ProtocolError("a close frame has no proper code")
    return Closed(code, _decode(payload[2:], "the reason of a close frame")[0])


def _decode(encoded: bytes, what: str, ended: bool = True) -> tuple[str, int]:
    """Return the text and how many bytes make it up: all, unless more is to come."""
    try:
        return utf_8_decode(encoded, "strict", ended)
    except UnicodeDecodeError:
        raise ProtocolError(f"{what} is not UTF-8", 1007) from None
