"""Where this site is and who runs it: its public addresses, its publisher, and what readers may ask for."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote

from flask import current_app, request, url_for

from ..model import Blog
from ..services import Services


def services() -> Services:
    """What this process works with."""
    return cast(Services, current_app.extensions["liveblog"])


def base() -> str:
    """The site's origin (and path, if it has one), without a slash at its end."""
    return services().settings.base_url or request.host_url.rstrip("/")


def address(endpoint: str, **values: Any) -> str:
    """The full public address of a page."""
    return base() + url_for(endpoint, **values)


def publisher(blog: Blog) -> str:
    """Whose coverage this is: LIVEBLOG_PUBLISHER, else the blog itself."""
    return services().settings.publisher or blog.title


def oembed(url: str) -> str:
    """Where one of our pages is described for those who embed it; the format is still to be added."""
    return f"{base()}/oembed?url={quote(url, safe='')}"
