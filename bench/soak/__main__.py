"""``python -m bench.soak``: 200 clients, 100,000 calls, 2,000 cuts; every call once, and equal at the end."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .run import HEADER, Plan, soak

#: What is done with no options, and where it is only to be seen that it works.
_LONG = Plan(clients=200, calls=100_000, cuts=2_000, seed=1, mean=3_000)
_QUICK = Plan(clients=12, calls=2_000, cuts=40, seed=1, mean=2_000)


def main() -> None:
    """Soak and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="12 clients, 2,000 calls, 40 cuts")
    parser.add_argument("--clients", type=int, metavar="N", help="half of them Python's, half now.js's")
    parser.add_argument("--calls", type=int, metavar="N", help="at least so many")
    parser.add_argument("--cuts", type=int, metavar="N", help="at least so many")
    parser.add_argument("--seed", type=int, metavar="N", help="of where lines break")
    options: Any = parser.parse_args()
    given = {name: value for name, value in vars(options).items() if name != "quick" and value is not None}
    plan = (_QUICK if options.quick else _LONG)._replace(**given)
    outcome = soak(plan)
    sys.stdout.write(HEADER + str(outcome))
    if outcome.wrong:
        raise SystemExit("\n".join(["", *outcome.wrong[:20]]))


if __name__ == "__main__":
    main()
