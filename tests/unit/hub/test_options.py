"""Options: their defaults, and what is refused at the line that gives them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from greennow.core.carriers import ACK_ROOM, JOINED
from greennow.core.limits import Limits
from greennow.hub.options import Options

DEFAULTS: dict[str, Any] = {
    "client_write": True,
    "serve_client": True,
    "path": "/nowjs",
    "scope": "window",
    "client_options": {},
    "allowed_origins": None,
    "trusted_proxies": (),
    "authenticate": None,
    "session": None,
    "around": None,
    "heartbeat": 20.0,
    "resume_window": 15.0,
    "resume_buffer": 1_048_576,
    "send_buffer": 4_194_304,
    "max_message": 1_048_576,
    "max_depth": 32,
    "max_names": 10_000,
    "max_callbacks": 10_000,
    "max_calls": 1_000,
    "max_groups": 1_000,
    "max_rate": None,
    "max_clients": None,
    "callback_timeout": None,
    "drain_timeout": 10.0,
    "debug": False,
}


def test_the_defaults() -> None:
    made = Options.make({})
    assert {name: getattr(made, name) for name in DEFAULTS} == DEFAULTS


def test_what_is_given_is_used_and_nothing_can_be_changed_later() -> None:
    made = Options.make({"path": "/b", "max_depth": 8})
    assert (made.path, made.max_depth) == ("/b", 8)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.path = "/c"  # type: ignore[misc]


def test_an_unknown_option_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(TypeError) as caught:
        Options.make({"max_dept": 8})
    sentence = str(caught.value)
    assert sentence.startswith("unknown option 'max_dept'; there are: ")
    named = sentence.partition("there are: ")[2].split(", ")
    assert named == sorted(field.name for field in dataclasses.fields(Options))


LEAST: list[tuple[str, float]] = [
    ("heartbeat", 0.1),
    ("resume_window", 0),
    ("resume_buffer", 0),
    ("send_buffer", 65_536),
    ("max_message", 1_024),
    ("max_depth", 2),
    ("max_names", 1),
    ("max_callbacks", 0),
    ("max_calls", 1),
    ("max_groups", 0),
    ("max_rate", 1),
    ("max_clients", 0),
    ("callback_timeout", 0.1),
    ("drain_timeout", 0),
]

#: The numbers that may be None.
UNBOUNDED = ("max_rate", "max_clients", "callback_timeout")


@pytest.mark.parametrize(("name", "least"), LEAST)
def test_a_number_has_a_least_value(name: str, least: float) -> None:
    assert getattr(Options.make({name: least}), name) == least
    below = least - 1 if isinstance(least, int) else least / 2
    with pytest.raises(ValueError, match="is below") as caught:
        Options.make({name: below})
    assert str(caught.value) == f"option {name}={below!r} is below {least}"


@pytest.mark.parametrize("name", [name for name, _ in LEAST])
@pytest.mark.parametrize("value", ["7", True, b"7", [7]], ids=repr)
def test_a_number_is_a_number(name: str, value: Any) -> None:
    with pytest.raises(TypeError) as caught:
        Options.make({name: value})
    assert str(caught.value) == f"option {name} is a number, not {value!r}"


@pytest.mark.parametrize("name", [name for name, _ in LEAST])
def test_few_numbers_may_be_none(name: str) -> None:
    if name in UNBOUNDED:
        assert getattr(Options.make({name: None}), name) is None
    else:
        with pytest.raises(TypeError):
            Options.make({name: None})


def test_some_may_be_changed_and_are_checked_again() -> None:
    made = Options.make({"path": "/b", "max_depth": 8})
    changed = made.changed({"max_depth": 9})
    assert (changed.path, changed.max_depth, made.max_depth) == ("/b", 9, 8)
    with pytest.raises(TypeError, match="unknown option"):
        made.changed({"max_dept": 8})
    with pytest.raises(ValueError, match="is below"):
        made.changed({"max_depth": 0})


GOOD: list[tuple[str, Any]] = [
    ("path", "/nowjs"),
    ("path", "/a/b-c/d_e.f~1"),
    ("scope", "window"),
    ("scope", "window.b"),
    ("scope", "window.a.$b._c1"),
    ("client_write", True),
    ("client_write", False),
    ("client_write", []),
    ("client_write", ("name", "player.*")),
    ("client_write", print),
    ("client_options", {"a": [1, {"b": None}]}),
    ("allowed_origins", "*"),
    ("allowed_origins", {"https://a.example"}),
    ("trusted_proxies", ["10.0.0.1"]),
    ("around", print),
    ("debug", True),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_this_is_accepted(name: str, value: Any) -> None:
    assert getattr(Options.make({name: value}), name) == value


BAD: list[tuple[str, Any, type[Exception], str]] = [
    ("path", "", ValueError, "option path='' is no path such as '/nowjs'"),
    ("path", "nowjs", ValueError, "option path='nowjs' is no path such as '/nowjs'"),
    ("path", "/", ValueError, "option path='/' is no path such as '/nowjs'"),
    ("path", "/a/", ValueError, "option path='/a/' is no path such as '/nowjs'"),
    ("path", "/a//b", ValueError, "option path='/a//b' is no path such as '/nowjs'"),
    ("path", "/a b", ValueError, "option path='/a b' is no path such as '/nowjs'"),
    ("path", "/a?b", ValueError, "option path='/a?b' is no path such as '/nowjs'"),
    ("path", "/größe", ValueError, "option path='/größe' is no path such as '/nowjs'"),
    ("path", "/a\n", ValueError, "option path='/a\\n' is no path such as '/nowjs'"),
    ("scope", "", ValueError, "option scope='' is no place such as 'window' or 'window.b'"),
    ("scope", "b", ValueError, "option scope='b' is no place such as 'window' or 'window.b'"),
    ("scope", "window.", ValueError, "option scope='window.' is no place such as 'window' or 'window.b'"),
    ("scope", "window.1", ValueError, "option scope='window.1' is no place such as 'window' or 'window.b'"),
    (
        "scope",
        'window";alert(1)//',
        ValueError,
        "option scope='window\";alert(1)//' is no place such as 'window' or 'window.b'",
    ),
    (
        "client_write",
        "name",
        TypeError,
        "option client_write is a bool, a list of patterns, or a function of path and value",
    ),
    (
        "client_write",
        None,
        TypeError,
        "option client_write is a bool, a list of patterns, or a function of path and value",
    ),
    (
        "client_options",
        {"a": {1}},
        TypeError,
        "option client_options.a: set is not shareable; use list(...) or sorted(...)",
    ),
    (
        "allowed_origins",
        "https://a.example",
        TypeError,
        "option allowed_origins is None, '*' or a list of origins, not 'https://a.example'",
    ),
    *[
        (
            "allowed_origins",
            [origin],
            ValueError,
            f"option allowed_origins: {origin!r} is no origin such as 'https://example.org' or "
            "'http://localhost:8000'",
        )
        for origin in ("*", "example.org", "https://example.org/", "https://example.org/a", "")
    ],
    ("trusted_proxies", "::1", TypeError, "option trusted_proxies is a list of addresses, not '::1'"),
    ("around", 1, TypeError, "option around is a function, not 1"),
    ("authenticate", "f", TypeError, "option authenticate is a function, not 'f'"),
    ("session", {}, TypeError, "option session is a function, not {}"),
    ("debug", 1, TypeError, "option debug is True or False, not 1"),
    ("serve_client", "no", TypeError, "option serve_client is True or False, not 'no'"),
    ("client_options", {"__proto__": 1}, ValueError, "option client_options.__proto__: this key is refused"),
]


@pytest.mark.parametrize(("name", "value", "kind", "sentence"), BAD)
def test_this_is_refused(name: str, value: Any, kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind) as caught:
        Options.make({name: value})
    assert str(caught.value) == sentence


def test_the_bounds_of_each_session_are_those_of_the_options() -> None:
    given = {
        "max_message": 2_000,
        "max_depth": 3,
        "max_names": 4,
        "max_callbacks": 5,
        "max_calls": 6,
        "resume_buffer": 7,
        "send_buffer": 80_000,
    }
    told = Options.make(given).limits
    assert told == Limits(**given, max_incoming=told.max_incoming, max_borrowed=5)


@pytest.mark.parametrize("max_message", [1_024, 1_048_576])
def test_a_frame_may_hold_any_message_or_what_is_joined_with_its_acks(max_message: int) -> None:
    limits = Options.make({"max_message": max_message}).limits
    assert limits.max_incoming == max(max_message, JOINED) + ACK_ROOM
