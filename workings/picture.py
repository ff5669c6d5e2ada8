"""A row of LaTeX as printed, with a caret under a place in it and a cure below that."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workings.plain import safe

if TYPE_CHECKING:
    from workings.claim import Claim

PAINT = {"fails": "red", "unknown": "yellow"}


def picture(tex: str, claim: Claim, paint: Any, width: int) -> Iterator[str]:
    """The source row with a caret under the claim's place and the cure under what it replaces."""
    at, end = claim.caret
    start, stop = row(tex, min(at, len(tex)))
    number, repair = str(tex.count("\n", 0, start) + claim_line(tex, claim)), claim.repair
    if stop - start > width:
        start, stop = part(tex, start, stop, at, width)
    if not tex[start:stop].strip():
        return
    last = min(end, stop, at + width)
    under = " " * cells(tex[start:at]) + "^" * max(cells(tex[at:last]), 1)
    below = ""
    if repair and start <= repair.at and repair.end <= stop:
        old, new = tex[repair.at : repair.end], repair.new
        left = cells(tex[start : repair.at])
        if new.endswith(repair.old):
            under, new = over(under, left, "~"), new.removesuffix(repair.old).strip()
        elif new and repair.old.endswith(new):
            under, new = over(under, left, "~" * cells(old.removesuffix(new).rstrip())), ""
        else:
            under = over(under, left, "~" * cells(old))
        below = " " * left + one_line(new) if new else ""
    gutter = " " * len(number)
    yield ""
    yield f"  {paint(f'{number} |', 'faint')} {one_line(tex[start:stop]).rstrip()}"
    yield f"  {paint(f'{gutter} |', 'faint')} {paint(under, PAINT[claim.verdict])}"
    if below:
        yield f"  {paint(f'{gutter} |', 'faint')} {paint(below, 'green')}"
    yield ""


def claim_line(tex: str, claim: Claim) -> int:
    """The line of the file on which the display's LaTeX begins."""
    return claim.line - tex.count("\n", 0, claim.caret[0])


def row(tex: str, at: int) -> tuple[int, int]:
    """The line of the source around a place."""
    end = tex.find("\n", at)
    return tex.rfind("\n", 0, at) + 1, len(tex) if end < 0 else end


def part(tex: str, start: int, stop: int, at: int, width: int) -> tuple[int, int]:
    """The part of a long line to show: its row of the formula, or what stands around the place."""
    first = tex.rfind("\\\\", start, at)
    start = start if first < 0 else first + 2
    last = tex.find("\\\\", at, stop)
    stop = stop if last < 0 else last
    while start < stop and tex[start] in " &":
        start += 1
    begun = tex.find("\\begin{aligned}", start, at)
    start = start if begun < 0 else begun + len("\\begin{aligned}")
    if stop - start <= width:
        return start, stop
    if at - start > width // 3:
        start = at - width // 3
        while start < at and not (tex[start] == "\\" or tex[start - 1] == " "):
            start += 1
    return start, min(stop, start + width)


def one_line(tex: str) -> str:
    """A row of source, one cell for each character, so that what stands below it lines up."""
    return safe(tex.replace("\t", " ").replace("\r", " ").replace("\n", " "))


def cells(words: str) -> int:
    """How many columns of a terminal some text takes."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in one_line(words)
    )


def over(line: str, at: int, mark: str) -> str:
    return line.ljust(at)[:at] + mark + line[at + len(mark) :]
