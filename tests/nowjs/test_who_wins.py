"""Each case of the table, with a real server and real clients; and that the page shows this very table."""

from __future__ import annotations

from typing import Any

import pytest

from greennow import Group, Now
from greennow.testing import Harness

from .who_wins import CASES, FUNCTION, PAGE, Case, rendered


class Short:
    """`red.x` for `red.now.x`."""

    def __init__(self, owner: Any) -> None:
        vars(self)["_owner"] = owner

    def exclude(self, person: Short) -> Short:
        return Short(self._owner.exclude(person.client_id))

    def __getattr__(self, name: str) -> Any:
        return self._owner.client_id if name == "client_id" else getattr(self._owner.now, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._owner.now, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._owner.now, name)


class Play:
    """The people and groups of a case."""

    def __init__(self, h: Harness, now: Now, *, at_the_server: bool) -> None:
        self.h = h
        self.now = now
        self._at_the_server = at_the_server
        self.people: dict[str, Any] = {}
        self._names: dict[str, Any] = {
            "everyone": Short(now.everyone),
            "red": Short(now.get_group("red")),
            "blue": Short(now.get_group("blue")),
            "get_group": lambda name: Short(now.get_group(name)),
            "hello": lambda: "hello",
        }

    def connect(self, name: str) -> None:
        """Let somebody come."""
        self.people[name] = self.h.connect()
        self._names[name] = Short(self.people[name].this if self._at_the_server else self.people[name])

    def do(self, step: str) -> None:
        """Do a step, and let it arrive everywhere."""
        match step.split():
            case [name, "connects"]:
                self.connect(name)
            case [name, "joins", group]:
                self.group(group).add_user(self.people[name].client_id)
            case [name, "leaves", group]:
                self.group(group).remove_user(self.people[name].client_id)
            case [group, "is", "removed"]:
                self.now.remove_group(group)
            case _:
                exec(step, self._names)
        self.h.settle()

    def group(self, name: str) -> Group:
        """The group of this name."""
        return self.now.get_group(name)


def seen(namespace: Any) -> Any:
    """What is seen there."""
    plain = namespace.to_plain()
    return {name: FUNCTION if callable(value) else value for name, value in plain.items()}


TRIED = [
    pytest.param(case, at_the_server, id=f"{case.steps}, {'server' if at_the_server else 'client'}")
    for case in CASES
    for at_the_server in (False, True)
    if case.at_the_server or not at_the_server
]


@pytest.mark.parametrize(("case", "at_the_server"), TRIED)
def test_it_is_so_whether_a_client_writes_or_the_server_for_it(
    h: Harness, now: Now, case: Case, at_the_server: bool
) -> None:
    play = Play(h, now, at_the_server=at_the_server)
    steps = case.steps.split("; ")
    for name in ("ann", "bob"):
        if f"{name} connects" not in steps:
            play.connect(name)
    for step in steps:
        play.do(step)
    ann, bob = play.people["ann"], play.people["bob"]
    assert (seen(ann.now), seen(bob.now)) == (case.ann, case.bob)
    assert (seen(ann.this.now), seen(bob.this.now)) == (case.ann, case.bob)
    assert (seen(now.everyone.now), seen(play.group("red").now)) == (case.everyone, case.red)


def test_each_case_is_another() -> None:
    assert len({case.steps for case in CASES}) == len(CASES)


def test_the_page_shows_the_cases() -> None:
    page = PAGE.read_text("utf-8")
    assert page == rendered(page), "write it anew: python tests/nowjs/who_wins.py"
