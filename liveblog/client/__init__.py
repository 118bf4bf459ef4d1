"""Follow and write a blog from another program, with the standard library only (docs/clients.md)."""

from .address import Refused
from .blog import AsyncBlog, Blog, NoAnswer
from .change import Change, Object, Position
from .follower import Follower
from .following import follow, follow_async

__all__ = [
    "AsyncBlog",
    "Blog",
    "Change",
    "Follower",
    "NoAnswer",
    "Object",
    "Position",
    "Refused",
    "follow",
    "follow_async",
]
