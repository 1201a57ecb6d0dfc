"""A conversation that outlives its links: counting, acknowledging, keeping, resending, conflating.

Both ends number the counted messages of a session, separately for each direction, without ever sending a
number. What the other end has not acknowledged is kept and, on a new link, sent again. So calls, replies,
writes and releases arrive exactly once and in order over any number of links.

Invariants:

- Beside each message in the send buffer stands the number of the other end's last *write* that had been
  applied when it was queued. An ack of that number goes out just ahead of the message whenever it is higher
  than the last ack sent on this link, on a resend as well. So an ack says what had been applied *at that
  place* of the stream; the client's replica depends on it. What is processed besides writes changes no
  replica, and is acknowledged when there has been enough of it.
- While the other end cannot be told (no link, or one that is full), changes of the tree are conflated: only
  their paths are kept. The values are those of the moment at which the next other message is queued, or the
  link can take more. Only what no link was given may be conflated; all that is no write ends it.
- What is kept is what stands in the queues here and then, for a member of an audience, in its log from
  ``joined_at`` on. A member's own queue of what waits is empty, and it applies no write as one.
- A buffer that grows beyond its bound ends the session; it never makes anybody wait.

The owner pulls: a link asks `take` for what to send. A session does no I/O and knows no time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from .carriers import ACKNOWLEDGE_AFTER, JOINED, OF_BUFFER, Audience, Link
from .errors import LimitExceeded, ProtocolError
from .limits import Limits
from .messages import Ack
from .paths import Path
from .pathset import PathSet

#: What an idle session keeps: nothing waits, and all that was given is acknowledged. Two empty deques take
#: 1.5 KB, a quarter of what an idle client does.
_NOTHING: Any = ()


class Session:
    """One end's half of a session."""

    def __init__(
        self,
        limits: Limits,
        encode_ack: Callable[[Ack], bytes],
        changed_values: Callable[[Iterable[Path]], list[bytes]],
        overflowed: Callable[[str], None],
    ) -> None:
        """
        Args:
            limits: bounds the buffers.
            encode_ack: makes the bytes of an ack.
            changed_values: makes the write messages that give these paths the values they have now.
            overflowed: called with the name of the limit when a buffer is full: the session is to end.
        """
        self.use(limits)
        self._encode_ack = encode_ack
        self._changed_values = changed_values
        self._overflowed = overflowed
        #: The link in use, if any.
        self.link: Link | None = None
        #: Does the link take nothing at the moment?
        self.is_blocked = False
        #: Those together with whom it is told things, if any; the number of their first that is not here.
        self.audience: Audience | None = None
        self.joined_at = 0
        #: How many of the other end's messages were processed (all but writes are counted by the peer); the
        #: number of the last write among them.
        self.processed = self._applied = 0
        #: How many counted messages were queued here; how many of all the other end has acknowledged.
        self._sent = self.acked = 0
        #: Given to the link, not acknowledged: bytes, and the last write applied at that time; their size.
        self._given: deque[tuple[bytes, int]] = _NOTHING
        self._given_size = 0
        #: Not yet given to the link, likewise.
        self._waiting: deque[tuple[bytes, int]] = _NOTHING
        self._waiting_size = 0
        #: How many of our first messages are no longer kept: acknowledged, or dropped as too many.
        self._forgotten = 0
        #: The count of the last ack sent on this link.
        self._acked_on_link = 0
        #: Is an ack to be sent even if nothing else is? Does it ask for the other end's?
        self._ack_is_due = self._ack_is_wanted = False
        #: Bytes that arrived since the last ack.
        self._unacked_size = 0
        #: Paths of the tree that the other end is to be told of, or None while nothing is conflated.
        self._conflated: PathSet | None = None

    def use(self, limits: Limits) -> None:
        """Go by these limits from now on."""
        self.limits = limits
        #: With so many bytes since the last ack, one is due.
        self._enough = min(ACKNOWLEDGE_AFTER, limits.resume_buffer // OF_BUFFER)

    def __repr__(self) -> str:
        state = "no link" if self.link is None else "blocked" if self.is_blocked else "linked"
        counts = f"sent {self.sent}, unacknowledged {self.in_flight}, processed {self.processed}"
        return f"<Session {state}, {counts}>"

    @property
    def is_conflating(self) -> bool:
        """Are writes to be given as paths (`conflate`) rather than as messages?

        Those after a conflated one join it until it is sent: its values are then of a moment after theirs.
        """
        return self._conflated is not None or self.link is None or self.is_blocked

    @property
    def sent(self) -> int:
        """How many counted messages were queued or, in the audience, given."""
        return self._sent + (0 if self.audience is None else self.audience.given - self.joined_at)

    @property
    def in_flight(self) -> int:
        """How many of our messages the other end may not have processed."""
        in_audience = 0 if self.audience is None else len(self.audience.messages)
        return self.sent - self.acked + in_audience + (1 if self._conflated else 0)

    @property
    def kept(self) -> int:
        """How many bytes are kept for the other end."""
        in_audience = 0 if self.audience is None else self.audience.size_since(self.joined_at)
        return self._given_size + self.waiting + in_audience

    @property
    def waiting(self) -> int:
        """How many bytes of these the link was not given yet."""
        return self._waiting_size + (0 if self.audience is None else self.audience.size)

    @property
    def conflated(self) -> int:
        """How many changed paths are remembered in place of writes."""
        return 0 if self._conflated is None else len(self._conflated)

    def send(self, data: bytes) -> int:
        """Queue an encoded counted message; return its number."""
        if self.audience is not None:
            self.leave()
        if self._conflated is not None:
            self._end_conflation()
        return self._queue(data)

    def conflate(self, paths: Iterable[Path]) -> None:
        """Remember that the tree changed at these paths; the values are asked for later."""
        if self.audience is not None:
            self.leave()
        self._conflated = self._conflated or PathSet()
        for path in paths:
            self._conflated.add(path)
        if len(self._conflated) > self.limits.max_names:
            self._overflowed("send_buffer")

    def _end_conflation(self) -> None:
        paths, self._conflated = self._conflated or (), None
        try:
            values = self._changed_values(paths)
        except LimitExceeded as error:  # grown by small writes beyond what one message holds
            self._overflowed(error.limit)
            return
        for data in values:
            self._queue(data)

    def _queue(self, data: bytes) -> int:
        if self._waiting is _NOTHING:
            self._waiting = deque()
        is_first = not self._waiting
        self._waiting.append((data, self._applied))
        self._waiting_size = size = self._waiting_size + len(data)
        self._sent += 1
        if self.link is None:
            if size + self._given_size > self.limits.resume_buffer:
                self._overflowed("resume_buffer")
        elif size > self.limits.send_buffer:
            self._overflowed("send_buffer")
        elif is_first or size >= JOINED:
            self.link.wake()
        return self._sent

    def block(self) -> None:
        """The link takes nothing at the moment."""
        if self.audience is not None:
            self.leave()
        self.is_blocked = True

    # What is said to many at once.

    def join(self, audience: Audience) -> bool:
        """Be told things together with others from now on; return False if something speaks against it."""
        is_told_paths = self.link is None or self.is_blocked or self._conflated is not None
        owes = self._ack_is_due or self._applied > self._acked_on_link
        if is_told_paths or owes or self._waiting:
            return False
        if self.audience is not None:
            if self.audience.messages:
                return False
            self.leave()
        self.audience, self.joined_at = audience, audience.given
        return True

    def leave(self) -> None:
        """Be told each thing by itself from now on; what was said to all is queued here."""
        self.catch_up()
        audience, self.audience = self.audience, None
        if audience is not None:
            for data in audience.messages:
                self._queue(data)
            audience.left_by(self)

    def catch_up(self) -> None:
        """What the link was given as a member of the audience is kept here, no longer there.

        Most is acknowledged before that is needed: it is kept once for all, and costs a member nothing.
        """
        audience = self.audience
        if audience is None or audience.given == self.joined_at:
            return
        if self._given is _NOTHING:
            self._given = deque()
        self._given.extend(audience.entries(self.joined_at, self._applied))
        self._given_size += audience.size_since(self.joined_at)
        self._sent += audience.given - self.joined_at
        self.joined_at = audience.given
        self._forget_beyond_bound()

    # What the link sends.

    @property
    def has_to_send(self) -> bool:
        """Would `take` return something?"""
        return bool(
            self._waiting
            or self._ack_is_due
            or self._conflated is not None
            or (self.audience is not None and self.audience.messages)
        )

    @property
    def much_waits(self) -> bool:
        """Does a whole message for the link wait, so that it need not wait for more?"""
        return self._waiting_size >= JOINED

    def take(self) -> bytes:
        """Return what the link is to send now as one WebSocket message; empty if nothing."""
        if self.audience is not None and self.audience.messages:
            self.leave()
        if self._conflated is not None:
            self._end_conflation()
        if not self._waiting and not self._ack_is_due:
            return b""
        parts = self._give_waiting()
        if self._ack_is_due and not self._waiting:
            parts.append(self._ack(self.processed, self._ack_is_wanted))
            self._ack_is_due = self._ack_is_wanted = False
        if self._given_size > self.limits.resume_buffer:
            self._forget_beyond_bound()
        return b"".join(parts)

    def _give_waiting(self) -> list[bytes]:
        """Return what waits, as far as one message for the link holds it, with the acks ahead of it."""
        waiting = self._waiting
        if not waiting:
            return []
        if self._given is _NOTHING:
            self._given = deque()
        given = self._given
        if self._waiting_size <= JOINED and waiting[-1][1] <= self._acked_on_link:
            # All of it, and no ack in between: nearly always, and a fifth of the work.
            parts = [data for data, _ in waiting]
            given.extend(waiting)
            self._given_size += self._waiting_size
            self._waiting_size = 0
            waiting.clear()
            return parts
        parts, length = [], 0
        while waiting and (length == 0 or length + len(waiting[0][0]) <= JOINED):
            entry = waiting.popleft()
            data, applied = entry
            if applied > self._acked_on_link:
                parts.append(self._ack(applied, False))
                length += len(parts[-1])
            parts.append(data)
            length += len(data)
            given.append(entry)
            self._waiting_size -= len(data)
            self._given_size += len(data)
        return parts

    def _ack(self, count: int, wanted: bool) -> bytes:
        self._acked_on_link = count
        if count == self.processed:
            self._unacked_size = 0
        return self._encode_ack(Ack(count, wanted))

    def _forget_beyond_bound(self) -> None:
        """A link that works carries more than is kept: it can no longer be resumed from there."""
        while self._given_size > self.limits.resume_buffer:
            self._given_size -= len(self._given.popleft()[0])
            self._forgotten += 1

    # What arrives.

    def arrived(self, size: int) -> None:
        """So many bytes of the other end's have arrived, and are processed next."""
        self._unacked_size += size
        if self._unacked_size > self._enough and self.owes_ack:
            self.acknowledge()

    def count_applied(self) -> None:
        """One more was processed, and it was a write: what is said from now on builds on it."""
        if self.audience is not None:
            self.leave()  # what was said before has the number of before beside it
        self.processed += 1
        self._applied = self.processed

    @property
    def owes_ack(self) -> bool:
        """Has anything been processed that the other end was not told of?"""
        return self.link is not None and self.processed > self._acked_on_link

    @property
    def owes_ack_of_write(self) -> bool:
        """Is a write among that? The other end shows it as its own until it is told."""
        return self.link is not None and self._applied > self._acked_on_link

    def acknowledge(self, *, wanted: bool = False) -> None:
        """Send an ack soon; with ``wanted`` it asks the other end for its own at once."""
        if self.audience is not None:
            self.leave()
        self._ack_is_due = True
        self._ack_is_wanted = self._ack_is_wanted or wanted
        if self.link is not None:
            self.link.wake()

    def acknowledged(self, count: int) -> None:
        """The other end has processed so many of our messages: forget them.

        Raises:
            ProtocolError: it was never sent as many.
        """
        given = self.sent - len(self._waiting)
        if count > given:
            raise ProtocolError(f"ack of {count} messages, but {given} were sent")
        self.acked = max(self.acked, count)
        for _ in range(self._forgotten, min(count, self._sent)):
            self._given_size -= len(self._given.popleft()[0])
            self._forgotten += 1
        if count > self._sent:  # the audience keeps these: no longer for this one
            self.joined_at += count - self._sent
            self._forgotten = self._sent = count
        if not self._given and not self._waiting:
            self._given = self._waiting = _NOTHING

    # Links come and go.

    def can_resume(self, received: int) -> bool:
        """Is everything kept that an end which processed ``received`` of our messages lacks?"""
        return self._forgotten <= received <= self.sent - len(self._waiting)

    def attach(self, link: Link, received: int) -> None:
        """Go on over a new link; the other end has processed ``received`` of our messages.

        Call `can_resume` first, and `detach` the old link before ``received`` is taken.
        """
        kept = (*self._given, *self._waiting)
        self._waiting = deque(kept) if kept else _NOTHING
        self._waiting_size += self._given_size
        self._given, self._given_size = _NOTHING, 0
        for _ in range(self._forgotten, received):
            self._waiting_size -= len(self._waiting.popleft()[0])
        self._forgotten = max(self._forgotten, received)
        self.acked = max(self.acked, received)
        self.link = link
        self.is_blocked = False
        self._acked_on_link = 0
        self._ack_is_due = self.processed > 0
        if self.has_to_send:
            link.wake()

    def detach(self) -> None:
        """The link is gone; nothing more arrives over it."""
        if self.audience is not None:
            self.leave()
        self.link = None
        self.is_blocked = False
        if self._conflated is not None:
            self._end_conflation()

    def end(self) -> None:
        """The session is over: nothing is kept for anybody who may still hold it."""
        audience, self.audience = self.audience, None
        if audience is not None:
            audience.left_by(self)
        self.link = self._conflated = None
        self.is_blocked = False
        self._given = self._waiting = _NOTHING
        self._given_size = self._waiting_size = 0
