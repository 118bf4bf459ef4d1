"""The tags of public answers: by them a cache in front of the site drops all that shows a blog, post, picture.

A tag is a letter and ten hexadecimal digits: no name can be read from it, every header may have it, and caches that
ignore case (Cloudflare) tell tags apart. An answer has at most two. Pure.
"""

from __future__ import annotations

import hashlib

INVALIDATION = "Cache-Group-Invalidation"
"""The field of an answer to a write that has caches on its way drop groups (RFC 9875, 3)."""


def _tag(kind: str, name: str) -> str:
    return kind[0] + hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()[:10]


SITE = _tag("site", "")
"""Of the lists of all blogs."""


def of_blog(slug: str) -> str:
    """Of every answer about a blog but its pictures."""
    return _tag("blog", slug)


def of_post(slug: str, id: str) -> str:
    """Of the answers about one post alone: its page, its card, its object, its frame. They have the blog's tag, too."""
    return _tag("post", f"{slug}/{id}")


def of_picture(name: str) -> str:
    """Of all files of a picture, which several blogs may have; `name` is the name of one of them."""
    return _tag("media", name[:32])


def fields(*tags: str) -> dict[str, str]:
    """The header fields with these tags: for Cloudflare, for Fastly and Varnish, and of RFC 9875."""
    return {"Cache-Tag": ",".join(tags), "Surrogate-Key": " ".join(tags), "Cache-Groups": groups(*tags)}


def groups(*tags: str) -> str:
    """The tags as RFC 9875 writes groups."""
    return ", ".join(f'"{tag}"' for tag in tags)
