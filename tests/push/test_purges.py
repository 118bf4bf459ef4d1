"""Caches are told what was withdrawn, whichever process dies or fails, until they obey; a dead one harms nobody."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from msgspec.structs import replace

from liveblog import actions, cache_tags
from liveblog.app import create_app
from liveblog.errors import NotFound
from liveblog.model import Post
from liveblog.push.caches import Cache, CacheFailed, Order, Shape, tell
from liveblog.push.purges import BACKOFF, LATE, SETTLE, SWEEP, CachePurger, Standing, addresses, standings
from liveblog.store.commits import Store
from liveblog.timeline import PAGE, Summary, Timeline
from tests.live_server import live_server, until
from tests.newsroom import Newsroom, open_newsroom
from tests.push.test_websub import summary

VARNISH = Cache(shape="varnish", address="http://varnish:6081")


class Night:
    """The purgers of two processes for one cache on one storage, and the orders that it got. It is a site, too."""

    def __init__(self, store: Store) -> None:
        self.newsroom: Newsroom = open_newsroom()
        self.orders: list[Order] = []
        self.fails = False
        self.deleted = False
        self.pictures: list[list[str]] = []
        self.now = 1000.0
        self.store = store
        self.processes = [self.process(), self.process()]

    def process(self) -> CachePurger:
        return CachePurger(VARNISH, self.store.records, self, self.tell, clock=lambda: self.now)

    def tell(self, order: Order) -> None:
        if self.fails:
            raise CacheFailed("HTTP 503")
        self.orders.append(order)

    def blogs(self) -> list[Summary]:
        return [] if self.deleted else [replace(summary(self.newsroom), at=self.store.now())]

    def timeline(self, slug: str) -> Timeline:
        if self.deleted:
            raise NotFound("it was deleted")
        return self.newsroom.timeline()

    def is_deleted(self, slug: str) -> bool:
        return self.deleted

    def deleted_pictures(self) -> list[list[str]]:
        return self.pictures

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        for process in self.processes:
            process.step(self.now)

    def sweep(self) -> None:
        """Let the time go by in which they search for what nobody told."""
        self.pass_by(SWEEP)
        self.pass_by(SETTLE)

    def change(self, act: Callable[..., Any], *args: Any, **fields: Any) -> Any:
        """An act, of which both processes learn."""
        change = self.newsroom.do(act, *args, **fields)
        for process in self.processes:
            process.note("anora")
        return change

    def told(self) -> list[Order]:
        """What the cache was told since the last look, after the time in which it should be."""
        self.pass_by(SETTLE)
        orders, self.orders = self.orders, []
        return orders

    def standing(self) -> Standing:
        return standings(self.store.records)[0]


@pytest.fixture
def night(store: Store) -> Night:
    made = Night(store)
    made.pass_by(0)
    assert not made.orders
    return made


def test_what_was_withdrawn_is_told_once_and_what_is_new_is_not(night: Night) -> None:
    night.change(actions.publish, body="Sean Baker is on stage.")
    night.change(actions.announce, "director", winners=["brady-corbet"])
    night.change(actions.confirm, "director")
    assert not night.told()
    first = night.newsroom.posts[1].id
    withdrawals: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = [
        (actions.doubt, ("director",), {}),
        (actions.recall, ("director",), {"winners": ["sean-baker"]}),
        (actions.edit_post, (first,), {"body": "Sean Baker is in the hall."}),
        (actions.edit_post, (first,), {"body": "He is.", "correction": "He was not on stage yet."}),
        (actions.retract, (first,), {}),
        (actions.purge, (first,), {}),
        (actions.edit_blog, (), {"title": "Anora at the Academy Awards"}),
    ]
    for act, args, fields in withdrawals:
        night.change(act, *args, **fields)
        assert [order.tags for order in night.told()] == [[cache_tags.of_blog("anora"), cache_tags.SITE]], act
    assert night.standing().obeyed_at
    assert night.standing().seq == night.newsroom.timeline().seq


def test_a_withdrawal_of_this_moment_waits_until_nobody_has_the_earlier_text(night: Night) -> None:
    """An order for an earlier one comes meanwhile: after it, a cache may fetch from a process that is behind."""
    night.newsroom.do(actions.publish, body="One")
    pinned, post = (post.id for post in night.newsroom.posts)
    night.change(actions.retract, pinned)
    first = night.newsroom.timeline().seq
    last = night.change(actions.retract, post)
    night.newsroom.changes[-1] = replace(last, at="2999-01-01T00:00:00.000Z")  # it is that long until it is settled
    assert len(night.told()) == 1
    assert night.standing().seq == first
    assert not night.told()
    night.newsroom.changes[-1] = last
    assert len(night.told()) == 1
    assert night.standing().seq == first + 1


def test_a_burst_of_withdrawals_is_one_order_and_a_quiet_night_none(night: Night) -> None:
    for n in range(5):
        night.change(actions.publish, body=f"Update {n}")
    for post in night.newsroom.posts[1:]:
        night.change(actions.retract, post.id)
    assert len(night.told()) == 1
    night.pass_by(LATE)
    assert len(night.orders) == 1  # the repeat
    night.orders.clear()
    night.sweep()
    night.pass_by(LATE)
    night.change(actions.publish, body="The show goes on.")
    assert not night.told()


def test_an_order_is_repeated_once_for_answers_that_were_on_their_way_even_if_the_cache_fails_then(
    night: Night,
) -> None:
    night.change(actions.publish, body="Wrong")
    night.change(actions.retract, night.newsroom.posts[0].id)
    (first,) = night.told()
    obeyed = night.standing()
    night.fails = True
    night.pass_by(LATE)
    night.fails = False
    for _ in range(3):
        night.pass_by(LATE)
    assert night.orders == [first]
    assert night.standing() == obeyed


def test_each_of_two_orders_within_a_minute_is_repeated(night: Night) -> None:
    for body in ("Wrong", "Wrong, too"):
        night.change(actions.publish, body=body)
    told = []
    for post in night.newsroom.posts[:2]:
        night.change(actions.retract, post.id)
        told += night.told()
    night.pass_by(LATE)
    assert night.orders == told
    assert len(told) == 2


def test_a_withdrawal_is_told_though_the_process_that_saw_it_died(night: Night) -> None:
    night.change(actions.retract, night.newsroom.posts[0].id)
    night.processes = [night.process()]  # it saw no change
    night.sweep()
    assert len(night.orders) == 1
    night.orders.clear()
    night.processes = [night.process()]  # after a restart of everything
    night.sweep()
    assert not night.orders


def test_a_cache_that_fails_is_told_again_less_and_less_often_until_it_obeys(night: Night) -> None:
    tries = 0

    def tell(order: Order) -> None:
        nonlocal tries
        tries += 1
        raise CacheFailed("HTTP 503")

    night.processes = [CachePurger(VARNISH, night.store.records, night, tell, clock=lambda: night.now)]
    night.change(actions.retract, night.newsroom.posts[0].id)
    for _ in range(1000):
        night.pass_by(BACKOFF[0] / 2)
    assert 6 <= tries <= 12  # 2, 4, 8 … 300 seconds
    waiting = night.standing()
    assert (waiting.obeyed_at, waiting.error, waiting.tries) == ("", "HTTP 503", tries)
    assert waiting.waits_since
    night.processes = [night.process()]
    night.sweep()
    assert len(night.orders) == 1
    obeyed = night.standing()
    assert obeyed.obeyed_at >= waiting.waits_since
    assert (obeyed.waits_since, obeyed.error) == ("", "")


def test_one_process_tells_while_the_other_waits_for_its_lease(night: Night, store: Store) -> None:
    night.change(actions.retract, night.newsroom.posts[0].id)
    store.records.put("lb:caches:lease:" + VARNISH.name, b"1", new=True)
    assert not night.told()
    store.records.drop("lb:caches:lease:" + VARNISH.name)
    night.pass_by(BACKOFF[0])
    assert len(night.orders) == 1


def test_a_deleted_blog_is_told_once_if_it_was_ever_withdrawn_from(night: Night) -> None:
    night.change(actions.retract, night.newsroom.posts[0].id)
    assert len(night.told()) == 1
    night.pass_by(LATE)
    assert len(night.told()) == 1  # once more, for what was on its way
    night.deleted = True
    night.sweep()
    assert [order.tags for order in night.orders] == [[cache_tags.of_blog("anora"), cache_tags.SITE]]
    night.sweep()
    assert len(night.orders) == 1


def test_a_deleted_picture_is_told_once_with_all_its_files(night: Night) -> None:
    name = "0" * 32 + ".webp"
    night.pictures.append([name, "0" * 32 + "-320.webp"])
    for process in night.processes:
        process.note(name)
    (order,) = night.told()
    assert order.tags == [cache_tags.of_picture(name)]
    assert order.paths == [f"/media/{file}" for file in night.pictures[0]]
    night.processes.append(night.process())
    night.sweep()
    assert not night.orders


def test_the_addresses_are_all_that_show_a_post(night: Night) -> None:
    for n in range(PAGE * 2 + 5):
        night.newsroom.do(actions.publish, body=f"Update {n}")
    timeline = night.newsroom.timeline()
    third, around = timeline.posts[-3], timeline.posts[-5:]
    assert isinstance(third, Post)
    found = addresses(timeline, [third])
    assert len(set(found)) == len(found)
    live = "/live/anora"
    assert {"/", "/sitemap.xml", live, f"{live}/feed.atom", f"{live}/pages/1", f"{live}/start/1"} <= set(found)
    assert {f"{live}/posts/{post.id}" for post in around} <= set(found)
    assert f"{live}/posts/{timeline.posts[0].id}" not in found


def test_no_address_of_a_blog_for_readers_is_forgotten(night: Night, store: Store) -> None:
    for n in range(PAGE * 2 + 5):
        night.newsroom.do(actions.publish, body=f"Update {n}")
    timeline = night.newsroom.timeline()
    found = addresses(timeline, [timeline.posts[0]])
    there = {"slug": "anora", "id": timeline.posts[0].id, "n": 1}
    routes = create_app(store=store, follow=lambda run: None).url_map
    of_readers = [rule for rule in routes.iter_rules() if rule.rule.startswith("/live/<slug>")]
    wanted = {
        routes.bind("").build(
            rule.endpoint, {name: (there | dict(rule.defaults or {}))[name] for name in rule.arguments}
        )
        for rule in of_readers
    }
    assert len(wanted) > 15
    assert sorted(wanted - set(found)) == []


# -- each kind of cache


class Asked:
    """What a fake cache was asked: method, path, header fields, body."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []


