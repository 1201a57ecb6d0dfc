"""Who may know whom, how long things may get, and that imports stand at the top."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "greennow"

#: Every module, and those it may import: by name, or a whole room as ``core.*``. The order is that of
#: reading: each stands below all that it may import.
MAY_IMPORT = {
    "version": "",
    # What both ends share. No I/O, no greenlet, no thread, no clock.
    "core": "",
    "core.paths": "",
    "core.pathset": "core.paths",
    "core.escaping": "",
    "core.errors": "core.escaping core.paths",
    "core.complaints": "core.escaping",
    "core.limits": "",
    "core.events": "core.errors core.paths",
    "core.context": "core.errors",
    "core.tree": "core.paths",
    "core.values": "core.errors core.limits core.paths core.tree",
    "core.messages": "core.paths core.tree",
    "core.timers": "",
    "core.deadline": "",
    "core.reply": "core.deadline core.errors core.messages core.paths",
    "core.sites": "",
    "core.ledger": "core.timers",
    "core.work": "core.errors core.reply",
    "core.stream": "core.deadline core.errors core.reply core.timers core.values",
    "core.production": "core.deadline core.errors core.paths core.work",
    "core.functions": "core.errors core.ledger core.limits core.messages core.paths core.reply core.sites",
    "core.borrowing": "core.errors core.functions core.messages core.paths core.reply",
    "core.missing": "core.errors core.functions core.paths core.tree",
    "core.failures": "core.errors core.limits core.messages core.missing core.paths",
    "core.cbor": "core.errors core.escaping",
    "core.fields": "core.errors core.paths",
    "core.shapes": "core.messages core.tree",
    "core.referring": "core.errors",
    "core.codec": "core.borrowing core.cbor core.errors core.fields core.limits core.messages core.paths"
    " core.referring core.shapes core.tree core.values",
    "core.carriers": "",
    "core.session": "core.carriers core.errors core.limits core.messages core.paths core.pathset",
    "core.replica": "core.errors core.messages core.paths core.pathset core.tree",
    "core.live": "core.errors core.paths core.tree core.values",
    "core.lists": "core.errors core.live core.paths core.tree core.values",
    "core.namespace": "core.errors core.lists core.live core.paths core.tree core.values",
    "core.placeholder": "core.errors core.lists core.live core.namespace core.paths core.tree core.values",
    "core.calls": "core.messages core.paths core.values",
    "core.signatures": "core.errors",
    "core.converting": "core.signatures",
    "core.remembered": "",
    "core.checks": "core.converting core.functions core.messages core.remembered core.signatures",
    "core.incoming": "core.calls core.checks core.deadline core.errors core.functions core.messages"
    " core.signatures core.timers core.work",
    "core.outgoing": "core.calls core.deadline core.errors core.failures core.messages core.reply"
    " core.timers",
    "core.waits": "core.calls core.errors core.incoming core.messages core.reply core.work",
    "core.streams": "core.calls core.errors core.failures core.limits core.messages core.paths"
    " core.production core.reply core.stream core.timers core.values",
    "core.references": "core.borrowing core.errors core.functions core.limits core.messages core.missing"
    " core.paths core.stream core.streams core.tree",
    "core.host": "core.checks core.functions core.incoming core.messages core.missing core.paths core.streams"
    " core.tree",
    "core.peer": "core.calls core.cbor core.codec core.deadline core.errors core.failures core.functions"
    " core.host core.incoming core.limits core.messages core.outgoing core.paths core.references core.reply"
    " core.session core.streams core.timers core.tree core.values core.waits",
    # The server's half of the model. No I/O either.
    "hub": "",
    "hub.user": "",
    "hub.held": "",
    "hub.around": "",
    "hub.expiry": "",
    "hub.lent": "core.functions core.sites",
    "hub.link": "core.messages",
    "hub.placing": "core.*",
    "hub.policy": "core.*",
    "hub.options": "core.* hub.around",
    "hub.rate": "hub.options",
    "hub.tokens": "",
    "hub.view": "core.*",
    "hub.index": "core.* hub.view",
    "hub.weight": "core.* hub.view",
    "hub.scope": "core.* hub.view hub.weight",
    "hub.narrow": "core.* hub.index hub.scope hub.view hub.weight",
    "hub.common": "core.functions core.paths",
    "hub.scopes": "core.paths hub.common hub.index hub.narrow hub.scope hub.view",
    "hub.writes": "core.* hub.placing hub.policy hub.rate hub.weight",
    "hub.telling": "core.*",
    "hub.wide": "core.errors core.functions",
    "hub.figures": "",
    "hub.client": "core.* hub.around hub.figures hub.held hub.lent hub.link hub.placing hub.rate hub.telling"
    " hub.user hub.wide hub.writes",
    "hub.acknowledging": "core.timers",
    "hub.heartbeats": "core.* hub.client hub.link",
    "hub.buffers": "",
    "hub.forgetting": "core.carriers",
    "hub.log": "",
    "hub.audience": "core.* hub.client hub.log",
    "hub.audiences": "core.* hub.audience hub.client",
    "hub.fanout": "core.* hub.audience hub.audiences hub.client hub.scope",
    "hub.gathered": "core.reply",
    "hub.group": "core.* hub.audiences hub.client hub.gathered hub.fanout hub.narrow hub.placing hub.scope",
    "hub.typescript": "",
    "hub.declarations": "core.* hub.typescript",
    "hub.hub": "core.* hub.*",
    # gevent.
    "server": "",
    "server.websocket": "core.errors core.limits",
    "server.handshake": "",
    "server.pongs": "server.websocket",
    "server.patching": "",
    "server.broadcasts": "core.session hub.audience server.sockets server.websocket",
    "server.greenlets": "core.* hub.* server.broadcasts",
    "server.stalls": "",
    "server.requests": "",
    "server.attached": "server.entrance server.requests",
    "server.origin": "hub.options",
    "server.cookies": "",
    "server.head": "",
    "server.opening": "",
    "server.bag": "hub.user server.cookies server.opening server.origin",
    "server.sockets": "",
    "server.pages": "version",
    "server.tls": "",
    "server.once": "",
    "server.readers": "",
    "server.inbox": "core.* server.websocket",
    "server.link": "core.* hub.* server.greenlets server.inbox server.once server.pongs"
    " server.readers server.sockets server.websocket",
    "server.declared": "core.* hub.*",
    "server.wsgi": "core.* hub.* server.bag server.declared server.greenlets server.handshake server.link"
    " server.opening server.origin server.readers server.pages server.websocket version",
    "server.admission": "hub.user server.handshake server.link server.opening server.wsgi",
    "server.handler": "server.admission server.handshake server.head server.opening server.requests"
    " server.wsgi",
    "server.entrance": "server.admission server.handler server.handshake server.head server.opening"
    " server.readers server.requests",
    "server.serve": "core.* hub.* server.attached server.entrance server.greenlets server.handler"
    " server.pages server.readers server.requests server.stalls server.tls server.wsgi version",
    "server.default": "core.context server.serve",
    # Threads.
    "client.backoff": "",
    "client.clock": "",
    "client.alarm": "core.timers client.clock",
    "client.address": "version",
    "client.watches": "core.*",
    "client.handlers": "core.*",
    "client.welcome": "core.*",
    "client.waits": "core.*",
    "client.peer": "core.* client.waits",
    "client.shared": "core.* client.handlers client.peer client.watches",
    "client.end": "core.* client.peer client.shared client.welcome",
    "client.dispatch": "core.deadline client.clock",
    "client.reply": "core.* client.dispatch",
    "client.websocket": "core.* client.address",
    "client.link": "client.address client.clock client.websocket",
    "client.connection": "core.* client.address client.backoff client.clock client.dispatch client.end"
    " client.link client.reply client.shared client.websocket client.alarm",
    "client.client": "core.* client.address client.clock client.connection client.dispatch",
    "client": "core.errors core.tree client.client",
    # For those who use greennow.
    "greennow": "core.deadline core.errors core.tree version",
    "testing": "",
    "testing.clock": "core.timers server.greenlets",
    "testing.snapshot": "hub.* server.serve",
    "testing.wire": "hub.* server.greenlets server.link server.wsgi",
    "testing.dispatcher": "server.greenlets",
    "testing.faults": "",
    "testing.pace": "core.timers",
    "testing.link": "client.end core.* server.websocket server.wsgi testing.faults testing.pace testing.wire",
    "testing.client": "client.end core.* hub.* server.greenlets testing.dispatcher testing.faults"
    " testing.link testing.wire",
    "testing.rest": "core.* hub.* server.greenlets server.serve testing.client testing.wire",
    "testing.network": "core.* testing.faults",
    "testing.harness": "core.* hub.* server.* testing.client testing.clock testing.faults testing.network"
    " testing.rest testing.snapshot testing.wire",
    "testing.leaks": "core.* hub.* server.serve testing.harness",
    "testing.plugin": "testing",
    "contrib": "",
    "contrib.flask": "core.* hub.* server.*",
    "contrib.django": "core.* hub.* server.*",
    "contrib.gunicorn": "server.*",
    "demo": "greennow server.*",
    # The command line. Each command is loaded when it is asked for.
    "commands": "",
    "commands.errors": "",
    "commands.program": "commands.errors",
    "commands.kinds": "commands.program",
    "commands.settings": "commands.errors commands.kinds commands.program hub.options",
    "commands.reload": "",
    "commands.hosted": "commands.errors commands.program server.*",
    "commands.chosen": "commands.errors commands.hosted commands.settings server.*",
    "commands.serve": "commands.chosen commands.errors commands.reload",
    "commands.check": "commands.chosen",
    "commands.types": "commands.hosted hub.* server.*",
    "commands.printing": "core.stream",
    "commands.waiting": "core.reply",
    "commands.connecting": "client commands.errors",
    "commands.call": "commands.connecting commands.errors commands.printing commands.waiting core.stream",
    "commands.watch": "client commands.connecting commands.printing commands.waiting",
    "commands.completion": "core.lists core.namespace",
    "commands.connect": "client commands.completion commands.connecting commands.errors commands.waiting"
    " core.reply version",
    "commands.demo": "demo",
    "cli": "commands.errors core.errors version",
    "__main__": "cli",
}

#: Where gevent may be loaded. Everything else works, and is tested, without it.
GEVENT_ROOMS = {"backplane", "contrib", "server", "testing"}

#: The functions that import, and why they cannot do so at the top.
LATE_IMPORTS = {
    ("cli", "run"): "a command loads what it needs and no more: those for clients work without gevent",
    ("commands.program", "_import"): "the program that is served is named on the command line",
    ("commands.serve", "_reload"): "watchfiles is an extra, which `greennow serve` alone does not need",
    (
        "core.checks",
        "_checked",
    ): "msgspec is loaded when the first annotated function is called from the wire",
    ("contrib.django", "_request"): "where Django keeps its sessions is a setting of the site's",
    ("contrib.flask", "current_user"): "not every Flask site has Flask-Login",
    ("greennow", "__getattr__"): "`import greennow` loads no gevent: the server's names come at first use",
    ("testing", "__getattr__"): "pytest imports the plugin in every run: gevent is loaded at first use",
}

MAX_LINES_OF_MODULE = 400
MAX_LINES_OF_FUNCTION = 40


def module_name(file: Path) -> str:
    """The name as in the table: without ``greennow.``, a folder by its own name."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "greennow"


