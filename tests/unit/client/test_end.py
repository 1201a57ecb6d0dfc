"""The client's end against a server that the test plays with a codec of its own."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from greennow.client.end import FINAL, ClientEnd
from greennow.core.codec import Codec
from greennow.core.errors import Disconnected, LimitExceeded, NoSuchFunction, ProtocolError, Refused
from greennow.core.limits import Limits
from greennow.core.messages import Ack, Bye, Call, Hello, Message, Ready, Refuse, Welcome, Write
from greennow.core.messages import Reply as Answer
from greennow.core.reply import Reply
from greennow.core.tree import DELETED, THEIRS, Dict, List, Set, plain

ROOT = Path(__file__).parents[3]

LIMITS = {"max_message": 1000, "max_depth": 32, "resume_buffer": 5000, "heartbeat": 20, "resume_window": 15}


class Functions:
    """The server's functions, as content of tags."""

    def reference(self, function: Any) -> list[Any]:
        return function.content  # type: ignore[no-any-return]

    def place(self, function: Any) -> Any:
        return None if function is THEIRS or callable(function) else function.content

    def function(self, content: Any) -> Any:
        return Referred(content)


@dataclass(frozen=True)
class Referred:
    """A function by the content of its tag."""

    content: Any

    def __call__(self) -> None:
        """It is somewhere else."""


class Shell:
    """Runs tasks when the test says so."""

    def __init__(self) -> None:
        self.lock = nullcontext()
        self.has_one_thread = True
        self.tasks: list[Callable[[], None]] = []
        self.given_up: list[str] = []

    def dispatch(self, task: Callable[[], None]) -> None:
        self.tasks.append(task)

    def new_reply(self) -> Reply:
        return Reply()

    def give_up_link(self, reason: str) -> None:
        self.given_up.append(reason)


class Server:
    """The other end of a client's links."""

    def __init__(self) -> None:
        self.shell = Shell()
        self.end = ClientEnd(self.shell)
        self.codec = Codec(Functions(), Limits())
        self.events: list[Any] = []
        for event in ("ready", "disconnect", "close"):
            self.end.on(event, lambda event=event: self.events.append(event))
        for event in ("reconnect", "error"):
            self.end.on(event, lambda what, event=event: self.events.append((event, what)))
        self.link: Any = None

    def connect(self) -> Hello:
        self.link = Link()
        (hello,) = self.decode(self.end.hello())
        assert isinstance(hello, Hello)
        return hello

    def decode(self, data: bytes) -> list[Message]:
        return list(self.codec.decode(data))

    def say(self, *messages: Message) -> None:
        self.end.receive(self.link, b"".join(map(self.codec.encode, messages)))
        self.run()

    def run(self) -> None:
        while self.shell.tasks:
            self.shell.tasks.pop(0)()

    def heard(self) -> list[Message]:
        messages = []
        while data := self.end.take(self.link):
            messages += self.decode(data)
        return messages

    def welcome(self, *, resumed: bool = False, received: int = 0, now: Any = None, **limits: Any) -> None:
        view = None if resumed else Dict(now or {})
        self.say(Welcome("id", b"t" * 16, resumed, received, {**LIMITS, **limits}, {}, view))

    def begin(self, now: Any = None, **limits: Any) -> None:
        """A session from hello to ready; nothing in flight."""
        self.connect()
        self.welcome(now=now, **limits)
        self.heard()
        self.say(Ack(1), Ready())

    def lose(self, code: int = 1006) -> None:
        self.end.link_lost(self.link, code, "lost")
        self.run()


class Link:
    def wake(self) -> None:
        """`Server.heard` asks without being called."""


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def end(server: Server) -> ClientEnd:
    return server.end


def writes(messages: list[Message]) -> list[Any]:
    return [
        operation for message in messages if isinstance(message, Write) for operation in message.operations
    ]


# Sessions begin.


def test_hello_counts_links_and_asks_to_resume_what_there_is(server: Server) -> None:
    assert server.connect() == Hello(1, 1, None, 0)
    server.lose()
    assert server.connect() == Hello(1, 2, None, 0)
    server.welcome()
    server.say(Write((Set(("a",), 1),)))
    server.lose()
    assert server.connect() == Hello(1, 3, b"t" * 16, 1)


def test_a_fresh_session_is_told_our_own_names_even_if_there_are_none(server: Server) -> None:
    server.connect()
    server.welcome(now={"theirs": 1})
    assert server.heard() == [Write(())]
    assert server.end.now.to_plain() == {"theirs": 1}


