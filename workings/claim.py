"""A link of a chain in, its claim out: place, sides as printed, and verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

from workings import tree as t
from workings.array import Value
from workings.check import judge
from workings.index import Indexer
from workings.line import Line
from workings.page import Display
from workings.pair import Pair, Side, pair
from workings.repair import Repair
from workings.token import Unreadable
from workings.trial import Outcome, Witness

SEED = "workings"
UNTRIED = {"∝", "∼", "⊂", "∈", "≼", "≽", "←"}
VERDICTS = ("definition", "holds", "fails", "unknown", "waived")


@dataclass(frozen=True)
class Claim:
    """One link of a chain, with its place, its two sides as printed, and its verdict."""

    path: str
    line: int
    column: int
    display: int
    claim: int
    left: str
    right: str
    relation: str
    verdict: str
    reason: str = ""
    needs: tuple[str, ...] = ()
    repair: Repair | None = None
    witness: Witness | None = None
    warnings: tuple[str, ...] = ()
    error: float = 0.0
    samples: int = 0
    sizes: tuple[dict[str, int], ...] = ()
    cell: int | None = None
    chain: int = 0
    follows: int = 0
    caret: tuple[int, int] = (0, 0)
    steps: str = ""
    meant: bool = False

    @property
    def passes(self) -> bool:
        """Whether this claim lets a run pass; a mistake shown on purpose does when it fails."""
        return self.meant or self.verdict in ("definition", "holds", "waived")


def blank(display: Display, number: int, error: Unreadable) -> Claim:
    """The claim that stands for a display that can't be split into sides."""
    line, column = display.place(error.at)
    return Claim(display.path, line, column, number, 1, display.tex.strip(), "", "", "unknown",
                 str(error), cell=display.cell, caret=(error.at, error.end))  # fmt: skip


def waived(display: Display, made: list[Claim]) -> list[Claim]:
    if not display.waive:
        return made
    return [
        replace(claim, verdict="waived", reason=display.waive)
        if claim.verdict in ("unknown", "fails")
        else claim
        for claim in made
    ]


def intended(display: Display, made: list[Claim]) -> list[Claim]:
    """Mistakes shown on purpose must fail; one that doesn't is an error of the page."""
    out = []
    for i, claim in enumerate(made, start=1):
        if i not in display.fails:
            out.append(claim)
        elif claim.verdict == "fails":
            out.append(replace(claim, meant=True))
        else:
            reason = f'shown as a mistake on purpose, but it {claim.verdict}; drop fails="{i}"'
            out.append(replace(claim, verdict="fails", reason=reason))
    missing = [i for i in display.fails if i > len(made)]
    if missing and out:
        reason = f'fails="{missing[0]}" names a link this display does not have'
        out[-1] = replace(out[-1], verdict="unknown", reason=reason)
    return out


def claim(
    line: Line,
    i: int,
    defined: dict[int, Unreadable | None],
    trouble: Unreadable | None,
    judged_too: bool = True,
) -> Claim:
    """The verdict on one link."""
    display, link = line.display, line.chain.links[i]
    row, column = display.place(link.at)
    made = Claim(
        display.path,
        row,
        column,
        line.number,
        line.before + i + 1,
        line.sources[i],
        line.sources[i + 1],
        link.relation,
        "definition",
        cell=display.cell,
        chain=line.order,
        caret=(link.at, link.end),
        steps=display.steps,
    )
    error = next(
        (x for x in (trouble, line.sides[i], line.sides[i + 1]) if isinstance(x, Unreadable)), None
    )
    if i in defined and defined[i] is None and trouble is None:
        return made
    unread = made
    if error is not None:
        row, column = display.place(error.at) if error.at else (row, column)
        caret = (error.at, error.end) if error.at or error.end > 1 else made.caret
        unread = replace(
            made, verdict="unknown", reason=str(error), line=row, column=column, caret=caret
        )
    if trouble is not None or not judged_too:
        return unread if error is not None else replace(made, verdict="holds")
    found = weigh(line, i, made)
    return unread if error is not None and found.verdict == "unknown" else found


