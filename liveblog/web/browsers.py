"""A browser's name and system, for the list of one's devices: enough to know one's own, and no more is kept."""

from __future__ import annotations

import re

_BROWSERS = {
    "Edg": "Edge",
    "EdgA": "Edge",
    "EdgiOS": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "HeadlessChrome": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
"""By their marks in User-Agent: those that call themselves Chrome or Safari as well come first."""
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def named(agent: str) -> str:
    """A browser by its User-Agent, such as "Firefox on Windows"; a program by the first word of it, if it has one."""
    browser = next((name for mark, name in _BROWSERS.items() if f"{mark}/" in agent), None)
    system = next((name for mark, name in _SYSTEMS.items() if mark in agent), None)
    if browser is None:
        word = re.match(r"[A-Za-z][\w.-]{1,30}", agent)
        return word[0] if word else "an unknown browser"
    return f"{browser} on {system}" if system else browser
