"""`this.user.client_id`; the server may hang its own properties on `this.user`, which is never shared."""

from __future__ import annotations

from greennow import Now, this
from greennow.testing import Harness


def test_the_bag_has_the_id_and_keeps_what_the_server_hangs_on_it(h: Harness, now: Now) -> None:
    @now.everyone.expose
    def log_in(name: str) -> str:
        this.user.name = name
        this.user.visits = [object()]  # not shareable, and need not be
        return this.user.client_id

    @now.everyone.expose
    def who_am_i() -> str:
        return this.user.name

    ann, bob = h.connect(), h.connect()
    assert ann.now.log_in("ann").result() == ann.client_id
    assert bob.now.log_in("bob").result() == bob.client_id != ann.client_id
    assert [ann.now.who_am_i().result(), bob.now.who_am_i().result()] == ["ann", "bob"]
    assert now.get_client(ann.client_id).user is ann.this.user


def test_nothing_of_it_reaches_any_client(h: Harness, now: Now) -> None:
    ann, bob = h.connect(), h.connect()
    ann.this.user.secret = "s3cret"
    h.settle()
    names = {"user", "secret"}
    for client in (ann, bob):
        assert names.isdisjoint(client.now)
        assert client.now == client.this.now == {}


def test_a_client_writing_user_or_client_id_changes_nothing_of_the_bag(h: Harness) -> None:
    ann = h.connect()
    ann.now.user = {"client_id": "somebody else", "is_admin": True}
    ann.now.client_id = "somebody else"
    h.settle()
    assert ann.this.user.client_id == ann.this.client_id == ann.client_id
    assert not hasattr(ann.this.user, "is_admin")


def test_it_is_still_there_after_a_broken_line_and_new_in_a_new_session(h: Harness) -> None:
    ann = h.connect()
    ann.this.user.name = "ann"
    h.drop(ann)
    h.settle()
    assert ann.this.user.name == "ann"
    h.drop(ann)
    h.advance(15)
    h.settle()
    assert not hasattr(ann.this.user, "name")
