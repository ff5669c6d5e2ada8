"""A token, and the error for what can't be read."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(ValueError):
    """LaTeX the engine can't read: what is wrong, and where in the display."""

    def __init__(self, message: str, at: int = 0, end: int | None = None) -> None:
        super().__init__(message)
        self.at = at
        self.end = end if end is not None else at + 1


@dataclass(frozen=True)
class Token:
    """One token: `kind` says how to read it, `text` is its normal spelling, the rest its place."""

    kind: str
    text: str
    at: int
    end: int
    near: bool = False  # whether it touches the token before it, as the letters of a word do
