"""``greennow watch``: prints what stands at a path, and each change of it."""

from __future__ import annotations

import os
import select
import stat
import sys
import threading
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeAlias

from ..client import DELETED, Client
from .connecting import connected
from .printing import print_json
from .waiting import taken

#: What the main thread is to do next.
_Steps: TypeAlias = "SimpleQueue[Callable[[], None]]"


def run(given: Namespace) -> int:
    """Print one line of JSON for the value of now and for each change, until Ctrl-C.

    Raises:
        Disconnected: the server is gone for good.
        BrokenPipeError: nobody reads what is printed any more.
    """
    steps: _Steps = SimpleQueue()
    with connected(given, reconnect=given.reconnect) as client:
        try:
            _watch(client, given.path, steps)
            _tell_when_nobody_reads(steps)
            while True:
                taken(steps)()
        except KeyboardInterrupt:
            return 0


def _watch(client: Client, path: str, steps: _Steps) -> None:
    def put(value: Any) -> None:
        steps.put(partial(print_json, {"path": path} if value is DELETED else {"path": path, "value": value}))

    with client._connection.lock:  # no change may come between the first value and the watch
        put(client.snapshot(path))
        client.watch(path, put)
    client.on("close", lambda: steps.put(client.flush))  # closed as it is, it raises why


def _tell_when_nobody_reads(steps: _Steps) -> None:
    """Have the end of a pipe end the command, even where nothing changes that would be printed."""
    output = sys.stdout.fileno()
    if stat.S_ISFIFO(os.fstat(output).st_mode):
        poll = select.poll()
        poll.register(output, 0)  # nothing but its end
        threading.Thread(target=_wait_for_end, args=(poll, steps), daemon=True).start()


def _wait_for_end(poll: select.poll, steps: _Steps) -> None:
    poll.poll()
    steps.put(_leave)


def _leave() -> None:
    raise BrokenPipeError
