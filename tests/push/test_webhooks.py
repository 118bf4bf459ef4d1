"""Webhooks: every receiver gets every public change in order and signed, whatever it answers and whoever dies."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook as Signed
from standardwebhooks import WebhookVerificationError

from liveblog import actions, drafts
from liveblog.actions import Plan
from liveblog.errors import NotFound
from liveblog.model import Position, public, rfc3339
from liveblog.push import webhooks
from liveblog.push.catalogue import Catalogue
from liveblog.push.webhooks import BACKOFF, LONGEST_WAIT, OBJECTS, TRIES, TRIES_REFUSED, WebhookSender
from liveblog.store.commits import Commit, Store
from liveblog.store.dump import export, restore
from liveblog.store.webhooks import MOST_DEAD, Delivery, State, Webhooks
from liveblog.timeline import Timeline
from liveblog.web import render
from tests.failover import Pair, Replica
from tests.live_server import LiveServer, live_server, until
from tests.newsroom import DIRECTOR, PICTURE
from tests.ports import free_port
from tests.receiver import OK, Answer, Receiver, receiver

HERE = [ip_network("127.0.0.0/8")]
FAULT: Answer = (500, {})
BUSY: Answer = (503, {"Retry-After": "120"})


class Memory:
    """Public timelines as storage has them, in the place of a web process's memory."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def public(self, slug: str) -> Timeline:
        timeline = self.store.load(slug)
        if not timeline.blog.is_public:
            raise NotFound(slug)
        return timeline

    def reach(self, slug: str, seq: int) -> None: ...


class Night:
    """A newsroom, one receiver of its webhook, and the process that sends, at a clock that tests set."""

    def __init__(self, store: Store, to: Receiver) -> None:
        self.store, self.receiver = store, to
        self.now = datetime(2026, 3, 15, 20, tzinfo=UTC)
        self.hooks = Webhooks(store.records)
        self.hooks.now = lambda: rfc3339(self.now)
        self.sender = self.process()
        self.hook = self.subscribe()

    def process(self) -> WebhookSender:
        known = Catalogue(self.store.summaries, lambda run: run())
        memory = Memory(self.store)
        exists: Callable[[str], bool] = lambda slug: self.store.blog(slug) is not None  # noqa: E731
        return WebhookSender(self.hooks, memory, known.summaries, exists, render.message, HERE)

    def subscribe(self, blog: str | None = None) -> str:
        hook = self.hooks.add(self.receiver.url, blog, "Ana", {})
        self.receiver.secret = hook.secrets[0].key
        return hook.id

    def open(self, slug: str = "anora", **about: Any) -> None:
        about = {"title": "Anora at the Oscars", "status": "live", "categories": [DIRECTOR, PICTURE]} | about
        self.store.perform(slug, lambda view: actions.create_blog(view, slug=slug, **about), by="test")

    def do(self, act: Callable[..., Plan], *args: object, slug: str = "anora", **fields: object) -> Commit:
        return self.store.perform(slug, lambda view: act(view, slug, *args, **fields), by="test")

    def post(self, body: str, slug: str = "anora") -> str:
        return self.do(actions.publish, body=body, slug=slug).find("post").id

    def send(self, steps: int = 1000) -> int:
        """Let the process send all that can be sent now. Returns the number of its steps."""
        for step in range(steps):
            if self.sender.step(self.hook):
                return step
        raise AssertionError("it never rests")

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.send()

    @property
    def state(self) -> State:
        return self.hooks.state(self.hook)

    def check(self, slug: str = "anora") -> None:
        """The receiver has what readers have."""
        timeline = self.store.load(slug)
        wanted = {f"{each['kind']}:{each['id']}": each for each in map(public, timeline.objects)}
        held = self.receiver.state[slug]
        assert {name: {key: each[key] for key in wanted[name]} for name, each in held.items()} == wanted
        assert self.receiver.positions[slug] == (timeline.epoch, timeline.seq)
        assert self.receiver.missed == []


@pytest.fixture
def night(store: Store) -> Iterator[Night]:
    with receiver() as to:
        night = Night(store, to)
        night.open()
        night.send()
        yield night


