"""python-socketio's own threaded client as the load; what it does is `calls`, with one client."""

from __future__ import annotations

import threading
from typing import Any

import socketio

from .python_load import measure, parsed


def calls(client: socketio.Client, outstanding: int) -> int:
    """Make so many calls, and read their answers."""
    if outstanding == 1:
        answers = [client.call("add", (1, 2))]
    else:
        answers = []
        complete = threading.Event()

        def answered(answer: Any) -> None:
            answers.append(answer)
            if len(answers) == outstanding:
                complete.set()

        for _ in range(outstanding):
            client.emit("add", (1, 2), callback=answered)
        complete.wait()
    if answers != [3] * outstanding:
        raise ValueError("1 and 2 are not 3")
    return outstanding


def main() -> None:
    """Measure."""
    options = parsed()
    client = socketio.Client()
    client.connect(f"http://127.0.0.1:{options.port}", transports=["websocket"])
    for outstanding in options.outstanding:
        measure(options, 1, outstanding, lambda count=outstanding: calls(client, count))  # type: ignore[misc]
    client.disconnect()


if __name__ == "__main__":
    main()
