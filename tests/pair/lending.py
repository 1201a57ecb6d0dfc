"""A world in which functions are passed on, kept, called, dropped and released, while links break.

Everybody has some functions of its own. A *label* says whose a function is, and travels beside it, so that
whoever keeps what it was passed knows what calling it is to run. These hold:

- a function that is kept can be called: its owner runs it, once, unless a session between the two is over, or
  who is between them has released it;
- sent home, in the session in which it was lent, it is the original;
- at rest, with nothing kept any more, nobody has anything lent or borrowed.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import Any

from greennow.core.errors import Disconnected, NoSuchFunction, RemoteError
from greennow.core.reply import Reply
from greennow.core.tree import THEIRS, Set

from .node_end import Node, NodeEnd
from .python_end import PythonEnd
from .schedules import CLIENTS, STEPS, Choose
from .world import World

#: How many functions each has.
OWN = 2

#: The number with which a function is called that came home as another; its session has to be over.
STRAY = 0

#: Where the functions of the server's are called, among the numbers of the clients.
SERVER = -1


class Holder:
    """What one party has of its own, and keeps of others'."""

    def __init__(self, world: LendingWorld, name: str) -> None:
        self._ran = world.ran
        #: What it, or somebody else, has released, by label.
        self._released = world.released
        #: Its own functions, by label.
        self.own = {f"{name}{number}": self._make(f"{name}{number}") for number in range(OWN)}
        #: What it keeps of others', with the labels.
        self.kept: list[tuple[Any, str]] = []
        #: The calls that it made of that: answer, label and number.
        self.calls: list[tuple[Reply, str, int]] = []

    def _make(self, label: str) -> Callable[[int], None]:
        return lambda number: self._ran.append((label, number))

    def keep(self, function: Any, label: str) -> None:
        """It was passed a function."""
        if label in self.own:
            if function is not self.own[label]:
                self.calls.append((function(STRAY), label, STRAY))
        elif not function.is_released:  # else it came home to the middle, which had released it
            assert all(function is kept for kept, other in self.kept if self._is_same(kept, function))
            self.kept.append((function, label))

    def _is_same(self, one: Any, other: Any) -> bool:
        return bool(one.caller is other.caller and one.target == other.target)

    def call(self, which: int, number: int) -> None:
        """Call something that it keeps."""
        if self.kept:
            function, label = self.kept[which % len(self.kept)]
            self.calls.append((function(number), label, number))

    def drop(self, which: int) -> None:
        """Keep it no longer."""
        if self.kept:
            self.kept.pop(which % len(self.kept))

    def release(self, which: int) -> None:
        """Give it back; what is that very object is of no use any more."""
        if self.kept:
            function, label = self.kept[which % len(self.kept)]
            function.release()
            self._released.setdefault(label, []).append(function)
            assert isinstance(function(0).exception(), NoSuchFunction)
            self.kept = [(kept, label) for kept, label in self.kept if kept is not function]

    def outcomes(self) -> list[tuple[str, int, str]]:
        """What came of its calls, and forget them: label, number, and what went wrong."""
        calls, self.calls = self.calls, []
        return [(label, number, self._outcome(reply)) for reply, label, number in calls]

    def _outcome(self, reply: Reply) -> str:
        assert reply.done(), "a call is not answered at rest"
        error = reply.exception()
        if error is None:
            return ""
        over = (
            isinstance(error, Disconnected)
            or (isinstance(error, RemoteError) and error.type == "Disconnected")
            or (isinstance(error, NoSuchFunction) and error.missing == "departed")
        )
        return "over" if over else str(error)