def test_our_own_names_are_put_in_place_again_as_they_are_now(server: Server, end: ClientEnd) -> None:
    server.begin({"theirs": 1, "gone": 2})
    end.now.list = [1]
    end.now.list.append(2)
    end.now.f = print
    del end.now["gone"]
    server.heard()
    end.give_up_session(Disconnected())
    end.now.offline = True
    server.lose()
    server.connect()
    server.welcome(now={"theirs": 3, "gone": 2})
    (again,) = server.heard()
    assert sorted(plain(operation) for operation in writes([again])) == [
        (("f",), Referred(None)),
        (("gone",),),
        (("list",), [1, 2]),
        (("offline",), True),
    ]
    assert end.now.theirs == 3


def test_what_is_too_large_for_one_message_is_put_in_place_in_several(server: Server, end: ClientEnd) -> None:
    server.begin()
    for name in "abcdefg":
        end.now[name] = "x" * 400
    server.heard()
    end.give_up_session(Disconnected())
    server.lose()
    server.connect()
    server.welcome()
    heard = server.heard()
    assert len(heard) > 1
    assert dict(writes(heard)) == {(name,): "x" * 400 for name in "abcdefg"}
    server.say(Ack(len(heard)))
    assert end.replica.pending == type(end.replica.pending)()


def test_what_a_new_server_takes_no_more_is_given_up_and_reported(server: Server, end: ClientEnd) -> None:
    server.begin()
    end.now.large, end.now.small = "x" * 400, 1
    server.heard()
    end.give_up_session(Disconnected())
    server.lose()
    server.connect()
    server.welcome(max_message=100)
    assert writes(server.heard()) == [Set(("small",), 1)]
    assert end.now.to_plain() == {"small": 1}
    [(event, error)] = [told for told in server.events if isinstance(told, tuple)]
    assert (event, error.path) == ("error", ("large",))


def test_a_fresh_session_is_told_that_there_are_none_if_none_can_be_told(
    server: Server, end: ClientEnd
) -> None:
    server.begin()
    end.now.large = "x" * 400
    server.heard()
    end.give_up_session(Disconnected())
    server.lose()
    server.connect()
    server.welcome(max_message=100)
    assert server.heard() == [Write(())]


def test_ready_is_told_once_and_to_those_who_come_late(server: Server, end: ClientEnd) -> None:
    late: list[str] = []
    server.begin()
    assert server.events == ["ready"]
    end.on("ready", lambda: late.append("handler"))
    end.on("ready")(lambda: late.append("decorated"))
    server.run()
    assert late == ["handler", "decorated"]


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (Ack(0), "welcome comes first (code 1002)"),
        (Ready(), "welcome comes first (code 1002)"),
        (Welcome("id", b"", True, 0, LIMITS, {}), "nothing was to be resumed (code 1002)"),
        (
            Welcome("id", b"", False, 0, {**LIMITS, "heartbeat": -1}, {}, Dict()),
            "welcome: the limit heartbeat is missing (code 1002)",
        ),
    ],
)
def test_what_cannot_begin_a_session_breaks_the_protocol(
    server: Server, message: Message, sentence: str
) -> None:
    server.connect()
    with pytest.raises(ProtocolError) as broken:
        server.say(message)
    assert str(broken.value) == sentence


# Sessions go on.


def test_a_resumed_session_goes_on_and_nothing_is_lost_or_said_twice(server: Server, end: ClientEnd) -> None:
    server.begin({"f": THEIRS})
    arrived, lost = end.now.f(1), end.now.f(2)
    server.heard()
    server.lose()
    offline = end.now.f(3)
    server.connect()
    server.welcome(resumed=True, received=2)
    calls = [message for message in server.heard() if isinstance(message, Call)]
    assert [call.args for call in calls] == [[2], [3]]
    server.say(*(Answer(number, number) for number in (1, 2, 3)))
    assert [reply.result(0) for reply in (arrived, lost, offline)] == [1, 2, 3]
    assert server.events == ["ready", "disconnect", ("reconnect", True)]


def test_what_follows_welcome_in_its_message_is_of_the_session_that_goes_on(
    server: Server, end: ClientEnd
) -> None:
    got: list[Any] = []
    end.now.take = got.append
    server.begin()
    server.lose()
    server.connect()
    welcome = Welcome("id", b"u" * 16, True, 1, LIMITS, {})
    server.say(welcome, Call(0, ("take",), [Referred([0, 4])]))
    assert got[0].caller is end.peer


def test_what_was_missed_beyond_the_buffer_cannot_be_resumed_from_here(
    server: Server, end: ClientEnd
) -> None:
    server.begin({"f": THEIRS})
    replies = [end.now.f("x" * 900) for _ in range(10)]
    server.heard()
    server.lose()
    server.connect()
    server.welcome(resumed=True, received=2)
    assert server.shell.given_up == ["too much was missed to resume"]
    assert all(isinstance(reply.exception(0), Disconnected) for reply in replies)
    server.lose()
    assert server.connect().token is None


