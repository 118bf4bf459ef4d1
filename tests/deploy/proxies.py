"""Caddy, HAProxy and Apache with the shipped configurations, with TLS on free loopback ports."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme

from tests.deploy.nginx import listens, replaced
from tests.live_server import until
from tests.ports import free_ports

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
SOCKET = "/run/liveblog/web.sock"
SITE = "live.example.org"
MODULES = Path("/usr/lib/apache2/modules")


class Place(NamedTuple):
    """Where a proxy listens, with TLS and without, the address or socket of the web process, a folder for its files."""

    folder: Path
    port: int
    plain: int
    web: str

    def upstream(self, at_socket: str, example: str, at_address: str = "{}") -> str:
        """The web process in the proxy's notation; that of a socket is in a comment of the example."""
        assert example.count(at_socket) == 1
        return at_socket.replace(SOCKET, self.web) if self.web.startswith("/") else at_address.format(self.web)

    def written(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text)
        return file


def caddy(place: Place) -> list[str]:
    text = (DEPLOY / "Caddyfile").read_text()
    text = replaced(
        text,
        (
            f"http://{SITE} {{",
            f"{{\nadmin off\nauto_https disable_redirects\n}}\nhttp://localhost:{place.plain} {{\nbind 127.0.0.1",
        ),
        ("https://{host}", f"https://localhost:{place.port}"),
        (
            f"{SITE} {{",
            f"https://localhost:{place.port} {{\nbind 127.0.0.1\ntls {place.folder}/crt {place.folder}/key",
        ),
        ("127.0.0.1:8000", place.upstream("unix//run/liveblog/web.sock", text)),
    )
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(place.written("Caddyfile", text))]


def haproxy(place: Place) -> list[str]:
    text = (DEPLOY / "haproxy.cfg").read_text()
    text = replaced(
        text,
        ("bind :80", f"bind 127.0.0.1:{place.plain}"),
        (
            "bind :443 ssl crt /etc/haproxy/live.example.org.pem",
            f"bind 127.0.0.1:{place.port} ssl crt {place.folder}/pem",
        ),
        ("maxconn 50000", "maxconn 500"),  # a machine of tests may not allow the files for more
        ("127.0.0.1:8000", place.upstream("unix@/run/liveblog/web.sock", text)),
    )
    return ["haproxy", "-db", "-f", str(place.written("haproxy.cfg", text))]


def apache(place: Place) -> list[str]:
    text = (DEPLOY / "apache.conf").read_text()
    modules = ("mpm_event", "authz_core", "alias", "headers", "http2", "proxy", "proxy_http", "socache_shmcb", "ssl")
    loaded = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in modules)
    around = f"PidFile {place.folder}/pid\nErrorLog {place.folder}/error\nDefaultRuntimeDir {place.folder}\n"
    around += f"Listen 127.0.0.1:{place.port}\nListen 127.0.0.1:{place.plain}\n"
    around += "".join(f"{word} www-data\n" for word in ("User", "Group") if os.getuid() == 0)
    text = replaced(
        text,
        ("<VirtualHost *:80>", f"<VirtualHost *:{place.plain}>"),
        ("<VirtualHost *:443>", f"<VirtualHost *:{place.port}>"),
        ("/etc/ssl/live.example.org.crt", f"{place.folder}/crt"),
        ("/etc/ssl/live.example.org.key", f"{place.folder}/key"),
        ("https://live.example.org/\n", f"https://localhost:{place.port}/\n"),
        ("http://127.0.0.1:8000/", place.upstream("unix:/run/liveblog/web.sock|http://localhost/", text, "http://{}/")),
    )
    conf = place.written("apache.conf", loaded + around + text)
    return ["apache2", "-DFOREGROUND", "-d", str(place.folder), "-f", str(conf)]


Proxy = Callable[[Place], list[str]]
"""Writes a proxy's configuration and gives the command that starts it."""
PROXIES: list[Proxy] = [caddy, haproxy, apache]


def program(name: str) -> str:
    """The program's path; skips the test where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: apt install {name})")
    return found


@contextmanager
def running(proxy: Proxy, folder: Path, web: str) -> Iterator[Place]:
    """Run a proxy with TLS in front of a web process at `web`, an address or the path of a socket."""
    port, plain = free_ports(2)
    place = Place(folder, port, plain, web)
    authority = trustme.CA()
    own = authority.issue_cert("localhost", "127.0.0.1", SITE)
    own.private_key_pem.write_to_path(folder / "key")
    own.private_key_and_cert_chain_pem.write_to_path(folder / "pem")
    (folder / "crt").write_bytes(b"".join(each.bytes() for each in own.cert_chain_pems))
    authority.cert_pem.write_to_path(folder / "ca")
    name, *arguments = proxy(place)
    environ = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program(name), *arguments], env=environ, stdout=log, stderr=log)
    try:
        until(lambda: process.poll() is not None or listens(place.port))
        assert process.poll() is None, (folder / "log").read_text()
        yield place
    finally:
        process.terminate()
        process.wait(60)
        print((folder / "log").read_text()[-4000:])
