"""nginx with the shipped configuration, on free loopback ports."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from tests.live_server import until
from tests.ports import free_ports

CONF = Path(__file__).parent.parent.parent / "deploy/nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
needed = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: apt install nginx-light)")


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """The text after these replacements; each old part must be there exactly once."""
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def command(folder: Path, front: int, web: Sequence[int], *changes: tuple[str, str], tls: int = 0) -> list[str]:
    """The command that starts nginx at port `front`, before web processes at the ports `web`; files are in `folder`.

    `changes` are what an operator would write into the file. With `tls`, deploy/tls is used at that port.
    """
    cache = folder / "cache"
    cache.mkdir()
    servers = "".join(f"server 127.0.0.1:{port} max_fails=3 fail_timeout=2s;" for port in web)
    push = "".join(f"server 127.0.0.1:{port} max_fails=0;" for port in web)
    shipped = CONF.read_text().replace("/var/cache/nginx", str(cache))
    text = replaced(
        shipped.replace("server web:8000 max_fails=3 fail_timeout=2s;", servers),
        ("listen 80;", f"listen 127.0.0.1:{front};"),
        ("listen 127.0.0.1:8081;", f"listen unix:{cache}/health.sock;"),
        ("server web:8000 max_fails=0;", push),
        ("/tmp/nginx.pid", str(folder / "nginx.pid")),
        ("worker_processes auto;", "worker_processes 1;"),
        ("worker_connections 65536;", "worker_connections 8192;"),
        *changes,
    )
    if tls:
        _certified(folder, tls)
    conf = folder / "nginx.conf"
    conf.write_text(text)
    how = "daemon off;" + (" user root;" if os.getuid() == 0 else "")  # only this user can read the folder
    return [str(NGINX), "-p", str(folder), "-c", str(conf), "-g", how]


def _certified(folder: Path, port: int) -> None:
    """Put deploy/tls beside the configuration, with a certificate that nobody else trusts."""
    certificates = folder / "certificates"
    for each in (folder / "tls", certificates):
        each.mkdir()
    own = trustme.CA().issue_cert("localhost", "127.0.0.1")
    own.private_key_pem.write_to_path(certificates / "privkey.pem")
    (certificates / "fullchain.pem").write_bytes(b"".join(each.bytes() for each in own.cert_chain_pems))
    shipped = (CONF.parent / "tls/tls.conf").read_text().replace("/etc/nginx/certificates", str(certificates))
    text = replaced(shipped, ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"))
    (folder / "tls/tls.conf").write_text(text)


@contextmanager
def nginx(folder: Path, web: Sequence[int], *changes: tuple[str, str], tls: int = 0, front: int = 0) -> Iterator[str]:
    """Run nginx in front of these ports, at the port `front` or any free one. Yields its address."""
    front = front or free_ports(1)[0]
    with running(command(folder, front, web, *changes, tls=tls), folder / "nginx.log", front) as url:
        yield url


@contextmanager
def running(started: Sequence[str], log: Path, front: int) -> Iterator[str]:
    """Run a server until it listens at the port `front`; at the end its log is printed. Yields its address."""
    with log.open("wb") as file:
        process = subprocess.Popen(started, stdout=file, stderr=file, start_new_session=True)
    try:
        until(lambda: listens(front))
        yield f"http://127.0.0.1:{front}"
    finally:
        process.terminate()
        process.wait(60)
        print(log.read_text()[-4000:])


def listens(port: int) -> bool:
    """Whether somebody accepts connections at this port."""
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
