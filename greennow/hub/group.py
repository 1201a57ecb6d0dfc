"""Groups: sets of clients that share a scope, spoken to at once. `everyone` is one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, overload

from ..core.errors import LimitExceeded
from ..core.events import Events, Handler
from ..core.namespace import Namespace
from ..core.paths import Path, parse_path, path_text
from ..core.placeholder import Placeholder
from ..core.tree import Operation, Set, Value
from ..core.values import share
from .audiences import Audiences, PassingAudiences
from .client import Client
from .gathered import Gathered
from .narrow import GroupScope
from .placing import settled
from .scope import EveryoneScope

if TYPE_CHECKING:
    from .hub import Hub

#: Events of a group, with their older names.
EVENTS = {"join": "join", "leave": "leave", "connect": "join", "disconnect": "leave"}


class GroupFunction:
    """A name of a group's namespace, called in each member that has a function there."""

    __slots__ = ("_path", "_space")

    def __init__(self, space: GroupSpace, path: Path) -> None:
        self._space = space
        self._path = path

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Call it in each member that has one; nothing comes back."""
        self._space.call(self._path, args, kwargs)

    def gather(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> Gathered:
        """Call it in each member that has one, and gather the answers.

        Args:
            args: for the function.
            timeout: within how many seconds each has to answer; the answer of one who does not is a
                `TimeoutError`.
            kwargs: for the function.

        Returns:
            a mapping of client ids to results or exceptions, iterable as they come in.
        """
        return self._space.gather(self._path, args, kwargs, timeout)

    def behind(self) -> Any:
        """Return the server's function that the name holds; this one where members have their own."""
        held = self._space.get(self._path)
        return held if callable(held) else self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GroupFunction):
            return NotImplemented
        return self._space is other._space and self._path == other._path

    def __hash__(self) -> int:
        return hash((id(self._space), self._path))

    def __repr__(self) -> str:
        return f"<function {path_text(self._path, self._space.root)}>"