@contextmanager
def cache() -> Iterator[tuple[str, Asked]]:
    """A cache's API on loopback, which answers as it is told, and otherwise with 200 and Cloudflare's success."""
    asked = Asked()

    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.requests.append((self.command, self.path, dict(self.headers.items()), body))
            status, said = asked.answers.pop(0) if asked.answers else (200, b'{"success": true}')
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_PURGE = do_POST

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


ORDER = Order(tags=["b0123456789", "s0123456789"], paths=["/live/anora", "/live/anora/feed.atom"])
SITE = "https://live.example.org"


def ask(shape: Shape, address: str, path: str = "") -> None:
    tell(Cache(shape=shape, address=address + path, secret="open sesame"), ORDER, SITE)


def test_fastly_is_asked_to_purge_keys() -> None:
    with cache() as (address, asked):
        ask("fastly", address, "/service/SU1Z0")
    ((method, path, fields, body),) = asked.requests
    assert (method, path, body) == ("POST", "/service/SU1Z0/purge", b"")
    assert (fields["Fastly-Key"], fields["Surrogate-Key"]) == ("open sesame", "b0123456789 s0123456789")


def test_cloudflare_is_asked_to_purge_tags() -> None:
    with cache() as (address, asked):
        ask("cloudflare", address, "/client/v4/zones/023e")
        asked.answers.append((200, b'{"success": false, "errors": []}'))
        with pytest.raises(CacheFailed, match="succeeded"):
            ask("cloudflare", address)
    method, path, fields, body = asked.requests[0]
    assert (method, path) == ("POST", "/client/v4/zones/023e/purge_cache")
    assert fields["Authorization"] == "Bearer open sesame"
    assert json.loads(body) == {"tags": ORDER.tags}


