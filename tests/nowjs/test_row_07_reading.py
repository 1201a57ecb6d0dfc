"""Reading `everyone.now.x` is allowed; clients may differ, so it is what was last written there."""

from __future__ import annotations

import pytest

from greennow.testing import Harness


def test_it_is_what_was_last_written_there_whatever_clients_have(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    h.everyone.now.x = 1
    h.settle()
    ann.now.x = "ann's"
    bob.this.now.y = "bob's"
    h.settle()
    assert h.everyone.now.x == 1
    assert h.everyone.now == {"x": 1}


def test_a_name_that_nobody_wrote_there_is_false_and_missing_and_never_an_error(h: Harness) -> None:
    ann = h.connect()
    ann.now.x = "ann's"
    h.settle()
    everyone = h.everyone.now
    assert not everyone.x
    assert "x" not in everyone
    assert everyone.get("x", "nothing") == "nothing"
    with pytest.raises(AttributeError, match=r"everyone\.now\.x is not set"):
        everyone.x += 1
