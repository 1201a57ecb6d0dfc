"""The command line: what it understands. What each command does stands in ``commands/``."""

from __future__ import annotations

import argparse
import math
import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from .commands.errors import CommandError, printable
from .core.errors import NowError
from .version import __version__

if TYPE_CHECKING:
    Commands: TypeAlias = argparse._SubParsersAction[ArgumentParser]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: what stands behind ``greennow``; None takes them from the command line.

    Returns:
        the exit status: 0; 1 where something failed, which was said in a sentence; 130 after Ctrl-C, where
        that is not the usual way to end. Misuse exits with 2.
    """
    given = parser().parse_args(arguments)
    given.arguments = sys.argv[1:] if arguments is None else arguments
    try:
        status = run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads the output has had enough. What is left of it is not to be tried again at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except (CommandError, NowError, OSError) as error:
        print(f"greennow: {printable(sentence(error))}", file=sys.stderr)
        return 1
    return status


def sentence(error: Exception) -> str:
    """Return what an error says: what the operating system refused stands without its number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def run(given: argparse.Namespace) -> int:
    """Run the command that was given, and load what it needs; return the exit status."""
    status: int = import_module(f".commands.{given.command}", __package__).run(given)
    return status


def parser() -> ArgumentParser:
    """Return what understands the command line."""
    top = ArgumentParser("greennow", description="One `now`, shared by a server and its clients.")
    top.add_argument("--version", action="version", version=f"greennow {__version__}")
    commands = top.add_subparsers(title="commands", metavar="command", dest="command", required=True)
    add_serve(commands)
    add_connect(commands)
    add_call(commands)
    add_watch(commands)
    add_types(commands)
    add_check(commands)
    add_demo(commands)
    return top


def add_serve(commands: Commands) -> None:
    """``greennow serve``."""
    command = add(commands, "serve", "serve a program, a folder or a page, with `now`")
    add_served(command)
    again = "start again when a .py or .toml file below this folder changes; ends all sessions"
    command.add_argument("--reload", action="store_true", help=again)


def add_connect(commands: Commands) -> None:
    """``greennow connect``."""
    command = add(commands, "connect", "a Python prompt that shares `now` with a server")
    add_server(command)


def add_call(commands: Commands) -> None:
    """``greennow call``."""
    command = add(commands, "call", "call one function of a server's, and print what it returns as JSON")
    add_server(command)
    command.add_argument("name", help="the function's, with dots: room.enter is now.room.enter")
    values = "its arguments, each in JSON; what is not JSON is taken as text"
    command.add_argument("values", metavar="argument", nargs="*", help=values)


def add_watch(commands: Commands) -> None:
    """``greennow watch``."""
    command = add(commands, "watch", "print a value of `now` as a line of JSON, and again at each change")
    add_server(command)
    command.add_argument("path", nargs="?", default="", help="with dots, as player.x (default: all of `now`)")
    again = "how often to try again when the line breaks (default: %(default)s, which take about 15 seconds)"
    command.add_argument("--reconnect", metavar="TRIES", type=tries, default=7, help=again)


def add_types(commands: Commands) -> None:
    """``greennow types``."""
    command = add(commands, "types", "print what a program's `now` holds, as declarations of TypeScript")
    command.add_argument("app", help="the WSGI application or the Now of the program, as module:name")


def add_check(commands: Commands) -> None:
    """``greennow check``."""
    command = add(commands, "check", "say which settings of what would be served are unsafe")
    add_served(command)


def add_demo(commands: Commands) -> None:
    """``greennow demo``."""
    command = add(commands, "demo", "serve the chat example, ready to open")
    command.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    command.add_argument("--port", type=port, help="0 picks one (default: 8080, or the next that is free)")


def add(commands: Commands, name: str, summary: str) -> ArgumentParser:
    """Return the parser of a command, which is yet without arguments."""
    description = f"{summary[0].upper()}{summary[1:]}."
    return commands.add_parser(name, help=summary, description=description, allow_abbrev=False)


def add_served(command: ArgumentParser) -> None:
    """The arguments that say what to serve, and where."""
    what = "the WSGI application or the Now of a program, as module:name, or the path of a folder or page"
    command.add_argument("app", nargs="?", help=what)
    command.add_argument("--host", help="where to listen (default: 127.0.0.1)")
    command.add_argument("--port", type=port, help="0 picks one (default: 8080)")
    command.add_argument("--certfile", metavar="FILE", help="a certificate chain in PEM, for https")
    command.add_argument("--keyfile", metavar="FILE", help="its key")
    command.add_argument("--config", metavar="FILE", help="settings in TOML (default: greennow.toml)")


def add_server(command: ArgumentParser) -> None:
    """The arguments that say which server to connect to, and how."""
    command.add_argument("url", help="the site's address, such as http://127.0.0.1:8080")
    command.add_argument("--token", help="for the server's option `authenticate`")
    further = "'Name: value', a further header of the request; may be given again"
    command.add_argument("--header", type=header, action="append", default=[], help=further)
    longest = "how long the server, and a call, may take (default: 10 for the server, any time for a call)"
    command.add_argument("--timeout", metavar="SECONDS", type=seconds, help=longest)


def port(text: str) -> int:
    """Return the number of a port."""
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text}")
    return number


def tries(text: str) -> int:
    """Return how often something may be tried."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"a number of tries is 0 or more, not {text}")
    return number


def seconds(text: str) -> float:
    """Return a duration."""
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"a duration is a number of seconds above 0, not {text}")
    return number


def header(text: str) -> tuple[str, str]:
    """Return the name of a header, and its value."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise argparse.ArgumentTypeError(f"a header is written as 'Name: value', not as {text!r}")
    return name.strip(), value.strip()
