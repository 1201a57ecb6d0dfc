"""What a client writes: checked whole, refused in part, applied."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ..core.messages import Refuse
from ..core.paths import Path, path_text
from ..core.tree import DELETED, MISSING, Operation, Set, Splice, Value, child, plain
from .placing import placed
from .policy import names_in, with_aliases
from .rate import Rate
from .weight import weight_in

if TYPE_CHECKING:
    from .client import Client
    from .hub import Hub

#: What one client may hold takes about so many times ``max_message`` bytes.
HELD_MESSAGES: Final = 16

#: A change in a list copies the list. So many elements a second may be copied for one client, and so many at
#: once; where handlers of `change` are given the list, each counts for more.
COPIED: Final = 4_000_000
COPIED_AT_ONCE: Final = 16_000_000
_GIVEN: Final = 10


#: Paths that changed, and what gives the value of each as handlers get it.
Changes: TypeAlias = "list[tuple[Path, Callable[[], Any]]]"


class Writes:
    """The writes of one client.

    One write message is one step: all its operations are checked, refusals go out ahead of the ack that
    covers it, the rest is applied.
    """

    __slots__ = ("_checks", "_client", "_copied", "_hub")

    def __init__(self, hub: Hub, client: Client) -> None:
        self._hub = hub
        self._client = client
        #: How many writes are being checked: no later message of the client's may overtake them. They are two
        #: where one comes again over another link while the program still looks at it as it first came.
        self._checks = 0
        #: How many elements of lists may be copied; None until a first one is, for most clients copy none.
        self._copied: Rate | None = None

    def apply(self, operations: Sequence[Operation]) -> Changes | None:
        """Apply what is not refused; return the paths that changed, and what gives their values.

        A check may wait. If the line breaks meanwhile, the client sends the write again on its next
        link, for it was not counted: then None is returned and nothing done here.
        """
        client = self._client
        operations = [with_aliases(operation) for operation in operations]
        link = client.link
        refusals = self._refusals(operations)
        if client.link is not link or client.has_gone:
            return None
        if refusals:
            client.peer.say(Refuse(client.peer.session.processed + 1, tuple(refusals.items())))
        changes: Changes = []
        for index, operation in enumerate(operations):
            if index in refusals:
                continue
            change = client.scope.write(operation)
            if change is not None:
                changes.append((change.unit, partial(self._changed_value, operation, change.value)))
        return changes

    @property
    def is_checking(self) -> bool:
        """Is a write being checked?"""
        return self._checks > 0

    def _refusals(self, operations: Sequence[Operation]) -> dict[int, str]:
        """Return the reasons against operations, by their place in the message."""
        refusals: dict[int, str] = {}
        scope = self._client.scope
        names, weight = scope.names, scope.weight
        made: set[Path] = set()
        self._checks += 1
        try:
            for index, operation in enumerate(operations):
                above = self._made_above(operation, made)
                more_names, more_weight = len(above) + names_in(operation), weight_in(operation)
                reason = self._excess(names + more_names, weight + more_weight) if more_weight else None
                reason = reason or self._toil(operation) or self._refusal(operation)
                if reason is None:
                    names, weight = names + more_names, weight + more_weight
                    made.update(above)
                else:
                    refusals[index] = reason
            if refusals:
                self._complain(operations, refusals)  # the program's handlers of logs may wait as well
        finally:
            self._checks -= 1
            if self._client.link is not None:
                self._client.link.checked()
        return refusals

    def _made_above(self, operation: Operation, made: set[Path]) -> list[Path]:
        """Return the dicts that the operation makes on its way, beside those ``made`` before it."""
        if len(operation.path) == 1 or not isinstance(operation, Set):
            return []
        above = (operation.path[:end] for end in range(1, len(operation.path)))
        return [path for path in above if path not in made and not self._client.scope.holds(path)]

    def _excess(self, names: int, weight: int) -> str | None:
        """Return which bound is passed by a client that holds so much, if any."""
        options = self._hub.options
        if names > options.max_names:
            return f"the limit max_names={options.max_names} was passed"
        if weight > HELD_MESSAGES * options.max_message:
            return f"a client holds at most {HELD_MESSAGES} times max_message={options.max_message} bytes"
        return None

    def _toil(self, operation: Operation) -> str | None:
        """Return that an operation asks for more work than there is to be had now, if it does."""
        copied = _elements_copied(self._client.scope.get, operation)
        if not copied:
            return None
        cost, now = copied * (_GIVEN if self._hub.events.has("change") else 1), self._hub.timers.time()
        if self._copied is None:
            self._copied = Rate(COPIED, COPIED_AT_ONCE, now)
        if self._copied.take(now, cost):
            return None
        return "too many changes of long lists in a second"

    def _refusal(self, operation: Operation) -> str | None:
        policy, scope = self._hub.policy, self._client.scope
        if not policy.asks_program:
            return policy.refusal(scope, operation)
        check = partial(policy.refusal, scope, operation)
        refusal: str | None = self._hub.run_for(self._client, "client_write", check, failed="not allowed")
        return refusal

    def _complain(self, operations: Sequence[Operation], refusals: dict[int, str]) -> None:
        """The client is told of each refusal, the log of the first."""
        index, reason = next(iter(refusals.items()))
        path = path_text(operations[index].path)
        self._hub.complaints.log(
            self._client.client_id, "refused a write of %s at %s: %s", self._client, path, reason,
            level=logging.INFO,
        )  # fmt: skip

    def _changed_value(self, operation: Operation, in_list: Value) -> Any:
        """Return what `change` handlers are given."""
        if in_list is not MISSING:
            return plain(in_list)
        if isinstance(operation, Set):
            return plain(placed(self._client, operation.value, operation.path))
        return DELETED


def _elements_copied(get: Callable[[Path], Value], operation: Operation) -> int:
    """Return how many elements are copied for an operation inside a list; 0 for any other."""
    path = operation.path
    if not isinstance(operation, Splice) and (len(path) == 1 or not any(type(key) is int for key in path)):
        return 0
    value, copied = get(path[:1]), 0
    for key in (*path[1:], None):
        if isinstance(value, list) or (copied and isinstance(value, dict)):
            copied += len(value)
        if key is None or value is MISSING:
            break
        value = child(value, key)
    return copied
