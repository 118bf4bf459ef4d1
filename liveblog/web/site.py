"""Where this site is and who runs it: its public addresses, its publisher, and what readers may ask for."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import current_app, request, url_for

from ..errors import NotFound
from ..timeline import Timeline


def house() -> Any:
    """What the process works with."""
    return current_app.extensions["liveblog"]


def opened(slug: str) -> Timeline:
    """The blog's timeline; drafts are nobody's business. Raises `NotFound`, `Unavailable`."""
    timeline: Timeline = house().tails.timeline(slug)
    if timeline.blog.status == "draft":
        raise NotFound(f"there is no blog {slug}")
    return timeline


def base() -> str:
    """The site's origin (and path, if it has one), without a slash at its end."""
    found: str = house().settings.base_url or request.host_url.rstrip("/")
    return found


def address(endpoint: str, **values: Any) -> str:
    """The full public address of a page."""
    return base() + url_for(endpoint, **values)


def publisher(timeline: Timeline) -> str:
    """Whose coverage this is: LIVEBLOG_PUBLISHER, else the blog itself."""
    return house().settings.publisher or timeline.blog.title


def oembed(url: str) -> str:
    """Where one of our pages is described for those who embed it; the format is still to be added."""
    return f"{base()}/oembed?url={quote(url, safe='')}"
