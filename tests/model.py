"""What scopes and views mean, in the plainest words: the judge of ``greennow.hub.scope``.

A scope is a flat record of what was written at which path and when. A view is what the records
of its scopes give, applied to an empty tree in the order of their stamps. Slow, and easy to check.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from greennow.core.paths import Path
from greennow.core.tree import MISSING, Delete, Dict, Operation, Set, Value, apply, get, list_unit


class Record(NamedTuple):
    """One write as it stands in a scope: the value that was put at a path, `MISSING` if it was deleted."""

    stamp: int
    value: Value


class ModelScope:
    """What was written in one scope."""

    def __init__(self) -> None:
        #: The last put or delete of each path; a nested dict is one record for each of its names.
        self.records: dict[Path, Record] = {}
        #: The stamp of the last put below each path: it made a dict of what stood there.
        self.made_dict: dict[Path, int] = {}

    def clear(self, path: Path) -> None:
        """Forget all that is written at and below the path."""
        for written in (self.records, self.made_dict):
            for other in [other for other in written if other[: len(path)] == path]:
                del written[other]

    def put(self, path: Path, value: Value, stamp: int) -> None:
        """Record that the value was put."""
        self.clear(path)
        for length in range(1, len(path)):
            above = path[:length]
            if above in self.records:
                self.records[above] = Record(self.records[above].stamp, Dict())
            self.made_dict[above] = stamp
        self._record(path, value, stamp)

    def stamp_at(self, path: Path) -> int:
        """Return when this very path was last put or deleted, 0 if never."""
        return self.records[path].stamp if path in self.records else 0

    def delete(self, path: Path, stamp: int) -> None:
        """Record that the path was deleted; always, even where that hides nothing."""
        self.clear(path)
        self.records[path] = Record(stamp, MISSING)

    def _record(self, path: Path, value: Value, stamp: int) -> None:
        self.records[path] = Record(stamp, Dict() if isinstance(value, Dict) else value)
        if isinstance(value, Dict):
            for key, item in value.items():
                self._record((*path, key), item, stamp)


def view(scopes: list[ModelScope]) -> Dict:
    """Return what all that stands in the scopes gives, the oldest applied first.

    Of one write, what is above comes before what is below.
    """
    steps: list[tuple[int, Path, tuple[Value] | None]] = []
    for scope in scopes:
        steps += [(stamp, path, (value,)) for path, (stamp, value) in scope.records.items()]
        steps += [(stamp, path, None) for path, stamp in scope.made_dict.items()]
    tree = Dict()
    for _, path, written in sorted(steps, key=lambda step: (step[0], len(step[1]))):
        if written is None:
            if not isinstance(get(tree, path), Dict):
                tree = apply(tree, Set(path, Dict()))
        elif written[0] is MISSING:
            tree = apply(tree, Delete(path))
        else:
            tree = apply(tree, Set(path, written[0]))
    return tree


class ModelScopes:
    """Everyone's scope, numbered groups' and numbered clients' own.

    Who looks or writes is ``"everyone"``, ``("group", 0)`` or ``("client", 0)``.
    """

    def __init__(self, groups: int, clients: int) -> None:
        self.stamp = 0
        self.everyone = ModelScope()
        self.groups = [ModelScope() for _ in range(groups)]
        self.clients = [ModelScope() for _ in range(clients)]
        #: The clients that are members, for each group.
        self.members: list[set[int]] = [set() for _ in range(groups)]

    def layers(self, who: object) -> list[ModelScope]:
        """Return the scopes that this one looks through, its own last."""
        match who:
            case ("group", number):
                return [self.everyone, self.groups[number]]
            case ("client", number):
                joined = [
                    group for group, its in zip(self.groups, self.members, strict=True) if number in its
                ]
                return [self.everyone, *joined, self.clients[number]]
        return [self.everyone]

    def narrower(self, who: object) -> list[ModelScope]:
        """Return the scopes that a write by this one clears."""
        match who:
            case "everyone":
                return self.groups + self.clients
            case ("group", number):
                return [self.clients[member] for member in self.members[number]]
        return []

    def affected(self, who: object) -> list[int]:
        """Return the clients that look through this scope."""
        match who:
            case ("group", number):
                return sorted(self.members[number])
            case ("client", number):
                return [number]
        return list(range(len(self.clients)))

    def reached(self, who: object, without: Collection[int | None] = ()) -> list[int]:
        """Return the clients that a call through this scope reaches, and a write without some of them."""
        return [client for client in self.affected(who) if client not in without]

    def was_written(self, who: object, path: Path) -> bool:
        """Is what is seen at the path due to a put or delete of this very path, rather than of others?"""
        layers = self.layers(who)
        stamps = [
            max(scope.stamp_at(path[:length]) for scope in layers) for length in range(1, len(path) + 1)
        ]
        return bool(stamps) and 0 < stamps[-1] == max(stamps)

    def view(self, who: object) -> Dict:
        """Return what this one sees."""
        return view(self.layers(who))

    def write(self, who: object, operation: Operation) -> bool:
        """Carry the operation out; return whether it changed anything."""
        seen = self.view(who)
        after = apply(seen, operation)
        if not operation.path or after is seen:
            return False
        self.stamp += 1
        in_list = list_unit(seen, operation)
        path = operation.path if in_list is None else in_list
        for scope in self.narrower(who):
            scope.clear(path)
        scope = self.layers(who)[-1]
        if in_list is not None or isinstance(operation, Set):
            scope.put(path, get(after, path), self.stamp)
        elif who == "everyone":
            scope.clear(path)
        else:
            scope.delete(path, self.stamp)
        return True

    def join(self, client: int, group: int) -> None:
        """Let a client look through the group's scope as well; nothing is written or cleared."""
        self.members[group].add(client)

    def leave(self, client: int, group: int) -> None:
        """Let it look through that scope no longer."""
        self.members[group].discard(client)

    def add_client(self) -> int:
        """Add a client and return its number."""
        self.clients.append(ModelScope())
        return len(self.clients) - 1

    def forget_client(self, number: int) -> None:
        """Put a new client in the place of one that goes."""
        self.clients[number] = ModelScope()
        for members in self.members:
            members.discard(number)

    def forget_group(self, number: int) -> None:
        """Put a new group in the place of one that is removed."""
        self.groups[number] = ModelScope()
        self.members[number] = set()
