"""Backups: blogs, pictures and people come back as they were; nothing is taken from a file that is not whole."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from liveblog import actions
from liveblog.errors import Invalid, Unavailable, WrongState
from liveblog.model import Position, public
from liveblog.store.accounts import Account
from liveblog.store.backup import MANIFEST, MEDIA, PEOPLE, Backup, Restored, write
from liveblog.store.backup_place import keep, whole
from liveblog.store.commits import Store
from liveblog.store.dump import parsed
from liveblog.store.embedded import ensure
from liveblog.store.factors import Factors, Passkey
from liveblog.store.incoming import IncomingHooks
from liveblog.store.people import People
from liveblog.store.pictures import Pictures
from liveblog.store.webhooks import Webhooks
from tests.commands import environment
from tests.newsroom import DIRECTOR, PICTURE
from tests.photos import photo

ROOT = Path(__file__).parents[2]


def pictures_in(store: Store, folder: Path) -> Pictures:
    return Pictures(store, folder / "media", None, lambda: b"secret", 10_000_000)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Store]:
    """An empty installation."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        embedded = ensure(Path(folder) / "data")
        store = Store(embedded.url)
        yield store
        store.close()
        embedded.stop()


@pytest.fixture
def house(store: Store, tmp_path: Path) -> bytes:
    """A backup of two nights, a picture in both, two people and a token."""
    pictures, people = pictures_in(store, tmp_path), People(store)
    for slug in ("anora", "brutalist"):

        def create(view: actions.View, slug: str = slug) -> actions.Plan:
            return actions.create_blog(view, slug=slug, title=slug, status="live", categories=[DIRECTOR, PICTURE])

        store.perform(slug, create, by="Ada")
    picture, _ = pictures.convert("anora", photo(), filename="stairs.jpg", type="image/jpeg", by="Ada")
    store.records.put_field("lb:{brutalist}:media", picture.name, b"")
    post = store.perform("anora", lambda view: actions.publish(view, "anora", body="One"), by="Ada").find("post").id
    store.perform("anora", lambda view: actions.edit_post(view, "anora", post, body="Two"), by="Ada")
    people.accounts.put(Account(name="Ada", role="admin", password_hash="$argon2id$…"))
    people.accounts.put(Account(name="Bo", role="contributor", blogs=["anora"], disabled=True))
    factors = Factors(passkeys=[Passkey(id="AAAA", key="BBBB", name="Key")], totp="sealed", codes=["hash"])
    people.factors.put_back("Ada", factors)
    people.tokens.add("wire", "editor")
    Webhooks(store.records).add("https://hook.example.org/", None, "Ada", {"anora": Position("here", 2)})
    hooks = IncomingHooks(store.records)
    hooks.add("anora", "slack", "Rita Carpet", "Ada", "8f742231b10e8888abcd99yyyzzz85a5", "xoxb-token")
    hooks.rotate(hooks.add("brutalist", "plain", "Wire", "Ada").id)
    out = io.BytesIO()
    write(store, out, pictures, people)
    return out.getvalue()


def test_everything_comes_back_in_an_empty_installation(
    store: Store, elsewhere: Store, house: bytes, tmp_path: Path
) -> None:
    elsewhere.client.flushdb()
    there, people = tmp_path / "there", People(elsewhere)
    done = Backup(io.BytesIO(house)).restore(elsewhere, pictures_in(elsewhere, there), people)
    assert (sorted(done.blogs), done.pictures, names(done)) == (["anora", "brutalist"], 1, ["Ada", "Bo"])
    assert [token.name for token in done.tokens] == ["wire"]
    for slug in done.blogs:
        assert elsewhere.load(slug).objects == store.load(slug).objects
        assert [len(entries) for entries in elsewhere.snapshot(slug)[1].values()] == [
            len(entries) for entries in store.snapshot(slug)[1].values()
        ]
        assert elsewhere.load(slug).epoch != store.load(slug).epoch
    assert people.accounts.list() == People(store).accounts.list()
    assert people.tokens.by_hash() == People(store).tokens.by_hash()
    assert people.factors.get("Ada") == People(store).factors.get("Ada")  # nobody comes back without them
    assert people.factors.get("Ada").any
    assert people.factors.owner("AAAA") == "Ada"
    (hook,), (mine,) = Webhooks(elsewhere.records).list(), Webhooks(store.records).list()
    assert hook == replace(mine, off="restored from a backup")  # this copy sends nothing until somebody says so
    assert Webhooks(elsewhere.records).state(hook.id).positions == {}
    assert done.incoming == IncomingHooks(elsewhere.records).list() == IncomingHooks(store.records).list()
    (picture,) = pictures_in(elsewhere, there).of("anora")
    assert pictures_in(elsewhere, there).of("brutalist") == [picture]
    for name in picture.files:
        assert (there / "media" / name).read_bytes() == (tmp_path / "media" / name).read_bytes()
    assert pictures_in(elsewhere, there).uploads("anora") == {picture.name: "Ada"}


