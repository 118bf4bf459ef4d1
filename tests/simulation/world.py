"""A whole night: web processes, storage with replicas, editors, readers and everything that goes wrong, from one seed.

`step` lets one thing happen. `calm` ends all faults, lets everything arrive, and checks that all have the same night.
"""

from __future__ import annotations

import base64
import contextlib
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from unittest import mock

import msgspec

from liveblog.model import Draft, Post, Scope, ended, kind_of, public, ref_of, scope_of
from liveblog.push import catch_ups, transport
from liveblog.push.tail import Tails
from liveblog.store import commits
from liveblog.store.commits import Commit
from liveblog.store.format import decoded, time_of
from liveblog.timeline import Timeline, faults

from .editor import Editor, opening
from .follower import Message, Refused
from .memory import Node, Script, Stream
from .process import SLUG, Process, counted
from .reader import Reader, Way
from .scheduler import Scheduler

ROUNDS = 60
"""Rounds without a fault in which everything must have arrived."""
SCOPES: tuple[Scope, ...] = ("public", "desk")
State = dict[str, Message]


def is_stormy(seed: int) -> bool:
    """Every fourth night has the most faults, pages that refuse often, and a process that lags behind."""
    return seed % 4 == 1


class Violation(BaseException):
    """A promise was broken. No `except Exception` of the program keeps it to itself."""


class Acknowledged:
    """What an editor was told is stored: each object's version, and who could bring it back after a failover."""

    __slots__ = ("at", "name", "objects", "witnesses")

    def __init__(self, name: str, done: Commit) -> None:
        self.name = name
        self.at = done.at
        self.objects = [(kind_of(obj), obj.id, ended(obj)) for obj in [*done.objects, *done.desk]]
        self.witnesses: set[Process] | None = None  # None: storage has it


