"""Tracked deletions between two marks, as CKEditor writes them: empty elements, or attributes of the blocks between.

https://ckeditor.com/docs/ckeditor5/latest/features/collaboration/track-changes/track-changes-data.html
"""

from __future__ import annotations

import re

_TAG = re.compile(r"""<(/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*+)>""")
_MARK = re.compile(
    r"""data-was="suggestion-(?P<alone>start|end)"
    |data-suggestion-(?P<edge>start|end)-(?P<side>before|after)="(?P<names>[^"]*)\"""",
    re.X,
)
_NAME = re.compile(r"""\sname="([^"]*)\"""")
_VOID = {"br", "hr"}


def struck(clean: str) -> str:
    """Sanitised HTML with `<del>` around the words of each deletion that has both of its marks. Takes linear time."""
    if "suggestion-" not in clean:
        return clean
    ended = {
        name for tag in _TAG.finditer(clean) for edge, _, names in _marks(tag[3]) if edge == "end" for name in names
    }
    parts: list[str] = []
    begun: dict[str, None] = {}
    after: list[list[tuple[str, list[str]]]] = []
    at = 0
    for tag in _TAG.finditer(clean):
        words = clean[at : tag.start()]
        parts += ["<del>", words, "</del>"] if begun and words.strip() else [words]
        parts.append(tag[0])
        at = tag.end()
        if tag[1]:
            later = after.pop() if after else []
        else:
            marks = _marks(tag[3])
            _turn(begun, ended, [(edge, names) for edge, side, names in marks if side == "before"])
            later = [(edge, names) for edge, side, names in marks if side == "after"]
            if tag[2] not in _VOID:
                after.append(later)
                continue
        _turn(begun, ended, later)
    return "".join([*parts, clean[at:]])


def _marks(attributes: str) -> list[tuple[str, str, list[str]]]:
    """The marks of a tag: whether they start or end, before or after it, and the deletions' names."""
    if "suggestion-" not in attributes:
        return []
    found = []
    for mark in _MARK.finditer(attributes):
        own = _NAME.search(attributes)
        names = (own[1] if own else "") if mark["alone"] else mark["names"]
        deletions = [name for name in names.split(",") if name.strip().startswith("deletion")]
        found.append((mark["alone"] or mark["edge"], mark["side"] or "before", deletions))
    return found


def _turn(begun: dict[str, None], ended: set[str], marks: list[tuple[str, list[str]]]) -> None:
    for edge, names in marks:
        for name in names:
            if edge == "end":
                begun.pop(name, None)
            elif name in ended:
                begun.setdefault(name)
