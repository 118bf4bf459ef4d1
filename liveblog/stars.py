"""Stars that join the parts of a word, and are no signs of emphasis: `M*A*S*H`, `10*5*2`. Pure."""

from __future__ import annotations

import re

SPACED = r"[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\uffef\U00010000-\U0010ffff]"
"""A letter or digit of a script that puts spaces between words; in others, emphasis begins and ends within words."""
_STARRED = re.compile(rf"(?<!{SPACED}){SPACED}++(?:\*{SPACED}++){{2,}}")


def joints(text: str) -> set[int]:
    """Where single stars join the parts of a word."""
    words = [found for found in _STARRED.finditer(text) if _is_joined(found[0].split("*"))]
    return {at for found in words for at, sign in enumerate(found[0], found.start()) if sign == "*"}


def _is_joined(parts: list[str]) -> bool:
    """`10*5*2`, `M*A*S*H`; but a part of a word is emphasised in `un*frigging*believable` and `H*2*O`."""
    whole = "".join(parts)
    initials = all(len(part) == 1 and part.isupper() for part in parts)
    return whole.isdigit() or initials or (len(parts) > 3 and not (whole.isalpha() and whole.islower()))
