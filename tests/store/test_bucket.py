"""Pictures and backups in a bucket, on a real server that speaks S3: one machine uploads, another one serves."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from liveblog.store.backup import Backup
from tests.commands import program, refused, said
from tests.live_server import live_server, until
from tests.photos import photo
from tests.store.s3_server import KEYS, s3_server


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with s3_server() as url:
        yield url


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


def test_backups_are_kept_in_a_bucket_and_the_oldest_go(bucket: str, tmp_path: Path) -> None:
    from s3fs import S3FileSystem

    files = S3FileSystem(key="test", secret="test", endpoint_url=bucket, use_listings_cache=False)
    files.pipe_file("night/backups/liveblog-20250302T210405Z.zip", b"the oldest")
    files.pipe_file("night/backups/notes.zip", b"somebody else's")
    backed = {"LIVEBLOG_BACKUP": "s3://night/backups", "LIVEBLOG_BACKUP_KEEP": "2", "LIVEBLOG_BACKUP_WITH": "people"}
    with live_server("serve", **KEYS, **backed, AWS_ENDPOINT_URL=bucket) as server:
        slug = server.open("in-a-bucket")
        assert server.api("POST", f"/blogs/{slug}/posts", {"body": "Kept elsewhere"}).ok
        until(lambda: server.store.records.get("lb:backup"))  # its first one, with or without the blog
        environ = {**KEYS, **backed, "AWS_ENDPOINT_URL": bucket, "LIVEBLOG_REDIS_URL": server.store.url}
        where = until(lambda: _another(environ, files))
        no = refused(program("backup", data=None, **environ | {"LIVEBLOG_BACKUP": "s3://elsewhere/backups"}))
        assert "cannot be kept at s3://elsewhere/backups: the specified bucket does not exist" in no
    names = sorted(name.rpartition("/")[2] for name in files.find("night/backups"))
    assert names[-1] == "notes.zip"
    assert len(names) == 3
    assert "liveblog-20250302T210405Z.zip" not in names
    files.get_file(where.removeprefix("s3://"), str(tmp_path / "night.zip"))
    with (tmp_path / "night.zip").open("rb") as file:
        assert Backup(file).manifest.blogs == [slug]


def _another(environ: dict[str, str], files: Any) -> str:
    """Make a backup. Returns its address, or nothing if it took the place of one that was made in the same second."""
    before = set(files.find("night/backups"))
    where = said(program("backup", data=None, **environ)).strip()
    return "" if where.removeprefix("s3://") in before else where
