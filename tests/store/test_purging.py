"""The storage server's file after a purge: written anew if the server may be asked, and said so if not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from liveblog import actions
from liveblog.model import Post
from liveblog.store.commits import Commit, Store
from tests.live_server import LiveServer


def test_the_file_is_written_anew_only_where_the_user_may_ask_for_it(server: LiveServer) -> None:
    """With the rights that deploy/storage.sh gives to web processes, and with those from before."""
    client: Any = server.store.client
    before = client.info("persistence")["aof_rewrites"]
    for user, more in (("web", ["+bgrewriteaof"]), ("earlier", [])):
        rights = ["~lb:*", "&lb:*", "+@all", "-@admin", "-@dangerous", "+client|unblock", "+info", *more]
        client.execute_command("ACL", "SETUSER", user, "reset", "on", ">secret", *rights)
        address = server.store.url.replace("unix://", f"unix://{user}:secret@")
        with closing(Store(address)) as store:
            slug = server.open("rewritten")
            assert store.purging.rewrite_file() == bool(more)
            store.purging.remove(slug, {"post:none"})
            assert store.load(slug).blog.id == slug
    assert client.info("persistence")["aof_rewrites"] > before


def test_a_purge_of_a_long_history_loses_nothing_else(store: Store) -> None:
    """More versions and changes than one read has."""

    def act(what: Callable[..., actions.Plan], *args: Any, **fields: Any) -> Commit:
        return store.perform("long", lambda view: what(view, *args, **fields), by="test")

    act(actions.create_blog, slug="long", title="A long night", status="live")
    kept, gone = (act(actions.publish, "long", body=text).find("post").id for text in ("kept", "gone"))
    for n in range(350):
        act(actions.edit_post, "long", kept, body=f"kept {n}")
        act(actions.edit_post, "long", gone, body=f"gone {n}")
    act(actions.take_down, "long", gone)
    store.purging.remove("long", {f"post:{gone}"})
    left = [version.object for version in store.history.of("long", "post", kept)]
    assert [post.body for post in left if isinstance(post, Post)] == ["kept", *(f"kept {n}" for n in range(349))]
    assert store.history.of("long", "post", gone) == []
    assert store.purging.traces("long", {f"post:{gone}"}) == 0
    assert not store.faults("long")
    after = act(actions.publish, "long", body="The show goes on.")
    assert store.load("long").seq == after.seq
