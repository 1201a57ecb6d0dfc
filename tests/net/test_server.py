"""What a program on the server sees of its clients, over real sockets.

For the rules of these tests see ``test_harness.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from gevent.event import Event

from greennow import (
    ConnectError,
    Disconnected,
    Group,
    LimitExceeded,
    NoSuchFunction,
    Now,
    Refused,
    RemoteError,
    UnknownClient,
)
from greennow.core.context import This
from greennow.core.tree import DELETED, Set
from greennow.testing import Harness


@pytest.fixture
def h() -> Iterator[Harness]:
    with Harness(Now()) as harness:
        yield harness


@pytest.fixture
def now(h: Harness) -> Now:
    return h.now


def taken(h: Harness) -> list[str]:
    """Take the errors so far out of the harness."""
    errors = [f"{type(error).__name__}: {error}" for error in h.errors]
    h.errors.clear()
    return errors


# Names.


def test_a_write_of_everyones_is_for_present_and_future_clients(h: Harness) -> None:
    ann = h.connect()
    h.everyone.now.score = {"a": [1, 2]}
    h.everyone.now.score.a.append(3)
    h.settle()
    bob = h.connect()
    assert ann.now == bob.now == {"score": {"a": [1, 2, 3]}}


def test_a_write_of_a_clients_is_between_it_and_the_server(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    ann.now.name = "ann"
    ann.this.now.level = 1
    h.settle()
    assert ann.now == ann.this.now == {"name": "ann", "level": 1}
    assert bob.now == {}


def test_a_write_of_everyones_is_over_what_clients_had_and_theirs_are_over_it(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    ann.now.color = "red"
    h.settle()
    h.everyone.now.color = "blue"
    h.settle()
    bob.now.color = "green"
    h.settle()
    assert (ann.now.color, bob.now.color, h.everyone.now.color) == ("blue", "green", "blue")


def test_both_ends_writing_at_once_end_up_equal(h: Harness) -> None:
    ann = h.connect()
    ann.now.list = [0]
    h.settle()
    for number in range(20):
        ann.now.list.append(number)
        ann.this.now.list.insert(0, -number)
        ann.now.x = number
        ann.this.now.x = -number
    h.settle()
    assert ann.now == ann.this.now
    assert len(ann.now.list) == 41


def test_what_a_client_wrote_is_told_to_change_handlers_with_this(h: Harness, now: Now, this: This) -> None:
    seen: list[Any] = []

    @now.on("change")
    def changed(path: Any, value: Any) -> None:
        seen.append((this.client_id, path, value))

    ann = h.connect()
    ann.now.a = {"b": 1}
    ann.now.a.b = [1]
    ann.now.a.b.append(2)
    del ann.now.a.b
    h.settle()
    assert seen == [
        (ann.client_id, ("a",), {"b": 1}),
        (ann.client_id, ("a", "b"), [1]),
        (ann.client_id, ("a", "b"), [1, 2]),
        (ann.client_id, ("a", "b"), DELETED),
    ]


# Which writes are allowed.


def test_no_write_of_a_clients_is_allowed_where_the_option_is_false_but_functions_are() -> None:
    with Harness(Now(), client_write=False) as h:
        ann = h.connect()
        errors: list[BaseException] = []
        ann.on("error", errors.append)
        h.everyone.now.score = 1
        h.settle()
        ann.now.score = 2
        ann.now.name = "ann"
        ann.now.receive = lambda: 7
        h.settle()
        assert ann.now.get("score") == 1
        assert "name" not in ann.now
        assert ann.this.now.receive().result() == 7
        assert [(type(error), str(error)) for error in errors] == [
            (Refused, "now.score: not allowed"),
            (Refused, "now.name: not allowed"),
        ]


def test_writes_are_allowed_by_patterns() -> None:
    with Harness(Now(), client_write=["name", "player.*", "deep.**"]) as h:
        ann = h.connect()
        ann.now.name = "ann"
        ann.now.other = 1
        ann.now.player = {}
        ann.now["deep"] = {"a": {"b": 1}}
        h.settle()
        assert ann.now == ann.this.now == {"name": "ann", "deep": {"a": {"b": 1}}}
        ann.this.now.player = {}
        h.settle()
        ann.now.player.x = 1
        ann.now.deep.a.b = 2
        h.settle()
        assert ann.now == ann.this.now == {"name": "ann", "player": {"x": 1}, "deep": {"a": {"b": 2}}}


def test_a_client_holds_no_more_names_than_it_may_and_can_make_room() -> None:
    with Harness(Now(), max_names=3) as h:
        ann = h.connect()
        errors: list[BaseException] = []
        ann.on("error", errors.append)
        ann.now.a = {"b": 1, "c": 2}
        ann.now.d = 1
        h.settle()
        assert ann.now == ann.this.now == {"a": {"b": 1, "c": 2}}
        assert [str(error) for error in errors] == ["now.d: the limit max_names=3 was passed"]
        del ann.now.a
        ann.now.d = 1
        h.settle()
        assert ann.now == ann.this.now == {"d": 1}


def test_a_list_does_not_grow_without_bound_and_can_be_emptied() -> None:
    with Harness(Now(), max_message=1024) as h:
        ann = h.connect()
        errors: list[BaseException] = []
        ann.on("error", errors.append)
        ann.now.log = []
        for _ in range(100):
            ann.now.log.append("x" * 500)
        h.settle()
        length = len(ann.now.log)
        assert ann.now == ann.this.now
        assert 16 * 1024 // 600 <= length <= 16 * 1024 // 500
        assert len(errors) == 100 - length
        assert str(errors[0]) == "now.log: a client holds at most 16 times max_message=1024 bytes"
        del ann.now.log[1:]
        ann.now.log.append("y")
        h.settle()
        assert ann.now == ann.this.now == {"log": ["x" * 500, "y"]}


def test_writes_are_allowed_by_a_function_with_this() -> None:
    now = Now()
    this = This(now.context)
    asked: list[Any] = []

    def client_write(path: Any, value: Any) -> Any:
        asked.append((this.user.identity, path, value))
        if value == 0:
            raise Refused("nothing is zero here")
        return value != 1

    with Harness(now, client_write=client_write) as h:
        ann = h.connect(identity="ann")
        errors: list[Any] = []
        ann.on("error", errors.append)
        for value in (0, 1, 2):
            ann.now.x = value
        h.settle()
        assert ann.now == ann.this.now == {"x": 2}
        assert asked == [("ann", ("x",), value) for value in (0, 1, 2)]
        assert [str(error) for error in errors] == ["now.x: nothing is zero here", "now.x: not allowed"]


def test_a_check_that_waits_is_not_overtaken() -> None:
    opened, now = Event(), Now()
    called: list[Any] = []

    def client_write(path: Any, value: Any) -> None:
        if value == 1:
            opened.wait()

    with Harness(now, client_write=client_write) as h:
        now.everyone.expose("call")(lambda: called.append(now.context.get().now.x))
        ann, bob = h.connect(), h.connect()
        ann.now.x = 1
        ann.now.call()
        bob.now.x = 2
        bob.now.call()
        gevent.idle()
        gevent.idle()
        assert called == [2]
        opened.set()
        h.settle()
        assert called == [2, 1]


def test_a_second_check_that_waits_is_not_overtaken_either() -> None:
    log: list[str] = []

    def client_write(path: Any, value: Any) -> None:
        gevent.idle()
        log.append(path[0])

    with Harness(Now(), client_write=client_write) as h:
        h.everyone.expose("call")(lambda: log.append("call"))
        ann = h.connect()
        for turns in range(3):
            ann.now.x = turns
            ann.now.y = turns
            ann.now.call()
            h.settle()
        assert log == ["x", "y", "call"] * 3


def test_a_check_that_a_lost_link_left_behind_ends_and_that_of_the_next_is_not_overtaken() -> None:
    opened: list[Event] = []
    log: list[str] = []

    def client_write(path: Any, value: Any) -> None:
        opened.append(Event())
        opened[-1].wait()
        log.append("checked")

    with Harness(Now(), client_write=client_write) as h:
        h.everyone.expose("call")(lambda: log.append("call"))
        ann = h.connect()
        ann.now.x = 1
        gevent.idle()
        h.drop(ann)
        h.resume(ann)
        gevent.idle()
        first, second = opened
        ann.now.call.send()
        first.set()
        gevent.idle()
        assert log == ["checked"]
        assert ann.this.writes.is_checking
        second.set()
        h.settle()
        assert log == ["checked", "checked", "call"]


def test_a_client_that_leaves_in_the_turn_of_a_broadcast_keeps_it_from_nobody(h: Harness) -> None:
    clients = [h.connect() for _ in range(3)]
    group = h.now.get_group("some")
    for client in clients:
        group.add_user(client.client_id)
    other = h.connect()
    h.now.get_group("other").add_user(other.client_id)
    h.settle()
    for value in (1, 2):
        group.now.x = value
        h.now.get_group("other").now.x = value
        if value == 2:
            clients[1].this.end(Disconnected("the client said goodbye", 1000))
        gevent.idle()
    h.settle()
    assert [client.now.x for client in (clients[0], clients[2], other)] == [2, 2, 2]


def test_a_line_that_breaks_in_the_middle_of_a_broadcast_keeps_what_follows_from_nobody(h: Harness) -> None:
    ann, bob, joe = (h.connect() for _ in range(3))
    h.everyone.now.x = 0
    h.settle()

    def breaks(data: bytes) -> int:
        raise ConnectionResetError

    bob.this.is_greeted = False  # so that its session ends with its line
    bob.this.link.send = breaks
    h.everyone.now.first = "x" * 40_000
    h.everyone.now.second = "y" * 40_000  # no room for it beside the first, which is sent now
    gevent.idle()
    bob.close()
    h.settle()
    assert [len(client.now.second) for client in (ann, joe)] == [40_000] * 2


def test_a_check_that_raises_refuses(h: Harness) -> None:
    with Harness(Now(), client_write=lambda path, value: 1 // 0) as h:
        ann = h.connect()
        ann.now.x = 1
        h.settle()
        assert ann.now == ann.this.now == {}
        assert taken(h) == ["ZeroDivisionError: integer division or modulo by zero"]


@pytest.mark.parametrize("path", ["f", "space", "space.g", "space.g.h"])
def test_functions_of_the_server_are_not_writable_nor_is_what_is_above_them(h: Harness, path: str) -> None:
    h.everyone.expose("f")(lambda: "f")
    h.everyone.expose("space.g")(lambda: "g")
    ann = h.connect()
    ann.end.write([Set(tuple(path.split(".")), 1)])
    h.settle()
    assert ann.now.f().result() == "f"
    assert ann.now.space.g().result() == "g"


# Calls.


def test_calls_go_both_ways_with_values(h: Harness) -> None:
    h.everyone.expose("echo")(lambda *args, **kwargs: [list(args), kwargs])
    ann = h.connect()
    ann.now.echo_back = lambda *args, **kwargs: [list(args), kwargs]
    h.settle()
    value = {"a": [1, None, True, 1.5, b"x", 2**80, "é"]}
    assert ann.now.echo(value, b=2).result() == [[value], {"b": 2}]
    assert ann.this.now.echo_back(value, b=2).result() == [[value], {"b": 2}]


def test_calls_are_made_in_the_order_of_writes_and_calls(h: Harness, this: This) -> None:
    seen: list[int] = []
    h.everyone.expose("look")(lambda: seen.append(this.now.x))
    ann = h.connect()
    for number in range(300):
        ann.now.x = number
        ann.now.look()
    h.settle()
    assert seen == list(range(300))


def test_errors_go_both_ways(h: Harness) -> None:
    def fail() -> None:
        raise ValueError("no")

    def answer() -> None:
        raise RemoteError("an answer")

    h.everyone.expose(fail)
    h.everyone.expose(answer)
    ann = h.connect()
    ann.now.fail_too = fail
    h.settle()
    errors = [ann.now.fail().exception(), ann.this.now.fail_too().exception(), ann.now.answer().exception()]
    assert [(type(error), error.type, str(error)) for error in errors] == [
        (RemoteError, "ValueError", "now.fail() failed: ValueError: no"),
        (RemoteError, "ValueError", "now.fail_too() failed: ValueError: no"),
        (RemoteError, "RemoteError", "now.answer() failed: an answer"),
    ]


def test_callbacks_go_both_ways_and_home_again(h: Harness) -> None:
    kept: list[Any] = []

    def ours(value: Any) -> Any:
        return ("ours", value)

    h.everyone.expose("keep")(kept.append)
    h.everyone.expose("is_ours")(lambda function: function is ours)
    h.everyone.expose("give")(lambda: ours)
    ann = h.connect()

    def theirs(value: Any) -> Any:
        return ("theirs", value)

    ann.now.keep(theirs)
    h.settle()
    assert kept[0](1).result() == ["theirs", 1]
    given = ann.now.give().result()
    assert given(2).result() == ["ours", 2]
    assert ann.now.is_ours(given).result() is True


def test_a_callback_is_let_go_of_when_the_other_end_has(h: Harness) -> None:
    kept: list[Any] = []
    h.everyone.expose("keep")(kept.append)
    h.everyone.expose("drop")(kept.clear)
    ann = h.connect()
    ann.now.keep(lambda: 1)
    h.settle()
    peer = ann.end.peer
    assert peer is not None
    assert len(peer.lending) == 1
    ann.now.drop()
    h.settle()
    ann.now.drop()  # garbage goes back with what is handled next
    h.settle()
    assert len(peer.lending) == 0


def test_a_handler_may_wait_for_the_very_client_that_called_it(h: Harness, this: This) -> None:
    h.everyone.expose("ask_back")(lambda: this.now.name_of().result() + "!")
    ann = h.connect()
    ann.now.name_of = lambda: "ann"
    assert ann.now.ask_back().result() == "ann!"


def test_a_handler_that_waits_holds_up_nothing_that_comes_after_it(h: Harness) -> None:
    opened, order = Event(), []

    @h.everyone.expose
    def wait(number: int) -> int:
        order.append(number)
        opened.wait()
        return number

    h.everyone.expose("note")(order.append)
    ann, bob = h.connect(), h.connect()
    waiting = [ann.now.wait(0), ann.now.wait(2)]
    ann.now.note(3).result()
    ann.now.x = 1
    waiting.append(ann.now.wait(4))
    ann.now.note(5).result()
    bob.now.note(6).result()
    assert order == [0, 2, 3, 4, 5, 6]
    assert ann.this.now.x == 1
    opened.set()
    h.settle()
    assert [reply.result() for reply in waiting] == [0, 2, 4]


def test_this_is_the_calls_client_also_in_nested_calls_and_spawned_greenlets(h: Harness, this: This) -> None:
    seen: list[str] = []
    ann, bob = h.connect(), h.connect()

    @h.everyone.expose
    def inner() -> None:
        seen.append(this.client_id)

    @h.everyone.expose
    def outer() -> None:
        seen.append(this.client_id)
        bob.this.now.inner()
        gevent.spawn(lambda: seen.append(this.client_id))
        gevent.spawn(lambda: gevent.spawn(inner).join()).join()
        seen.append(this.client_id)

    h.settle()
    ann.now.outer()
    h.settle()
    mine, other = ann.client_id, bob.client_id
    assert seen == [mine, other, mine, mine, mine]
    with pytest.raises(RuntimeError, match="`this` is there only while an event or a call of a client runs"):
        this.client_id  # noqa: B018


def test_calls_that_wait_each_keep_their_own_this(h: Harness, this: This) -> None:
    opened = Event()

    @h.everyone.expose
    def who() -> str:
        opened.wait()
        return this.client_id

    clients = [h.connect() for _ in range(3)]
    replies = [client.now.who() for client in clients for _ in range(3)]
    gevent.idle()
    opened.set()
    assert [reply.result() for reply in replies] == [client.client_id for client in clients for _ in range(3)]


def test_a_function_of_clients_is_called_in_each_that_has_it(h: Harness) -> None:
    ann, bob, cid = h.connect(), h.connect(), h.connect()
    heard: list[Any] = []
    ann.now.hear = lambda *args: heard.append(("ann", *args))
    bob.now.hear = lambda *args: heard.append(("bob", *args))
    h.settle()
    assert h.everyone.now.hear(1, [2]) is None
    h.settle()
    assert sorted(heard) == [("ann", 1, [2]), ("bob", 1, [2])]
    assert "hear" not in cid.now


def test_a_function_of_the_servers_runs_once_a_member_of_a_group(h: Harness, this: This) -> None:
    seen: list[str] = []
    clients = [h.connect() for _ in range(3)]
    h.everyone.now.run = lambda: seen.append(this.client_id)
    h.everyone.now.run()
    assert sorted(seen) == sorted(client.client_id for client in clients)


def test_a_callback_may_be_lent_to_many_at_once(h: Harness) -> None:
    heard: list[Any] = []
    clients = [h.connect() for _ in range(3)]
    for number, client in enumerate(clients):
        client.now.hear = lambda answer, number=number: answer(number).result()
    h.settle()
    h.everyone.now.hear(heard.append)
    h.settle()
    assert sorted(heard) == [0, 1, 2]


def test_calling_what_is_no_function_says_so(h: Harness) -> None:
    h.everyone.now.value = 1
    ann = h.connect()
    error = ann.end.call(("value",), (), {}).exception()
    assert isinstance(error, NoSuchFunction)
    assert str(error) == "now.value is not a function but a number"


def test_a_client_that_goes_fails_the_calls_that_wait_for_it(h: Harness) -> None:
    ann = h.connect()
    opened = Event()
    ann.now.wait = opened.wait
    h.settle()
    reply = ann.this.now.wait()
    ann.this.disconnect("enough")
    opened.set()
    error = reply.exception()
    assert isinstance(error, Disconnected)
    assert (error.code, error.reason) == (4000, "enough")
    h.settle()
    assert ann.closed is not None
    assert (ann.closed.code, ann.closed.reason) == (4000, "enough")


def test_more_calls_at_once_than_allowed_are_refused() -> None:
    with Harness(Now(), max_calls=2) as h:
        opened = Event()
        h.everyone.expose("wait")(opened.wait)
        ann = h.connect()
        replies = [ann.now.wait() for _ in range(3)]
        assert replies[2].exception().type == "LimitExceeded"
        opened.set()
        assert [reply.result() for reply in replies[:2]] == [True, True]


# Coming and going.


def test_what_a_client_wrote_before_it_is_ready_is_there_at_connect(h: Harness, now: Now, this: This) -> None:
    seen: list[Any] = []
    now.on("connect", lambda client_id: seen.append((client_id, this.now.name, this.now.has_f)))
    ann = h.client()
    ann.now.name = "ann"
    ann.now.has_f = True
    ann.connect()
    assert seen == [(ann.client_id, "ann", True)]


def test_a_clients_calls_wait_for_connect_handlers_which_may_call_it(
    h: Harness, now: Now, this: This
) -> None:
    opened, order = Event(), []

    @now.on("connect")
    def joined() -> None:
        order.append(this.now.ask("ready?").result())
        opened.wait()
        order.append("connected")

    h.everyone.expose("call")(lambda: order.append("called"))
    ann = h.client()
    ann.now.ask = lambda text: f"{text} yes"
    ann.on("ready", lambda: order.append("ready"))
    connecting = gevent.spawn(ann.connect)
    gevent.idle()
    gevent.idle()
    ann.now.call()
    ann.now.x = 1
    gevent.idle()
    assert order == ["ready? yes"]
    opened.set()
    connecting.get()
    h.settle()
    assert order[:2] == ["ready? yes", "connected"]
    assert sorted(order[2:]) == ["called", "ready"]
    assert ann.this.now.x == 1


def test_a_connect_handler_may_turn_a_client_away(h: Harness, now: Now, this: This) -> None:
    now.on("connect", lambda: this.client.disconnect("not you"))
    with pytest.raises(ConnectError, match="not you") as caught:
        h.connect()
    assert caught.value.code == 4000
    assert h.everyone.count() == 0


def test_events_come_once_a_session(h: Harness, now: Now) -> None:
    events: list[Any] = []
    for event in ("connect", "lost", "resumed", "disconnect"):
        now.on(event, lambda client_id, event=event: events.append((event, client_id)))
    ann = h.connect()
    name = ann.client_id
    h.drop(ann)
    h.settle()
    h.drop(ann)
    h.advance(15)
    h.settle()
    ann.close()
    h.settle()
    assert events == [
        ("connect", name),
        ("lost", name),
        ("resumed", name),
        ("lost", name),
        ("disconnect", name),
        ("connect", ann.client_id),
        ("disconnect", ann.client_id),
    ]


def test_a_resumed_session_has_everything_as_before(h: Harness) -> None:
    room = h.now.get_group("room")
    ann = h.connect()
    ann.this.user.points = 3
    room.add_user(ann.client_id)
    before = ann.this
    callback: list[Any] = []
    h.everyone.expose("keep")(callback.append)
    h.settle()
    ann.now.keep(lambda: "still here")
    h.drop(ann)
    reply = before.now.get("f")
    h.settle()
    assert reply is None
    assert ann.this is before
    assert (ann.this.user.points, ann.this.get_groups()) == (3, ["room"])
    assert callback[0]().result() == "still here"


def test_a_client_that_has_gone_can_be_read_and_not_written(h: Harness) -> None:
    ann = h.connect()
    ann.now.name = "ann"
    ann.now.f = lambda: 1
    ann.close()
    h.settle()
    gone = ann.this
    f = gone.now.f
    gone.now.name = "bob"
    assert (gone.now.name, gone.online) == ("ann", False)
    assert isinstance(f().exception(), Disconnected)


def test_get_client_gives_a_connected_client(h: Harness) -> None:
    ann = h.connect()
    assert h.now.get_client(ann.client_id) is ann.this
    with pytest.raises(UnknownClient, match="no client 'nobody' is connected"):
        h.now.get_client("nobody")


def test_an_error_in_a_handler_touches_nothing_else(h: Harness, now: Now) -> None:
    seen: list[Any] = []
    now.on("connect", lambda: [].pop())
    now.on("connect", seen.append)
    reported: list[Any] = []
    now.on("error", reported.append)
    ann = h.connect()
    assert seen == [ann.client_id]
    assert [str(error) for error in reported] == ["pop from empty list"]
    assert taken(h) == ["IndexError: pop from empty list"]


def test_start_and_stop_handlers_run_with_the_server() -> None:
    now, ran = Now(), []

    @now.on("start")
    def loop() -> None:
        ran.append("started")
        try:
            Event().wait()
        finally:
            ran.append("ended")

    now.on("stop", lambda: ran.append("stop"))
    with Harness(now) as h:
        h.settle()
        assert ran == ["started"]
    assert ran == ["started", "stop", "ended"]


# Groups.


def test_groups_share_names_with_their_members(h: Harness) -> None:
    ann, bob = h.connect(), h.connect()
    room = h.now.get_group("room")
    room.now.topic = "tea"
    room.add_user(ann.client_id)
    h.settle()
    assert ann.now == {"topic": "tea"}
    room.add_user(bob.client_id)
    room.now.topic = "coffee"
    h.settle()
    assert ann.now == bob.now == {"topic": "coffee"}
    room.remove_user(ann.client_id)
    h.settle()
    assert ann.now == {}
    assert (room.count(), room.get_users(), bob.client_id in room) == (1, [bob.client_id], True)


def test_join_and_leave_are_told_with_this(h: Harness, this: This) -> None:
    events: list[Any] = []
    room = h.now.get_group("room")
    for event in ("join", "leave"):
        room.on(event, lambda client_id, event=event: events.append((event, client_id, this.client_id)))
    ann, bob = h.connect(), h.connect()
    room.add_user(ann.client_id)
    room.add_user(bob.client_id)
    room.remove_user(ann.client_id)
    bob.close()
    h.settle()
    assert events == [
        (event, client.client_id, client.client_id)
        for event, client in [("join", ann), ("join", bob), ("leave", ann), ("leave", bob)]
    ]


def test_on_going_a_client_leaves_its_groups_before_disconnect(h: Harness, now: Now) -> None:
    order: list[str] = []
    now.get_group("room").on("leave", lambda: order.append("leave"))
    now.on("disconnect", lambda: order.append("disconnect"))
    ann = h.connect()
    now.get_group("room").add_user(ann.client_id)
    h.drop(ann)
    assert order == []
    h.advance(15)
    assert order == ["leave", "disconnect"]


def test_excluded_clients_are_not_called_nor_written(h: Harness) -> None:
    heard: list[str] = []
    ann, bob, cid = clients = [h.connect() for _ in range(3)]
    for client in clients:
        client.now.hear = lambda client=client: heard.append(client.client_id)
    h.settle()
    others = h.everyone.exclude([ann.client_id])
    others.now.hear()
    others.now.x = 1
    h.settle()
    assert sorted(heard) == sorted([bob.client_id, cid.client_id])
    assert [client.now.get("x") for client in clients] == [None, 1, 1]
    assert h.connect().now.get("x") is None
    assert others.count() == 3


def test_a_group_larger_than_a_message_can_be_joined_and_left(h: Harness, now: Now) -> None:
    ann = h.connect()
    size = now.options.max_message // 1000
    big = now.get_group("big")
    big.now.names = {}
    big.now.list = []
    for number in range(size + 100):
        big.now.names[str(number)] = "x" * 1000
        big.now.list.append("y" * 1000)
    session = ann.client_id
    big.add_user(ann.client_id)
    h.settle()
    assert ann.now == ann.this.now
    assert (len(ann.now.names), len(ann.now.list)) == (size + 100, size + 100)
    big.remove_user(ann.client_id)
    h.settle()
    assert ann.now == ann.this.now == {}
    assert ann.client_id == session


def test_a_group_is_forgotten_when_it_has_no_members_names_and_handlers(h: Harness, now: Now) -> None:
    events: list[Any] = []
    now.on("newgroup", lambda group: events.append(("new", group.name)))
    now.on("removegroup", lambda group: events.append(("removed", group.name)))
    ann = h.connect()
    room = now.get_group("room")
    room.add_user(ann.client_id)
    room.remove_user(ann.client_id)
    assert now.get_groups() == []
    assert events == [("new", "room"), ("removed", "room")]


def test_a_group_that_was_forgotten_and_is_still_held_can_be_used_again(h: Harness, now: Now) -> None:
    ann = h.connect()
    room = now.get_group("room")
    room.add_user(ann.client_id)
    room.remove_user(ann.client_id)
    room.add_user(ann.client_id)
    room.now.topic = "tea"
    h.settle()
    assert ann.now == {"topic": "tea"}
    assert now.get_group("room") is room


def test_a_group_that_was_removed_begins_anew_without_names_and_handlers(h: Harness, now: Now) -> None:
    joined: list[str] = []

    def furnish(group: Group) -> None:
        group.now.topic = "tea"
        group.on("join", joined.append)
        group.on("leave", lambda: now.remove_group("room"))  # the only member

    now.on("newgroup", furnish)
    ann = h.connect()
    for _ in range(2):
        room = now.get_group("room")
        room.add_user(ann.client_id)
        h.settle()
        assert ann.now == {"topic": "tea"}
        room.remove_user(ann.client_id)
        h.settle()
        assert (ann.now, now.get_groups()) == ({}, [])
    assert joined == [ann.client_id] * 2


def test_a_client_is_in_no_more_groups_than_allowed() -> None:
    with Harness(Now(), max_groups=1) as h:
        ann = h.connect()
        h.now.get_group("a").add_user(ann.client_id)
        with pytest.raises(LimitExceeded, match="max_groups"):
            h.now.get_group("b").add_user(ann.client_id)
        assert ann.this.get_groups() == ["a"]


# Threads.


def test_run_runs_on_the_serving_thread(h: Harness, now: Now) -> None:
    ann = h.connect()
    found: list[Any] = []

    def work() -> None:
        future = now.run(lambda a, b: (threading.get_ident(), a + b, now.get_client(ann.client_id)), 1, 2)
        found.append(future.result(10))
        found.append(type(now.run(lambda: [].pop()).exception(10)))
        done.send()

    done, finished = gevent.get_hub().loop.async_(), Event()
    done.start(finished.set)
    thread = threading.Thread(target=work)
    thread.start()
    finished.wait()
    done.close()
    thread.join()
    assert found == [(threading.get_ident(), 3, ann.this), IndexError]


def test_other_threads_are_told_to_use_run(h: Harness, now: Now) -> None:
    ann = h.connect()
    client = ann.this
    room = now.get_group("room")
    tries = [
        lambda: setattr(h.everyone.now, "x", 1),
        lambda: h.everyone.now.x,
        lambda: client.now.get("x"),
        lambda: setattr(client.now, "x", 1),
        lambda: client.disconnect(),
        lambda: now.get_group("other"),
        lambda: now.get_client(client.client_id),
        lambda: room.add_user(client.client_id),
        lambda: room.now.f(),
        lambda: now.remove_group("room"),
    ]
    errors: list[str] = []

    def work() -> None:
        for attempt in tries:
            try:
                attempt()
            except RuntimeError as error:
                errors.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(errors) == len(tries)
    assert set(errors) == {
        "greennow's objects belong to the serving thread; from another one use greennow.run(function, *args)"
    }


def test_a_stop_handler_that_never_returns_does_not_keep_the_server_from_stopping(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = Now()
    now.on("stop", Event().wait)
    server = now.start(port=0)
    server.stop(timeout=0)
    server.wait()


def test_a_handler_may_wait_for_its_client_though_the_check_before_it_waited() -> None:
    answers: list[Any] = []
    checked = Event()

    def ask() -> Any:
        return client.this.now.ask().result(5)

    def check(path: Any, value: Any) -> bool:
        checked.wait()
        return True

    now = Now()
    now.on("change", lambda path: path == ("x",) and answers.append(ask()))
    with Harness(now, client_write=check) as h:
        client = h.connect()
        client.now.ask = lambda: "here"
        client.now.x = 1
        gevent.spawn(checked.set)
        h.settle()
    assert answers == ["here"]
