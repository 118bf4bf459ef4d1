"""The names of what is stored."""

from __future__ import annotations


def key_of(slug: str, name: str) -> str:
    """The key of something that belongs to a blog: the hash tag keeps one blog in one slot of a Redis Cluster."""
    return f"lb:{{{slug}}}:{name}"