def test_without_being_asked_nothing_of_people_or_pictures_goes_along(store: Store, house: bytes) -> None:
    out = io.BytesIO()
    write(store, out)
    with zipfile.ZipFile(out) as packed:
        assert packed.namelist() == ["blogs/anora.ndjson", "blogs/brutalist.ndjson", MANIFEST]
    assert b"argon2" not in out.getvalue()
    assert b"sealed" not in out.getvalue()
    assert Backup(out).manifest.people is False


def test_a_backup_can_be_written_to_a_pipe(store: Store, house: bytes) -> None:
    class Pipe(io.RawIOBase):
        data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    write(store, pipe)  # type: ignore[arg-type]
    assert Backup(io.BytesIO(pipe.data)).manifest.blogs == ["anora", "brutalist"]


def test_a_backup_can_be_thrown_away(store: Store, house: bytes) -> None:
    """To see whether one can be made."""
    with whole(Path("/dev/null")) as file:
        write(store, file, people=People(store))
    assert Path("/dev/null").is_char_device()


def names(done: Restored) -> list[str]:
    return [account.name for account in done.people]


def test_where_there_are_people_others_come_only_if_asked_and_nobody_changes(
    store: Store, elsewhere: Store, house: bytes, tmp_path: Path
) -> None:
    elsewhere.client.flushdb()
    people, mine = People(elsewhere), Account(name="ada", role="contributor", password_hash="mine")
    people.accounts.put(mine)
    pictures = pictures_in(elsewhere, tmp_path / "there")
    done = Backup(io.BytesIO(house)).restore(elsewhere, pictures, people)
    assert (people.accounts.list(), people.tokens.by_hash(), done.strangers) == ([mine], {}, True)
    done = Backup(io.BytesIO(house)).restore(elsewhere, pictures, people, missing=True, merge=True)
    assert people.accounts.get("Ada") == mine
    assert (names(done), len(done.tokens), done.strangers) == (["Bo"], 1, False)
    assert done.kept == ["anora", "brutalist", "Ada"]


def test_a_token_is_enough_to_have_people(store: Store, elsewhere: Store, house: bytes, tmp_path: Path) -> None:
    elsewhere.client.flushdb()
    people = People(elsewhere)
    people.tokens.add("mine", "editor")
    done = Backup(io.BytesIO(house)).restore(elsewhere, pictures_in(elsewhere, tmp_path / "there"), people)
    assert (done.strangers, people.accounts.list(), len(people.tokens.by_hash())) == (True, [], 1)


def test_lost_files_of_pictures_come_back_and_others_stay_as_they_are(
    store: Store, house: bytes, tmp_path: Path
) -> None:
    pictures = pictures_in(store, tmp_path)
    (picture,) = pictures.of("anora")
    lost, mine = (tmp_path / "media" / name for name in picture.files[:2])
    before = lost.read_bytes()
    lost.unlink()
    mine.write_bytes(b"mine")
    Backup(io.BytesIO(house)).restore(store, pictures, People(store), missing=True)
    assert (lost.read_bytes(), mine.read_bytes()) == (before, b"mine")


def test_a_picture_without_its_file_is_counted_and_named(
    store: Store, elsewhere: Store, house: bytes, tmp_path: Path
) -> None:
    pictures, out = pictures_in(store, tmp_path), io.BytesIO()
    (picture,) = pictures.of("anora")
    for name in picture.files:
        (tmp_path / "media" / name).unlink()
    assert write(store, out, pictures).lost == 1
    elsewhere.client.flushdb()
    done = Backup(out).restore(elsewhere, pictures_in(elsewhere, tmp_path / "there"), People(elsewhere))
    assert (done.pictures, done.lost, done.kept) == (0, [picture.name], [])