SOURCES = {module_name(file): file for file in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(file.read_text("utf-8")) for name, file in SOURCES.items()}


def absolute(name: str, node: ast.ImportFrom) -> str:
    """What ``from ... import`` names, written out, for the module of this name."""
    if not node.level:
        return node.module or ""
    is_folder = SOURCES[name].name == "__init__.py"
    home = ["greennow", *(name.split(".") if name != "greennow" else [])]
    base = home[: len(home) - node.level + is_folder]
    return ".".join([*base, node.module] if node.module else base)


def is_for_the_checker(node: ast.AST) -> bool:
    """Whether this is ``if TYPE_CHECKING:``, which never runs."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def import_statements(tree: ast.AST) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import of a module, and whether it is for the type checker alone."""
    for_the_checker = {
        statement for node in ast.walk(tree) if is_for_the_checker(node) for statement in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, node in for_the_checker


def imported(name: str, *, for_the_checker: bool = False) -> Iterator[str]:
    """The full names of what a module imports, or names for the checker: as deep as could name a module."""
    for node, is_type in import_statements(TREES[name]):
        if is_type == for_the_checker:
            base = f"{absolute(name, node)}." if isinstance(node, ast.ImportFrom) else ""
            yield from (base + alias.name for alias in node.names)


def ours(full_name: str) -> str | None:
    """The module of greennow's that a full name stands for or lies in; None for anybody else's."""
    parts = full_name.split(".")
    if parts[0] != "greennow":
        return None
    inside = parts[1:]
    while inside and ".".join(inside) not in SOURCES:
        inside.pop()
    return ".".join(inside) or "greennow"


def modules_imported(name: str, *, for_the_checker: bool = False) -> set[str]:
    """Greennow's own modules that a module imports."""
    names = imported(name, for_the_checker=for_the_checker)
    return {module for full_name in names if (module := ours(full_name))}


def allowed(name: str) -> set[str]:
    """The modules that the table lets this one import."""
    return {
        module
        for pattern in MAY_IMPORT[name].split()
        for module in MAY_IMPORT
        if module == pattern or (pattern.endswith(".*") and module.startswith(pattern[:-1]))
    }


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def room(name: str) -> str:
    """The folder that a module lies in, or the module itself at the top."""
    return name.partition(".")[0]


def imports_late(function: ast.AST) -> bool:
    """Whether a function imports something when it runs."""
    return any(
        isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Name) and node.id in {"import_module", "__import__"})
        for node in ast.walk(function)
    )


