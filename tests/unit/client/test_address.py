from __future__ import annotations

import re
from typing import Any

import pytest

from greennow.client.address import make_address, websocket_url

URLS = [
    ("the endpoint is below the site", "http://host:8080", "ws://host:8080/nowjs/ws"),
    ("a slash at the end changes nothing", "http://host:8080/", "ws://host:8080/nowjs/ws"),
    ("https is wss", "https://host", "wss://host/nowjs/ws"),
    ("a prefix is kept", "https://host/app/", "wss://host/app/nowjs/ws"),
    ("a WebSocket's scheme means the site too", "ws://host/app", "ws://host/app/nowjs/ws"),
    ("an endpoint is taken as it is", "wss://host/b/ws", "wss://host/b/ws"),
    ("a site may be called ws", "http://host/ws", "ws://host/ws/nowjs/ws"),
    ("a query is kept, a fragment is not", "http://host/?a=1#b", "ws://host/nowjs/ws?a=1"),
    ("addresses of six", "http://[::1]:80", "ws://[::1]:80/nowjs/ws"),
]

WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "an address without a scheme",
        {"url": "localhost:8080"},
        "an address begins with http://, https://, ws:// or wss:// and a host, not as 'localhost:8080'",
    ),
    (
        "an address without a host",
        {"url": "http:///app"},
        "an address begins with http://, https://, ws:// or wss:// and a host, not as 'http:///app'",
    ),
    ("a port that is none", {"url": "http://host:99999"}, "Port out of range 0-65535"),
    (
        "a password in the address",
        {"url": "http://ann:secret@host"},
        "an address holds no password here; give headers= or token= instead",
    ),
    ("a header in a header", {"headers": {"A": "b\r\nC: d"}}, "the header A holds a line break"),
    ("a header in a token", {"token": "b\nC: d"}, "the header Authorization holds a line break"),
    ("a header in cookies", {"cookies": {"a": "b\r\nC: d"}}, "cookies holds a line break"),
    ("a header in a cookie text", {"cookies": "a=b\r\nC: d"}, "cookies holds a line break"),
    (
        "a proxy of another kind",
        {"proxy": "socks5://p:1"},
        "a proxy is given as http://host:port, not as 'socks5://p:1'",
    ),
    (
        "a proxy without a port",
        {"proxy": "http://p"},
        "a proxy is given as http://host:port, not as 'http://p'",
    ),
]


@pytest.mark.parametrize(("name", "site", "expected"), URLS, ids=[case[0] for case in URLS])
def test_the_websocket_of_a_site(name: str, site: str, expected: str) -> None:
    assert websocket_url(site) == expected


@pytest.mark.parametrize(("name", "given", "sentence"), WRONG, ids=[case[0] for case in WRONG])
def test_what_has_a_wrong_form_is_refused_at_the_line(
    name: str, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)) as refused:
        make_address(**{"url": "http://host", **given})
    assert str(refused.value) == sentence


def test_cookies_are_a_mapping_or_a_text() -> None:
    assert make_address("http://host", cookies={"a": "1", "b": "2"}).cookie == "a=1; b=2"
    assert make_address("http://host", cookies="a=1").cookie == "a=1"
    assert make_address("http://host", cookies={}).cookie is None
    assert make_address("http://host").cookie is None


def test_a_token_is_a_bearers() -> None:
    headers = make_address("http://host", headers={"User-Agent": "me", "X": "y"}, token="t").headers
    assert headers == ("User-Agent: me", "X: y", "Authorization: Bearer t")


def test_the_client_says_what_it_is() -> None:
    (header,) = make_address("http://host").headers
    assert header.startswith("User-Agent: greennow/")


def test_a_proxy_may_ask_for_a_login() -> None:
    assert make_address("http://host", proxy="http://a:b%40c@p:3128").proxy == {
        "http_proxy_host": "p",
        "http_proxy_port": 3128,
        "http_proxy_auth": ("a", "b@c"),
    }
    assert make_address("http://host", proxy="http://p:3128").proxy["http_proxy_auth"] is None