def test_varnish_is_asked_by_tags_and_nginx_by_addresses_with_the_sites_own_host() -> None:
    with cache() as (address, asked):
        ask("varnish", address)
        asked.answers += [(404, b""), (412, b"")]  # it had neither
        ask("nginx", address, "/nights")
    varnish, *nginx = asked.requests
    assert (varnish[0], varnish[1], varnish[2]["xkey-purge"]) == ("PURGE", "/", "b0123456789 s0123456789")
    assert [(method, path) for method, path, _, _ in nginx] == [("PURGE", f"/nights{path}") for path in ORDER.paths]
    assert {fields["Host"] for _, _, fields, _ in asked.requests} == {"live.example.org"}
    assert {fields["X-Forwarded-Proto"] for _, _, fields, _ in nginx} == {"https"}


@pytest.mark.parametrize("shape", ["fastly", "cloudflare", "varnish", "nginx"])
@pytest.mark.parametrize("answer", [(401, b""), (429, b""), (500, b"{}"), (302, b"")])
def test_another_answer_is_no_obedience(shape: Shape, answer: tuple[int, bytes]) -> None:
    with cache() as (address, asked):
        asked.answers.append(answer)
        with pytest.raises(CacheFailed, match=str(answer[0])):
            ask(shape, address)
    with pytest.raises(CacheFailed):
        ask(shape, address)  # nobody is there any more


