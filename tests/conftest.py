"""The rules of the tests, and what holds every one of them to the rules.

1.  Loopback only, port 0 always; the port is read back from the server.
2.  No sleep. Wait for quiet (``settle()``), then assert. A test that needs a duration moves a clock by hand.
3.  Every test has a deadline. In memory a lost answer is gevent's ``LoopExit`` at once; with a socket open
    it is a ``Timeout`` here, and the report shows where every greenlet stands.
4.  Our timers take their clock as an argument; an ordinary timer left pending would hide a deadlock.
5.  After a test nothing is left over: no thread, no greenlet, no socket. An error in a background greenlet
    fails the test that was running.
6.  What holds for both ends is written once and run with the ends exchanged.
7.  One side is chosen to close; the test says which.
8.  Table first: cases are ``(name, given, expected)``, and the name is the rule in words.
9.  Values, messages and the sentences of errors are compared whole.
10. Bytes are fed whole, one by one, and split at every position.
11. What holds for all values is a property: round trips, every interleaving, every prefix of garbage.
12. Flaky is a bug. Nothing is tried again.

``tests/unit`` mirrors ``greennow``: bytes and values, no socket; no greenlet unless the module has some.
``tests/pair`` has two ends in memory, ``tests/net`` real sockets, ``tests/hostile`` attacks over them,
``tests/browser`` a real browser, and
``tests/nowjs`` goes through what NowJS did, row by row, also with a real browser.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator, Iterator
from importlib import import_module
from types import ModuleType, TracebackType
from typing import Any
from weakref import WeakSet

import pytest
from hypothesis import HealthCheck, settings

#: Seconds that a test may take; generous, for it is to end what hangs, not what is slow.
DEADLINE = 60

#: Seconds that each example of a property adds to that.
DEADLINE_PER_EXAMPLE = 0.1

#: Seconds that a thread may take to end once the test is over.
LAST_BREATH = 10


def profiles() -> None:
    """Registers the profiles of hypothesis and loads the one that the environment names.

    ``GREENNOW_TESTS`` is ``quick`` (the default), ``brief`` for one more Python, ``ci``, or ``long`` for
    hunting; ``GREENNOW_EXAMPLES`` sets another number of examples. In ``ci`` convergence, on which all else
    rests, has the most. All but ``long`` try the same examples each time. No example is judged by
    the clock: a loaded machine is no fault of the code.
    """
    slow = [HealthCheck.too_slow]
    settings.register_profile(
        "quick", max_examples=200, deadline=None, derandomize=True, suppress_health_check=slow
    )
    settings.register_profile("brief", settings.get_profile("quick"), max_examples=40)
    settings.register_profile("ci", settings.get_profile("quick"), max_examples=500)
    settings.register_profile("long", settings.get_profile("ci"), max_examples=100_000, derandomize=False)
    chosen = os.environ.get("GREENNOW_TESTS", "quick")
    for name, most in (("usual", {}), ("convergence", {"ci": 2_000})):
        profile = settings.get_profile(chosen)
        examples = os.environ.get("GREENNOW_EXAMPLES", most.get(chosen, profile.max_examples))
        settings.register_profile(name, profile, max_examples=int(examples))
    settings.load_profile("usual")


def load_profile_of(node: Any) -> None:
    """As many examples as tests of this module are to have."""
    settings.load_profile("convergence" if node.path.stem == "test_convergence" else "usual")


def pytest_collectstart(collector: Any) -> None:
    """A property takes the profile that holds when its module is loaded."""
    load_profile_of(collector)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What counts examples by itself takes the one that holds when it runs."""
    load_profile_of(item)


profiles()


def gevent_if_loaded() -> ModuleType | None:
    """gevent, if some test of this run needs it; a run of pure tests never loads it."""
    return sys.modules.get("gevent")


def seconds_for(item: pytest.Item) -> float:
    """How long this test may take."""
    if item.get_closest_marker("hypothesis"):
        return DEADLINE + DEADLINE_PER_EXAMPLE * settings.default.max_examples
    return DEADLINE


@pytest.fixture(autouse=True)
def deadline(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ends a test that waits for ever. One without greenlets ends by pytest's ``faulthandler_timeout``."""
    gevent = gevent_if_loaded()
    if gevent is None:
        yield
        return
    with gevent.Timeout.start_new(seconds_for(request.node), ref=False):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows where every greenlet stands when a test ran into its deadline."""
    report = yield
    gevent = gevent_if_loaded()
    if gevent and call.excinfo and call.excinfo.errisinstance(gevent.Timeout):
        stacks = import_module("gevent.util").format_run_info()
        report.sections.append(("greenlets", "\n".join(stacks)))
    return report


def joinable(thread: threading.Thread) -> bool:
    """Whether this thread was started through ``threading``; gevent's thread pool keeps others for itself."""
    return not isinstance(thread, threading._DummyThread)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fails a test that leaves a thread running; one that is about to end may do so."""
    before = set(threading.enumerate())
    yield
    started = [thread for thread in threading.enumerate() if thread not in before and joinable(thread)]
    for thread in started:
        thread.join(LAST_BREATH)
    assert not [thread for thread in started if thread.is_alive()], "threads are left over"


@pytest.fixture(autouse=True)
def no_greenlet_failed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test during which an error came out of a greenlet, where gevent would only print it."""
    gevent = gevent_if_loaded()
    if gevent is None:
        yield
        return
    failed: list[str] = []

    def print_exception(
        context: Any, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        failed.append(f"{kind.__name__}: {error} in {context!r}")

    monkeypatch.setattr(gevent.get_hub(), "print_exception", print_exception)
    yield
    assert failed == []


@pytest.fixture(autouse=True)
def no_greenlet_left() -> Iterator[None]:
    """Fails a test that leaves a greenlet running; one that is about to end may do so."""
    gevent = gevent_if_loaded()
    if gevent is None:
        yield
        return
    spawned: WeakSet[Any] = WeakSet()
    gevent.Greenlet.add_spawn_callback(spawned.add)
    yield
    gevent.Greenlet.remove_spawn_callback(spawned.add)
    if any(spawned):
        gevent.idle()
    assert [greenlet for greenlet in spawned if greenlet] == [], "greenlets are left over"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium. Playwright is there, and loaded, only where a test asks for this."""
    with import_module(f"{__package__}.chromium").launched() as browser:
        yield browser


@pytest.fixture
def pages(chromium: Any) -> Iterator[Any]:
    """Opens pages, each in a browser of its own; they may complain of nothing."""
    pages = import_module(f"{__package__}.chromium").Pages(chromium)
    yield pages
    pages.close()
    assert pages.complaints == []