def test_a_picture_that_cannot_be_read_is_named(store: Store, house: bytes, tmp_path: Path) -> None:
    pictures = pictures_in(store, tmp_path)
    (picture,) = pictures.of("anora")
    (tmp_path / "media" / picture.name).unlink()
    (tmp_path / "media" / picture.name).symlink_to("/proc/self/mem")  # a file that every read refuses
    with pytest.raises(Unavailable, match=f"the picture {picture.name} cannot be read"), whole(tmp_path / "x") as file:
        write(store, file, pictures)
    assert not (tmp_path / "x").exists()


def test_a_picture_that_was_deleted_here_stays_deleted(store: Store, house: bytes, tmp_path: Path) -> None:
    pictures = pictures_in(store, tmp_path)
    (picture,) = pictures.of("anora")
    pictures.delete(picture.name, ["anora", "brutalist"], by="Ada")
    store.delete("anora")
    store.delete("brutalist")
    done = Backup(io.BytesIO(house)).restore(store, pictures, People(store))
    assert (done.pictures, picture.name in done.kept) == (0, True)
    assert not (tmp_path / "media" / picture.name).exists()


def test_a_blog_that_is_here_stops_everything_unless_only_the_missing_ones_are_wanted(
    store: Store, house: bytes, tmp_path: Path
) -> None:
    store.delete("anora")
    pictures, people, found = pictures_in(store, tmp_path), People(store), Backup(io.BytesIO(house))
    with pytest.raises(WrongState, match="there is a blog brutalist already"):
        found.restore(store, pictures, people)
    assert store.blog("anora") is None
    assert found.restore(store, pictures, people, missing=True).blogs.keys() == {"anora"}
    assert found.restore(store, pictures, people, missing=True).blogs == {}  # as often as one likes


# -- what is not whole


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as no:
        Backup(io.BytesIO(data))
    assert "\n" not in no.value.detail
    return no.value.detail


def test_a_file_that_was_cut_short_anywhere_is_refused(house: bytes) -> None:
    for end in itertools.chain(range(200), range(200, len(house), 997), range(len(house) - 200, len(house))):
        refused(house[:end])


def test_a_changed_bit_is_noticed_wherever_it_counts(house: bytes) -> None:
    """Some bits of a ZIP file mean nothing, such as a time: with those changed, all files are as they were written."""
    dice, whole = random.Random(13), Backup(io.BytesIO(house))
    wanted = {name: b"".join(whole._read(name)) for name in whole.manifest.files}
    noticed = 0
    for _ in range(600):
        data, at = bytearray(house), dice.randrange(len(house))
        data[at] ^= 1 << dice.randrange(8)
        try:
            found = Backup(io.BytesIO(bytes(data)))
        except Invalid:
            noticed += 1
        else:
            assert {name: b"".join(found._read(name)) for name in found.manifest.files} == wanted
    assert noticed > 300


