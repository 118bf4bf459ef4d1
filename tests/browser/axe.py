"""axe finds nothing on a page, in the light and the dark scheme."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
THERE = Axe("0")
"""Check a page that has axe's script already."""
RULES = {name: {"enabled": True} for name in ("label-content-name-mismatch", "target-size")}
"""Rules that axe leaves out unless they are named: WCAG 2.5.3 and 2.5.8."""
ALL = {"resultTypes": ["violations"], "rules": RULES}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}


def sound(page: Page, context: str = "", options: dict[str, Any] | None = None) -> None:
    """Axe finds nothing on the page, or in the part of it that `context` selects."""
    axe = THERE if page.evaluate("Boolean(window.axe)") else AXE
    found = axe.run(page, context or None, options or ALL)
    assert not found.violations_count, found.generate_report()


def sound_by_day_and_by_night(page: Page) -> None:
    """`sound` in both schemes: in the dark one only the colours differ."""
    page.emulate_media(color_scheme="light")
    sound(page)
    page.emulate_media(color_scheme="dark")
    sound(page, options=COLOURS)
    page.emulate_media(color_scheme="light")