class GroupSpace:
    """What a group's namespace looks at: its scope; calls and writes go to its members."""

    def __init__(self, group: Group, root: str) -> None:
        self._group = group
        self._hub = group._hub
        self._scope = group.scope
        #: Gives the members as they are now, by id.
        self._members = group._get_members
        self.root = root
        self.lock = nullcontext()

    @property
    def max_depth(self) -> int:
        """How deep values nest."""
        return self._hub.options.max_depth

    def get(self, path: Path) -> Value:
        """Return what was last written to the group, else to everyone."""
        self._hub.check_thread()
        return self._scope.get(path)

    def write(self, operations: Sequence[Operation]) -> None:
        """Write for every member, present and future."""
        self._hub.check_thread()
        self._hub.keep(self._group)
        for operation in operations:
            self._hub.fanout.write(self._scope, self._group.audiences.all(), settled(operation))
        self._hub.forget_if_unused(self._group)  # the last name may have gone

    def function(self, path: Path, value: Value) -> Any:
        """A function read from the group calls each member's."""
        return GroupFunction(self, path)

    def missing(self, path: Path) -> Any:
        """Any name of a group is callable: its members may have a function there."""
        return Placeholder(self, path, GroupFunction(self, path))

    def call(self, path: Path, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call each member's function at the path."""
        self._hub.check_thread()
        self._hub.fanout.call(self._group.audiences, path, args, kwargs)

    def gather(
        self, path: Path, args: tuple[Any, ...], kwargs: dict[str, Any], timeout: float | None
    ) -> Gathered:
        """Call each member's function at the path, and gather the answers."""
        self._hub.check_thread()
        self._hub.fanout.check(path, args, kwargs)
        replies = {}
        for client in list(self._members().values()):
            if not client.has_gone and client.has_function(path):
                replies[client.client_id] = client.call(path, args, kwargs, timeout)
        return Gathered(replies, self._hub.shell.new_reply)


class ExcludingSpace(GroupSpace):
    """A group's namespace without some clients: a write sets each present member's own name."""

    def write(self, operations: Sequence[Operation]) -> None:
        """Write in each present member's own scope."""
        self._hub.check_thread()
        for client in list(self._members().values()):
            client.write(operations)


class Group:
    """A set of clients that share names and are called at once. Always true, even if empty."""

    def __init__(
        self,
        hub: Hub,
        name: str,
        scope: EveryoneScope | GroupScope,
        root: str,
        members: dict[str, Client] | None = None,
    ) -> None:
        self._hub = hub
        self.name = name
        #: The names of the group.
        self.scope = scope
        #: Its members by id.
        self.members: dict[str, Client] = {} if members is None else members
        #: Those of them that are told the same.
        self.audiences = Audiences(self._get_members, hub.scopes.marks)
        #: Handlers of `join` and `leave`.
        self.events = Events(EVENTS)
        self._space = self._make_space(root)
        #: The namespace shared by the members.
        self.now = Namespace(self._space)

    @property
    def _whole(self) -> Group:
        """The group itself, where this is a view of one."""
        return self

    def _make_space(self, root: str) -> GroupSpace:
        return GroupSpace(self, root)

    def _get_members(self) -> Mapping[str, Client]:
        return self.members

    # Functions.

    @overload
    def expose(self, function: str) -> Callable[[Handler], Handler]: ...
    @overload
    def expose(self, function: Handler) -> Handler: ...

    def expose(self, function: str | Handler) -> Any:
        """Make a function callable by the members, under its own name or, given a text, under that.

        Dots in the text make namespaces. Returns the function itself.
        """
        if isinstance(function, str):
            path = parse_path(function)
            return lambda exposed: self._expose(path, exposed)
        return self._expose((function.__name__,), function)

    def _expose(self, path: Path, function: Handler) -> Handler:
        if not callable(function):
            raise TypeError(f"{path_text(path)}: expose takes a function, not {type(function).__name__}")
        share({}, path, max_depth=self._hub.options.max_depth)
        self._space.write([Set(path, function)])
        return function

    @overload
    def on(self, event: str) -> Callable[[Handler], Handler]: ...
    @overload
    def on(self, event: str, handler: Handler) -> Callable[[], None]: ...

    def on(self, event: str, handler: Handler | None = None) -> Any:
        """Call ``handler`` with the client id when a client joins or leaves; ``this`` is that client."""
        self._hub.keep(self._whole)
        if handler is None:
            return self.events.on(event)
        return partial(self._end, self.events.on(event, handler))

    def _end(self, end: Callable[[], None]) -> None:
        end()
        self._hub.forget_if_unused(self._whole)

    # Members.

    def add_user(self, client_id: str) -> None:
        """Let a client join.

        Raises:
            UnknownClient: it is not connected.
            LimitExceeded: it is in ``max_groups`` groups already.
        """
        if self._newcomer(client_id) is None:
            return
        self._hub.keep(self)
        client = self._newcomer(client_id)  # handlers of `newgroup` may have waited
        if client is None or self._hub.groups.get(self.name) is not self:
            return  # or have removed the group
        self.members[client_id] = client
        self.audiences.forget()
        client.groups[self.name] = self
        self._change_scopes(client, client.scope.join)
        self._hub.fire_in(self.events, "join", client, client_id)

    def _newcomer(self, client_id: str) -> Client | None:
        """Return the client that is to join, None if it is a member; or raise why it may not."""
        client = self._hub.get_client(client_id)
        if client_id in self.members:
            return None
        if len(client.groups) >= self._hub.options.max_groups:
            raise LimitExceeded("max_groups", self._hub.options.max_groups, f"client {client_id}")
        return client

    def remove_user(self, client_id: str) -> None:
        """Let a client leave.

        Raises:
            UnknownClient: it is not connected.
        """
        client = self._hub.get_client(client_id)
        if client_id in self.members:
            self.leave(client)

    def leave(self, client: Client) -> None:
        """A member leaves, and handlers are told."""
        if self.take_out(client):  # else it left while another handler of `leave` waited
            self._hub.fire_in(self.events, "leave", client, client.client_id)
            self._hub.forget_if_unused(self)

    def take_out(self, client: Client) -> bool:
        """A member leaves; its names of the group's go. Return whether it was a member."""
        if self.members.pop(client.client_id, None) is None:
            return False
        self.audiences.forget()
        client.groups.pop(self.name, None)
        self._change_scopes(client, client.scope.leave)
        return True

    def _change_scopes(self, client: Client, change: Callable[[GroupScope], list[Operation]]) -> None:
        assert isinstance(self.scope, GroupScope)  # nobody joins or leaves everyone
        operations = change(self.scope)
        if operations and not client.has_gone:
            client.tell_operations(operations)

    def has_client(self, client_id: str) -> bool:
        """Is this client a member?"""
        return client_id in self._get_members()

    def count(self) -> int:
        """Return how many members there are."""
        return len(self._get_members())

    def get_users(self) -> list[str]:
        """Return the members' ids."""
        return list(self._get_members())

    def exclude(self, client_ids: str | Iterable[str]) -> Group:
        """Return the group without these clients: a live view, which follows later joins."""
        excluded = (client_ids,) if isinstance(client_ids, str) else tuple(client_ids)
        return ExcludingGroup(self, frozenset(excluded))

    def __contains__(self, client_id: object) -> bool:
        return client_id in self._get_members()

    def __len__(self) -> int:
        return self.count()

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._get_members().values()))

    def __repr__(self) -> str:
        return f"<Group {self.name!r} of {self.count()}>"


class ExcludingGroup(Group):
    """A group seen without some of its members."""

    def __init__(self, group: Group, excluded: Collection[str]) -> None:
        self._group = group
        self._excluded = excluded
        self._hub = group._hub
        self.name = group.name
        self.scope = group.scope
        self.events = group.events
        self.audiences = PassingAudiences(self._get_members, group._hub.scopes.marks)
        self._space = self._make_space(group._space.root)
        self.now = Namespace(self._space)

    @property
    def _whole(self) -> Group:
        return self._group._whole

    def _make_space(self, root: str) -> GroupSpace:
        return ExcludingSpace(self, root)

    def _get_members(self) -> Mapping[str, Client]:
        members = self._group._get_members()
        return {key: client for key, client in members.items() if key not in self._excluded}

    def add_user(self, client_id: str) -> None:
        """Let a client join the group that this is a view of."""
        self._group.add_user(client_id)

    def remove_user(self, client_id: str) -> None:
        """Let a client leave the group that this is a view of."""
        self._group.remove_user(client_id)