def test_a_change_arrives_signed_with_what_readers_get(night: Night) -> None:
    night.post("The doors are open.")
    night.send()
    event = night.receiver.bodies[-1]
    assert (event["type"], event["timestamp"]) == ("blog.changed", rfc3339(night.now))
    data = event["data"]
    timeline = night.store.load("anora")
    assert (data["blog"], data["epoch"], data["seq"], data["prev"], data["reset"]) == (
        *("anora", timeline.epoch, 2, 1, False),
    )
    assert timeline.knows(Position(data["epoch"], data["seq"], data["mark"]))
    (post,) = data["objects"]
    assert post == {**public(timeline.posts[0]), "html": render.article(timeline, timeline.posts[0])}
    sent = night.receiver.headers[-1]
    assert sent["content-type"] == "application/json"
    assert "hidden" not in str({name: value for name, value in sent.items() if name != "host"})


def test_results_recalls_doubts_and_retractions_arrive_like_every_change(night: Night) -> None:
    post = night.post("A word that was wrong.")
    night.send()
    night.do(actions.announce, "director", winners=["brady-corbet"])
    night.send()
    night.do(actions.doubt, "director")
    night.send()
    night.do(actions.recall, "director", winners=["sean-baker"])
    night.send()
    night.do(actions.retract, post)
    night.send()
    night.check()
    tombstone = night.receiver.state["anora"][f"post:{post}"]
    assert tombstone["retracted"]
    assert "body" not in tombstone
    assert len(night.receiver.taken) == 6


def test_drafts_are_never_sent(night: Night) -> None:
    night.open("secret", title="Not yet", status="draft")
    night.post("Embargoed.", slug="secret")
    night.do(drafts.save, by=drafts.Writer(name="Ana", editor=True), body="Only for the desk.")
    night.send()
    assert len(night.receiver.taken) == 1
    night.do(actions.edit_blog, status="live", slug="secret")
    night.send()
    night.check("secret")
    assert not any("Only for the desk" in str(each) for each in night.receiver.bodies)


def test_text_that_was_retracted_between_two_tries_is_not_sent(night: Night) -> None:
    night.receiver.answers = [FAULT]
    post = night.post("Libel.")
    night.send()
    night.do(actions.retract, post)
    night.later(BACKOFF[0])
    assert night.receiver.bodies[-2]["data"]["objects"] == []
    night.check()
    assert "Libel." not in night.receiver.said()


def test_a_failing_receiver_is_tried_at_growing_intervals_and_gets_all_in_order(night: Night) -> None:
    night.receiver.answers, night.receiver.tries = [FAULT] * 4, []
    night.post("one")
    night.send()
    night.post("two")
    for pause in (2, 4, 8):
        night.later(pause - 0.001)
        tried = len(night.receiver.tries)
        night.later(0.001)
        assert len(night.receiver.tries) == tried + 1
    assert night.state.pending is not None
    assert (night.state.pending.failures, night.state.pending.why) == (4, "HTTP 500")
    assert len({id for id, _ in night.receiver.tries}) == 1  # one id, however often it is tried
    night.later(16)
    assert night.receiver.said()[-2:] == ["one", "two"]
    night.check()
    assert night.state.pending is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("date", 300), ("999999999999", LONGEST_WAIT), ("-5", 2), ("soon", 2), ("", 2), ("1", 2)],
)
def test_a_receiver_says_when_to_come_again(night: Night, header: str, seconds: float) -> None:
    if header == "date":  # of the receiver's clock, which is ours
        header = format_datetime(datetime.now(UTC) + timedelta(seconds=302), usegmt=True)
        seconds = 290
    night.receiver.answers = [(503, {"Retry-After": header}), OK]
    night.post("one")
    night.send()
    night.later(seconds - 1)
    assert len(night.receiver.answers) == 1
    night.later(13)
    assert night.receiver.answers == []


def test_a_receiver_that_wants_no_more_is_switched_off_and_later_gets_what_it_lacks(night: Night) -> None:
    night.receiver.answers = [(410, {})]
    night.post("one")
    night.send()
    night.post("two")
    night.later(4000)
    assert night.hooks.get(night.hook).off == "the receiver wants no more (410)"
    assert night.receiver.said()[-1] != "two"
    night.hooks.switch(night.hook, "")
    night.send()
    assert night.receiver.said()[-2:] == ["one", "two"]


def test_a_redirect_to_the_inside_is_not_followed(night: Night) -> None:
    with receiver() as inside:
        for status in (301, 302, 303, 307, 308):
            night.receiver.answers.append((status, {"Location": inside.url}))
        night.post("one")
        night.send()
        for _ in range(5):
            night.later(BACKOFF[1])
        assert inside.tries == []
    assert ("redirected", 200) not in night.receiver.tries
    assert night.receiver.said()[-1] == "one"  # in the end it took it itself