def test_a_session_given_up_while_the_server_resumes_it_is_not_gone_on_with(
    server: Server, end: ClientEnd
) -> None:
    server.begin()
    server.lose()
    server.connect()
    end.give_up_session(Disconnected("the window passed"))
    server.welcome(resumed=True, received=1)
    assert server.shell.given_up == ["too much was missed to resume"]
    server.say(Write((Set(("a",), 1),)))
    assert end.now.to_plain() == {}, "nothing more is taken of that link"


# Sessions end.


@pytest.mark.parametrize("code", [1000, 1002, 1003, 1007, 1009, 4000, 4008, 4401, 4403])
@pytest.mark.parametrize("is_bye", [True, False])
def test_a_final_code_ends_the_client(server: Server, end: ClientEnd, code: int, is_bye: bool) -> None:
    server.begin({"f": THEIRS})
    reply = end.now.f()
    if is_bye:
        server.say(Bye(code, "out"))
    server.lose(code)
    assert end.closed is not None
    assert end.closed.code == code
    assert isinstance(reply.exception(0), Disconnected)
    assert server.events == ["ready", "close"]
    assert isinstance(end.now.f().exception(0), Disconnected)


def test_the_codes_that_end_a_client_are_those_of_the_protocols_table_in_both_languages() -> None:
    table = re.findall(
        r"^\| (\d{4}) \|.*\| ends \|$", (ROOT / "docs/reference/protocol.md").read_text("utf-8"), re.M
    )
    listed = re.search(r"TERMINAL = \[(.*)\]", (ROOT / "js/src/reconnect.js").read_text("utf-8"))
    assert listed
    assert set(map(int, table)) == FINAL == set(map(int, listed[1].split(",")))


@pytest.mark.parametrize("code", [1001, 1011, 4002])
def test_after_another_bye_it_comes_back_to_a_fresh_session(
    server: Server, end: ClientEnd, code: int
) -> None:
    server.begin({"f": THEIRS})
    reply = end.now.f()
    server.say(Bye(code, "later"), Write((Set(("a",), 1),)))
    server.lose(code)
    assert end.closed is None
    assert str(reply.exception(0)) == f"later (code {code})"
    assert server.connect().token is None
    server.welcome()
    server.heard()
    server.say(Ready())
    assert server.events == ["ready", "disconnect", ("reconnect", False)]


def test_after_a_close_for_slowness_it_does_not_resume(server: Server) -> None:
    server.begin()
    server.lose(4002)
    assert server.connect().token is None


def test_a_refused_link_ends_the_client_though_it_was_never_welcome(server: Server, end: ClientEnd) -> None:
    server.connect()
    server.lose(4401)
    assert end.closed is not None


def test_calls_while_there_is_no_session_fail(server: Server, end: ClientEnd) -> None:
    server.begin({"f": THEIRS})
    end.give_up_session(Disconnected("the window passed"))
    assert str(end.now.f().exception(0)) == "there is no session with the server (code 1006)"
    assert str(end.flushed().exception(0)) == "there is no session with the server (code 1006)"
    end.now.f.send()


def test_too_much_said_while_offline_gives_the_session_up(server: Server, end: ClientEnd) -> None:
    server.begin({"f": THEIRS})
    server.lose()
    replies = [end.now.f("x" * 900) for _ in range(6)]
    full = "too much waits to be sent: resume_buffer is full (code 1006)"
    assert [str(reply.exception(0)) for reply in replies] == [full] * 6
    assert server.shell.given_up == [full.removesuffix(" (code 1006)")]


def test_a_link_that_is_given_up_is_not_listened_to(server: Server, end: ClientEnd) -> None:
    server.begin()
    end.overflowed("send_buffer")
    with end.step():
        """The step at whose end the session is given up."""
    server.say(Write((Set(("a",), 1),)))
    assert end.now.to_plain() == {}
    server.lose()
    assert server.events == ["ready", "disconnect"]


# Values.


def test_a_write_that_is_too_large_is_refused_at_the_line_with_a_session_or_without(
    server: Server, end: ClientEnd
) -> None:
    server.begin()
    with pytest.raises(LimitExceeded):
        end.now.a = "x" * 1000
    end.give_up_session(Disconnected())
    with pytest.raises(LimitExceeded):
        end.now.a = "x" * 1000
    assert end.now.to_plain() == {}


