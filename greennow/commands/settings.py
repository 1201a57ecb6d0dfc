"""What stands in the environment and in ``greennow.toml``: options, and where to serve what."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from ..hub.options import Options
from .errors import CommandError, did_you_mean
from .kinds import Kind
from .program import Reference

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: How the names of environment variables begin.
PREFIX = "GREENNOW_"

#: The file that is read if it is there.
FILE = "greennow.toml"

#: What may be set beside the options of a `Now`.
SERVING: Mapping[str, Any] = {"app": str, "host": str, "port": int, "certfile": str, "keyfile": str}

_KINDS = {name: Kind(annotation) for name, annotation in {**SERVING, **get_type_hints(Options)}.items()}


class Setting(NamedTuple):
    """A value that was given outside of the program."""

    #: The value; a function as a `Reference`.
    value: Any
    #: Where it stands, for people; empty on the command line, which everybody has before their eyes.
    source: str

    def error(self, sentence: str) -> CommandError:
        """Return the error that says what is wrong with it."""
        return CommandError(f"{self.source}: {sentence}" if self.source else sentence)

    def loaded(self) -> Any:
        """Return the value, with the function that it names in place of the name.

        Raises:
            CommandError: there is none.
        """
        if not isinstance(self.value, Reference):
            return self.value
        try:
            function = self.value.load()
        except CommandError as error:
            raise self.error(str(error)) from None
        if not callable(function):
            raise self.error(f"{self.value} is {function!r} and no function")
        return function


def read_settings(environ: Mapping[str, str], file: str | None) -> dict[str, Setting]:
    """Return what is set, by name: in the environment, and in the file where the environment says nothing.

    Args:
        environ: the environment.
        file: the file's path; None takes ``greennow.toml`` of the current directory, if it is there.

    Raises:
        CommandError: a name is unknown or a value is of a wrong kind, and where it stands.
    """
    path = Path(file) if file is not None else Path(FILE)
    settings = _read_file(path) if file is not None or path.is_file() else {}
    return {**settings, **_read_environment(environ)}


def _read_environment(environ: Mapping[str, str]) -> dict[str, Setting]:
    settings = {}
    for variable in sorted(environ):
        if variable.startswith(PREFIX):
            name = variable.removeprefix(PREFIX).lower()
            if variable != _variable(name) or name not in _KINDS:
                near = did_you_mean(name, _KINDS, _variable)
                raise CommandError(f"{variable} in the environment: there is no such option; {near}")
            settings[name] = _setting(name, environ[variable], Kind.from_text, variable)
    return settings


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _read_file(path: Path) -> dict[str, Setting]:
    try:
        text = path.read_text("utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:  # TOML's own error, and that of what is not UTF-8
        raise CommandError(f"{path}: {error}") from None
    settings = {}
    for name, value in values.items():
        source = f"{path}, line {_line(name, text)}, {name}"
        if name not in _KINDS:
            raise CommandError(f"{source}: there is no such option; {did_you_mean(name, _KINDS)}")
        settings[name] = _setting(name, value, Kind.from_toml, source)
    return settings


def _line(name: str, text: str) -> int:
    """Return the number of the line that sets a name of the top level, or begins its table."""
    line = re.compile(rf"""\s*\[*\s*["']?{re.escape(name)}["']?\s*[=.\]]""")
    return next((number for number, found in enumerate(text.split("\n"), 1) if line.match(found)), 1)


def _setting(name: str, value: Any, read: Callable[[Kind, Any], Any], source: str) -> Setting:
    try:
        made = read(_KINDS[name], value)
        if name in SERVING:
            _check_serving(name, made)
        elif not isinstance(made, Reference):
            Options.make({name: made})
    except (TypeError, ValueError) as error:
        raise CommandError(f"{source}: {error}") from None
    return Setting(made, source)


def _check_serving(name: str, value: Any) -> None:
    if value == "":
        raise ValueError("it is empty")  # as a host it would mean every address
    if name == "port" and not 0 <= value <= 65_535:
        raise ValueError(f"a port is a number from 0 to 65535, not {value}")
