"""The streams of one session: those of theirs that we read, and those of ours that they do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol
from weakref import WeakSet, WeakValueDictionary

from .calls import name_of
from .errors import Disconnected, LimitExceeded, ProtocolError
from .failures import error_of
from .limits import Limits
from .messages import Demand, Failure, Message, Next, Target
from .paths import Path
from .production import Production, Studio
from .reply import Reply
from .stream import Stream
from .timers import Timer
from .values import share

#: What a session has that was never sent a stream, which is nearly every one: nothing, in both forms. Of its
#: own they would take 1.5 KB.
_NO_STREAMS: WeakValueDictionary[int, Stream] = WeakValueDictionary()
_NOTHING: deque[Any] = deque(maxlen=0)


class Stage(Studio, Protocol):
    """The end that a session is one of."""

    #: The generators that were sent from here, to whomever: each only once.
    sent_items: WeakSet[Any]

    def new_reply(self) -> Reply:
        """Return a reply that this end's code can wait for."""

    def release_soon(self) -> None:
        """Have the peer release its garbage soon. Called by destructors, anywhere: it takes no lock."""

    def later(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Do something in so many seconds."""


class Speaker(Protocol):
    """What says something to the other end: the session's peer."""

    limits: Limits
    #: How much is under way for the other end: its calls, and the streams that it reads.
    under_way: int
    #: Why the session ended, once it has.
    ended: Disconnected | None

    def step(self) -> AbstractContextManager[None]:
        """Make what is done within it one step, whichever thread it comes from."""

    def say(self, message: Message) -> int:
        """Send a counted message."""

    def say_sized(self, message: Message) -> int:
        """Send a counted message; return its size in bytes."""

    def failure(self, error: BaseException, path: Path | None = None) -> Failure:
        """Return what is said of an error."""


class Streams:
    """Both tables of streams, by number."""

    __slots__ = (
        "_host", "_last_of_ours", "_last_of_theirs", "_ours", "_peer", "_sent", "_theirs", "garbage",
        "later", "new_reply", "step",
    )  # fmt: skip

    def __init__(self, peer: Speaker, host: Stage) -> None:
        self._peer = peer
        self._host = host
        #: What is read here, while somebody keeps it; the number of the last that came.
        self._theirs = _NO_STREAMS
        self._last_of_theirs = 0
        #: The numbers of those that nobody keeps any more and that have not ended. Appending is atomic.
        self.garbage: deque[int] = _NOTHING
        #: What the other end reads; the number of the last that was sent.
        self._ours: dict[int, Production] = {}
        self._last_of_ours = 0
        #: The generators that were sent, in whichever session of this end's: each only once.
        self._sent = host.sent_items
        self.step = peer.step
        self.new_reply = host.new_reply
        self.later = host.later

    # Streams in messages.

    def borrow(self, number: int) -> Stream:
        """Return the stream of theirs that a message holds.

        Raises:
            ProtocolError: the number was used, or they are too many.
        """
        if number <= self._last_of_theirs:
            raise ProtocolError(f"stream {number} comes after stream {self._last_of_theirs}")
        if self._theirs is _NO_STREAMS:
            self._theirs, self.garbage = WeakValueDictionary(), deque()
        if len(self._theirs) >= self._peer.limits.max_calls:
            raise ProtocolError(f"more than max_calls={self._peer.limits.max_calls} streams at once", 4008)
        self._last_of_theirs = number
        stream = self._theirs[number] = Stream(self, number)
        return stream

    def lend(self, items: Any, returned_by: Target | None) -> int:
        """Return the number of a new stream of ours, which this function of ours returned, if one did.

        Raises:
            ValueError: these items were sent before.
            LimitExceeded: too much is under way for the other end already.
        """
        if items in self._sent:
            raise ValueError("a generator can be sent once: its items come once")
        limit = self._peer.limits.max_calls
        if self._peer.under_way >= limit:
            raise LimitExceeded("max_calls", limit, "calls and streams under way")
        self._sent.add(items)
        self._last_of_ours = number = self._last_of_ours + 1
        path = returned_by if isinstance(returned_by, tuple) else None
        name = _name_of(items) if returned_by is None else f"a generator of {name_of(returned_by)}"
        self._ours[number] = Production(self._host, self, number, items, name, path)
        self._peer.under_way += 1
        return number

    def withdraw(self, number: int) -> None:
        """A stream was not sent after all."""
        production = self._ours[number]
        self._sent.discard(production.items)
        self.forget(production)

    # Messages of theirs.

    def handle_next(self, message: Next) -> None:
        """Items of theirs, or the end of a stream."""
        if message.id > self._last_of_theirs:
            raise ProtocolError(f"items of stream {message.id}, which was not sent")
        stream = self._theirs.get(message.id)
        if stream is None:  # it is garbage, or closed: this has crossed the news of that
            return
        stream.arrived(message.items)
        if message.end is not False:
            self._theirs.pop(message.id, None)
            stream.end(StopIteration() if message.end is True else error_of(message.end))

    def handle_demand(self, message: Demand) -> None:
        """Items of ours are wanted, or none any more."""
        if message.id > self._last_of_ours:
            raise ProtocolError(f"demand of stream {message.id}, which was not sent")
        production = self._ours.get(message.id)
        if production is None:  # it has ended: this has crossed its end
            return
        if message.wanted:
            production.demanded(message.wanted)
        else:
            production.close("nobody reads the stream any more")

    # Messages of ours.

    def demand(self, number: int, count: int) -> None:
        """Ask for so many items more; 0 closes the stream."""
        if self._peer.ended is None:
            self._peer.say(Demand(number, count))
        if not count:
            self._theirs.pop(number, None)

    def drop(self, number: int) -> None:
        """A stream that has not ended is garbage: it is closed soon. Called by its destructor, anywhere."""
        self.garbage.append(number)
        self._host.release_soon()

    def close_garbage(self) -> None:
        """Close the streams that nobody keeps any more."""
        while self.garbage:
            self.demand(self.garbage.popleft(), 0)

    def send_item(self, production: Production, item: Any) -> int:
        """Send an item; return its size in bytes. Raises what cannot be sent."""
        shared = share(
            item,
            root=lambda: f"an item of {production.name}",
            max_depth=self._peer.limits.max_depth,
            streams=True,
        )
        return self._peer.say_sized(Next(production.number, [shared]))

    def send_end(self, production: Production, error: BaseException | None) -> None:
        """Say that a stream has ended, of itself or by an error."""
        if self._peer.ended is None:
            end = True if error is None else self._peer.failure(error, production.path)
            self._peer.say(Next(production.number, [], end))

    def forget(self, production: Production) -> None:
        """A stream of ours has ended."""
        del self._ours[production.number]
        self._peer.under_way -= 1

    # The session.

    @property
    def waiting(self) -> list[Reply]:
        """What those wait for who read."""
        return [reply for stream in list(self._theirs.values()) for reply in stream.waiting]

    def end(self, reason: Disconnected) -> None:
        """The session is over: who reads is told after the items that came, and what is read is closed."""
        for stream in list(self._theirs.values()):
            stream.end(reason.again())
        self._theirs.clear()
        for production in list(self._ours.values()):
            production.close(f"the reader has gone: {reason}")


def _name_of(items: Any) -> str:
    return f"the generator {getattr(items, '__qualname__', items)}"
