"""Pictures of the examples for the documents, taken from what the tests have on the screen."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent.parent
#: In pixels.
DESK = {"width": 880, "height": 560}
PHONE = {"width": 320, "height": 640}


def side_by_side(chromium: Browser, desk: bytes, phone: bytes, *, scale: float = 2) -> bytes:
    """One picture of both, on a transparent ground."""
    page = chromium.new_page(viewport={"width": 1240, "height": 620}, device_scale_factor=scale)
    pictures = [f'<img src="data:image/png;base64,{b64encode(image).decode()}">' for image in (desk, phone)]
    page.set_content(
        """<style>
          body { display: flex; gap: 24px; margin: 16px; place-content: center; align-items: center; }
          img { height: 560px; border-radius: 14px; box-shadow: 0 2px 12px #0005; }
          img:last-child { height: 580px; border-radius: 30px; }
        </style>"""
        + "".join(pictures)
    )
    try:
        return page.screenshot(omit_background=True)
    finally:
        page.close()


def keep(name: str, picture: bytes, elsewhere: Path) -> None:
    """Take it into the documents where the environment says so; anywhere else it was only tried."""
    folder = ROOT / "docs" / "images" if os.environ.get("GREENNOW_SCREENSHOTS") else elsewhere
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(picture)
