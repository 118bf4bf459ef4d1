"""Varnish with the shipped configuration, on a free loopback port."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploy.nginx import replaced, running

VCL = Path(__file__).parent.parent.parent / "deploy/varnish.vcl"
VARNISH = shutil.which("varnishd") or shutil.which("varnishd", path="/usr/sbin:/usr/local/sbin")
needed = pytest.mark.skipif(VARNISH is None, reason="Varnish is not installed (Debian: apt install varnish)")


@contextmanager
def varnish(folder: Path, front: int, web: int, *changes: tuple[str, str]) -> Iterator[str]:
    """Run Varnish at port `front` before a web process at the port `web`. Yields its address.

    `changes` are what an operator would write into the file.
    """
    vcl = folder / "varnish.vcl"
    vcl.write_text(replaced(VCL.read_text(), ('.port = "8000";', f'.port = "{web}";'), *changes))
    command = [str(VARNISH), "-F", "-j", "none", "-f", str(vcl), "-a", f"127.0.0.1:{front}", "-n", str(folder / "work")]
    with running([*command, "-s", "malloc,64m"], folder / "varnish.log", front) as url:
        yield url
