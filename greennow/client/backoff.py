"""How long to wait ahead of the next try: exponential back-off with full jitter.

All clients lose their links at one moment when a server goes; the jitter keeps them from
coming back at one moment too.
"""

from __future__ import annotations

from random import Random

#: The bound of the first pause, and of the longest, in seconds.
FIRST = 0.25
LONGEST = 15.0


class Backoff:
    """Pauses between zero and a bound that doubles with each of them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        #: The bound of the next pause, in seconds.
        self._bound = FIRST

    def pause(self) -> float:
        """Return how long to wait now, in seconds."""
        bound, self._bound = self._bound, min(2 * self._bound, LONGEST)
        return self._random.uniform(0, bound)

    def reset(self) -> None:
        """It went well; the next time begins anew."""
        self._bound = FIRST