def test_a_refused_write_is_rolled_back_and_reported(
    server: Server, end: ClientEnd, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Any] = []
    server.begin({"a": 0})
    end.watch("a", lambda value: seen.append(value))
    end.now.a = 1
    server.heard()
    server.say(Refuse(2, ((0, "no"),)), Ack(2))
    assert end.now.a == 0
    assert seen == [1, 0]
    [error] = [told[1] for told in server.events if isinstance(told, tuple)]
    assert isinstance(error, Refused)
    assert (str(error), error.path) == ("now.a: no", ("a",))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_within_frozen_our_own_writes_are_seen_and_theirs_wait(server: Server, end: ClientEnd) -> None:
    server.begin({"a": 0, "b": 0})
    with end.frozen(), end.frozen():
        server.say(Write((Set(("a",), 1), Set(("b",), 1))))
        end.now.b = 1  # which the server has written as well, unseen
        end.now.c = 2
        assert end.now.to_plain() == {"a": 0, "b": 1, "c": 2}
    assert end.now.to_plain() == {"a": 1, "b": 1, "c": 2}


def test_change_tells_what_the_server_wrote(server: Server, end: ClientEnd) -> None:
    told: list[Any] = []
    end.on("change", lambda path, value: told.append((path, value)))
    server.begin({"list": List([1]), "gone": 1})
    told.clear()
    server.say(Write((Set(("a", "b"), 1), Set(("list", 0), 2))))
    end.now.mine = 1
    server.run()
    assert told == [(("a", "b"), 1), (("list",), [2])]


def test_a_snapshot_of_nothing_says_so(end: ClientEnd) -> None:
    assert end.snapshot("a.b") is DELETED


def test_what_waits_for_the_server_asks_again_over_the_next_link(server: Server, end: ClientEnd) -> None:
    server.begin()
    end.now.x = 1
    server.lose()
    flushed = end.flushed()
    server.connect()
    server.welcome(resumed=True, received=1)
    assert server.heard() == [Write((Set(("x",), 1),)), Ack(1, True)]
    server.lose()
    server.connect()
    server.welcome(resumed=True, received=1)
    assert server.heard() == [Write((Set(("x",), 1),)), Ack(1, True)]
    server.say(Ack(2))
    assert flushed.done()


def test_flushed_is_done_when_the_server_has_processed_all(server: Server, end: ClientEnd) -> None:
    server.begin()
    assert end.flushed().done()
    end.now.a = 1
    first = end.flushed()
    end.now.a = 2
    second = end.flushed()
    assert server.heard()[-1] == Ack(1, wanted=True)
    server.say(Ack(2))
    assert (first.done(), second.done()) == (True, False)
    server.say(Ack(3))
    assert second.done()


# Functions.


def test_a_name_that_holds_anothers_function_is_that_function_to_both_ends(
    server: Server, end: ClientEnd
) -> None:
    got: list[Any] = []
    server.begin({"theirs": THEIRS})
    end.now.mine = got.append
    end.now.alias = end.now.mine
    end.now.alias(1)
    server.say(Call(0, ("alias",), [2]))
    assert got == [1, 2]
    end.now.also_theirs = end.now.theirs
    end.now.also_theirs(3)
    end.now.also_theirs.send(4)
    calls = [message for message in server.heard() if isinstance(message, Call)]
    assert [(call.id, call.target, call.args) for call in calls] == [
        (1, ("theirs",), [3]),
        (0, ("theirs",), [4]),
    ]


def test_names_that_hold_each_other_hold_nothing(server: Server, end: ClientEnd) -> None:
    server.begin()
    end.now.a = print
    end.now.b = end.now.a
    end.now.a = end.now.b
    assert isinstance(end.now.a().exception(0), NoSuchFunction)


def test_the_error_of_a_one_way_call_is_an_event(
    server: Server, end: ClientEnd, caplog: pytest.LogCaptureFixture
) -> None:
    end.now.fail = lambda: 1 / 0
    server.begin()
    server.say(Call(0, ("fail",), []))
    assert [(name, type(error)) for name, error in server.events[1:]] == [("error", ZeroDivisionError)]
    assert [record.getMessage() for record in caplog.records] == ["now.fail() raised"]


# Acknowledging.


def test_what_was_processed_is_told_when_nothing_else_is_to_be_said(server: Server, end: ClientEnd) -> None:
    server.begin()
    server.heard()
    end.tick(server.link)
    server.heard()
    end.tick(server.link)
    assert server.heard() == [], "nothing is owed"
    server.say(Write((Set(("a",), 1),)))
    assert server.heard() == []
    end.tick(server.link)
    assert server.heard() == [Ack(2)]


def test_much_that_was_processed_is_told_at_once(server: Server) -> None:
    server.begin()
    for number in range(100):
        server.say(Write((Set(("a",), "x" * 900 + str(number)),)))
    acks = [message for message in server.heard() if isinstance(message, Ack)]
    assert len(acks) == 1


def test_another_link_than_the_present_one_gets_nothing(server: Server, end: ClientEnd) -> None:
    server.begin()
    end.now.a = 1
    assert end.take(Link()) == b""
    end.tick(Link())
    assert end.patience(server.link) == 40
    assert end.patience(Link()) == 10