class World(Scheduler):
    def __init__(self, seed: int, *, trace: Callable[[str], None] | None = None, record: bool = False) -> None:
        super().__init__(seed, trace=trace)
        self.is_recorded = record
        dice = self.random
        self.is_traced = trace is not None
        self.replicas = dice.choice((0, 0, 1))
        self.stream_length = dice.choice((3, 8, 2000))
        self.keep_seconds = dice.choice((2.0, 600.0))
        self.faults = dice.choice((0.0, 0.5, 1.0, 2.0))
        """How often something breaks; 0 in quiet worlds, where a client may never see anything but the history."""
        self.large = dice.choice((500, 256 * 1024))
        """Bytes above which a `sync` has no objects."""
        self.lossy = dice.choice((0.0, 0.02))
        """How often a page refuses to apply."""
        self.laggard = ""
        """A process that seldom reads on: it answers, writes and recovers with what has long been the past."""
        if is_stormy(seed):
            self.faults, self.lossy, self.laggard = 2.0, 0.2, "web 2"
        self.forked = False
        """Whether numbers may have been given twice since the last calm."""
        self.calming = True
        self.primary = Node({}, lambda: self.now)
        self.floor = 0
        self._lines = self._acts = self._named = 0
        self.states: dict[tuple[Scope, str, int], list[State]] = {}
        self.versions: dict[str, list[Message]] = {}
        self.acknowledgements: list[Acknowledged] = []
        self.made: dict[bytes, set[str]] = {}
        """The posts and drafts that each idempotency key has made, on any server."""
        self._cache: dict[tuple[object, ...], tuple[int, Message]] = {}
        self.processes: list[Process] = []
        self.down: list[str] = ["web 1", "web 2", "web 3"][: dice.choice((2, 3))]
        for name in list(self.down):
            self._begin(name)
        self.editors = [Editor(self, number) for number in range(3)]
        ways: tuple[Way, ...] = ("socket", "socket", "socket", "stream", "poll", "desk")
        marked = seed % 2 == 0
        self.readers = [
            Reader(self, number, way, keeps_marks=marked or way not in ("stream", "poll"))
            for number, way in enumerate(ways)
        ]
        first = self.processes[0].store
        status = dice.choice(("draft", "preview", "preview"))
        self.acknowledged("open", None, first.perform(SLUG, lambda view: opening(view, status), by="Ana"))
        self.floor = self.primary.history.now
        self.calming = False

    # -- the work of a step

    def step(self) -> None:
        """One thing happens: mostly something goes on or arrives."""
        self.steps += 1
        dice = self.random.random
        self.now += int(dice() * 12)
        chance = dice()
        if chance < 0.40:
            done = self.go_on()
        elif chance < 0.62:
            done = self._arrive()
        elif chance < 0.74:
            done = self._read_on()
        elif chance < 0.82:
            done = self._act()
        elif chance < 0.93:
            done = self._reader_moves()
        elif chance < 0.96:
            done = self._beat()
        else:
            done = self._replicate() if dice() < 0.6 or not self.faults else self._break()
        if not done and not self.go_on():
            self._read_on()

    def _one(self, found: list[Any]) -> Any:
        return found[int(self.random.random() * len(found))] if found else None

    def _arrive(self) -> bool:
        waiting = [reader for reader in self.readers if reader.line and (reader.line.sent or reader.line.ended)]
        reader: Reader | None = self._one(waiting)
        if reader is None:
            return False
        if self.lossy and reader.way == "socket" and self.random.random() < self.lossy:
            reader.refuses = True
            reader.note("refuses")
        reader.arrive()
        return True

    def _read_on(self) -> bool:
        process: Process | None = self._one(self.processes)
        if process is None or (process.name == self.laggard and self.random.random() < 0.95):
            return False
        process.read_on()
        return True

    def _act(self) -> bool:
        editor: Editor | None = self._one([each for each in self.editors if each.under_way is None])
        process: Process | None = self._one(self.processes)
        if editor is None or process is None:
            return False
        editor.act(process)
        return True

    def _reader_moves(self) -> bool:
        reader: Reader = self._one(self.readers)
        process: Process | None = self._one(self.processes)
        if process is None:
            return False
        if reader.way != "poll" and reader.line is None:
            reader.connect(process)
            return True
        for scope, follower in reader.followers.items():
            if scope in reader.asked:
                continue
            if follower.asking is None and (reader.way == "poll" or not follower.settled):
                reader.again(scope)
            if follower.asking is not None:
                reader.ask(scope, process, self.loses_answer)
                return True
        return False

    def _beat(self) -> bool:
        reader: Reader | None = self._one([reader for reader in self.readers if reader.line is not None])
        if reader is None or reader.process is None or reader.line is None:
            return False
        reader.process.beat(reader.line)
        return True

    def _replicate(self) -> bool:
        """Replicas catch up some way."""
        now = self.primary.history.now
        self.floor += int(self.random.random() * (now - self.floor + 1))
        self.primary.history.forget(self.floor)
        return True

    # -- what breaks

    def _break(self) -> bool:
        if self.random.random() > self.faults / 2:
            return False
        chance = self.random.random()
        if chance < 0.35:
            reader: Reader | None = self._one([reader for reader in self.readers if reader.line is not None])
            if reader is not None:
                self.say(f"{reader.name} loses its connection")
                reader.hang_up()
        elif chance < 0.50:
            process: Process | None = self._one(self.processes)
            if process is not None:
                process.cut = not process.cut
                self.say(f"{process.name} {'loses' if process.cut else 'has'} its way to storage")
        elif chance < 0.60 and len(self.processes) > 0:
            self._crash(self._one(self.processes))
        elif chance < 0.75 and self.down:
            self._begin(self.down[0])
        elif chance < 0.77:
            self._flip()
        elif chance < 0.85:
            self._fail_over()
        else:
            self._reroute()
        return True

    def _flip(self) -> None:
        """A bit of a change in the primary's log flips."""
        name = f"lb:{{{SLUG}}}:{self.random.choice(SCOPES)}:log".encode()
        log: Stream = self.primary.data.get(name, Stream())
        if log:
            at = int(self.random.random() * len(log))
            id, fields = log[at]
            objects = bytearray(fields[b"objects"])
            place = int(self.random.random() * len(objects))
            objects[place] ^= 1 << int(self.random.random() * 8)
            log[at] = (id, {**fields, b"objects": bytes(objects)})
            self.say(f"a bit of change {id[0]} flips in {name.decode()}")

    def _begin(self, name: str) -> None:
        self.down.remove(name)
        self.processes.append(Process(self, name))
        self.say(f"{name} starts")

    def _crash(self, process: Process) -> None:
        self.say(f"{process.name} is killed")
        self.kill(process)
        self.processes.remove(process)
        self.down.append(process.name)
        for reader in self.readers:
            for scope in [scope for scope, asked in reader.asked.items() if asked is process]:
                reader.answered(scope, None)
            if reader.process is process:
                reader.hang_up()
        for editor in self.editors:
            if editor.under_way is process:
                editor.interrupted()
        for each in self.acknowledgements:
            if each.witnesses:
                each.witnesses.discard(process)

    def _fail_over(self) -> None:
        """Another server becomes the primary. It may lack the last steps; its clock differs."""
        old, history = self.primary, self.primary.history
        if old.dead:
            return
        step = self.floor + int(self.random.random() * (history.now - self.floor + 1))
        lost = history.now - step
        skew = int(self.random.uniform(-3000, 3000))
        self.primary = Node(history.at(step), lambda: self.now + skew, f"{int(old.replid) + 1}")
        self.primary.views = {scope: _view(self.primary, scope) for scope in SCOPES}
        self.floor = 0
        kind = self.random.random()
        old.dead, old.refuses = kind < 0.5, kind < 0.8
        ways = "is dead" if old.dead else "is a replica" if old.refuses else "goes on, cut off"
        self.say(f"storage fails over and loses {lost} steps; the old primary {ways}")
        self.forked = self.forked or lost > 0 or not old.refuses
        self._find_witnesses()

    def _find_witnesses(self) -> None:
        """Note which processes have in memory what storage has lost."""
        for each in self.acknowledgements:
            if each.witnesses is None and self._lacks(each):
                each.witnesses = {process for process in self.processes if self._remembers(process, each)}

    def _remembers(self, process: Process, each: Acknowledged) -> bool:
        tails = {"public": process.tails, "desk": process.desk_tails}
        timelines = {scope: each_tails.served.get(SLUG) for scope, each_tails in tails.items()}
        for kind, id, was_ended in each.objects:
            timeline = timelines["desk" if kind in ("draft", "call") else "public"]
            obj = None if timeline is None else timeline.get(kind, id)
            if timeline is None or obj is None or timeline.time(obj) < each.at or (was_ended and not ended(obj)):
                return False
        return True

    def _reroute(self) -> None:
        """Some process learns where the primary is."""
        process: Process | None = self._one([each for each in self.processes if each.node is not self.primary])
        if process is not None:
            self.say(f"{process.name} finds the new primary")
            process.node = self.primary

    def loses_answer(self) -> bool:
        return not self.calming and self.random.random() < 0.01 * self.faults

    def confirmed(self, node: Node) -> int:
        """WAIT: how many replicas have everything. Those of a primary that was replaced follow the new one."""
        if node is not self.primary or (not self.calming and self.random.random() < 0.1 * self.faults):
            return 0
        self.floor = node.history.now
        return self.replicas

    # -- names and numbers, all from the seed

    def next_line(self) -> int:
        self._lines += 1
        return self._lines

    def next_act(self) -> int:
        self._acts += 1
        return self._acts

    def token_hex(self, size: int) -> str:
        return self.random.randbytes(size).hex()

    def token_urlsafe(self, size: int) -> str:
        return base64.urlsafe_b64encode(self.random.randbytes(size)).decode().rstrip("=")

    def spawn(self, work: Callable[..., Any], *args: Any) -> None:
        """Stands for gevent.spawn in a transport."""
        owner = next(each for each in self.processes if each.transport is work.__self__)  # type: ignore[attr-defined]
        self.start(owner, f"{owner.name} loads for a reader", lambda: work(*args))

    # -- a cache between readers and processes, for a second

    def cached(self, position: Message) -> Message | None:
        at, answer = self._cache.get(tuple(position.values()), (-9999, None))
        return answer if not self.calming and self.now - at < 1000 and self.random.random() < 0.3 else None

    def cache(self, position: Message, answer: Message) -> None:
        self._cache[tuple(position.values())] = (self.now, answer)

    # -- what was promised

    def committed(self, node: Node, scope: Scope, epoch: str, seq: int, objects: list[Message], whole: bool) -> None:
        """Storage has taken a change, or (`whole`) was healed to this state."""
        last = {} if whole else node.views.get(scope, {})
        node.views[scope] = state = {**last, **{f"{obj['kind']}:{obj['id']}": obj for obj in objects}}
        self.states.setdefault((scope, epoch, seq), []).append(state)
        for obj in objects:
            self.versions.setdefault(f"{obj['kind']}:{obj['id']}:{obj['seq']}", []).append(obj)

    def makes(self, node: Node, key: bytes, done: Commit) -> None:
        """Storage takes what a request makes.

        A byline does not name the request: a result has that of its prepared text, and keeps it when it is withdrawn.
        """
        known = node.views.get("public", {}).keys() | node.views.get("desk", {}).keys()
        made = {ref_of(obj) for obj in [*done.objects, *done.desk] if isinstance(obj, Post | Draft)}
        self.made.setdefault(key, set()).update(made - known)

    def acknowledged(self, name: str, key: str | None, done: Commit) -> None:
        each = Acknowledged(name, done)
        self.acknowledgements.append(each)
        self.say(f"acknowledged: {name}, seq {done.seq} of {done.epoch[:4]}")
        if self._lacks(each):  # by a server that is no longer the primary
            if self.replicas:
                raise Violation(f"{name} was acknowledged, but the primary does not have it")
            each.witnesses = {process for process in self.processes if self._remembers(process, each)}

    def delivered(self, process: Process, scope: Scope, timeline: Timeline | None) -> None:
        """A process has applied something."""
        if timeline is not None and timeline.objects and timeline.objects[-1].seq > timeline.seq:
            raise Violation(f"{process.name} has an object that is newer than its timeline")

    def forgotten(self, process: Process) -> None:
        """A blog has left a process's memory, which can no longer bring anything back."""
        for each in self.acknowledgements:
            if each.witnesses:
                each.witnesses.discard(process)

    def applied(self, reader: Reader, scope: Scope, before: tuple[str, int, int, int], message: Message) -> None:
        """A client has taken a message: what it has now must be what the desk has published."""
        follower = reader.followers[scope]
        if follower.applied == before[2]:
            return
        for obj in message["objects"] or []:
            hidden = obj["kind"] in ("draft", "call") or (reader.way != "desk" and obj.get("status") == "draft")
            if scope == "public" and hidden:
                raise Violation(f"{reader.name} was sent {obj['kind']} {obj['id']}, which only the desk may see")
            if obj not in self.versions.get(f"{obj['kind']}:{obj['id']}:{obj['seq']}", []):
                raise Violation(f"{reader.name} was sent {obj['kind']} {obj['id']} as it never was: {obj}")
        if follower.epoch == before[0] and follower.seq < before[1] and follower.replaced == before[3]:
            raise Violation(f"{reader.name} went back from seq {before[1]} to {follower.seq}")
        if not self.forked and (not self.faults or self.random.random() < 0.2) and not follower.broken:
            self._compare(reader, scope)

    def _compare(self, reader: Reader, scope: Scope) -> None:
        follower = reader.followers[scope]
        known = self.states.get((scope, follower.epoch, follower.seq), [] if follower.seq else [{}])
        if follower.objects not in known:
            raise Violation(
                f"{reader.name} is at seq {follower.seq} of {follower.epoch[:4]}, but {scope} differs: "
                + _difference(follower.objects, (known or [{}])[0])
            )
        if scope == "public" and follower.tally != counted(follower.objects.values()):
            raise Violation(f"{reader.name} at seq {follower.seq} has the tally of another state: {follower.tally}")

    def _lacks(self, each: Acknowledged) -> str:
        """What storage has lost of something acknowledged: the object's name, or nothing."""
        for kind, id, was_ended in each.objects:
            table = self.primary.data.get(f"lb:{{{SLUG}}}:{scope_of(kind)}".encode(), {})
            value = table.get(f"{kind}:{id}".encode())
            if value is None:
                return f"{kind}:{id}"
            if time_of(value) < each.at or (was_ended and kind != "category"):
                stands = decoded(value)
                if not ended(stands) or kind == "category":
                    return f"{kind}:{id}"
        return ""

    # -- calm

    def calm(self) -> None:
        """End all faults, let everything arrive, and check that every client has what storage has. Then go on."""
        self.say("calm")
        self.calming = True
        for name in list(self.down):
            self._begin(name)
        for process in self.processes:
            process.cut, process.node = False, self.primary
        rounds = quiet = 0
        while quiet < 2:  # the first quiet round may have had nothing to say to somebody who has just come
            rounds += 1
            quiet = quiet + 1 if self._settle() else 0
            if rounds > ROUNDS:
                raise Violation(f"not everybody has the same night after {ROUNDS} rounds without a fault")
        self._check()
        self.say(f"all have the same night after {rounds} rounds")
        self.forked = False
        self.calming = False
        self._cache.clear()

    def _settle(self) -> bool:
        """One round in which everything goes on; True if nothing is left to do."""
        self.now += 2000  # past what loads after a failure share
        before = self._positions()
        while self.go_on():
            self.steps += 1
        for process in self.processes:
            process.read_on()
        for editor in self.editors:
            if editor.pending is not None and editor.under_way is None:
                editor.act(self.processes[0])
        while self.go_on():
            self.steps += 1
        for reader in self.readers:
            self._reader_settles(reader)
        quiet = not any(editor.pending for editor in self.editors) and before == self._positions()
        readers = [reader for reader in self.readers if reader.way == "desk" or not self._is_hidden()]
        return quiet and all(each.settled for reader in readers for each in reader.followers.values())

    def _is_hidden(self) -> bool:
        """Whether the blog is a draft, of which readers are told that it does not exist."""
        blog = _view(self.primary, "public").get(f"blog:{SLUG}")
        return blog is None or blog["status"] == "draft"

    def _reader_settles(self, reader: Reader) -> None:
        while reader.line is not None and (reader.line.sent or reader.line.ended):
            self.steps += 1
            reader.arrive()
        process: Process = self._one(self.processes)
        if reader.line is None and reader.way != "poll":
            reader.connect(process)
        elif reader.line is not None and reader.process is not None:
            reader.process.beat(reader.line)
        for scope, follower in reader.followers.items():
            if follower.asking is None and (reader.way == "poll" or not follower.settled):
                reader.again(scope)
            if follower.asking is not None and scope not in reader.asked:
                reader.ask(scope, process, lambda: False)
        while self.go_on():
            self.steps += 1

    def _positions(self) -> list[Any]:
        clients = [(f.epoch, f.seq) for reader in self.readers for f in reader.followers.values()]
        tails = [tails.position(SLUG) for each in self.processes for tails in (each.tails, each.desk_tails)]
        return [*clients, *tails, self.primary.history.now]

    def _check(self) -> None:
        store = self.processes[0].store
        timelines = {scope: store.load(SLUG, scope) for scope in SCOPES}
        if found := faults(timelines["public"]):
            raise Violation(f"storage is inconsistent: {found}")
        wanted: dict[Scope, State] = {
            scope: {ref_of(obj): public(obj) for obj in timeline.objects} for scope, timeline in timelines.items()
        }
        for process in self.processes:
            tails: dict[Scope, Tails] = {"public": process.tails, "desk": process.desk_tails}
            for scope in SCOPES:
                memory = tails[scope].memory(SLUG)
                if memory is not None and {ref_of(obj): public(obj) for obj in memory.objects} != wanted[scope]:
                    raise Violation(f"{process.name} does not have what storage has ({scope})")
        hidden = not timelines["public"].blog.is_public
        for reader in self.readers:
            for scope, follower in reader.followers.items():
                if hidden and reader.way != "desk" and follower.seq:
                    continue  # a failover has lost that the blog was published; what this page shows is its last
                has = {} if hidden and reader.way != "desk" else wanted[scope]
                if follower.objects != has:
                    raise Violation(
                        f"{reader.name} does not have what storage has: {_difference(follower.objects, has)}"
                    )
        self._check_promises(timelines)

    def _check_promises(self, timelines: dict[Scope, Timeline]) -> None:
        for each in self.acknowledgements:
            if (lost := self._lacks(each)) and (each.witnesses is None or each.witnesses):
                raise Violation(f"{each.name} was acknowledged, and {lost} is lost")
        self.acknowledgements = [each for each in self.acknowledgements if not self._lacks(each)]
        for each in self.acknowledgements:
            each.witnesses = None
        there = {ref_of(obj) for scope in SCOPES for obj in timelines[scope].objects if not ended(obj)}
        for key, made in self.made.items():
            if len(made & there) > 1:
                raise Violation(f"there twice under one key: {key.decode()}, {sorted(made & there)}")
        for post in timelines["public"].objects:
            if isinstance(post, Post) and post.retracted and (post.body or post.byline):
                raise Violation(f"the tombstone {post.id} has a text")


