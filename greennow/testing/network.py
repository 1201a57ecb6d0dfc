"""A bad network: faults at random, and the same ones again from the same seed."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from ..core.errors import NowError
from .faults import Faults

if TYPE_CHECKING:
    from .client import Client
    from .harness import Harness

logger = logging.getLogger("greennow")

Item = TypeVar("Item")

#: Seeds that are made up lie below this: short enough to be typed.
_SEEDS = 1_000_000

#: What lines may be, in bytes a second, and in seconds.
_RATES = (500, 5_000, 50_000)
_DELAYS = (0.05, 0.3, 2.0)

#: What a line may come to, and how it is told.
_FAULTS: tuple[tuple[Faults, str], ...] = (
    (Faults(stalled=True), "reads nothing"),
    (Faults(holds_received=True), "what it receives is held"),
    (Faults(holds_sent=True), "what it sends is held"),
    (Faults(holds_received=True, holds_sent=True), "what it receives and sends is held"),
    *((Faults(delay=seconds), f"delayed by {seconds} s") for seconds in _DELAYS),
    *((Faults(rate=rate), f"throttled to {rate} bytes a second") for rate in _RATES),
    (Faults(half_open=True), "half-open"),
)


class BadNetwork:
    """Strikes clients of a harness with faults, and ends them when the block is left.

    What it does depends on its seed, on the calls of its methods, and on how many clients there are; on
    nothing that takes its time. So the same program meets the same faults from the same seed. If the block
    raises, the error is given a note that tells the seed and what was done.
    """

    def __init__(
        self, harness: Harness, seed: int | None, clients: Sequence[Client] | None, *, beyond_window: bool
    ) -> None:
        self._harness = harness
        #: What makes this network what it is.
        self.seed = random.randrange(_SEEDS) if seed is None else seed  # noqa: S311  to be told, no secret
        #: What was done, a line each.
        self.told: list[str] = []
        self._random = random.Random(self.seed)  # noqa: S311  nobody has to guess it
        #: Whom it strikes; None: whoever there is at that moment.
        self._clients = clients
        #: Does time pass until sessions are over?
        self._beyond_window = beyond_window
        #: The clients that have been struck, and when, by the harness's clock.
        self._struck: dict[Client, float] = {}

    def __enter__(self) -> BadNetwork:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._end_all()
            return
        self._note(error)
        with suppress(NowError, TimeoutError):  # the first error is the one to be seen
            self._end_all()

    def strike(self) -> str:
        """Do one thing at random; return it as a line of text.

        Somebody's line is cut, or has a fault from now on in the place of the one it had; or somebody's
        faults end; or some time passes. Sessions last: before a client would have been struck for as long
        as the resume window, its faults end.

        Raises:
            ValueError: there are no clients.
        """
        line = self._random.choice((self._cut, self._begin, self._begin, self._end_one, self._pass_time))()
        self.told.append(line)
        return line

    def shuffled(self, items: Iterable[Item]) -> list[Item]:
        """Return the items in another order: that in which clients join, say."""
        shuffled = list(items)
        self._random.shuffle(shuffled)
        return shuffled

    def calm(self) -> None:
        """End all faults, and let everything come to rest, as by `settle`."""
        self._end_all()
        self._harness.settle()

    # What may happen.

    def _cut(self) -> str:
        client = self._chosen()
        self._harness.drop(client)
        self._struck.setdefault(client, self._time)
        return f"{self._name(client)}: cut"

    def _begin(self) -> str:
        client = self._chosen()
        faults, what = self._random.choice(_FAULTS)
        client.fault(faults)
        self._struck.setdefault(client, self._time)
        return f"{self._name(client)}: {what}"

    def _end_one(self) -> str:
        if not self._struck:
            return self._begin()
        client = self._random.choice(list(self._struck))
        self._resume(client)
        return f"{self._name(client)}: as it should be"

    def _pass_time(self) -> str:
        window = self._harness.now.options.resume_window
        seconds = round(self._random.uniform(0, window * (1.5 if self._beyond_window else 0.5)), 1)
        late = [] if self._beyond_window else self._struck_before(self._time + seconds - window)
        for client in late:
            self._resume(client)
        self._harness.advance(seconds)
        ended = ", ".join(map(self._name, late))
        return f"{seconds} s pass" + (f"; before that, as they should be: {ended}" if late else "")

    # How.

    @property
    def _time(self) -> float:
        return self._harness.now.timers.time()

    def _chosen(self) -> Client:
        clients = self._harness.clients if self._clients is None else self._clients
        if not clients:
            raise ValueError("a bad network needs clients to strike")
        return self._random.choice(clients)

    def _struck_before(self, time: float) -> list[Client]:
        return [client for client, since in self._struck.items() if since <= time]

    def _name(self, client: Client) -> str:
        return f"clients[{self._harness.clients.index(client)}]"

    def _resume(self, client: Client) -> None:
        del self._struck[client]
        self._harness.resume(client)

    def _end_all(self) -> None:
        for client in list(self._struck):
            self._resume(client)

    def _note(self, error: BaseException) -> None:
        lines = "\n  ".join([f"the network was bad_network(seed={self.seed}):", *self.told])
        if hasattr(error, "add_note"):
            error.add_note(lines)
        else:  # Python 3.10
            logger.error("%s", lines)