def weigh(line: Line, i: int, made: Claim) -> Claim:
    """Try one link with its two sides as they were read, or else as numbers."""
    sides = [side for side in line.sides[i : i + 2] if isinstance(side, Side)]
    relation = "=" if made.relation == ":=" else made.relation
    try:
        if relation in UNTRIED:
            raise Unreadable(f"a relation {relation} is not one I can try", *made.caret)
        tolerance = printed_tolerance(line.nodes[i], line.nodes[i + 1]) if relation == "≈" else 0.0
        try:
            if len(sides) < 2:
                raise Unreadable("a side can't be read", *made.caret)
            fitted = pair(line.setting, relation, sides[0], sides[1], tolerance)
        except Unreadable:
            again = as_numbers(line, i, relation, tolerance)
            if again is None:
                raise
            fitted = again
        outcome = judge(fitted, SEED)
    except Unreadable as error:
        return replace(made, verdict="unknown", reason=str(error))
    warnings = [*dangling(line, i)] if len(sides) == 2 else []
    warnings += [warning for side in sides for warning in side.warnings]
    return judged(made, outcome, tuple(dict.fromkeys(warnings)), line)


def as_numbers(line: Line, i: int, relation: str, tolerance: float) -> Pair | None:
    """A claim about a function, written with a letter that is also declared as an array.

    `\\sigma(x)` was defined for any x, so where the shapes clash x is read as one number.
    """
    scope = line.setting.scope
    letters = {
        p for f in scope.functions.values() for p in f.parameters if scope.find(p) is not None
    }
    nodes = [node for node in line.nodes[i : i + 2] if isinstance(node, t.Node)]
    if not letters or len(nodes) < 2:
        return None
    indexer = Indexer(scope)
    indexer.parameters = {
        letter: Value((), lambda _, letter=letter: t.Entry(("free", letter)))  # type: ignore[misc]
        for letter in letters
    }
    setting = replace(line.setting, indexer=indexer, cells={})
    try:
        sides = [setting.side(node) for node in nodes]
        return pair(setting, relation, sides[0], sides[1], tolerance)
    except Unreadable:
        return None


def judged(made: Claim, outcome: Outcome, warnings: tuple[str, ...], line: Line) -> Claim:
    verdict = outcome.verdict
    if verdict == "holds" and made.claim == 1 and is_notation(line.nodes[0]):
        verdict = "definition"
    return replace(
        made,
        verdict=verdict,
        reason=outcome.reason,
        needs=outcome.needs,
        witness=outcome.witness,
        error=outcome.error,
        samples=outcome.samples,
        sizes=outcome.sizes,
        warnings=warnings,
    )


def is_notation(node: t.Node | Unreadable) -> bool:
    """Whether a side is bare notation whose usual meaning a page may write down: δ_ij, A : B."""
    if isinstance(node, t.Operation) and node.name == "inner":
        return all(isinstance(arg, t.Symbol) and not arg.indices for arg in node.args)
    return isinstance(node, t.Cases) and node.notation not in ("", "[", "(")


def dangling(line: Line, i: int) -> list[str]:
    """A free index on one side only, which no condition ties down."""
    left, right = line.sides[i], line.sides[i + 1]
    assert isinstance(left, Side)
    assert isinstance(right, Side)
    tied = " ".join(line.setting.spoken)
    out = []
    for names, other, where in (
        (right.letters - left.letters, left, "right"),
        (left.letters - right.letters, right, "left"),
    ):
        if other.constant or not (other.letters or where == "right"):
            continue
        out += [
            f"the index {name} is free on the {where} side only"
            for name in sorted(names)
            if name not in tied
        ]
    return out


def printed_tolerance(left: t.Node | Unreadable, right: t.Node | Unreadable) -> float:
    """Half a unit in the last digit of the printed number that `≈` rounds to."""
    for node in (right, left):
        while isinstance(node, t.Operation) and node.name in ("negative", "group"):
            node = node.args[0]
        if isinstance(node, t.Literal):
            digits = len(node.text.partition(".")[2])
            return 0.5000001 * 10.0**-digits
    raise Unreadable("≈ needs a printed number on one side, to say how close is close")