def test_a_receiver_within_our_network_gets_nothing_unless_it_is_named(store: Store) -> None:
    with receiver() as to:
        night = Night(store, to)
        night.open()
        night.sender._networks = ()
        night.send()
        assert to.tries == []
        assert night.state.pending is not None
        assert "not https, and not in a network that LIVEBLOG_WEBHOOK_NETWORKS names" in night.state.pending.why


@pytest.mark.parametrize(("status", "tries"), [(500, TRIES), (429, TRIES), (400, TRIES_REFUSED), (413, TRIES_REFUSED)])
def test_what_is_given_up_is_a_dead_letter_and_the_next_one_is_sent(night: Night, status: int, tries: int) -> None:
    night.receiver.answers, night.receiver.tries = [(status, {})] * tries, []
    night.post("poison")
    night.send()
    for _ in range(tries - 1):
        assert night.state.dead == []
        night.later(BACKOFF[1])
    (letter,) = night.state.dead
    assert (letter.why, letter.failures) == (f"HTTP {status}", tries)
    night.post("The show goes on.")
    night.send()
    assert night.receiver.said()[-1] == "The show goes on."
    assert "poison" not in night.receiver.said()
    assert night.receiver.missed == [(1, 2)]  # and the receiver knows
    night.receiver.missed.clear()
    night.receiver.answers = [FAULT]
    night.hooks.ask(night.hook, letter.id)
    night.send()
    assert night.state.dead[0].why == "HTTP 500"  # once, until somebody asks again
    night.hooks.ask(night.hook, letter.id)
    night.send()
    assert night.state.dead == []
    assert night.receiver.said()[-1] == "poison"
    assert {id for id, _ in night.receiver.tries if id == letter.id} == {letter.id}
    night.check()


def test_dead_letters_are_bounded_and_can_be_dropped(night: Night) -> None:
    for number in range(MOST_DEAD + 3):
        at = rfc3339(night.now + timedelta(seconds=number))
        night.hooks.bury(night.hook, Delivery(id=f"msg_{number}", blog="anora", at=at))
    assert [each.id for each in night.state.dead] == [f"msg_{number}" for number in range(3, MOST_DEAD + 3)]
    assert night.hooks.forget(night.hook, "msg_3")
    assert not night.hooks.forget(night.hook, "msg_3")
    with pytest.raises(NotFound):
        night.hooks.ask(night.hook, "msg_3")


def test_a_letter_of_a_blog_that_is_gone_stays_with_the_reason(night: Night) -> None:
    letter = Delivery(id="msg_old", blog="wicked", at="", upto=Position("old", 3))
    night.hooks.bury(night.hook, letter)
    night.hooks.ask(night.hook, "msg_old")
    night.send()
    assert "not public" in night.state.dead[0].why


def test_everything_is_sent_again_from_any_change(night: Night) -> None:
    for body in ("one", "two", "three"):
        night.post(body)
        night.send()
    timeline = night.store.load("anora")
    before = len(night.receiver.taken)
    night.hooks.move(night.hook, "anora", Position(timeline.epoch, 2))
    night.send()
    again = [*night.receiver.taken.values()][before:]
    assert [each["body"] for event in again for each in event["data"]["objects"]] == ["two", "three"]
    night.check()


def test_a_delivery_that_this_process_cannot_make_is_not_counted_as_delivered(night: Night) -> None:
    """Its memory may only be behind."""
    night.receiver.answers = [FAULT]
    night.post("The first cars")
    night.send()
    with pytest.MonkeyPatch.context() as behind:
        behind.setattr(night.sender, "_content", lambda delivery: None)
        night.now += timedelta(seconds=BACKOFF[1])
        assert not night.sender.step(night.hook)
    night.later(BACKOFF[1])
    night.check()


def test_a_replay_that_is_asked_for_while_a_delivery_is_on_its_way_is_not_lost(night: Night) -> None:
    timeline = night.store.load("anora")
    night.receiver.meets = lambda: night.hooks.move(night.hook, "anora", Position(timeline.epoch, 0))
    night.post("one")
    with suppress(AssertionError):
        night.send(1 + 1)
    night.receiver.meets = lambda: None
    night.send()
    assert night.receiver.bodies[-1]["data"]["prev"] == 0
    night.check()


