"""The roles of people and programs at the desk. Each may do what those of a lower rank may."""

from __future__ import annotations

from typing import Literal

Role = Literal["contributor", "editor", "admin"]
RANKS: dict[str, int] = {"contributor": 0, "editor": 1, "admin": 2}
