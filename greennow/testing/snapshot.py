"""What a `Now` holds at one moment, to be put back after a test."""

from __future__ import annotations

from ..hub.group import Group
from ..server.serve import Now


class Snapshot:
    """Names, groups, handlers and options of a `Now` that nobody is connected to."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._options = now.options
        self._handlers = now.events.copied()
        #: The groups there are.
        self._groups = dict(now.groups)
        #: What everyone and each of them holds.
        self._held = [GroupSnapshot(group) for group in (now.everyone, *self._groups.values())]

    def put_back(self) -> None:
        """Make it as it was. Groups are the same objects as before; those made since are forgotten."""
        now = self._now
        for name, group in now.groups.items():
            if name not in self._groups:
                group.scope.put_back(None)
                group.events.put_back({})
        now.groups.clear()
        now.groups.update(self._groups)
        for held in self._held:
            held.put_back()
        now.events.put_back(self._handlers)
        now.use(self._options)


class GroupSnapshot:
    """The names and handlers of one group."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._names = group.scope.copied()
        self._handlers = group.events.copied()

    def put_back(self) -> None:
        """Make it as it was."""
        self._group.scope.put_back(self._names)
        self._group.events.put_back(self._handlers)
