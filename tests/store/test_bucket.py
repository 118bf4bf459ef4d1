"""Pictures in a bucket, on a real server that speaks S3: one machine uploads, another one serves."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.live_server import live_server, until
from tests.photos import photo

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of an S3 server with the bucket `night`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env={**os.environ, **KEYS}, stdout=log, stderr=log)
        try:
            until(lambda: process.poll() is not None or _answers(url))
            assert requests.put(f"{url}/night", timeout=60).ok
            yield url
        finally:
            process.terminate()
            process.wait(60)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=60).status_code < 500
    except requests.RequestException:  # also while it is slow to start
        return False


def test_a_file_that_is_not_local_is_fetched_once_for_all_requests(bucket: str) -> None:
    from s3fs import S3FileSystem

    settings = {**KEYS, "AWS_ENDPOINT_URL": bucket, "LIVEBLOG_MEDIA": "s3://night/pictures"}
    with live_server("serve", **settings) as server:
        slug = server.open("bucket")
        token = {"Authorization": f"Bearer {server.token}"}
        made = requests.post(f"{server.url}/api/v1/blogs/{slug}/media", data=photo(), headers=token, timeout=60)
        assert made.status_code == 201, made.text
        name = made.json()["name"]
        here = requests.get(f"{server.url}/media/{name}", timeout=60)
        files = S3FileSystem(key="test", secret="test", endpoint_url=bucket, use_listings_cache=False)
        stored = files.info(f"night/pictures/{name}")
        assert (stored["ContentType"], stored["size"]) == ("image/webp", len(here.content))
        for near in (server.data / "media").iterdir():
            near.unlink()  # as on another machine
        with ThreadPoolExecutor(8) as readers:
            answers = [*readers.map(lambda _: requests.get(f"{server.url}/media/{name}", timeout=60), range(8))]
        assert {answer.content for answer in answers} == {here.content}
        assert len([*(server.data / "media").iterdir()]) == 2
        assert requests.get(f"{server.url}/media/{'0' * 32}.webp", timeout=60).status_code == 404
        post = server.api("POST", f"/blogs/{slug}/posts", {"body": "x", "media": [{"name": name, "alt": "x"}]}).json()
        server.api("DELETE", f"/blogs/{slug}/posts/{post['id']}")
        assert server.api("POST", f"/blogs/{slug}/posts/{post['id']}/purge", {}).ok
        assert not files.exists(f"night/pictures/{name}")
        assert requests.get(f"{server.url}/media/{name}", timeout=60).status_code == 410


def test_a_deleted_picture_leaves_the_bucket_and_each_machine(bucket: str) -> None:
    from s3fs import S3FileSystem

    settings = {**KEYS, "AWS_ENDPOINT_URL": bucket, "LIVEBLOG_MEDIA": "s3://night/deleted"}
    files = S3FileSystem(key="test", secret="test", endpoint_url=bucket, use_listings_cache=False)
    with live_server("serve", **settings) as one:
        slug = one.open("deleted")
        storage = {"LIVEBLOG_REDIS_URL": one.store.url}
        with live_server("serve", **settings, **storage) as other:
            headers = {"Authorization": f"Bearer {one.token}"}
            made = requests.post(f"{one.url}/api/v1/blogs/{slug}/media", photo(), headers=headers, timeout=60).json()
            for server in (one, other):
                assert requests.get(f"{server.url}/media/{made['name']}", timeout=60).status_code == 200
            assert len([*(other.data / "media").iterdir()]) == 2
            assert one.api("DELETE", f"/blogs/{slug}/media/{made['name']}").json()["deleted"]
            assert not files.find("night/deleted")
            until(lambda: requests.get(f"{other.url}/media/{made['name']}", timeout=60).status_code == 410)
            assert not [*(one.data / "media").glob("*.webp"), *(other.data / "media").glob("*.webp")]


def test_an_absent_bucket_is_reported_and_nothing_is_half_stored(bucket: str) -> None:
    settings = {**KEYS, "AWS_ENDPOINT_URL": bucket, "LIVEBLOG_MEDIA": "s3://elsewhere/pictures"}
    with live_server("serve", **settings) as server:
        slug = server.open("away")
        token = {"Authorization": f"Bearer {server.token}"}
        answer = requests.post(f"{server.url}/api/v1/blogs/{slug}/media", data=photo(), headers=token, timeout=90)
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
        assert "Retry-After" in answer.headers
        assert not [*(server.data / "media").glob("*.webp")]