class LendingEnd(PythonEnd):
    """A Python client that keeps the functions it is passed."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        assert isinstance(world, LendingWorld)
        self.holder = Holder(world, f"client {len(world.ends_made)}: ")
        world.ends_made.append(self)
        self.end.write([Set(("keep",), self.holder.keep)])

    def pass_on(self, which: int) -> None:
        """Pass a function of its own to the server, or one that it keeps."""
        take = self.end.now.get("take")
        passed = [*self.holder.own.items(), *((label, kept) for kept, label in self.holder.kept)]
        label, function = passed[which % len(passed)]
        if take is not None and self.end.peer is not None:
            self.replies.append(take(function, label))
        self.pump()

    def do_with_kept(self, name: str, *what: int) -> None:
        """Call, drop or release something that it keeps."""
        getattr(self.holder, name)(*what)
        self.pump()

    def outcomes(self) -> list[tuple[str, int, str]]:
        """What came of its calls."""
        return self.holder.outcomes()

    def let_go_of_all(self) -> None:
        """Keep nothing any more."""
        self.holder.kept.clear()

    def collect(self) -> None:
        """What is garbage is given back."""
        if self.end.peer is not None:
            self.end.peer.release_garbage()
        self.pump()

    def out(self) -> tuple[int, int]:
        """How many functions are lent, and how many borrowed."""
        peer = self.end.peer
        assert peer is not None
        return len(peer.lending), len(peer.borrowing)


class LendingNodeEnd(NodeEnd):
    """The same, but that it is now.js."""

    def __init__(self, world: World, node: Node) -> None:
        super().__init__(world, node)
        assert isinstance(world, LendingWorld)
        self._ran, self._released = world.ran, world.released
        name = f"client {len(world.ends_made)}: "
        world.ends_made.append(self)
        self._ask("hold", labels=[f"{name}{number}" for number in range(OWN)])

    def pass_on(self, which: int) -> None:
        """Pass a function of its own to the server, or one that it keeps."""
        self._ask("passOn", which=which)

    def do_with_kept(self, name: str, *what: int) -> None:
        """Call, drop or release something that it keeps."""
        if name == "call":
            self._ask("use", which=what[0], number=what[1])
        else:
            answer = self._ask("letGo", which=what[0], release=name == "release")
            if "released" in answer:
                self._released.setdefault(answer["released"], [])

    def outcomes(self) -> list[tuple[str, int, str]]:
        """What came of its calls; and which functions of its own were called."""
        answer = self._ask("outcomes")
        self._ran += [(label, number) for label, number in answer["ran"]]
        assert all(use["wrong"] is not None for use in answer["uses"]), "a call is not answered at rest"
        return [(use["label"], use["number"], use["wrong"]) for use in answer["uses"]]

    def let_go_of_all(self) -> None:
        """Keep nothing any more."""
        self._ask("letGoOfAll")

    def collect(self) -> None:
        """What is garbage is given back."""
        self._ask("collect")

    def out(self) -> tuple[int, int]:
        """now.js keeps its tables to itself; the server's, which mirror them, have to do."""
        return 0, 0


