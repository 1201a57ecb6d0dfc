"""The default `Now`, and the functions of the module ``greennow``, which act on it."""

from __future__ import annotations

from ..core.context import This
from .serve import Now

#: The one `Now` of a program that makes no other.
default = Now()

#: The client whose event or call is running, of whichever `Now`.
this = This(default.context)

everyone = default.everyone
get_client = default.get_client
get_group = default.get_group
get_groups = default.get_groups
initialize = default.initialize
on = default.on
remove_group = default.remove_group
run = default.run
serve = default.serve
start = default.start
wsgi = default.wsgi
