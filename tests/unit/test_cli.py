"""What the command line understands, and how it says that something is wrong."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from greennow import __version__, cli


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
]


@pytest.mark.parametrize(("arguments", "said"), named(MISUSE))
def test_misuse_exits_with_2_and_says_what_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        cli.main(arguments)
    assert exited.value.code == 2
    assert said in capsys.readouterr().err


STARTED = [
    ("its defaults", ["demo"], ("127.0.0.1", None)),
    ("any port", ["demo", "--port", "0"], ("127.0.0.1", 0)),
    ("host and port", ["demo", "--host", "::1", "--port", "65535"], ("::1", 65535)),
]


@pytest.mark.parametrize(("arguments", "given"), named(STARTED))
def test_demo_is_started_with(arguments: list[str], given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(cli, "demo", lambda *args: calls.append(args))
    assert cli.main(arguments) == 0
    assert calls == [given]


def test_what_the_operating_system_refuses_is_said_in_a_line_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(host: str, port: int) -> None:
        raise OSError(errno.EADDRINUSE, f"cannot listen at {host}:{port}: Address already in use")

    monkeypatch.setattr(cli, "demo", refuse)
    assert cli.main(["demo", "--port", "8080"]) == 1
    assert capsys.readouterr().err == "greennow: cannot listen at 127.0.0.1:8080: Address already in use\n"
