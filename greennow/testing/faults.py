"""What a line may do to a client."""

from __future__ import annotations

import math
from typing import NamedTuple


class Faults(NamedTuple):
    """All faults of one client's line at one moment; none unless given.

    Attributes:
        stalled: the client reads nothing.
        holds_received: what it receives is kept.
        holds_sent: what it would send is kept.
        delay: what it receives and sends takes so many seconds.
        rate: so many bytes a second pass, in each direction.
        half_open: everything vanishes, in both directions, and neither end is told.
    """

    stalled: bool = False
    holds_received: bool = False
    holds_sent: bool = False
    delay: float = 0.0
    rate: float = math.inf
    half_open: bool = False


#: A line as it should be.
NO_FAULTS = Faults()
