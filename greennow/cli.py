"""The command line: ``greennow demo``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .demo import demo
from .version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: what stands behind ``greennow``; None takes them from the command line.

    Returns:
        the exit status: 0, or 1 where the operating system refused something. Misuse exits with 2.
    """
    given = parser().parse_args(arguments)
    try:
        given.run(given)
    except OSError as error:
        print(f"greennow: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    top = argparse.ArgumentParser("greennow", description="One `now`, shared by a server and its clients.")
    top.add_argument("--version", action="version", version=f"greennow {__version__}")
    commands = top.add_subparsers(title="commands", metavar="command", required=True)
    add_demo(commands)
    return top


def add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``greennow demo``."""
    summary = "serve the chat example, ready to open"
    command = commands.add_parser("demo", help=summary, description=f"{summary.capitalize()}.")
    command.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    command.add_argument("--port", type=port, help="0 picks one (default: 8080, or the next that is free)")
    command.set_defaults(run=lambda given: demo(given.host, given.port))


def port(text: str) -> int:
    """Return the number of a port."""
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text}")
    return number
