"""How far a run has come, drawn on a terminal once it has taken a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 0.5
CELLS = 30


@dataclass
class Bar:
    """A bar that fills as displays are checked; a stream that is no terminal gets none."""

    total: int
    done: int = 0
    stream: Any = field(default_factory=lambda: sys.stderr)
    clock: Callable[[], float] = time.monotonic
    begun: float = field(init=False)
    drawn: bool = False

    def __post_init__(self) -> None:
        self.begun = self.clock()

    def tick(self, number: int, _: int) -> None:
        """Draw how far the run has come: some displays of this page are done."""
        if not self.stream.isatty() or self.clock() - self.begun < PATIENCE:
            return
        count = self.done + number
        full = CELLS * count // max(self.total, 1)
        self.stream.write(f"\r{'█' * full}{'░' * (CELLS - full)} {count} of {self.total} displays")
        self.stream.flush()
        self.drawn = True

    def clear(self) -> None:
        if self.drawn:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
