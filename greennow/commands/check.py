"""``greennow check``: says which settings of a program are unsafe where the internet can reach it."""

from __future__ import annotations

import ipaddress
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .chosen import Chosen, choose


class Finding(NamedTuple):
    """A setting, and what to do about it."""

    #: Is it wrong for sure? Else it is worth a look.
    is_error: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'error' if self.is_error else 'note'}: {self.sentence}"


def run(given: Namespace) -> int:
    """Print a line for each finding; return 1 if one of them is an error."""
    found = list(findings(choose(given)))
    for finding in found:
        print(finding)
    if not found:
        print("nothing found")
    return 1 if any(finding.is_error for finding in found) else 0


def findings(chosen: Chosen) -> Iterator[Finding]:
    """Yield what there is to say of what was chosen, errors first."""
    yield from _errors(chosen)
    if is_public(chosen):
        yield from _notes(chosen)


def is_public(chosen: Chosen) -> bool:
    """Can others than this machine reach it, directly or through a proxy?"""
    host = chosen.where.get("host", "127.0.0.1")
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    return not is_loopback or bool(chosen.now.options.trusted_proxies)


def _errors(chosen: Chosen) -> Iterator[Finding]:
    options = chosen.now.options
    if options.debug and is_public(chosen):
        yield Finding(True, "debug=True tells everybody who may call lines of the source: leave it out")
    if options.allowed_origins == "*" and options.session is not None:
        yield Finding(
            True,
            "allowed_origins='*' beside the option session lets any page act with its visitor's cookies: "
            "list the origins",
        )
    key = chosen.where.get("keyfile")
    if key is not None and Path(key).is_file() and Path(key).stat().st_mode & 0o004:
        yield Finding(True, f"every user of this machine can read the key {key}: chmod 600")
    if isinstance(chosen.site, str) and Path(chosen.site).is_dir():
        source = next(Path(chosen.site).rglob("*.py"), None)
        if source is not None:
            yield Finding(
                True, f"{source} lies in the folder that is served, to be read by everybody: move it"
            )


def _notes(chosen: Chosen) -> Iterator[Finding]:
    options = chosen.now.options
    if options.authenticate is None:
        yield Finding(
            False, "authenticate=None: everybody may connect, and call every function that they see"
        )
    elif options.allowed_origins == "*" and options.session is None:
        yield Finding(False, "allowed_origins='*': list the origins, unless authenticate looks at no cookies")
    if options.client_write is True:
        yield Finding(
            False, "client_write=True: clients may write any name of theirs; list those that are meant"
        )
    if options.max_clients is None:
        yield Finding(
            False, "max_clients=None: any number of clients may connect; set what the machine carries"
        )
    if options.max_rate is None:
        yield Finding(
            False, "max_rate=None: one client may keep the server busy; set what an honest one needs"
        )
    if "certfile" not in chosen.where and not options.trusted_proxies:
        yield Finding(False, "no certfile, no trusted_proxies: have a proxy in front that speaks https")
