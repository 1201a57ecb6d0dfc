"""``python -m bench.scope``: what a write and a join cost as the tree, the clients and the names grow.

A write is to cost the same however wide the tree is and however many clients have names of their own; joining
a group costs its names, which have to be told.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from itertools import count
from timeit import repeat
from typing import Any, NamedTuple

from greennow.core.tree import Set
from greennow.hub.scopes import Scopes

#: What is done between two looks at the clock takes at least so many seconds, and is done so often.
LEAST = 0.05
REPEATS = 5

_HEADER = """\
| what | with | microseconds |
| --- | ---: | ---: |
"""


class Curve(NamedTuple):
    """A cost at several sizes; ``prepare`` makes what is of a size, and returns what is timed."""

    what: str
    size_of: str
    prepare: Callable[[int], Callable[[], object]]
    sizes: tuple[int, ...]


def write_in_wide_tree(names: int) -> Callable[[], object]:
    """Everyone's scope has so many names; one of them is written."""
    everyone = Scopes().everyone
    for name in range(names):
        everyone.write(Set((f"name{name}",), name))
    values = count()
    return lambda: everyone.write(Set(("name0",), next(values)))


def write_above_clients(clients: int) -> Callable[[], object]:
    """So many clients have a name of their own; another one is written for everyone."""
    scopes = Scopes()
    owners = [scopes.own() for _ in range(clients)]
    for owner in owners:
        owner.write(Set(("own",), 1))
    values = count()
    return lambda: (owners, scopes.everyone.write(Set(("shared",), next(values))))


def join_and_leave(names: int) -> Callable[[], object]:
    """A client joins a group of so many names, and leaves it."""
    scopes = Scopes()
    group, client = scopes.group(), scopes.own()
    for name in range(names):
        group.write(Set((f"name{name}",), name))
    return lambda: (client.join(group), client.leave(group))


def write_in_one_of_groups(groups: int) -> Callable[[], object]:
    """A client is in so many groups, each with a name; one of them is written, and the client looks."""
    scopes = Scopes()
    client = scopes.own()
    joined = [scopes.group() for _ in range(groups)]
    for number, group in enumerate(joined):
        group.write(Set((f"name{number}",), number))
        client.join(group)
    values = count()
    return lambda: (joined[0].write(Set(("name0",), next(values))), client.get(("name0",)))


def join_one_of_groups(groups: int) -> Callable[[], object]:
    """There are so many groups of ten clients, each with a name; a client joins and leaves another."""
    scopes = Scopes()
    clients = [scopes.own() for _ in range(max(10, groups // 10))]
    joined = [scopes.group() for _ in range(groups)]
    for number, group in enumerate(joined):
        group.write(Set((f"name{number}",), number))
        for member in range(10):
            clients[(number + member) % len(clients)].join(group)
    more, client = scopes.group(), scopes.own()
    more.write(Set(("name",), 1))
    return lambda: (joined, client.join(more), client.leave(more))


CURVES = (
    Curve(
        "a write in everyone's scope", "names in the tree", write_in_wide_tree,
        (10, 100, 1_000, 10_000, 100_000),
    ),
    Curve(
        "a write in everyone's scope", "clients with names of their own", write_above_clients,
        (1, 10, 100, 1_000, 10_000),
    ),
    Curve(
        "joining a group and leaving it", "names in the group", join_and_leave,
        (1, 10, 100, 1_000, 10_000),
    ),
    Curve(
        "a write in one of a client's groups, and a look", "groups of the client", write_in_one_of_groups,
        (1, 10, 100),
    ),
    Curve(
        "joining a group of one name and leaving it", "other groups of ten", join_one_of_groups,
        (1, 10, 100, 1_000, 10_000),
    ),
)  # fmt: skip


def cost(do: Callable[[], object], least: float) -> float:
    """Return what it costs, in microseconds of processor time: the least of some repetitions."""
    times = 1
    while True:
        seconds = min(repeat(do, number=times, repeat=REPEATS, timer=time.process_time))
        if seconds >= least:
            return seconds / times * 1e6
        times *= 4


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.scope", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and inexact: does it work?")
    options: Any = parser.parse_args()
    sys.stdout.write(_HEADER)
    for curve in CURVES:
        for size in curve.sizes[:2] if options.quick else curve.sizes:
            microseconds = cost(curve.prepare(size), 0.0 if options.quick else LEAST)
            sys.stdout.write(f"| {curve.what} | {size:,} {curve.size_of} | {microseconds:,.1f} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
