"""The site's public addresses, its publisher, and this process's services."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote, urlsplit

from flask import current_app, request, url_for

from ..model import Blog
from ..services import Services


def services() -> Services:
    """This process's services."""
    return cast(Services, current_app.extensions["liveblog"])


def base() -> str:
    """The site's origin (and path, if it has one), without a slash at its end."""
    if (public := services().settings.base_url) is not None:
        return public
    return request.host_url.rstrip("/") if request.host else prefix()  # werkzeug knows no host with an underscore


def prefix() -> str:
    """The path below which the site is, as in `base`; the addresses of `url_for` begin with it."""
    return request.root_path


def is_addressed() -> bool:
    """Whether public addresses can be right: LIVEBLOG_BASE_URL is set, or this is a trial on the same machine."""
    here = ("localhost", "127.0.0.1", "::1")
    trial = urlsplit(f"//{request.host}").hostname in here and request.remote_addr in here
    return services().settings.base_url is not None or trial


def address(endpoint: str, **values: Any) -> str:
    """The full public address of a page."""
    return base() + url_for(endpoint, **values).removeprefix(prefix())


def secret_address(endpoint: str, **values: Any) -> str:
    """The address of a page that only its recipient may open: without LIVEBLOG_BASE_URL its path alone.

    Whoever can forge a request's Host would otherwise get the link. The browser that shows it knows its own address.
    """
    return address(endpoint, **values) if services().settings.base_url else url_for(endpoint, **values)


def publisher(blog: Blog) -> str:
    """The publisher's name: LIVEBLOG_PUBLISHER, else the blog's own title."""
    return services().settings.publisher or blog.title


def oembed(url: str) -> str:
    """The oEmbed address of one of our pages, without the format."""
    return f"{base()}/oembed?url={quote(url, safe='')}"
