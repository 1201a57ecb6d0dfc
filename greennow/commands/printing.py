"""What `now` holds, as lines of JSON."""

from __future__ import annotations

import base64
import json
import math
import sys
from datetime import datetime
from typing import Any

from ..core.stream import Stream

#: What a terminal, or who reads by lines, might take for something else. JSON escapes the other controls.
_CONTROLS = {code: f"\\u{code:04x}" for code in [*range(0x7F, 0xA0), 0x2028, 0x2029]}

#: Python writes no longer integers in decimal.
_LARGEST_DECIMAL = 10_000  # bits


def print_json(value: Any) -> None:
    """Print the value as one line of JSON, at once."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json_line(value, ascii_only=not is_unicode), flush=True)


def json_line(value: Any, *, ascii_only: bool = False) -> str:
    """Return the value as JSON in one line.

    What JSON does not have becomes a text: bytes in base64, a moment in ISO 8601, ``NaN`` and ``Infinity``,
    a function as ``<function now.add>``, a stream likewise, an integer of thousands of digits in hexadecimal.
    """
    text = json.dumps(_plain(value), ensure_ascii=ascii_only, allow_nan=False)
    return text.translate(_CONTROLS)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, int) and value.bit_length() > _LARGEST_DECIMAL:
        return hex(value)
    return repr(value) if callable(value) or isinstance(value, Stream) else value
