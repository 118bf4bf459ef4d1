"""Runs programs a step at a time, in an order that a seed determines, by a clock that the steps move."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from greenlet import getcurrent, greenlet


class Task:
    """Something that a program does; it stops at each message that it sends, and the scheduler lets it go on."""

    def __init__(self, owner: object, name: str, work: Callable[[], Any]) -> None:
        self.owner = owner
        self.name = name
        self.run = greenlet(work)


class Scheduler:
    def __init__(self, seed: int | str, *, trace: Callable[[str], None] | None = None) -> None:
        self.random = random.Random(seed)
        self.now = 1_800_000_000_000
        """Milliseconds since 1970."""
        self.steps = 0
        self.tasks: list[Task] = []
        self._trace = trace
        self._main = getcurrent()

    def seconds(self) -> float:
        return self.now / 1000

    def start(self, owner: object, name: str, work: Callable[[], Any]) -> None:
        """Begin something at one of the next steps. An error that it leaves unhandled ends the simulation."""
        self.tasks.append(Task(owner, name, work))

    def hop(self) -> None:
        """Stop the current task until it is its turn again. Outside of a task it goes on at once."""
        if getcurrent() is not self._main:
            self._main.switch()

    def go_on(self) -> bool:
        """Let a task go on to its next stop; False if there is none."""
        if not self.tasks:
            return False
        at = int(self.random.random() * len(self.tasks))
        task = self.tasks[at]
        if self._trace is not None:
            self.say(f"{task.name} goes on")
        task.run.switch()
        if task.run.dead and task in self.tasks:
            self.tasks.remove(task)
        return True

    def kill(self, owner: object) -> None:
        """End all tasks of a program where they stand."""
        for task in [task for task in self.tasks if task.owner is owner]:
            self.tasks.remove(task)
            if task.run:
                task.run.throw()

    def say(self, what: str) -> None:
        if self._trace is not None:
            self._trace(f"{self.steps:6} {self.now / 1000 % 100000:9.3f}  {what}")


class Lock:
    """Stands for a lock of threads between tasks."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._held = False

    def __enter__(self) -> None:
        while self._held:
            self._scheduler.hop()
        self._held = True

    def __exit__(self, *error: object) -> None:
        self._held = False
