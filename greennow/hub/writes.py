"""What a client writes: checked whole, refused in part, applied."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..core.messages import Refuse
from ..core.paths import Path
from ..core.tree import DELETED, MISSING, Operation, Set, Value, plain
from .placing import placed
from .policy import names_in, with_aliases
from .weight import weight_in

if TYPE_CHECKING:
    from .client import Client
    from .hub import Hub

#: What one client may hold takes about so many times ``max_message`` bytes.
HELD_MESSAGES: Final = 16


class Writes:
    """The writes of one client.

    One write message is one step: all its operations are checked, refusals go out ahead of the ack that
    covers it, the rest is applied.
    """

    def __init__(self, hub: Hub, client: Client) -> None:
        self._hub = hub
        self._client = client
        #: Are operations being checked? Then no later message of the client's may overtake them.
        self.is_checking = False

    def apply(self, operations: Sequence[Operation]) -> list[tuple[Path, Any]] | None:
        """Apply what is not refused; return the changes.

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
        changes = []
        for index, operation in enumerate(operations):
            if index in refusals:
                continue
            change = client.scope.write(operation)
            if change is not None:
                changes.append((change.unit, self._changed_value(operation, change.value)))
        return changes

    def _refusals(self, operations: Sequence[Operation]) -> dict[int, str]:
        """Return the reasons against operations, by their place in the message."""
        refusals: dict[int, str] = {}
        scope = self._client.scope
        names, weight = scope.names, scope.weight
        made: set[Path] = set()
        self.is_checking = True
        try:
            for index, operation in enumerate(operations):
                above = self._made_above(operation, made)
                more_names, more_weight = len(above) + names_in(operation), weight_in(operation)
                reason = self._excess(names + more_names, weight + more_weight) if more_weight else None
                reason = reason or self._refusal(operation)
                if reason is None:
                    names, weight = names + more_names, weight + more_weight
                    made.update(above)
                else:
                    refusals[index] = reason
        finally:
            self.is_checking = False
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

    def _refusal(self, operation: Operation) -> str | None:
        check = partial(self._hub.policy.refusal, self._client.scope, operation)
        if not self._hub.policy.asks_program:
            return check()
        refusal: str | None = self._hub.run_for(self._client, "client_write", check, failed="not allowed")
        return refusal

    def _changed_value(self, operation: Operation, in_list: Value) -> Any:
        """Return what `change` handlers are given."""
        if in_list is not MISSING:
            return plain(in_list)
        if isinstance(operation, Set):
            return plain(placed(self._client, operation.value, operation.path))
        return DELETED
