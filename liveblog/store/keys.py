"""The keys under which data is stored."""

from __future__ import annotations


def key_of(slug: str, name: str) -> str:
    """A key that belongs to a blog. Its hash tag keeps one blog in one slot of a Redis Cluster."""
    return f"lb:{{{slug}}}:{name}"
