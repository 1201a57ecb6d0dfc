"""The program that is served: what ``module:name`` stands for."""

from __future__ import annotations

import re
import traceback
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from .errors import CommandError

_DOTTED = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_REFERENCE = re.compile(f"({_DOTTED}):({_DOTTED})")


class Reference(NamedTuple):
    """What ``module:name`` says: something that a module holds."""

    module: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Return what the text says.

        Raises:
            ValueError: it does not look like ``module:name``.
        """
        found = _REFERENCE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not written as module:name")
        return cls(*found.groups())

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"

    def load(self) -> Any:
        """Import the module and return what it holds.

        Raises:
            CommandError: there is no such module, or no such name; or importing it raised, which is shown.
        """
        found: Any = _import(self.module)
        for name in self.name.split("."):
            if not hasattr(found, name):
                near = get_close_matches(name, dir(found), n=1)
                raise CommandError(
                    f"{self}: there is no {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
                )
            found = getattr(found, name)
        return found


def is_path(text: str) -> bool:
    """Whether a folder or page is meant.

    Raises:
        CommandError: it is a program: served as a page it would show everybody its source.
    """
    file = Path(text.partition(":")[0])
    if file.suffix == ".py":
        raise CommandError(f"{text!r} is a program; name its application, as in {file.stem}:app")
    return bool(text) and Path(text).exists()  # nothing is not the current directory


def load_app(text: str) -> Any:
    """Return what ``module:app`` stands for.

    Raises:
        CommandError: nothing.
    """
    try:
        reference = Reference.parse(text)
    except ValueError:
        raise CommandError(
            f"{text!r} is no folder or page here; the application of a program is written as module:app"
        ) from None
    return reference.load()


def _import(name: str) -> ModuleType:
    try:
        return import_module(name)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise CommandError(f"there is no module {name!r}, neither here nor installed") from None
        traceback.print_exc()
        raise CommandError(f"importing the module {name!r} failed, as said above") from None
