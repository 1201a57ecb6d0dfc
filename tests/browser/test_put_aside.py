"""Pages that a browser puts aside, and shows again."""

from __future__ import annotations

from greennow import Now

from ..chromium import Pages
from ..nowjs.site import Site, run

#: What a browser tells a page that goes into its back/forward cache, and one that comes out.
ASIDE_AND_BACK = """
await now.ready();
now.name = 'ann';
const before = now.core.clientId;
const back = new Promise((resolve) => now.core.on('reconnect', resolve));
dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
const resumed = await back;
await now.core.flush();
return [resumed, now.core.clientId === before, now.name];
"""


def test_a_page_that_comes_back_within_the_window_goes_on_with_its_session(pages: Pages) -> None:
    with Site(Now()) as site:
        assert run(pages.open(site.url), ASIDE_AND_BACK) == [True, True, "ann"]


def test_one_that_comes_back_later_begins_afresh_with_what_it_wrote(pages: Pages) -> None:
    with Site(Now(resume_window=0)) as site:
        assert run(pages.open(site.url), ASIDE_AND_BACK) == [False, False, "ann"]