def packages_imported(name: str) -> set[str]:
    """The top names of all packages that a module imports, ours or others'."""
    return {full_name.partition(".")[0] for full_name in imported(name)}


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The length of a function in lines, its docstring not counted."""
    first = function.body[0]
    is_docstring = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def test_there_is_something_to_check() -> None:
    assert {"core.tree", "core.peer"} <= SOURCES.keys()


@pytest.mark.parametrize("name", SOURCES)
def test_a_module_stands_in_the_table_and_imports_what_the_table_allows(name: str) -> None:
    assert name in MAY_IMPORT, "a new module needs a line in MAY_IMPORT"
    assert modules_imported(name) - allowed(name) == set()


@pytest.mark.parametrize("name", SOURCES)
def test_a_type_named_for_the_checker_alone_is_from_the_same_room_or_one_above(name: str) -> None:
    above = {room(module) for module in allowed(name)} | {room(name)}
    named = {room(module) for module in modules_imported(name, for_the_checker=True)}
    assert name == "greennow" or named <= above


def test_what_the_table_allows_has_no_cycle() -> None:
    graph = {name: allowed(name) - {name} for name in MAY_IMPORT}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MAY_IMPORT)


def test_what_is_imported_has_no_cycle() -> None:
    graph = {name: modules_imported(name) for name in SOURCES}
    assert set(TopologicalSorter(graph).static_order()) == SOURCES.keys()


@pytest.mark.parametrize("name", SOURCES)
def test_gevent_is_loaded_only_where_greenlets_live(name: str) -> None:
    if room(name) not in GEVENT_ROOMS:
        assert packages_imported(name).isdisjoint({"gevent", "geventwebsocket", "greenlet"})


@pytest.mark.parametrize("name", SOURCES)
def test_imports_stand_at_the_top(name: str) -> None:
    late = {(name, function.name) for function in functions(TREES[name]) if imports_late(function)}
    assert late - LATE_IMPORTS.keys() == set()


@pytest.mark.parametrize("name", SOURCES)
def test_a_module_and_its_functions_stay_short_enough_to_read(name: str) -> None:
    lines = len(SOURCES[name].read_text("utf-8").splitlines())
    assert lines <= MAX_LINES_OF_MODULE
    assert [
        (function.name, lines_of(function))
        for function in functions(TREES[name])
        if lines_of(function) > MAX_LINES_OF_FUNCTION
    ] == []
