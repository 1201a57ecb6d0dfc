"""now.js's end in a world: the real JavaScript, in Node, driven over a pipe."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greennow.core.tree import Operation, Set, Splice

from .wire import Wire

if TYPE_CHECKING:
    from .world import World

DRIVER = Path(__file__).parents[2] / "js" / "test" / "driver.mjs"


class Node:
    """A process that holds one end of now.js; see the commands in ``js/test/driver.mjs``."""

    def __init__(self) -> None:
        node = shutil.which("node")
        assert node is not None, "Node is needed to test now.js"
        self._process = subprocess.Popen(
            [node, "--expose-gc", str(DRIVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, do: str, **what: Any) -> dict[str, Any]:
        """Give one command and return its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]


class NodeEnd:
    """A client that is now.js; what the world does with a `PythonEnd` it does with this."""

    def __init__(self, world: World, node: Node) -> None:
        self.world = world
        self.node = node
        self.wire: Wire | None = None
        self.old_wires: list[Wire] = []
        self.client_id = ""
        self.node.ask("new")
        self._ask("expose", path=["from_server"])

    def _ask(self, do: str, **what: Any) -> dict[str, Any]:
        answer = self.node.ask(do, **what)
        self.client_id = answer["clientId"] or ""
        assert answer["ended"] is None, answer
        refused = ("not allowed", "not writable")
        assert all(any(why in error for why in refused) for error in answer["errors"]), answer["errors"]
        if self.wire is not None:
            self.wire.to_server.extend(bytes.fromhex(frame) for frame in answer["frames"])
        return answer

    def connect(self) -> None:
        if self.wire is None:
            self.wire = Wire(self.world, self)
            self._ask("hello")

    def drop(self) -> None:
        """Give the link up; the server has not noticed."""
        if self.wire is not None:
            wire, self.wire = self.wire, None
            wire.to_client.clear()
            self.old_wires.append(wire)
            self._ask("lost")

    def wire_lost(self, wire: Wire) -> None:
        if wire is self.wire:
            self.wire = None
            self._ask("lost")
        elif wire in self.old_wires:
            self.old_wires.remove(wire)

    def receive(self) -> None:
        if self.wire is not None and self.wire.to_client:
            session = self.client_id
            self._ask("receive", frame=self.wire.to_client.pop(0).hex())
            if self.client_id != session:
                self._forgotten = len(self._ask("state")["got"])

    def write(self, operations: Sequence[Operation]) -> None:
        self._ask("write", operations=[_wire_shape(operation) for operation in operations])

    def expose(self) -> None:
        """The client has a function of its own at ``f``."""
        self._ask("expose", path=["f"])

    def call(self, number: int) -> bool:
        """Call the server's function; return whether there was one."""
        return bool(self._ask("call", path=["from_client"], args=[number])["called"])

    def acknowledge(self) -> None:
        if self.wire is not None:
            self._ask("acknowledge")

    @property
    def got(self) -> list[int]:
        """The calls of this session's; a fresh session's world forgets those before."""
        return [args[0] for args in self._ask("state")["got"]][self._forgotten :]

    #: How many calls came in earlier sessions.
    _forgotten = 0

    @property
    def shown(self) -> Any:
        return _functions_as_one(self._ask("state")["shown"])

    @property
    def has_pending(self) -> bool:
        return bool(self._ask("state")["hasPending"])

    def close(self) -> None:
        """The process goes on for the next schedule."""


def _wire_shape(operation: Operation) -> list[Any]:
    if isinstance(operation, Splice):
        return [list(operation.path), operation.start, operation.delete_count, operation.items]
    if isinstance(operation, Set):
        return [list(operation.path), operation.value]
    return [list(operation.path)]


def _functions_as_one(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"function"}:
            return "a function"
        return {key: _functions_as_one(item) for key, item in value.items()}
    return [_functions_as_one(item) for item in value] if isinstance(value, list) else value