class LendingWorld(World):
    """A world with a server and clients that pass functions on."""

    def __init__(self, make_ends: Sequence[Callable[[World], Any]]) -> None:
        super().__init__(make_ends)
        #: What has run: label and number.
        self.ran: list[tuple[str, int]] = []
        #: What somebody has released, and is referred to all the same, by label.
        self.released: dict[str, list[Any]] = {}
        #: What the server has.
        self.holder = Holder(self, "server: ")
        self.ends_made: list[Any] = []
        self._replies: list[Reply] = []

    def __enter__(self) -> LendingWorld:
        super().__enter__()
        self.hub.everyone.expose("take")(self.holder.keep)
        return self

    # Steps.

    def do_lend(self, index: int, which: int) -> None:
        """The server passes a client a function of its own, or one that it keeps; such as the client's."""
        passed = [*self.holder.own.items(), *((label, kept) for kept, label in self.holder.kept)]
        label, function = passed[which % len(passed)]
        client = self.session(index)
        if client is not None and client.scope.get(("keep",)) is THEIRS:
            self._replies.append(client.now["keep"](function, label))

    def do_lend_to_all(self, which: int) -> None:
        """The server passes a function to everyone at once."""
        label, function = [*self.holder.own.items()][which % OWN]
        self.hub.everyone.now["keep"](function, label)

    def do_pass_on(self, index: int, which: int) -> None:
        self.ends[index].pass_on(which)

    def do_use(self, who: int, which: int) -> None:
        self.last_call += 1
        self._do_with_kept(who, "call", which, self.last_call)

    def do_let_go(self, who: int, which: int) -> None:
        self._do_with_kept(who, "drop", which)

    def do_release(self, who: int, which: int) -> None:
        self._do_with_kept(who, "release", which)

    def _do_with_kept(self, who: int, name: str, *what: int) -> None:
        if who == SERVER:
            getattr(self.holder, name)(*what)
        else:
            self.ends[who].do_with_kept(name, *what)

    def do_collect(self, who: int) -> None:
        if who == SERVER:
            for client in self.hub.clients.values():
                client.peer.release_garbage()
        else:
            self.ends[who].collect()

    # Rest.

    def check_rest(self) -> None:
        """Each call of what is kept has run what it was to run, once, unless a session is over."""
        super().check_rest()
        self._replies.clear()
        for label, number, wrong in [
            *self.holder.outcomes(),
            *(row for end in self.ends for row in end.outcomes()),
        ]:
            assert wrong or number != STRAY, f"{label} came home as another function"
            assert wrong in {"", "over"} or self._was_released(label, wrong), f"{label}({number}): {wrong}"
            assert wrong or self.ran.count((label, number)) == 1, f"{label}({number}) has not run once"

    def _was_released(self, label: str, wrong: str) -> bool:
        """Has one in the middle released what it passed on?"""
        return wrong.endswith("was released here") and label in self.released

    def check_that_nothing_is_left_over(self) -> None:
        """Nobody keeps anything any more; then nobody has anything lent or borrowed."""
        self.holder.kept.clear()
        for end in self.ends:
            end.let_go_of_all()
        for generation in (0, 2):  # the errors of calls that failed are cycles, some of them old
            if generation == 0 or any(self._out().values()):
                gc.collect(generation)
                self._give_back()
        assert not any(self._out().values()), f"lent, borrowed or under way: {self._out()}"

    def _give_back(self) -> None:
        for _ in range(3):  # what was passed on is given back by one after the other
            for who in (SERVER, *CLIENTS):
                self.act(("collect", who))
            self.act(("settle",))

    def _out(self) -> dict[str, int]:
        """How much is out, in each table."""
        out = {"lent to many": len(self.hub.lending)}
        for number, end in enumerate(self.ends):
            client = self.hub.clients[end.client_id]
            peer, (lent, borrowed) = client.peer, end.out()
            out |= {
                f"lent to {number}": len(peer.lending) + len(client.wide_loans),
                f"borrowed from {number}": len(peer.borrowing),
                f"calls of {number}": peer.under_way,
                f"lent by {number}": lent,
                f"borrowed by {number}": borrowed,
            }
        return out


def _which(choose: Choose) -> int:
    return int(choose(range(6)))


def _who(choose: Choose) -> int:
    return int(choose((SERVER, *CLIENTS)))


#: The steps of a schedule, and how often each is taken; those of links are as in other schedules.
LENDING_STEPS: dict[str, tuple[int, Callable[[Choose], tuple[Any, ...]]]] = {
    "lend": (12, lambda choose: (choose(CLIENTS), _which(choose))),
    "lend_to_all": (3, lambda choose: (_which(choose),)),
    "pass_on": (12, lambda choose: (choose(CLIENTS), _which(choose))),
    "use": (14, lambda choose: (_who(choose), _which(choose))),
    "let_go": (8, lambda choose: (_who(choose), _which(choose))),
    "release": (8, lambda choose: (_who(choose), _which(choose))),
    "collect": (8, lambda choose: (_who(choose),)),
    **{name: STEPS[name] for name in (
        "to_server", "to_client", "cut", "drop", "connect", "ack", "client_ack", "block", "unblock", "expire",
        "settle",
    )},
}  # fmt: skip

_NAMES = tuple(name for name, (weight, _) in LENDING_STEPS.items() for _ in range(weight))


def a_lending_step(choose: Choose) -> tuple[Any, ...]:
    """One step, as often as `LENDING_STEPS` says."""
    name = choose(_NAMES)
    return (name, *LENDING_STEPS[name][1](choose))