def _view(node: Node, scope: Scope) -> State:
    """What clients see of what a node has stored."""
    stored = node.data.get(f"lb:{{{SLUG}}}:{scope}".encode(), {})
    return {name.decode(): public(decoded(value)) for name, value in stored.items()}


def _difference(has: State, wanted: State) -> str:
    lacks = sorted(wanted.keys() - has.keys())
    more = sorted(has.keys() - wanted.keys())
    other = sorted(name for name in has.keys() & wanted.keys() if has[name] != wanted[name])
    return f"lacks {lacks}, has {more} too, has another version of {other}"


class _Watch(logging.Handler):
    """The program logs a traceback only for what must not happen."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and not isinstance(record.exc_info[1], Refused):  # a page that cannot show it
            raise Violation(f"the program logged: {record.getMessage()}")


@contextlib.contextmanager
def simulated(seed: int, *, trace: Callable[[str], None] | None = None, record: bool = False) -> Iterator[World]:
    """A world. Meanwhile the program's random ids, its greenlets and its log are the simulation's."""
    names = SimpleNamespace(token_hex=None, token_urlsafe=None)
    spawning = SimpleNamespace(spawn=None)
    log, watch = logging.getLogger("liveblog"), _Watch(logging.ERROR)
    level, propagate = log.level, log.propagate
    with contextlib.ExitStack() as stack:
        for module in (commits,):
            stack.enter_context(mock.patch.object(module, "secrets", names))
        stack.enter_context(mock.patch.object(transport, "gevent", spawning))
        run = Script.run

        def watched(script: Script, node: Node, keys: list[bytes], args: list[bytes]) -> Any:
            known = len(keys) > 10 and keys[10] in node.data
            answer = run(script, node, keys, args)
            if known and isinstance(answer, list) and answer[0] == b"ok":
                raise Violation(f"one key had two effects: {keys[10].decode()}")
            _watch_script(names.world, script, node, keys, args, answer)
            return answer

        stack.enter_context(mock.patch.object(Script, "run", watched))
        log.addHandler(watch)
        log.setLevel(logging.ERROR)
        log.propagate = False
        try:
            world = World.__new__(World)
            names.world, names.token_hex, names.token_urlsafe = world, world.token_hex, world.token_urlsafe
            spawning.spawn = world.spawn
            world.__init__(seed, trace=trace, record=record)  # type: ignore[misc]
            stack.enter_context(mock.patch.object(catch_ups, "LARGE", world.large))
            yield world
        finally:
            for task in world.tasks[:]:
                world.kill(task.owner)
            log.removeHandler(watch)
            log.setLevel(level)
            log.propagate = propagate


def _watch_script(world: World, script: Script, node: Node, keys: list[bytes], args: list[bytes], answer: Any) -> None:
    """Tell the world what a commit or a recovery has stored."""
    if answer == 1 and "put back into storage" in script.source:
        epoch = args[3].decode()
        for each in SCOPES:
            seq = int(node.data[keys[0]].get(each.encode(), b"0"))
            world.committed(node, each, epoch, seq, list(_view(node, each).values()), True)
    elif isinstance(answer, list) and answer[0] == b"ok" and len(answer) > 1:
        done = msgspec.json.decode(answer[1], type=Commit)
        world.makes(node, keys[10], done)
        if done.objects:
            world.committed(node, "public", done.epoch, done.seq, [*map(public, done.objects)], False)
        if done.desk:
            world.committed(node, "desk", done.epoch, done.desk_seq, [*map(public, done.desk)], False)
