"""What a server has made by the digest of its sources, for its next build and the next server."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any


class Shelf:
    """Values by key, in a folder of this project's own.

    A value stays in memory while builds ask for it, and in the folder while it is among the
    `NEWEST` there.
    """

    NEWEST = 100

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, Any] = {}
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        return key in self._held or (self._folder / key).exists()

    def find(self, key: str) -> Any:
        """The value put under a key by this server or one before it; None if there is none."""
        self._asked.add(key)
        if key not in self._held:
            file = self._folder / key
            if not file.exists():
                return None
            self._held[key] = pickle.loads(file.read_bytes())
            os.utime(file)
        return self._held[key]

    def put(self, key: str, value: Any) -> None:
        """Keep a value that can be pickled."""
        self._asked.add(key)
        self._held[key] = value
        self._folder.mkdir(parents=True, exist_ok=True)
        # A server that is stopped while it writes leaves nothing half written under the key.
        unfinished = self._folder / f"{key}.{os.getpid()}"
        unfinished.write_bytes(pickle.dumps(value))
        unfinished.replace(self._folder / key)

    def tidy(self) -> None:
        """Lets go of what nobody has asked for since the last time."""
        self._held = {key: value for key, value in self._held.items() if key in self._asked}
        self._asked.clear()
        if self._folder.exists():
            files = sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime)
            for file in files[: -self.NEWEST]:
                file.unlink()