def test_a_delivery_that_a_dead_process_had_begun_is_sent_by_the_next_with_the_same_id(night: Night) -> None:
    class Dies(BaseException):
        """As if the process was killed."""

    def die() -> None:
        raise Dies

    night.post("one")
    night.sender.step(night.hook)  # it has stored what it is going to send
    begun = night.state.pending
    assert begun is not None
    send, night.sender._conclude = night.sender._conclude, lambda *_: die()  # type: ignore[method-assign]
    with pytest.raises(Dies):
        night.sender.step(night.hook)  # the receiver has it, and the process dies
    night.sender._conclude = send  # type: ignore[method-assign]
    night.sender = night.process()
    night.post("two")
    night.send()
    assert [id for id, _ in night.receiver.tries].count(begun.id) == 2
    assert night.receiver.said()[-2:] == ["one", "two"]  # which a receiver that knows the id takes once


def test_a_new_secret_signs_at_once_and_the_old_one_for_a_day(night: Night) -> None:
    old, new = night.receiver.secret, night.hooks.rotate(night.hook).secrets[0].key
    night.now = datetime.now(UTC)  # the storage's clock says how long the old one is good
    night.post("one")
    night.send()
    assert night.receiver.said()[-1] == "one"  # which knows only the old one
    night.receiver.secret = new
    night.post("two")
    night.send()
    assert night.receiver.said()[-1] == "two"
    night.now += timedelta(hours=25)
    seen: list[str] = []
    night.receiver.meets = lambda: seen.append(night.receiver.headers[-1]["webhook-signature"])
    night.post("three")
    night.send()
    assert len(seen[0].split()) == 1
    with pytest.raises(WebhookVerificationError):
        Signed(old).verify(b"{}", night.receiver.headers[-1])


def test_a_long_night_comes_in_parts(night: Night) -> None:
    for number in range(2 * OBJECTS + 7):
        night.post(f"Update {number}")
    night.hooks.move(night.hook, "anora", Position("another life", 5))
    before = len(night.receiver.taken)
    night.send()
    parts = [event["data"] for event in [*night.receiver.taken.values()][before:]]
    assert [len(part["objects"]) for part in parts] == [OBJECTS, OBJECTS, 10]
    assert [part["reset"] for part in parts] == [True, False, False]
    night.check()


def test_after_storage_lost_something_the_receiver_gets_the_whole_state_anew(night: Night) -> None:
    night.post("one")
    night.send()
    lines = [*export(night.store, "anora")]
    night.post("lost")
    night.send()
    night.store.delete("anora")
    restore(night.store, lines)
    night.send()
    assert night.receiver.bodies[-1]["data"]["reset"]
    night.check()


def test_what_a_failover_lost_is_void_for_the_receiver_even_if_its_numbers_are_given_again(night: Night) -> None:
    night.post("one")
    night.send()
    replica = Replica(night.store)
    lost = night.post("lost")
    night.send()
    replica.takes_over()
    night.post("two")  # it has the lost one's number
    night.send()
    assert night.receiver.bodies[-1]["data"]["reset"]
    assert f"post:{lost}" not in night.receiver.state["anora"]
    night.check()


def test_a_receiver_that_has_what_a_dead_process_did_not_note_and_a_failover_lost_begins_anew(night: Night) -> None:
    night.post("one")
    night.send()
    replica = Replica(night.store)
    night.post("lost")
    night.sender.step(night.hook)
    night.sender._conclude = lambda *_: None  # type: ignore[method-assign]
    night.sender.step(night.hook)  # the receiver has it, and the process dies
    night.sender = night.process()
    replica.takes_over()
    night.post("two")
    night.send()
    assert night.receiver.bodies[-1]["data"]["reset"]
    night.check()


def test_when_another_server_takes_the_storage_over_receivers_hear_which_changes_still_hold(night: Night) -> None:
    reigns = {"anora": "first"}
    night.hooks.reign = lambda slug: reigns[slug]  # type: ignore[method-assign]
    night.post("one")
    night.send()
    reigns["anora"] = "second"
    night.sender.look()
    night.send()
    data = night.receiver.bodies[-1]["data"]
    assert (data["void_after"], data["prev"], data["seq"], data["reset"], data["objects"]) == (2, 2, 2, False, [])
    night.receiver.answers, reigns["anora"] = [FAULT], "third"
    night.post("two")
    night.send()
    night.later(BACKOFF[0])
    data = night.receiver.bodies[-1]["data"]
    assert (data["void_after"], data["seq"], len(data["objects"])) == (2, 3, 1)
    night.post("three")
    night.send()
    assert "void_after" not in night.receiver.bodies[-1]["data"]
    night.check()


