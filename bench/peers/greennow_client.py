"""greennow's own Python client as the load; what it does is `calls`, with one client."""

from __future__ import annotations

from typing import Any

import greennow.client

from .python_load import measure, parsed


def calls(now: Any, outstanding: int) -> int:
    """Make so many calls, and read their answers."""
    replies = [now.add(1, 2) for _ in range(outstanding)]
    if any(reply.result() != 3 for reply in replies):
        raise ValueError("1 and 2 are not 3")
    return outstanding


def main() -> None:
    """Measure."""
    options = parsed()
    with greennow.client.connect(f"http://127.0.0.1:{options.port}") as client:
        for outstanding in options.outstanding:
            measure(options, 1, outstanding, lambda count=outstanding: calls(client.now, count))  # type: ignore[misc]


if __name__ == "__main__":
    main()
