"""`get_group(name)` makes or returns a group; `everyone` is not to be had that way."""

from __future__ import annotations

import pytest

from greennow import Now
from greennow.testing import Harness


def test_the_same_name_is_the_same_group(h: Harness, now: Now) -> None:
    red = now.get_group("red")
    red.now.topic = "tea"
    assert now.get_group("red") is red
    assert (red.name, red.count(), now.get_group("red").now.topic) == ("red", 0, "tea")
    assert now.get_group("Red") is not red
    assert now.get_groups() == ["red", "Red"]


def test_everyone_is_no_name_for_a_group(now: Now) -> None:
    with pytest.raises(ValueError, match='"everyone" is no name for a group'):
        now.get_group("everyone")


@pytest.mark.parametrize("name", [7, None, b"red"])
def test_a_name_is_text(now: Now, name: object) -> None:
    with pytest.raises(TypeError, match="a group's name is text"):
        now.get_group(name)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["7", "", "with a space", "a.b", "__proto__", "now", "☃"])
def test_any_text_will_do(h: Harness, now: Now, name: str) -> None:
    ann = h.connect()
    now.get_group(name).add_user(ann.client_id)
    now.get_group(name).now.greeting = f"hello {name}"
    h.settle()
    assert (ann.now.greeting, ann.this.get_groups()) == (f"hello {name}", [name])
