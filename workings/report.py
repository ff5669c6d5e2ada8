"""Verdicts in, text for people out: a failing claim with its row, its numbers and its cure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workings.picture import PAINT, picture
from workings.plain import plain, safe
from workings.words import cure, place, sentence, several, short, witness

if TYPE_CHECKING:
    from workings.claim import Claim
    from workings.page import Page

WIDTH = 100
COLOURS = {"red": "31", "yellow": "33", "green": "32", "bold": "1", "faint": "2"}
HELD, MEANT = "hold", "fail on purpose"


@dataclass(frozen=True)
class Mismatch:
    """A stepper that disagrees with its chain: where, and how."""

    line: int
    reason: str
    cell: int | None = None


@dataclass(frozen=True)
class Result:
    """What came of one file: its claims, or the problem that kept it from being read in full."""

    path: str
    page: Page | None = None
    claims: tuple[Claim, ...] = ()
    problem: str = ""
    steppers: tuple[Mismatch, ...] = ()


def status(results: Iterable[Result]) -> int:
    """The exit status: 2 for a file that can't be read, 1 for a failure, 2 for an unknown, or 0."""
    results = list(results)
    wrong = {claim.verdict for result in results for claim in result.claims if not claim.passes}
    if any(result.problem for result in results):
        return 2
    if "fails" in wrong or any(result.steppers for result in results):
        return 1
    return 2 if "unknown" in wrong else 0


def text(results: Iterable[Result], verbose: bool = False, colour: bool = False,
         width: int = WIDTH) -> str:  # fmt: skip
    """The whole report: what needs attention (or every claim), then a line that counts."""
    results = list(results)
    paint = painter(colour)
    blocks = [block for result in results for block in shown(result, verbose, paint, width)]
    following = [*blocks[1:], ""]
    joined = ""
    for block, after in zip(blocks, following, strict=False):
        joined += block + ("\n\n" if "\n" in block + after or not after else "\n")
    return joined + summary(results)


def painter(colour: bool) -> Any:
    def paint(words: str, name: str) -> str:
        return f"\x1b[{COLOURS[name]}m{words}\x1b[0m" if colour and name and words else words

    return paint


def shown(result: Result, verbose: bool, paint: Any, width: int) -> Iterator[str]:
    """The blocks of one file."""
    told: set[tuple[int, int, str]] = set()
    for claim in result.claims:
        key = (claim.line, claim.column, claim.reason)
        if claim.verdict == "unknown" and key in told:
            continue
        told.add(key)
        if not claim.passes:
            yield "\n".join(wrong(result, claim, paint, width))
        elif verbose or claim.meant or claim.verdict == "waived" or claim.warnings:
            yield "\n".join(right(claim, verbose, paint))
    for mismatch in result.steppers:
        where = place(result.path, mismatch.line, None, mismatch.cell)
        yield f"{where}: {paint('out of step', 'red')}\n  {safe(mismatch.reason)}"
    if result.problem:
        yield f"{paint('unreadable', 'red')}: {safe(result.problem)}"


def wrong(result: Result, claim: Claim, paint: Any, width: int) -> Iterator[str]:
    """A claim that fails or can't be read: its row, its place on it, and what is known about it."""
    where = place(claim.path, claim.line, claim.column, claim.cell)
    yield f"{where}: {paint(claim.verdict, PAINT[claim.verdict])}"
    assert result.page is not None
    yield from picture(result.page.displays[claim.display - 1].tex, claim, paint, width)
    if claim.verdict == "fails" and claim.right:
        yield f"  left   {short(plain(claim.left))}"
        yield f"  right  {short(plain(claim.right))}"
    if claim.reason:
        yield f"  {sentence(claim.reason)}"
    if claim.witness:
        yield f"  {witness(claim.witness)}"
    if claim.repair:
        yield f"  {paint(cure(claim.repair), 'green')}"
    if claim.follows:
        one = claim.follows == 1
        lines = "line" if one else f"{claim.follows} lines"
        yield f"  the {lines} after it follow{'s' if one else ''} from it"
    for warning in claim.warnings:
        yield f"  note: {sentence(warning)}"


def right(claim: Claim, verbose: bool, paint: Any) -> Iterator[str]:
    """A claim that lets the run pass, on one line, with all it rests on where one asked for it."""
    where = place(claim.path, claim.line, claim.column, claim.cell)
    verdict = {"definition": "defines", "waived": "waived"}.get(claim.verdict, claim.verdict)
    if claim.meant:
        verdict = "fails, as it is meant to"
    if claim.verdict == "waived":
        verdict += f": {sentence(claim.reason)}"
    line = f"{where}: {verdict}"
    if verbose or claim.meant:
        line += f": {short(f'{plain(claim.left)} {claim.relation} {plain(claim.right)}')}"
    if verbose and claim.needs:
        line += f"   (uses {', '.join(plain(need) for need in claim.needs)})"
    yield line
    if verbose and claim.witness:
        yield f"  {witness(claim.witness)}"
    for warning in claim.warnings:
        yield f"  note: {sentence(warning)}"


def summary(results: Iterable[Result]) -> str:
    """One line: displays, claims, and how many of each verdict."""
    results = list(results)
    claims = [claim for result in results for claim in result.claims]
    shown = sum(len(result.page.displays) for result in results if result.page)
    counts = Counter(MEANT if claim.meant else claim.verdict for claim in claims)
    words = [
        several(counts["holds"], "holds", HELD), several(counts["fails"], "fails", "fail"),
        several(counts[MEANT], "fails on purpose", MEANT), several(counts["unknown"], "unknown"),
        several(counts["waived"], "waived"),
        several(counts["definition"], "definition", "definitions"),
        several(sum(len(result.steppers) for result in results), "stepper out of step",
                "steppers out of step"),
        several(sum(bool(result.problem) for result in results), "file unreadable",
                "files unreadable"),
    ]  # fmt: skip
    displays = several(shown, "display", "displays", zero=True)
    head = f"{displays}, {several(len(claims), 'claim', 'claims', zero=True)}"
    told = ", ".join(word for word in words if word)
    return f"{head}: {told}" if told else head