def test_a_deleted_blog_is_gone_for_receivers_too_and_may_come_again(night: Night) -> None:
    night.store.delete("anora")
    night.send()
    assert night.receiver.bodies[-1]["type"] == "blog.gone"
    assert night.receiver.state == {}
    assert night.state.positions == {}
    night.open()
    night.send()
    night.check()


def test_a_webhook_for_one_blog_gets_no_other_and_ends_with_it(night: Night) -> None:
    night.hooks.remove(night.hook)
    night.open("wicked")
    night.hook = night.subscribe("wicked")
    night.post("one", slug="wicked")
    night.post("elsewhere")
    night.send()
    assert "elsewhere" not in night.receiver.said()
    night.check("wicked")
    night.store.delete("wicked")
    night.send()
    with pytest.raises(NotFound):
        night.send()
    assert night.receiver.bodies[-1] == {
        "type": "blog.gone",
        "timestamp": rfc3339(night.now),
        "data": {"blog": "wicked", "objects": []},
    }
    assert night.store.client.keys("lb:webhook:*") == []


def test_whatever_happens_in_whatever_order_receivers_end_with_what_readers_have(night: Night) -> None:
    for seed in range(20):
        chance = random.Random(seed)
        posts = [post.id for post in night.store.load("anora").posts]
        for _ in range(chance.randint(1, 12)):
            act = chance.choice(["post", "post", "edit", "retract", "send", "fail", "replay", "restart", "dies"])
            if act == "post":
                posts.append(night.post(f"Update {chance.random()}"))
            elif act == "edit" and posts:
                night.do(actions.edit_post, chance.choice(posts), body=f"Edited {chance.random()}")
            elif act == "retract" and posts:
                night.do(actions.retract, posts.pop(chance.randrange(len(posts))))
            elif act == "fail":
                night.receiver.answers = [chance.choice([FAULT, BUSY, (302, {}), (404, {})])]
            elif act == "replay":
                timeline = night.store.load("anora")
                night.hooks.move(night.hook, "anora", Position(timeline.epoch, chance.randint(0, timeline.seq)))
            elif act == "restart":
                night.sender = night.process()
            elif act == "dies":
                night.receiver.meets = chance.choice([lambda: None, abort_once(night.receiver)])
            night.send()
        night.receiver.answers, night.receiver.meets = [], lambda: None
        night.later(BACKOFF[1])
        night.check()


def abort_once(to: Receiver) -> Callable[[], None]:
    def abort() -> None:
        to.meets = lambda: None
        raise ConnectionAbortedError

    return abort


