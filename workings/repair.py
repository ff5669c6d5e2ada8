"""A failing link in, the one small edit that mends it out."""

from __future__ import annotations
from typing import Any

def mend(line: Any, i: int) -> None:
    return None
