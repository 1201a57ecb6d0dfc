"""What a schedule does with groups, through the hub's own API, and what the judge expects of it.

A schedule names what it speaks through by a short text: ``E`` is everyone, ``G``, ``H`` and ``I`` are groups,
``G-0`` is the group ``G`` without client 0, ``G-01`` without both, ``G-0-1`` without client 1 of what is
without client 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from greennow.core.errors import UnknownClient
from greennow.core.paths import Path
from greennow.core.tree import MISSING, THEIRS, Delete, Dict, List, Operation, Set, Value, get
from greennow.hub.client import Client
from greennow.hub.group import Group

if TYPE_CHECKING:
    from .world import World

GROUPS = ("G", "H", "I")


class Groups:
    """Everyone, the groups, and views of them, as a program holds them; and handlers of their events."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._hub = world.hub
        self._model = world.model
        #: What the program holds: a group or view by its name and the ids that each `exclude` got.
        self._held: dict[tuple[str, tuple[tuple[str, ...], ...]], Group] = {}
        #: Functions of the server's to be exposed, and which of them ran: for whom, with what.
        self.functions = [self._function(number) for number in range(2)]
        self.ran: list[tuple[str, int, int]] = []
        #: What ends the handler that a schedule registered, by group and event.
        self._registered: dict[tuple[str, str], Callable[[], None]] = {}
        #: What is done the next time a group goes.
        self._at_removal: dict[str, Sequence[Any]] = {}
        #: What G's handlers were told of each session, and the hub's of each group.
        self._told: dict[int, list[str]] = {}
        self._lives: dict[str, list[str]] = {name: [] for name in GROUPS}
        #: Groups that are being removed.
        self._removing: list[str] = []
        self._hub.on("newgroup", self._on_new)
        self._hub.on("removegroup", self._on_removed)

    def _function(self, number: int) -> Callable[[int], None]:
        return lambda call: self.ran.append((self._hub.context.get().client_id, number, call))

    # Whom a text means.

    def get(self, through: str) -> Group:
        """The group or view of this text, made on first use and held."""
        name, *excluded = through.split("-")
        ids = tuple(tuple(self._id(int(index)) for index in each) for each in excluded)
        if (name, ids) not in self._held:
            group = self._hub.everyone if name == "E" else self._hub.get_group(name)
            for each in ids:
                group = group.exclude(each[0] if len(each) == 1 else each)
            self._held[name, ids] = group
        return self._held[name, ids]

    def _id(self, index: int) -> str:
        number = self._number(index)
        return "nobody" if number is None else self._world.clients[number].client_id

    def _number(self, index: int) -> int | None:
        return self._world.latest.get(self._world.ends[index])

    def _who(self, through: str) -> Any:
        return "everyone" if through[0] == "E" else ("group", GROUPS.index(through[0]))

    def _reached(self, through: str) -> list[tuple[int, Client]]:
        """The sessions that a call through this reaches, with their numbers."""
        without = {self._number(int(index)) for index in through[1:].replace("-", "")}
        numbers = self._model.reached(self._who(through), without)
        return [
            (number, self._world.clients[number])
            for number in numbers
            if not self._world.clients[number].has_gone
        ]

    # Steps.

    def do_wide_write(self, through: str, operation: Operation) -> None:
        """A write through a group stands in its scope; one through a view in each member's own."""
        group = self.get(through)
        members = [("client", number) for number, _ in self._reached(through)]
        writers = members if "-" in through else [self._who(through)]
        self._world.expect_writes(writers, operation, lambda: group._space.write([operation]))

    def do_list_write(self, through: str, which: int, change: Operation) -> None:
        """A write inside one of the lists that are seen through the group; a new list, if there are none."""
        lists = list(lists_in(self._model.view(self._who(through))))
        if lists:
            path = lists[which % len(lists)]
            self.do_wide_write(through, change._replace(path=(*path, *change.path)))
        else:
            self.do_wide_write(through, Set(("ab"[which],), List([1, 2])))

    def do_expose(self, through: str, number: int) -> None:
        """The server has a function of its own at ``f``, or none any more."""
        if number < len(self.functions):
            self.do_wide_write(through, Set(("f",), self.functions[number]))
        else:
            self.do_wide_write(through, Delete(("f",)))

    def do_call(self, through: str, name: str) -> None:
        """A call runs each member's own function or the server's, as the member sees it."""
        group, world = self.get(through), self._world
        world.last_call += 1
        expected = []
        for number, client in self._reached(through):
            seen = get(self._model.view(("client", number)), (name,))
            if seen is THEIRS:
                world.server_calls[client.client_id].append(world.last_call)
            elif seen is not MISSING:
                expected.append((client.client_id, self.functions.index(seen), world.last_call))
        self.ran.clear()
        group.now[name](world.last_call)
        assert sorted(self.ran) == sorted(expected)

    def do_join(self, index: int, through: str) -> None:
        group, number = self.get(through), self._number(index)
        if self._is_known(group, number):
            self._model.join(number, GROUPS.index(group.name))
            group.add_user(self._id(index))

    def do_leave(self, index: int, through: str) -> None:
        group, number = self.get(through), self._number(index)
        if self._is_known(group, number):
            self._model.leave(number, GROUPS.index(group.name))
            group.remove_user(self._id(index))

    def _is_known(self, group: Group, number: int | None) -> bool:
        """Is there such a session? Of one that is over the group must not know anything."""
        if number is None or not self._world.clients[number].has_gone:
            return number is not None
        for change in (group.add_user, group.remove_user):
            with pytest.raises(UnknownClient):
                change(self._world.clients[number].client_id)
        return False

    def do_remove(self, name: str) -> None:
        lives, was_there = len(self._lives[name]), name in self._hub.get_groups()
        self._removing.append(name)
        self._hub.remove_group(name)
        self._removing.pop()
        assert ("removed" in self._lives[name][lives:]) == was_there

    def do_let_go(self, name: str) -> None:
        """The program holds the group no longer; if it has gone, it is garbage."""
        for key in [key for key in self._held if key[0] == name]:
            del self._held[key]
        if name not in self._hub.groups:
            self._hub._known_groups.pop(name, None)

    def do_on(self, name: str, event: str, step: Sequence[Any]) -> None:
        """The next time somebody joins or leaves the group, or the group goes, a handler takes this step."""
        if event == "removed":
            self._at_removal[name] = step
            return
        end_last = self._registered.pop((name, event), None)
        if end_last is not None:
            end_last()

        def once(client_id: str) -> None:
            self._heard(name, event, client_id)
            end()
            self._world.do(step)

        end = self._registered[name, event] = self.get(name).on(event, once)

    # Handlers.

    def _on_new(self, group: Group) -> None:
        self._lives[group.name].append("new")
        self._world.names[group.scope] = ("group", GROUPS.index(group.name))
        if group.name == "G":  # the others have no handlers but those of schedules, and may be forgotten
            group.on("join", lambda client_id: self._record("join", client_id))
            group.on("leave", lambda client_id: self._record("leave", client_id))

    def _record(self, event: str, client_id: str) -> None:
        number = self._heard("G", event, client_id)
        self._told.setdefault(number, []).append(event)

    def _heard(self, name: str, event: str, client_id: str) -> int:
        """A handler was told: the client is in the group from here on, or it is not."""
        client, members = self._hub.context.get(), self._model.members[GROUPS.index(name)]
        assert client.client_id == client_id
        _, number = self._world.names[client.scope]
        if event == "leave" and number in members:  # nobody has asked for it
            assert name in self._removing or client.has_gone
            self._model.leave(number, GROUPS.index(name))
        assert (number in members) == (event == "join")
        return number

    def _on_removed(self, group: Group) -> None:
        self._lives[group.name].append("removed")
        number = GROUPS.index(group.name)
        if group.name not in self._removing:
            records = self._model.groups[number].records.values()
            assert self._members(number) == set()
            assert all(record.value is MISSING for record in records)
        self._model.forget_group(number)
        step = self._at_removal.pop(group.name, None)
        if step is not None:
            self._world.do(step)

    # Rest.

    def _members(self, number: int) -> set[str]:
        clients = [self._world.clients[member] for member in self._model.members[number]]
        return {client.client_id for client in clients if not client.has_gone}

    def check_rest(self) -> None:
        """The groups have the members that they are to have, and handlers were told of each once."""
        there = self._hub.get_groups()
        members = {name: self._members(number) for number, name in enumerate(GROUPS)}
        for name in GROUPS:
            users = self._hub.get_group(name).get_users() if name in there else []
            assert len(users) == len(members[name])
            assert set(users) == members[name], f"{users} are in {name}, not {members[name]}"
            lives = self._lives[name]
            assert lives == ["new", "removed"] * (len(lives) // 2) + ["new"] * (name in there)
        for number, client in enumerate(self._world.clients):
            names = {name for name in GROUPS if client.client_id in members[name]}
            assert set(client.get_groups()) == names, f"{client} says {client.get_groups()}, not {names}"
            told = self._told.get(number, [])
            assert told == ["join", "leave"] * (len(told) // 2) + ["join"] * ("G" in names)


def lists_in(tree: Value, path: Path = ()) -> Iterator[Path]:
    """The paths of the outermost lists."""
    if isinstance(tree, List):
        yield path
    elif isinstance(tree, Dict):
        for key in sorted(tree):
            yield from lists_in(tree[key], (*path, key))
