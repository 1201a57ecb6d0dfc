"""Who of a group is told what: all, or those with a function at a path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..core.paths import Key, Path
from .audience import Audience
from .client import Client

#: So many paths are remembered, by a group and by the scopes; who calls more of them pays for it.
_REMEMBERED = 100


class Audiences:
    """The audiences of a group, found once.

    To find those with a function, each member is asked, which costs more than half of what telling it
    does. So they are remembered until somebody joins, leaves or goes (`forget`), or something is written at
    the first name of the path.
    """

    def __init__(self, members: Callable[[], Mapping[str, Client]], marks: dict[Key, object]) -> None:
        """
        Args:
            members: gives the members as they are now.
            marks: by name, what is another after each write there; see `Scopes.marks`.
        """
        self._members = members
        self._marks = marks
        self._all: Audience | None = None
        #: Those with a function at a path, and the mark that the first name of the path had then.
        self._callees: dict[Path, tuple[object, Audience]] = {}

    def all(self) -> Audience:
        """Return the audience of all members."""
        if self._all is None:
            self._all = Audience(self.members())
        return self._all

    def members(self) -> list[Client]:
        """Return all members whose sessions are not over."""
        return [client for client in self._members().values() if not client.has_gone]

    def callees(self, path: Path) -> Audience | None:
        """Return the audience of those with a function at ``path``, None if that has to be found out."""
        remembered = self._callees.get(path)
        if remembered is None or remembered[0] is not self._marks.get(path[0]):
            return None
        return remembered[1]

    def remember(self, path: Path, callees: Sequence[Client]) -> Audience:
        """Just now these have a function at ``path``; return their audience."""
        _, before = self._callees.pop(path, (None, None))
        audience = self.all()
        if len(callees) != len(audience.clients):
            audience = before if before is not None and before.clients == callees else Audience(callees)
        if before is not None and before is not audience:
            self._retire(before)
        if len(self._callees) >= _REMEMBERED:
            self._forget_callees()
        if len(self._marks) >= _REMEMBERED and path[0] not in self._marks:
            self._marks.clear()  # so nothing that any group remembers holds any more
        self._callees[path] = (self._marks.setdefault(path[0], object()), audience)
        return audience

    def forget(self) -> None:
        """Somebody has joined, left or gone."""
        self._forget_callees()
        if self._all is not None:
            self._all.retire()
            self._all = None

    def _forget_callees(self) -> None:
        for _, audience in self._callees.values():
            self._retire(audience)
        self._callees.clear()

    def _retire(self, audience: Audience) -> None:
        if audience is not self._all:
            audience.retire()


class PassingAudiences(Audiences):
    """The audiences of a group without some of its members: nothing is remembered."""

    def all(self) -> Audience:
        """Return the audience of all members."""
        return Audience(self.members(), is_kept=False)

    def remember(self, path: Path, callees: Sequence[Client]) -> Audience:
        """Return the audience of these."""
        return Audience(callees, is_kept=False)