# -- a whole server


def test_a_server_tells_its_caches_and_the_desk_which_obeyed() -> None:
    """One cache obeys, one is dead; acts are as fast, secrets are nowhere, and a restart forgets nothing."""
    with cache() as (alive, asked), cache() as (dead, refused):
        refused.answers += [(503, b"")] * 1000
        caches = f"fastly={alive}/service/SU1Z0, cloudflare={dead}/zones/023e"
        secrets = {"LIVEBLOG_FASTLY_TOKEN": "open-sesame-fastly", "LIVEBLOG_CLOUDFLARE_TOKEN": "open-sesame-flare"}
        with live_server(LIVEBLOG_CACHES=caches, **secrets) as server:
            slug = server.open()
            post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Too early."}).json()
            assert server.api("DELETE", f"/blogs/{slug}/posts/{post['id']}").status_code == 200
            server.log.expect("does not drop what was withdrawn")

            def told() -> dict[str, Any] | None:
                found = {each["cache"].split()[0]: each for each in standing()}
                both = found.keys() == {"fastly", "cloudflare"}
                return found if both and found["cloudflare"].get("error") and found["fastly"].get("obeyed_at") else None

            def standing() -> list[dict[str, Any]]:
                found: list[dict[str, Any]] = server.api("GET", f"/blogs/{slug}/caches").json()["caches"]
                return found

            found = until(told)
            assert found["fastly"]["obeyed_at"]
            assert (found["cloudflare"]["error"], found["cloudflare"].get("obeyed_at")) == ("HTTP 503", None)
            assert asked.requests[0][2]["Surrogate-Key"].split() == [cache_tags.of_blog(slug), cache_tags.SITE]
            for secret in secrets.values():
                assert secret not in json.dumps(standing()) + server.log.path.read_text()
