"""How much one client may do in a second."""

from __future__ import annotations

from .options import Options


class Rate:
    """So many pieces a second, and at once as many as in one burst: a token bucket."""

    __slots__ = ("_burst", "_left", "_longest", "_per_second", "_since")

    def __init__(self, per_second: float, burst: float, now: float, longest: float = 0.0) -> None:
        """
        Args:
            per_second: how many come by themselves.
            burst: how many there are at most, by themselves.
            now: the time.
            longest: for how many seconds `catch_up` gives at most.
        """
        self._per_second = per_second
        self._burst = burst
        self._longest = longest
        #: What may be taken at once, at the time of the last look; below zero where more was taken.
        self._left = burst
        self._since = now

    def take(self, now: float, pieces: float = 1) -> bool:
        """Take so many; return whether that was allowed."""
        # What a `catch_up` has given is not cut off: only what comes by itself is bounded.
        gained = min(self._burst, self._left + (now - self._since) * self._per_second)
        self._left = max(self._left, gained)
        self._since = now
        if self._left < pieces:
            return False
        self._left -= pieces
        return True

    def catch_up(self, now: float) -> None:
        """What could have been taken since the last time may be taken at once: the line was broken."""
        self._left += min(now - self._since, self._longest) * self._per_second
        self._since = now


def rate_of(options: Options, now: float) -> Rate | None:
    """Return the rate of one client's messages; None where the option ``max_rate`` sets none."""
    rate = options.max_rate
    if rate is None:
        return None
    # It may have written into a broken line until that was seen, and for as long as it stayed away.
    return Rate(rate, rate, now, options.resume_window + 2 * options.heartbeat)
