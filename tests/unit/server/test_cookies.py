"""The cookies of a request."""

from __future__ import annotations

import time

import pytest

from greennow.server.cookies import cookies_of

COOKIES: list[tuple[str, str, dict[str, str]]] = [
    ("none", "", {}),
    ("one", "a=1", {"a": "1"}),
    ("several", "a=1; b=2;c=3", {"a": "1", "b": "2", "c": "3"}),
    ("the first of a name counts", "a=1; a=2", {"a": "1"}),
    ("a value may be empty, and hold =", "a=; b=c=d", {"a": "", "b": "c=d"}),
    ("quotes go", 'a="b c"', {"a": "b c"}),
    ("what is escaped in them", r'a="\"\\\054\303"', {"a": '"\\,Ã'}),
    ("half a pair of quotes is none", 'a="', {"a": '"'}),
    (
        "what is no cookie is left out, and nothing else",
        'x; =y; a b=1; {"k": 2}; c=3',
        {"a b": "1", "c": "3"},
    ),
]


@pytest.mark.parametrize(("name", "header", "cookies"), COOKIES, ids=[case[0] for case in COOKIES])
def test_they_are_read(name: str, header: str, cookies: dict[str, str]) -> None:
    assert cookies_of(header) == cookies


def test_a_header_made_to_take_long_takes_no_time() -> None:
    begun = time.process_time()
    cookies_of('a="' + '\\"' * 16_000 + '"')
    cookies_of("=;" * 16_000)
    assert time.process_time() - begun < 0.5
