"""What the command line understands, and how it says that something is wrong."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from greennow import __version__, cli
from greennow.commands import demo
from greennow.commands.errors import CommandError
from greennow.core.errors import RemoteError


def named(cases: list[tuple[Any, ...]]) -> list[Any]:
    """Cases whose first element is their name."""
    return [pytest.param(*case, id=name) for name, *case in cases]


def test_version_says_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        cli.main(["--version"])
    assert exited.value.code == 0
    assert capsys.readouterr().out == f"greennow {__version__}\n"


MISUSE = [
    ("no command", [], "the following arguments are required: command"),
    ("a command that there is not", ["dmeo"], "invalid choice: 'dmeo'"),
    ("an option that there is not", ["demo", "--prot", "1"], "unrecognized arguments: --prot 1"),
    ("a port that is no number", ["demo", "--port", "http"], "argument --port: invalid port value: 'http'"),
    ("a port above all", ["demo", "--port", "65536"], "a port is a number from 0 to 65535, not 65536"),
    ("a port below all", ["demo", "--port=-1"], "a port is a number from 0 to 65535, not -1"),
    ("an option cut short", ["serve", "--relo"], "unrecognized arguments: --relo"),
    ("no server", ["call"], "the following arguments are required: url, name"),
    ("no function", ["call", "http://localhost"], "the following arguments are required: name"),
    ("no duration", ["connect", "http://localhost", "--timeout", "x"], "invalid seconds value: 'x'"),
    (
        "no time at all",
        ["connect", "http://localhost", "--timeout", "0"],
        "a number of seconds above 0, not 0",
    ),
    ("not a number", ["connect", "http://localhost", "--timeout", "nan"], "seconds above 0, not nan"),
    (
        "half a header",
        ["connect", "http://localhost", "--header", "Cookie"],
        "'Name: value', not as 'Cookie'",
    ),
    ("no program to tell of", ["types"], "the following arguments are required: app"),
    ("tries below none", ["watch", "http://localhost", "--reconnect=-1"], "tries is 0 or more, not -1"),
]


@pytest.mark.parametrize(("arguments", "said"), named(MISUSE))
def test_misuse_exits_with_2_and_says_what_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        cli.main(arguments)
    assert exited.value.code == 2
    assert said in capsys.readouterr().err


UNDERSTOOD = [
    ("a program to tell of", ["types", "chat:app"], {"app": "chat:app"}),
    ("a program to check", ["check", "chat:app", "--host", "::"], {"app": "chat:app", "host": "::"}),
    ("nothing to serve", ["serve"], {"app": None, "host": None, "port": None, "reload": False}),
    (
        "where to serve",
        [
            "serve",
            "chat:app",
            "--host",
            "::1",
            "--port",
            "0",
            "--certfile",
            "a",
            "--keyfile",
            "b",
            "--config",
            "c",
        ],
        {"app": "chat:app", "host": "::1", "port": 0, "certfile": "a", "keyfile": "b", "config": "c"},
    ),
    ("a prompt", ["connect", "http://a"], {"url": "http://a", "token": None, "header": [], "timeout": None}),
    (
        "headers",
        ["connect", "http://a", "--header", "Cookie: a=b", "--header", "X-A:b:c"],
        {"header": [("Cookie", "a=b"), ("X-A", "b:c")]},
    ),
    ("a call", ["call", "http://a", "room.enter"], {"name": "room.enter", "values": []}),
    (
        "a call with arguments, and options behind them",
        ["call", "http://a", "add", "1", "-2", "--timeout", "2.5", "--token", "t"],
        {"values": ["1", "-2"], "timeout": 2.5, "token": "t"},
    ),
    ("options first", ["call", "--token", "t", "http://a", "add", "1"], {"values": ["1"], "token": "t"}),
    ("arguments like options", ["call", "http://a", "f", "--", "-x", "--y"], {"values": ["-x", "--y"]}),
    ("all of now", ["watch", "http://a"], {"path": "", "reconnect": 7}),
    ("a path", ["watch", "http://a", "player.x", "--reconnect", "0"], {"path": "player.x", "reconnect": 0}),
]


@pytest.mark.parametrize(("arguments", "expected"), named(UNDERSTOOD))
def test_a_command_line_is_understood(
    arguments: list[str], expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(cli, "run", lambda parsed: given.append(parsed) or 0)
    assert cli.main(arguments) == 0
    assert {name: getattr(given[0], name) for name in expected} == expected
    assert (given[0].command, given[0].arguments) == (arguments[0], arguments)


FAILURES = [
    ("a sentence of the command's", CommandError("there is no now.f"), 1, "greennow: there is no now.f\n"),
    (
        "a remote error",
        RemoteError("no", "ValueError", ("f",)),
        1,
        "greennow: now.f() failed: ValueError: no\n",
    ),
    ("no answer in time", TimeoutError("no answer within 1 s"), 1, "greennow: no answer within 1 s\n"),
    ("a file", FileNotFoundError(2, "No such file", "a.pem"), 1, "greennow: a.pem: No such file\n"),
    (
        "what would drive a terminal",
        RemoteError("a\x1b[31m\x9b\nb\tc"),
        1,
        "greennow: a\\x1b[31m\\x9b\n  b\tc\n",
    ),
    ("Ctrl-C", KeyboardInterrupt(), 130, ""),
]


@pytest.mark.parametrize(("error", "status", "said"), named(FAILURES))
def test_what_fails_is_said_in_a_sentence(
    error: BaseException,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr(cli, "run", fail)
    assert cli.main(["connect", "http://a"]) == status
    assert capsys.readouterr().err == said


def test_what_is_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "run", fail)
    with pytest.raises(ZeroDivisionError):
        cli.main(["connect", "http://a"])


STARTED = [
    ("its defaults", ["demo"], ("127.0.0.1", None)),
    ("any port", ["demo", "--port", "0"], ("127.0.0.1", 0)),
    ("host and port", ["demo", "--host", "::1", "--port", "65535"], ("::1", 65535)),
]


@pytest.mark.parametrize(("arguments", "given"), named(STARTED))
def test_demo_is_started_with(arguments: list[str], given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(demo, "demo", lambda *args: calls.append(args))
    assert cli.main(arguments) == 0
    assert calls == [given]


def test_what_the_operating_system_refuses_is_said_in_a_line_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(host: str, port: int) -> None:
        raise OSError(errno.EADDRINUSE, f"cannot listen at {host}:{port}: Address already in use")

    monkeypatch.setattr(demo, "demo", refuse)
    assert cli.main(["demo", "--port", "8080"]) == 1
    assert capsys.readouterr().err == "greennow: cannot listen at 127.0.0.1:8080: Address already in use\n"