def test_one_process_sends_until_it_ends_or_dies(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = night.process(), night.process()
    monkeypatch.setattr(webhooks, "LEASE", 1)
    one.turn()
    two.turn()
    assert (len(one._lines), len(two._lines)) == (1, 0)
    one.stop()  # in order
    two.turn()
    assert (len(one._lines), len(two._lines)) == (0, 1)
    three = night.process()  # and the second one is killed: nobody renews its lease

    def taken_over() -> bool:
        three.turn()
        return bool(three._lines)

    until(taken_over)
    assert two._clock() > two._until  # so that it would send nothing if it came back
    night.hooks.switch(night.hook, "for a test")
    three.turn()
    assert not three._lines
    two.stop()


def test_a_stop_does_not_say_that_a_failing_receiver_works_again(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    night.receiver.answers = [FAULT]
    night.sender.turn()
    night.post("one")
    night.send()
    night.sender.stop()
    assert "takes nothing: 127.0.0.1: HTTP 500" in caplog.text
    assert "nothing fails any more" not in caplog.text


def test_an_absent_receiver_costs_time_and_nothing_else(night: Night) -> None:
    night.receiver.meets = abort_once(night.receiver)
    night.post("one")
    night.send()
    pending = night.state.pending
    assert pending is not None
    assert pending.failures == 1
    night.later(BACKOFF[0])
    assert night.receiver.said()[-1] == "one"
    night.check()


# -- the whole


@pytest.fixture
def house() -> Iterator[LiveServer]:
    with live_server("serve", "--workers", "2", LIVEBLOG_WEBHOOK_NETWORKS="127.0.0.0/8") as server:
        server.open()
        yield server


def subscribed(server: LiveServer, to: Receiver, **more: str) -> str:
    made = server.api("POST", "/webhooks", {"url": to.url, "begin": "start", **more})
    assert made.status_code == 201, made.text
    to.secret = made.json()["secret"]
    return str(made.json()["id"])


def has(to: Receiver, server: LiveServer) -> bool:
    with suppress(OSError, KeyError):  # nobody answers, or storage is away
        found = server.state()
        return to.positions.get("anora") == (found["epoch"], found["seq"])
    return False


def posted(server: LiveServer, body: str) -> None:
    """Post, again and again with one key, until it is stored."""

    def is_stored() -> bool:
        with suppress(OSError):
            return server.api("POST", "/blogs/anora/posts", {"body": body}, Idempotency_Key=body).status_code == 201
        return False

    until(is_stored)


def test_a_receiver_that_hangs_or_is_away_delays_no_other(house: LiveServer) -> None:
    over = threading.Event()
    with receiver() as quick, receiver() as slow, receiver() as gone:
        slow.meets = over.wait
        gone.url = f"http://127.0.0.1:{free_port()}/"
        for each in (slow, gone, quick):
            subscribed(house, each)
        for number in range(5):
            posted(house, f"Update {number}")
        until(lambda: has(quick, house))
        assert slow.taken == {}
        over.set()
        until(lambda: has(slow, house))
        assert [text for text in slow.said() if text.startswith("Update")] == [f"Update {n}" for n in range(5)]
        log = house.log.path.read_text()
    assert "takes nothing: 127.0.0.1: " in log
    assert "hidden" not in log
    assert quick.secret not in log


@pytest.mark.fault
def test_nothing_is_lost_or_out_of_order_when_processes_and_storage_are_killed(house: LiveServer) -> None:
    house.log.expect("storage", "Storage", "WORKER", "Connection", "redis", "Worker")
    with receiver() as to:
        subscribed(house, to)
        until(lambda: has(to, house))
        for number in range(6):
            posted(house, f"Update {number}")
            if number % 3 == 2:
                os.kill(house.storage_pid(), signal.SIGKILL)
            else:
                for pid in house.workers():
                    os.kill(pid, signal.SIGKILL)
        until(lambda: has(to, house), 120)
        updates = [text for text in to.said() if text.startswith("Update")]
        assert [*dict.fromkeys(updates)] == [f"Update {n}" for n in range(6)]
        assert {id for id, _ in to.tries} == to.taken.keys()


@pytest.mark.fault
def test_a_receiver_that_is_ahead_after_a_failover_gets_what_holds(tmp_path: Path) -> None:
    own = {"LIVEBLOG_WEBHOOK_NETWORKS": "127.0.0.0/8"}
    with closing(Pair(tmp_path)) as pair, receiver() as to:
        with live_server("serve", LIVEBLOG_REDIS_URL=pair.primary, **own) as before:
            before.open()
            subscribed(before, to)
            posted(before, "Both servers have this")
            until(lambda: has(to, before) and pair.is_in_step())
            pair.promote()
            for number in range(3):
                posted(before, f"Lost {number}")
            until(lambda: has(to, before))
            pair.kill_primary()
            os.killpg(before.process.pid, signal.SIGKILL)  # nobody is left who knows what is lost
            before.process.wait()
        with live_server("serve", LIVEBLOG_REDIS_URL=pair.replica, **own) as server:
            to.asks = lambda slug: changes(server, slug)
            until(lambda: has(to, server))  # although nobody changes anything
            assert not any("Lost" in str(each) for each in to.state["anora"].values())
            for number in range(4):
                posted(server, f"Later {number}")
            until(lambda: has(to, server))
            assert to.state["anora"].keys() == {f"{each['kind']}:{each['id']}" for each in changes(server)["objects"]}


def changes(server: LiveServer, slug: str = "anora") -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{server.url}/api/v1/blogs/{slug}/changes", timeout=60).json()
    return found


def test_a_secret_is_shown_once_and_is_in_no_log(house: LiveServer) -> None:
    with receiver() as to:
        id = subscribed(house, to)
        shown = house.api("GET", f"/webhooks/{id}").text + house.api("GET", "/webhooks").text
        assert to.secret not in shown
        assert "whsec_" not in shown
        assert to.secret not in str(house.store.audit.of_site(before="+", count=100))
        assert to.secret not in house.log.path.read_text()
