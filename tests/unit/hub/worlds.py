"""Small worlds of scopes for tests, and short words for what happens in them."""

from __future__ import annotations

from typing import Any

from greennow.core.paths import Path
from greennow.core.tree import (
    Delete,
    Dict,
    List,
    Set,
    Splice,
    Value,
)
from greennow.hub.index import Index
from greennow.hub.scope import Scope
from greennow.hub.scopes import Scopes

GROUPS = 2
CLIENTS = 3


class World:
    """Everyone's scope, two groups' and three clients', each under the name that the model has for it."""

    def __init__(self) -> None:
        self.scopes = Scopes()
        self.groups = [self.scopes.group() for _ in range(GROUPS)]
        self.clients = [self.scopes.own() for _ in range(CLIENTS)]

    def scope(self, who: Any) -> Scope:
        if who == "everyone":
            return self.scopes.everyone
        kind, number = who
        return self.groups[number] if kind == "group" else self.clients[number]


def tree(value: Any) -> Value:
    """The tree of a plain value."""
    if isinstance(value, dict):
        return Dict((key, tree(item)) for key, item in value.items())
    return List(map(tree, value)) if isinstance(value, list) else value


def put(path: str, value: Any) -> Set:
    """A set of a dotted path."""
    return Set(tuple(path.split(".")), tree(value))


def delete(path: str) -> Delete:
    """A delete of a dotted path."""
    return Delete(tuple(path.split(".")))


def splice(path: str, start: int, delete_count: int, *items: Any) -> Splice:
    """A splice of a dotted path."""
    return Splice(tuple(path.split(".")), start, delete_count, tree(list(items)))


EVERYONE, RED, BLUE, OWN, OTHER = "everyone", ("group", 0), ("group", 1), ("client", 0), ("client", 1)
JOIN_RED, JOIN_BLUE, LEAVE_RED = ("join", 0, 0), ("join", 0, 1), ("leave", 0, 0)


def act(world: World, action: Any) -> None:
    """Do as an action of a table says: ``(who, operation)``, or a join or leave of a client and a group."""
    if action[0] in ("join", "leave"):
        kind, client, group = action
        getattr(world.clients[client], kind)(world.groups[group])
    else:
        who, operation = action
        world.scope(who).write(operation)


def after(*actions: Any) -> World:
    """A new world in which all this was done."""
    world = World()
    for action in actions:
        act(world, action)
    return world


def entries(index: Index[Any], path: Path = ()) -> dict[Path, set[Any]]:
    """What an index says: who holds something, for each path."""
    found = {path: set(index.at(()))} if path else {}
    for key, below in index._kids.items():
        found.update(entries(below, (*path, key)))
    return found
