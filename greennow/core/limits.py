"""What one end lets the other cost it."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Bounds of one session; the server's options set them, ``welcome`` tells the client.

    Attributes:
        max_message: bytes of one message. Stops announced sizes that would fill the memory.
        max_depth: how deep values nest. Stops recursion (cbor2 dies at some thousands).
        max_names: names that one client holds, and paths it is to be told of. Stops trees without end.
        max_callbacks: functions lent to one client and not returned. Stops floods of callbacks.
        max_calls: calls of one client under way. Stops floods of waiting handlers.
        callback_timeout: seconds after which a lent function is let go of; None: never. Stops callbacks that
            nobody returns.
        resume_buffer: bytes kept for a peer whose link is gone. Stops the memory that waits for nobody.
        send_buffer: bytes kept for a peer that reads too slowly. Stops the memory that waits for a sloth.
        max_incoming: bytes of one WebSocket message that this end takes.
        max_borrowed: functions that this end borrows from the other. Stops floods of callbacks, too.
    """

    max_message: int = 1_048_576
    max_depth: int = 32
    max_names: int = 10_000
    max_callbacks: int = 10_000
    max_calls: int = 1_000
    callback_timeout: float | None = None
    resume_buffer: int = 1_048_576
    send_buffer: int = 4_194_304
    max_incoming: int = 1_048_576
    max_borrowed: int = 10_000
