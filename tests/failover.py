"""A failover that loses the end of a night: a replica that lacks it takes over."""

from __future__ import annotations

from typing import Any, cast

from liveblog.store.commits import Store


class Replica:
    """A blog in the state of a replica that gets no more changes from now on."""

    def __init__(self, store: Store, slug: str = "anora") -> None:
        self._client = cast(Any, store.client)
        self._pattern = f"lb:{{{slug}}}:*"
        self._keys = {key: self._client.dump(key) for key in self._client.scan_iter(match=self._pattern)}

    def takes_over(self) -> None:
        """Make this replica the storage: later changes are lost."""
        for key in list(self._client.scan_iter(match=self._pattern)):
            if key not in self._keys:
                self._client.delete(key)
        for key, value in self._keys.items():
            self._client.restore(key, 0, value, replace=True)
