"""What a link has received and not handled yet: from bytes to messages."""

from __future__ import annotations

from collections import deque
from io import BytesIO

from ..core.codec import Codec
from ..core.errors import ProtocolError
from ..core.messages import Message
from . import websocket
from .websocket import Closed, Ping, Pong


class Inbox:
    """The messages of one link, in their order. Used by whoever reads the link, one at a time."""

    def __init__(self, max_message: int) -> None:
        """
        Args:
            max_message: the most bytes of a WebSocket message.
        """
        self._frames = websocket.FrameReader(max_message=max_message)
        #: WebSocket messages that were not begun, and the close frame.
        self._received: deque[bytes | Closed] = deque()
        #: What is left of the one that was begun, None for nothing; and where it ends.
        self._begun: BytesIO | None = None
        self._end = 0
        #: What was wrong with what came after all of them.
        self._fault: ProtocolError | None = None

    def __bool__(self) -> bool:
        return bool(self._received or self._begun is not None)

    @property
    def max_message(self) -> int:
        """The most bytes of a WebSocket message; may be raised."""
        return self._frames.max_message

    @max_message.setter
    def max_message(self, size: int) -> None:
        self._frames.max_message = size

    def add(self, data: bytes) -> list[Ping | Pong]:
        """Take more bytes; return the pings and pongs among them, which wait for nothing.

        Raises:
            ProtocolError: they break the rules, and nothing came before that.
        """
        control: list[Ping | Pong] = []
        for event in self._frames.feed(data):
            if isinstance(event, websocket.Message):
                if event.text and self._fault is None:
                    self._fault = ProtocolError("a text message; this protocol is binary", 1003)
                elif self._fault is None:
                    self._received.append(event.data)
            elif isinstance(event, Closed):
                self._received.append(event)
            else:
                control.append(event)
        # What came before a fault is handled first.
        self._fault = self._fault or self._frames.fault
        return control

    def next(self, codec: Codec) -> Message | Closed | None:
        """Return the next message, decoded only now; None if there is none.

        Raises:
            ProtocolError: it is malformed, or it has not come for what stands in its place breaks the rules.
        """
        begun = self._begun
        if begun is None:
            if not self._received:
                if self._fault is not None:
                    raise self._fault
                return None
            data = self._received.popleft()
            if isinstance(data, Closed):
                return data
            if not data:
                raise ProtocolError("a WebSocket message holds one message at least")
            begun, self._end = BytesIO(data), len(data)
        message = codec.read(begun)
        self._begun = begun if begun.tell() < self._end else None
        return message
