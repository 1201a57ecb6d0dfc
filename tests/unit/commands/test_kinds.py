"""Values of options out of text and out of TOML."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional, get_type_hints

import pytest

from greennow.commands.kinds import Kind
from greennow.commands.program import Reference
from greennow.hub.options import Options

ORIGINS = Sequence[str] | str | None
WRITES = bool | Sequence[str] | Callable[..., Any]
FUNCTION = Callable[[dict[str, Any]], Any] | None
CHECK = Reference("rules", "check")

TEXTS: list[tuple[Any, str, Any]] = [
    (int, "100", 100),
    (int, "1_000", 1_000),
    (int, "-1", -1),
    (float, "2.5", 2.5),
    (float, "2", 2.0),
    (int | None, "7", 7),
    (int | None, "none", None),
    (int | None, "None", None),
    (Optional[int], "7", 7),  # noqa: UP045  it is a union all the same
    (bool, "true", True),
    (bool, "True", True),
    (bool, "on", True),
    (bool, "yes", True),
    (bool, "1", True),
    (bool, "false", False),
    (bool, "no", False),
    (bool, "off", False),
    (bool, "0", False),
    (str, "/now", "/now"),
    (str, "", ""),
    (str, "true", "true"),
    (Sequence[str], "a", ["a"]),
    (Sequence[str], "a, b ,c", ["a", "b", "c"]),
    (Sequence[str], "", []),
    (Sequence[str], "*", ["*"]),
    (ORIGINS, "*", "*"),
    (ORIGINS, "https://a.example,https://b.example", ["https://a.example", "https://b.example"]),
    (ORIGINS, "http://localhost:8080", ["http://localhost:8080"]),
    (ORIGINS, "none", None),
    (WRITES, "false", False),
    (WRITES, "name,player.*", ["name", "player.*"]),
    (WRITES, "*", ["*"]),
    (WRITES, "rules:check", CHECK),
    (FUNCTION, "rules:check", CHECK),
    (FUNCTION, "site.rules:Rules.check", Reference("site.rules", "Rules.check")),
    (FUNCTION, "none", None),
    (Mapping[str, Any], '{"debug": true}', {"debug": True}),
]

WRONG_TEXTS: list[tuple[Any, str, str]] = [
    (int, "lots", "'lots' is not a whole number"),
    (int, "", "'' is not a whole number"),
    (int, "2.5", "'2.5' is not a whole number"),
    (int | None, "lots", "'lots' is not a whole number or none"),
    (float, "soon", "'soon' is not a number"),
    (bool, "maybe", "'maybe' is not true or false"),
    (FUNCTION, "check", "'check' is not a function, as module:function or none"),
    (FUNCTION, "rules.py:check()", "'rules.py:check()' is not a function, as module:function or none"),
    (Mapping[str, Any], "[1]", "'[1]' is not names with their values"),
    (Mapping[str, Any], "{", "'{' is not names with their values"),
]

TOML: list[tuple[Any, Any, Any]] = [
    (int, 100, 100),
    (int | None, "none", None),
    (float, 2.5, 2.5),
    (float, 2, 2.0),
    (bool, True, True),
    (str, "true", "true"),
    (Sequence[str], ["a", "b"], ["a", "b"]),
    (Sequence[str], [], []),
    (ORIGINS, "*", "*"),
    (ORIGINS, ["*"], ["*"]),
    (ORIGINS, "https://a.example", "https://a.example"),
    (WRITES, False, False),
    (WRITES, ["a"], ["a"]),
    (WRITES, "rules:check", CHECK),
    (FUNCTION, "rules:check", CHECK),
    (Mapping[str, Any], {"a": [1]}, {"a": [1]}),
]

WRONG_TOML: list[tuple[Any, Any, str]] = [
    (int, "100", "'100' is not a whole number"),
    (int, True, "True is not a whole number"),
    (int, 2.5, "2.5 is not a whole number"),
    (float, "2", "'2' is not a number"),
    (float, True, "True is not a number"),
    (bool, 1, "1 is not true or false"),
    (bool, "true", "'true' is not true or false"),
    (str, 1, "1 is not a text"),
    (Sequence[str], "a", "'a' is not a list of texts"),
    (Sequence[str], [1], "[1] is not a list of texts"),
    (WRITES, "name", "'name' is not true or false or a list of texts or a function, as module:function"),
    (FUNCTION, "check", "'check' is not a function, as module:function or none"),
]


@pytest.mark.parametrize(("annotation", "text", "value"), TEXTS)
def test_a_text_means_a_value_of_the_options_kind(annotation: Any, text: str, value: Any) -> None:
    found = Kind(annotation).from_text(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("annotation", "text", "sentence"), WRONG_TEXTS)
def test_a_text_that_means_none_is_refused(annotation: Any, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        Kind(annotation).from_text(text)


@pytest.mark.parametrize(("annotation", "given", "value"), TOML)
def test_toml_means_a_value_of_the_options_kind(annotation: Any, given: Any, value: Any) -> None:
    found = Kind(annotation).from_toml(given)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("annotation", "given", "sentence"), WRONG_TOML)
def test_toml_of_another_kind_is_refused(annotation: Any, given: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        Kind(annotation).from_toml(given)


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Options)])
def test_every_option_is_of_a_known_kind_and_takes_its_default(name: str) -> None:
    kind = Kind(get_type_hints(Options)[name])
    assert str(kind)
    default = getattr(Options(), name)
    text = ",".join(default) if isinstance(default, tuple) else str(default).replace("'", '"')
    found = kind.from_text(text)
    assert Options.make({name: found}) == Options.make({name: list(default) if default == () else default})
