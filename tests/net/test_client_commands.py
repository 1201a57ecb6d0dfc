"""`greennow call` and `greennow watch` in processes of their own, against a server in this one."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from gevent.event import Event

from greennow import Now, RemoteError, this

from .commands import ended, line, ran, running
from .serving import Line, ServerThread


@pytest.fixture
def now() -> Now:
    made = Now(authenticate=lambda environ: environ["greennow.token"] or environ.get("HTTP_X_WHO", "nobody"))
    everyone = made.everyone
    everyone.now.score = 3
    everyone.now.room = {"enter": lambda name, *rest: [name, *rest]}
    everyone.expose(add)
    everyone.expose(fail)
    everyone.expose(give_odd_values)
    everyone.expose(who_am_i)
    everyone.expose(count)
    has_gone = Event()
    everyone.now.wait = lambda: has_gone.wait() and None
    made.on("disconnect", has_gone.set)
    return made


def add(a: Any, b: Any) -> Any:
    return a + b


def fail() -> None:
    raise RemoteError("the till is empty")


def give_odd_values() -> Any:
    return {"bytes": b"\xff", "when": datetime(2026, 1, 2, tzinfo=timezone.utc), "none": float("nan")}


def count(end: int) -> Iterator[Any]:
    for number in range(end):
        yield {"number": number}
    if end > 2:
        raise RemoteError("one can count no further")


def who_am_i() -> Any:
    return this.user.identity


@pytest.fixture
def server(now: Now) -> Iterator[ServerThread]:
    with ServerThread(now) as serving:
        yield serving


CALLS = [
    ("numbers", ["URL", "add", "1", "2.5"], "3.5"),
    ("numbers below zero", ["URL", "add", "-1", "-2"], "-3"),
    ("texts", ["URL", "add", '"a"', "b c"], '"ab c"'),
    ("lists", ["URL", "add", "[1]", "[null, true]"], "[1, null, true]"),
    ("what is no JSON", ["URL", "add", "NaN", "{a"], '"NaN{a"'),
    ("a function in a namespace", ["URL", "room.enter", '{"name": "ann"}', "7"], '[{"name": "ann"}, 7]'),
    (
        "what JSON does not have",
        ["URL", "give_odd_values"],
        '{"bytes": "/w==", "when": "2026-01-02T00:00:00+00:00", "none": "NaN"}',
    ),
    ("the items of a stream", ["URL", "count", "2"], '{"number": 0}\n{"number": 1}'),
    ("with a token", ["--token", "ann", "URL", "who_am_i"], '"ann"'),
    ("with a header", ["URL", "who_am_i", "--header", "X-Who: bob"], '"bob"'),
]


@pytest.mark.parametrize(
    ("arguments", "printed"), [case[1:] for case in CALLS], ids=[case[0] for case in CALLS]
)
def test_a_call_prints_what_comes_back(arguments: list[str], printed: str, server: ServerThread) -> None:
    given = [server.url if argument == "URL" else argument for argument in arguments]
    assert ran("call", *given) == (0, f"{printed}\n", "")


FAILED_CALLS = [
    ("an error", ["fail"], "now.fail() failed: the till is empty"),
    ("no such function", ["adds"], "there is no now.adds"),
    ("no such namespace", ["rooms.enter"], "there is no now.rooms.enter"),
    ("nothing below a value", ["score.x"], "there is no now.score.x"),
    ("no function", ["score"], "now.score is no function"),
    ("a namespace", ["room"], "now.room is no function"),
    ("no answer", ["wait", "--timeout", "2"], "no answer within 2 s"),
]


@pytest.mark.parametrize(
    ("arguments", "sentence"), [case[1:] for case in FAILED_CALLS], ids=[case[0] for case in FAILED_CALLS]
)
def test_a_call_that_fails_says_so_and_exits_with_1(
    arguments: list[str], sentence: str, server: ServerThread
) -> None:
    assert ran("call", server.url, *arguments) == (1, "", f"greennow: {sentence}\n")


def test_a_stream_that_fails_has_printed_what_came_before(server: ServerThread) -> None:
    items = "".join(f'{{"number": {number}}}\n' for number in range(3))
    sentence = "greennow: now.count() failed: one can count no further\n"
    assert ran("call", server.url, "count", "3") == (1, items, sentence)


@pytest.mark.parametrize(
    "command", [["call", "{}", "add"], ["watch", "{}"], ["connect", "{}"]], ids=lambda given: given[0]
)
def test_a_server_that_is_not_there_is_said_in_a_sentence(command: list[str]) -> None:
    arguments = [argument.format("http://127.0.0.1:1") for argument in command]
    status, output, errors = ran(*arguments, "--timeout", "0.2")
    assert (status, output, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("greennow: ws://127.0.0.1:1/nowjs/ws was not there in time, in ")


def test_an_address_of_a_wrong_form_is_said_in_a_sentence() -> None:
    sentence = (
        "greennow: an address begins with http://, https://, ws:// or wss:// and a host, not as 'localhost'\n"
    )
    assert ran("call", "localhost", "add") == (1, "", sentence)


def test_the_commands_for_clients_load_no_gevent(server: ServerThread) -> None:
    ahead = "sys.modules['gevent'] = None"
    assert ran("call", server.url, "add", "1", "2", ahead=ahead) == (0, "3\n", "")
    assert ran("connect", server.url, ahead=ahead, input="now.score\n") == (0, "3\n", "")
    with running("watch", server.url, "score", ahead=ahead) as process:
        assert line(process.stdout) == '{"path": "score", "value": 3}'
        assert ended(process, signal.SIGINT) == (0, "", "")


# Watching.


def test_a_watch_prints_the_value_of_now_and_each_change(server: ServerThread) -> None:
    everyone = server.now.everyone
    with running("watch", server.url, "player.x") as process:
        assert json.loads(line(process.stdout)) == {"path": "player.x"}
        server.run(setattr, everyone.now, "player", {"x": 1, "y": 1})
        assert json.loads(line(process.stdout)) == {"path": "player.x", "value": 1}
        server.run(lambda: setattr(everyone.now.player, "y", 2))  # beside it: no line
        server.run(lambda: setattr(everyone.now.player, "x", {"deep": b""}))
        assert json.loads(line(process.stdout)) == {"path": "player.x", "value": {"deep": ""}}
        server.run(lambda: setattr(everyone.now.player.x, "deep", None))
        assert json.loads(line(process.stdout)) == {"path": "player.x", "value": {"deep": None}}
        server.run(delattr, everyone.now, "player")
        assert json.loads(line(process.stdout)) == {"path": "player.x"}
        assert ended(process, signal.SIGINT) == (0, "", "")


def test_a_watch_of_everything_begins_with_everything(server: ServerThread) -> None:
    with running("watch", server.url) as process:
        first = json.loads(line(process.stdout))
        assert (first["path"], first["value"]["score"], first["value"]["add"]) == (
            "",
            3,
            "<function now.add>",
        )
        server.run(setattr, server.now.everyone.now, "score", 4)
        assert json.loads(line(process.stdout))["value"]["score"] == 4


def test_a_watch_goes_on_when_the_line_was_cut(server: ServerThread) -> None:
    with Line(server.url) as cable, running("watch", cable.url, "score") as process:
        assert json.loads(line(process.stdout))["value"] == 3
        cable.cut()
        server.run(setattr, server.now.everyone.now, "score", 4)
        assert json.loads(line(process.stdout))["value"] == 4
        assert ended(process, signal.SIGINT) == (0, "", "")


def test_a_watch_ends_when_the_server_is_gone_for_good(now: Now) -> None:
    with ServerThread(now) as server, running("watch", server.url, "score", "--reconnect", "1") as process:
        assert json.loads(line(process.stdout))["value"] == 3
        server.stop()
        status, output, errors = ended(process)
    assert (status, output, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("greennow: ")
    assert "refused" in errors


def test_a_watch_ends_when_the_server_sends_it_away(server: ServerThread) -> None:
    with running("watch", server.url, "score") as process:
        line(process.stdout)
        server.run(lambda: [client.disconnect("enough") for client in server.now.everyone])
        assert ended(process) == (1, "", "greennow: enough (code 4000)\n")


def test_a_watch_ends_quietly_when_nobody_reads_it_any_more(server: ServerThread) -> None:
    with running("watch", server.url, "score") as process:
        assert process.stdout is not None
        line(process.stdout)
        process.stdout.close()  # nothing changes, and it ends all the same
        assert process.stderr is not None
        assert (process.wait(60), process.stderr.read()) == (0, "")


def test_output_that_nobody_reads_is_no_error(server: ServerThread) -> None:
    near, far = os.pipe()
    os.close(near)
    with running("call", server.url, "add", "1", "2", stdout=far) as process:
        os.close(far)
        assert process.stderr is not None
        assert (process.wait(60), process.stderr.read()) == (0, "")
