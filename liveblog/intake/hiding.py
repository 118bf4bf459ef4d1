"""Which styles hide words: from everybody, or only perhaps. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ZERO = r"[-+]?(?:0+(?:\.0*)?|\.0+)"
_NONE = {"hidden", "clip"}
_HIDING = {
    "mso-hide": re.compile(r"all"),
    "mso-element": re.compile(r"header|footer"),
    "mso-list": re.compile(r"ignore"),
    "display": re.compile(r"none"),
    "visibility": re.compile(r"hidden|collapse"),
    "content-visibility": re.compile(r"hidden"),
    "clip": re.compile(r"rect\((?:0|1px)"),
    "clip-path": re.compile(r"inset\((?:[5-9]\d|100)(?:\.\d+)?%\)|circle\(0"),
    "transform": re.compile(r"(?:.*\))?(?:scale[xy]?\(0(?:\.0+)?[,)]|translate(?:x|y|3d)?\(-\d{4,})"),
}
"""Values that hide an element and all in it."""
_AWAY = re.compile(r"-(?:\d{3,}(?:\.\d+)?(?:px|pt|%|vw|vh|r?em|ch|ex)?|\d{2,}(?:\.\d+)?(?:r?em|ch|ex|in|cm|pc))(?:!|$)")
_FAR_AWAY = re.compile(r"-(?:\d{4,}(?:\.\d+)?(?:px|pt|%|vw|vh)?|\d{2,}(?:\.\d+)?(?:r?em|ch|ex))(?:!|$)")
"""Left of the page, or above it. Margins of some hundred pixels only move a box."""
_FADED = {
    "opacity": re.compile(rf"{_ZERO}%?|0?\.0\d*|[0-4]%"),
    "font-size": re.compile(rf"{_ZERO}[a-z%]{{0,4}}|(?:0?\.\d+|1)p[xt]"),
    "font": re.compile(r"(?:[a-z]*)0(?:px|pt|em)?[/a-z\"']"),
}
_SIZES = ("height", "width", "line-height")
_PADDINGS = ("padding", "padding-bottom", "padding-top")
_GROWING = ("flex", "flex-grow", "min-height", "min-width")
"""What a box grows by that has no size of its own, as the whole story does in some layouts."""
_NO_SIZE = re.compile(rf"(?:{_ZERO}|0*1(?=px))[a-z%]{{0,4}}(?:!|$)")
_COLOUR = re.compile(
    r"#[0-9a-f]{8}|#[0-9a-f]{6}|#[0-9a-f]{3,4}|rgba?\([^)]*\)|transparent|white|black|red|blue|green|yellow"
)
_NAMED = {
    "white": "ffffff",
    "black": "000000",
    "red": "ff0000",
    "blue": "0000ff",
    "yellow": "ffff00",
    "green": "008000",
}
WHITE = "ffffff"
CLEAR = ""
"""A colour that shows what is behind it."""


def hides(style: Mapping[str, str]) -> bool:
    """Whether an element of this style is hidden, with all that is in it."""
    if any(name in style and pattern.match(style[name]) for name, pattern in _HIDING.items()):
        return True
    if any(name in style and _AWAY.match(style[name]) for name in ("left", "right", "top", "text-indent")):
        return True
    if any(name in style and _FAR_AWAY.match(style[name]) for name in ("margin-left", "margin-top")):
        return True
    # A box that has its height by a padding holds what is placed in it: a video.
    return _is_empty(style) and not any(re.match(r"[1-9]", style.get(name, "")) for name in (*_PADDINGS, *_GROWING))


def _is_empty(style: Mapping[str, str]) -> bool:
    """Whether a box has no size and cuts what is in it off."""
    cut = any(style.get(name, "").split("!")[0] in _NONE for name in ("overflow", "overflow-x", "overflow-y"))
    return cut and any(name in style and bool(_NO_SIZE.match(style[name])) for name in _SIZES)


def fades(style: Mapping[str, str]) -> bool:
    """Whether the words of an element itself are hidden; what it holds may have a size of its own, or fade in."""
    for name, pattern in _FADED.items():
        value = style.get(name, "").split("!")[0]
        if value and (pattern.match(value) if name == "font" else pattern.fullmatch(value)):
            return True
    return False


def may_hide(style: Mapping[str, str]) -> bool:
    """Whether a style hides what a click may show, a box without height, a part that fades in, or by a variable."""
    if any("var(" in style.get(name, "") for name in ("display", "visibility", "opacity", "font-size")):
        return True
    if re.match(rf"{_ZERO}%?(?:!|$)", style.get("opacity", "1")):
        return True
    if _is_empty(style) and any(re.match(r"[1-9]", style.get(name, "")) for name in _GROWING):
        return True
    cut = style.get("overflow", "").split("!")[0] in _NONE
    return cut and any(name in style and bool(_NO_SIZE.match(style[name])) for name in ("max-height", "max-width"))


def colour(value: str) -> str | None:
    """The colour in a value, as six digits; `CLEAR` for none, None for what is not known (a picture, a variable)."""
    if "url(" in value or "gradient(" in value or "var(" in value:
        return None
    found = _COLOUR.match(value) or _COLOUR.search(value)
    if found is None:
        return None
    text = found[0]
    if text in _NAMED:
        return _NAMED[text]
    if text == "transparent":
        return CLEAR
    if text[0] == "#":
        digits = text[1:] if len(text) > 5 else "".join(2 * digit for digit in text[1:])
        return CLEAR if digits[6:] == "00" else digits[:6]
    numbers = [float(number) for number in re.findall(r"\d{1,3}(?:\.\d{1,6})?", text)]
    if len(numbers) < 3:
        return None
    clear = len(numbers) > 3 and numbers[3] == 0
    return CLEAR if clear else "".join(f"{min(255, round(number)):02x}" for number in numbers[:3])


def background(style: Mapping[str, str], behind: str | None) -> str | None:
    """The colour behind an element's words; None if it is not known."""
    for name in ("background-image", "background-color", "background"):
        value = style.get(name, "")
        if value and value.split("!")[0] not in ("none", "inherit", "initial"):
            own = colour(value)
            return behind if own == CLEAR else own
    return behind