def repacked(house: bytes, **changes: Any) -> bytes:
    """A backup with another manifest or other files, as somebody could make it by hand; None leaves a file out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(house)) as packed:
        files: dict[str, Any] = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(files[MANIFEST]) | changes.pop("manifest", {})
    files |= {MANIFEST: json.dumps(manifest)} | changes.pop("files", {})
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in files.items():
            if data is not None:
                packed.writestr(name, data)
    return out.getvalue()


FILE = {"size": 1, "sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}


def test_a_file_of_another_kind_is_named_as_what_it_is(house: bytes) -> None:
    assert "no backup" in refused(b"")
    assert "no backup" in refused(b"PK")
    assert "no manifest" in refused(repacked(house, files={MANIFEST: None}))
    assert "manifest cannot be read" in refused(repacked(house, files={MANIFEST: b"[1"}))
    assert "manifest cannot be read" in refused(repacked(house, files={MANIFEST: b"\xff\xfe"}))
    for later in ({"backup": 2}, {"backup": 3, "files": ["in another form"]}):
        assert "a newer release" in refused(repacked(house, manifest=later))


def test_files_that_no_backup_has_are_refused(house: bytes) -> None:
    listed = Backup(io.BytesIO(house)).manifest.files
    told = {name: {"size": file.size, "sha256": file.sha256} for name, file in listed.items()}
    for name in (
        "../evil",
        "/etc/passwd",
        "media/../../x.webp",
        "media/x.webp",
        "blogs/A B.ndjson",
        "blogs/a/b.ndjson",
    ):
        assert "not whole" in refused(repacked(house, files={name: b"a"})), name  # not in the manifest
        detail = refused(repacked(house, files={name: b"a"}, manifest={"files": {**told, name: FILE}}))
        assert repr(name) in detail
    assert "not whole" in refused(repacked(house, files={"blogs/anora.ndjson": None}))
    assert "not as it was written" in refused(repacked(house, files={"blogs/anora.ndjson": b"{}\n"}))


def test_what_claims_to_be_small_and_is_not_is_not_unpacked(house: bytes) -> None:
    listed = Backup(io.BytesIO(house)).manifest.files
    told = {name: {"size": file.size, "sha256": file.sha256} for name, file in listed.items()}
    out = io.BytesIO(repacked(house, manifest={"files": {**told, "blogs/bomb.ndjson": FILE}}))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("blogs/bomb.ndjson", bytes(300 << 20))
    read = 0

    def count(size: int, _: int) -> None:
        nonlocal read
        read += size

    with pytest.raises(Invalid, match="not as it was written"):
        Backup(out, count)
    assert read < 8 << 20


def test_a_file_that_is_no_picture_is_not_served_as_one(store: Store, house: bytes, tmp_path: Path) -> None:
    listed = Backup(io.BytesIO(house)).manifest.files
    told = {name: {"size": file.size, "sha256": file.sha256} for name, file in listed.items()}
    (name, *_) = (each for each in listed if each.startswith("media/"))
    forged = repacked(house, files={name: b"a"}, manifest={"files": {**told, name: FILE}})
    assert "is no picture" in refused(forged)


def changed(house: bytes, name: str, data: bytes) -> bytes:
    """A backup with another file whose checksum is right."""
    listed = Backup(io.BytesIO(house)).manifest.files
    told = {name: {"size": file.size, "sha256": file.sha256} for name, file in listed.items()}
    told[name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return repacked(house, files={name: data}, manifest={"files": told})


def test_everything_is_read_before_anything_is_imported(house: bytes) -> None:
    """Also where the checksums are right: somebody may have made the file by hand, or by another program."""
    with zipfile.ZipFile(io.BytesIO(house)) as packed:
        anora, media, people = (packed.read(name) for name in ("blogs/anora.ndjson", MEDIA, PEOPLE))
    for name, data, words in (
        ("blogs/anora.ndjson", anora[:-40], "line"),
        ("blogs/anora.ndjson", anora[: anora.rindex(b"\n", 0, -1) + 1], "not whole: it has"),
        ("blogs/brutalist.ndjson", anora, "contains another blog"),
        (PEOPLE, people.replace(b'"admin"', b'"owner"'), "cannot be read"),
        (PEOPLE, people.replace(b'"name":"Ada"', b'"name":""', 1), "no person, no token and no hook"),
        (PEOPLE, people.replace(b'"digest":"', b'"digest":"x'), "no person, no token and no hook"),
        (PEOPLE, people.replace(b'"name":"Ada"', b'"name":"A\\u001b[2J"', 1), "no person, no token and no hook"),
        (MEDIA, re.sub(rb'"height":\d+', b'"height":0', media), "a size that none has"),
        (PEOPLE, people.replace(b'"name":"Wire"', b'"name":""'), "no person, no token and no hook"),
        (PEOPLE, people.replace(b'"blog":"brutalist"', b'"blog":"a}:x{"'), "no person, no token and no hook"),
        (PEOPLE, people.replace(b'"key":"whsec_', b'"key":"'), "no person, no token and no hook"),
        (PEOPLE, b"{}\n", "no person, no token and no hook"),
        (PEOPLE, b"\xff\n", "cannot be read"),
        (MEDIA, media.replace(b'"anora"', b'"a}:x{"'), "is no picture's"),
        (MEDIA, re.sub(rb'"name":"[0-9a-f]{32}', b'"name":"../../../../etc/cron.d/aaaaaaaa', media), "is no picture's"),
        (MEDIA, media.replace(b'"widths":', b'"moving":"' + b"0" * 32 + b'.webp","widths":'), "is no picture's"),
        (MEDIA, b" " * (17 << 20), "longer than any record"),
    ):
        assert words in refused(changed(house, name, data)), (name, words)


# -- places


def test_a_place_keeps_the_newest_and_other_peoples_files(tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_text("mine")
    for day in range(1, 6):
        where = keep(str(tmp_path), f"2026-03-0{day}T21:04:05.678Z", 2, lambda file: file.write(b"a night"))
        assert where == f"{tmp_path}/liveblog-2026030{day}T210405Z.zip"
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "liveblog-20260304T210405Z.zip",
        "liveblog-20260305T210405Z.zip",
        "mine.zip",
    ]
    assert (tmp_path / "liveblog-20260305T210405Z.zip").stat().st_mode & 0o777 == 0o600


@contextmanager
def failing(failure: BaseException) -> Iterator[None]:
    yield
    raise failure


def test_what_fails_or_is_interrupted_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "night.zip"
    path.write_text("yesterday's")
    for failure, seen in (
        (OSError(28, "No space left on device"), Unavailable),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ):
        with pytest.raises(seen), whole(path) as file, failing(failure):
            file.write(b"today's, half")
        assert [each.name for each in tmp_path.iterdir()] == ["night.zip"]
        assert path.read_text() == "yesterday's"


def test_two_writers_of_one_file_do_not_mix(tmp_path: Path) -> None:
    """Their processes may have the same number, in two containers."""
    path = tmp_path / "night.zip"
    with whole(path) as one, whole(path) as two:
        for _ in range(3):
            one.write(b"one")
            two.write(b"two")
            one.flush()
            two.flush()
    assert path.read_bytes() == b"oneoneone"
    assert [each.name for each in tmp_path.iterdir()] == ["night.zip"]


def test_a_link_stays_one_and_a_device_stays_a_device(tmp_path: Path) -> None:
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to("elsewhere")
    with whole(link) as file:
        file.write(b"a night")
    assert (link.is_symlink(), (tmp_path / "elsewhere").read_bytes()) == (True, b"a night")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with whole(pipe) as file:
        file.write(b"a night")
    assert (os.read(reader, 100), pipe.is_fifo()) == (b"a night", True)
    os.close(reader)


def test_what_a_killed_process_left_goes_a_day_later(tmp_path: Path) -> None:
    old, new = (tmp_path / f".liveblog-20260301T210405Z.zip.{end}" for end in ("old", "new"))
    other = tmp_path / ".mine.zip.old"
    for path in (old, new, other):
        path.write_text("half a night")
    for path in (old, other):
        os.utime(path, (0, 0))
    keep(str(tmp_path), "2026-03-02T21:04:05.678Z", 2, lambda file: file.write(b"a night"))
    assert {each.name for each in tmp_path.iterdir()} == {new.name, other.name, "liveblog-20260302T210405Z.zip"}


def test_a_full_disk_is_one_sentence() -> None:
    with pytest.raises(Unavailable, match="cannot be written"), whole(Path("/dev/full/x")):
        pass


# -- an earlier release

EARLIER = "2a0d3e1"
"""The last commit of release 0.1.0."""


@pytest.mark.slow
def test_release_0_1_0_imports_the_blogs_of_a_backup(house: bytes, tmp_path: Path) -> None:
    """And what it exports then is the same night for this release."""
    release = subprocess.run(["git", "archive", EARLIER], cwd=ROOT, capture_output=True)
    if release.returncode:
        pytest.skip("this clone has no history")
    old = tmp_path / "old"
    with tarfile.open(fileobj=io.BytesIO(release.stdout)) as packed:
        packed.extractall(old, filter="data")
    with zipfile.ZipFile(io.BytesIO(house)) as backup:
        backup.extractall(tmp_path)

    def run(*words: str) -> bytes:
        command = [sys.executable, "-m", "liveblog", *words]
        environ = environment(tmp_path / "data", {"PYTHONPATH": str(old)})
        done = subprocess.run(command, cwd=old, env=environ, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    assert '"0.1.0"' in (old / "liveblog/__init__.py").read_text()
    assert b"imported anora" in run("import", str(tmp_path / "blogs/anora.ndjson"))
    mine = parsed((tmp_path / "blogs/anora.ndjson").read_bytes().splitlines())
    theirs = parsed(run("export", "anora").splitlines())
    for scope, timeline in mine.timelines.items():
        assert [public(obj) for obj in theirs.timelines[scope].objects] == [public(obj) for obj in timeline.objects]
    assert len(theirs.history) == len(mine.history) > 0
