"""Calls that keep a core or a disk busy run in a thread, so that no other greenlet waits for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import gevent
from gevent.lock import BoundedSemaphore

P = ParamSpec("P")
R = TypeVar("R")


class Threads:
    """Runs at most `most` calls at once; a caller waits for its turn and for its result."""

    def __init__(self, most: int) -> None:
        self._turns = BoundedSemaphore(most)

    def run(self, call: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
        """The call's result. Raises what it raises."""

        def caught() -> tuple[R, None] | tuple[None, Exception]:
            try:
                return call(*arguments, **options), None
            except Exception as error:  # brought back by hand: gevent would print it as a traceback first
                return None, error

        with self._turns:
            result, error = gevent.get_hub().threadpool.apply(caught)
        if error is not None:
            raise error
        return cast(R, result)
