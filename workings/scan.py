"""A second, much simpler count of a file's displays, so that none is left out without a word."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workings.claim import Claim
    from workings.page import Page

# In a sentence, `$i = j$` only says which entries are meant.
_CONDITION = re.compile(r"\s*[a-z]\s*=\s*(?:\w|\\[lc]?dots|[\s,.])+")
ENDS = {"$$": "$$", "\\[": "\\]"}


@dataclass(frozen=True)
class Place:
    """Where a display opens: the line, counted in its cell for a notebook."""

    line: int
    cell: int | None = None

    def __str__(self) -> str:
        return f"{self.line} of cell {self.cell}" if self.cell else str(self.line)


def missed(page: Page, text: str) -> str:
    """How the two counts of a file's displays differ; empty where they agree."""
    seen = list(places(text, page.path))
    read = [
        Place(display.line, display.cell)
        for display in page.displays
        if not display.inline and (display.tex or "comment" not in display.problem)
    ]
    if len(seen) == len(read):
        return ""
    extra = [str(place) for place in seen if place not in read]
    extra += [str(place) for place in read if place not in seen]
    return (
        f"{page.path}: {len(read)} displays were read, and a plain scan finds {len(seen)}; "
        f"see line {', '.join(extra[:3])}: is a delimiter, a code fence or a comment left open "
        "there?"
    )


def untold(page: Page, claims: Sequence[Claim]) -> str:
    """The first display that says `=` and has no claim to show for it; empty if there is none."""
    told = {claim.display for claim in claims}
    for number, display in enumerate(page.displays, start=1):
        if display.inline and _CONDITION.fullmatch(display.tex):
            continue
        if number not in told and "=" in display.tex and not display.waive:
            place = Place(display.line, display.cell)
            return (
                f"{page.path}: the display on line {place} holds an equals sign, and no claim came "
                "of it: is a bracket left open, or does a side stand in another display?"
            )
    return ""


def places(text: str, path: str) -> Iterator[Place]:
    """Where the displays of a file open."""
    if not path.endswith(".ipynb"):
        yield from map(Place, lines(text))
        return
    for number, cell in enumerate(json.loads(text)["cells"], start=1):
        if cell["cell_type"] == "markdown":
            for line in lines("".join(cell["source"]), matter=False):
                yield Place(line, number)


def lines(text: str, matter: bool = True) -> Iterator[int]:
    """The lines on which displays open, told line by line from what is open at the moment."""
    until, fence, start = "", "", 0
    rows = text.split("\n")
    if matter and rows[0].rstrip() == "---" and "---" in map(str.rstrip, rows[1:]):
        start = [row.rstrip() for row in rows].index("---", 1) + 1
    for number, row in enumerate(rows[start:], start=start + 1):
        mark = re.match(r"\s*(```+|~~~+)([^`]*)$", row)
        if fence:
            if row.strip().startswith(fence) and not row.strip().strip(fence[0]):
                fence = ""
            continue
        if mark and not until:
            fence = mark[1]
            if mark[2].split()[:1] == ["math"]:
                yield number + 1
            continue
        rest = row
        environment = not until and re.match(r"\s*\\begin\{([a-z]+\*?)\}", rest)
        if environment:
            yield number
            until, rest = f"\\end{{{environment[1]}}}", rest[environment.end() :]
        while rest:
            if until:
                _, closed, rest = rest.partition(until)
                until = "" if closed else until
                continue
            opening = re.search(r"<!--|\\[\\$]|`+|\$\$|\\\[", rest)
            if not opening:
                break
            found, rest = opening[0], rest[opening.end() :]
            if found == "<!--":
                until = "-->"
            elif found[0] == "`":
                code = re.search(rf"(?<!`){found}(?!`)", rest)
                rest = rest[code.end() :] if code else rest
            elif found in ENDS:
                yield number
                until = ENDS[found]
