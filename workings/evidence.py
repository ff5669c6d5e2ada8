"""A page in, the evidence for each row of its displays out: what was tried, and what came of it."""

from __future__ import annotations

import hashlib
import itertools
import math
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from workings import tree as t
from workings.claim import Claim
from workings.derivative import children
from workings.evaluate import NoValue, TooLarge, evaluate
from workings.line import Line
from workings.page import Display, Page, PageError, read
from workings.pair import Pair, Side, pair
from workings.plain import plain
from workings.reading import Reading, read_page
from workings.report import Mismatch, Result
from workings.sample import Experiment
from workings.scan import missed, untold
from workings.scope import DeclarationError, Scope, spelled
from workings.sources import of_evidence
from workings.stepper import Unfit, compare_chain, inputs, named, run
from workings.token import Unreadable
from workings.trial import assignments, truth

MAX_VALUES = 12
TEST = "tests/test_pages.py::test_the_claim_holds"
# From what spoils a row to what is least worth saying about it.
ORDER = ("fails", "unknown", "meant", "waived", "holds", "definition")

_NESTING = re.compile(r"\\\\|\\(?P<way>begin|end)\{\w+\*?\}|\\[{}]|(?P<brace>[{}])")


@dataclass(frozen=True)
class Link:
    """One claim, its sides' values at the worked example, its code and its test.

    `values` are those of the left side and of the right; empty where the example doesn't give
    every input. `over` names the letters that the values run over, `code` the snippet's file and
    the lines of the yields that compute the claim's sides.
    """

    claim: Claim
    values: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    code: tuple[str, tuple[int, ...]] | None = None
    needs: tuple[str, ...] = ()
    test: str = ""

    @property
    def verdict(self) -> str:
        """The claim's verdict; `meant` for a mistake that fails on purpose."""
        return "meant" if self.claim.meant else self.claim.verdict


@dataclass(frozen=True)
class Row:
    """The claims of one row of a display; `name` stays while the row's LaTeX does."""

    number: int
    name: str
    links: tuple[Link, ...]
    mismatches: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The verdict that weighs most among the row's claims."""
        found = [link.verdict for link in self.links] + ["fails"] * bool(self.mismatches)
        return min(found, key=ORDER.index)

    @property
    def passes(self) -> bool:
        return self.verdict not in ("fails", "unknown")


@dataclass(frozen=True)
class Shown:
    """One display with the evidence for its rows, and the seconds that checking it took."""

    display: Display
    rows: tuple[Row, ...]
    seconds: float = 0.0


@dataclass(frozen=True)
class Sheet:
    """The evidence of one page, what it defines, and which definitions it rests on."""

    result: Result
    displays: tuple[Shown, ...] = ()
    defines: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def path(self) -> str:
        return self.result.path

    @property
    def failures(self) -> list[str]:
        """Whatever must stop a build: each with its place and its reason."""
        found = [
            f"{claim.path}:{f'cell {claim.cell}:' if claim.cell else ''}{claim.line}:"
            f"{claim.column}: {claim.verdict}: {said(claim)}"
            for claim in self.result.claims
            if not claim.passes
        ]
        found += [
            f"{self.path}:{mismatch.line}:1: out of step: {mismatch.reason}"
            for mismatch in self.result.steppers
        ]
        return found + ([self.result.problem] if self.result.problem else [])


# Sheets by the digest of their sources: what has not changed is not checked again.
kept: dict[str, Sheet] = {}


def sheet(path: str) -> Sheet:
    """The evidence of the page at a path, from what is kept if nothing it rests on has changed."""
    key = of_evidence(path)
    if key not in kept:
        kept[key] = checked(path)
    return kept[key]


def checked(path: str) -> Sheet:
    """The evidence of the page at a path; a page that can't be read has a problem to show."""
    try:
        page = read(path)
    except PageError as error:
        return Sheet(Result(path, problem=str(error)))
    return evidence(page, Path(path).read_text(encoding="utf-8"))


def evidence(page: Page, text: str) -> Sheet:
    """Check a page, given with its text, run its steppers, and put in the worked example."""
    begun = time.perf_counter()
    marks = [begun]
    try:
        reading = read_page(page)
        own = set(reading.scope.definitions)
        reading.run(lambda *_: marks.append(time.perf_counter()))
    except DeclarationError as error:
        problem = str(error) if str(error).startswith(page.path) else f"{page.path}: {error}"
        return Sheet(Result(page.path, page, problem=problem))
    claims = tuple(reading.claims())
    mismatches = [
        Mismatch(
            found.line,
            f"{found.steps}: "
            + (f"yield {found.number} ({found.source}): " if found.number else "")
            + found.reason,
            found.cell,
        )
        for number, display in enumerate(page.displays, start=1)
        if display.steps
        for found in compare_chain([x for x in reading.lines if x.number == number], page, number)
    ]
    problem = missed(page, text) or untold(page, claims)
    result = Result(page.path, page, claims, problem, tuple(mismatches))
    given = examples(page)
    shown = tuple(displays(reading, result, given, list(itertools.pairwise(marks))))
    now = reading.scope.definitions
    return Sheet(
        result,
        shown,
        tuple(symbol for head in now if head not in own and (symbol := spoken(head))),
        tuple(dict.fromkeys(filter(None, map(spoken, leaned_on(reading))))),
        time.perf_counter() - begun,
    )


def displays(
    reading: Reading, result: Result, given: dict[str, Any], spans: list[tuple[float, float]]
) -> Iterator[Shown]:
    """Each display of a page with the evidence for its rows."""
    names: Counter[str] = Counter()
    tests = list(test_names(result.claims))
    for number, display in enumerate(reading.page.displays, start=1):
        lines = [line for line in reading.lines if line.number == number]
        codes = code_lines(lines, display, given)
        by_row: dict[int, list[Link]] = {}
        for claim, test in zip(result.claims, tests, strict=True):
            if claim.display != number:
                continue
            made = Link(claim, test=f"{TEST}[{test}]")
            line = next((x for x in lines if x.order == claim.chain), None)
            if line is not None and claim.right:
                made = with_values(made, line, given)
                side = claim.claim - line.before
                places = codes[(side - 1 if side == 1 else side) : side + 1]
                if places:
                    file = places[0].rpartition(":")[0]
                    code = tuple(int(place.rpartition(":")[2]) for place in places)
                    made = replace(made, code=(file, code))
            by_row.setdefault(row_of(display.tex, claim.caret[0]), []).append(made)
        seconds = spans[number - 1][1] - spans[number - 1][0]
        yield Shown(display, tuple(rows(by_row, result, display, names)), seconds)


def rows(
    by_row: dict[int, list[Link]], result: Result, display: Display, names: Counter[str]
) -> Iterator[Row]:
    first = min(by_row, default=1)
    last_line = display.line + display.tex.count("\n")
    for number, links in sorted(by_row.items()):
        said = "".join(f"{x.claim.left}{x.claim.relation}{x.claim.right}" for x in links)
        name = "r-" + hashlib.sha256("".join(said.split()).encode()).hexdigest()[:6]
        names[name] += 1
        again = f"-{names[name]}" if names[name] > 1 else ""
        own = {link.claim.line for link in links}
        here = tuple(
            mismatch.reason
            for mismatch in result.steppers
            if mismatch.cell == display.cell
            and display.line <= mismatch.line <= last_line
            and (mismatch.line in own or (number == first and not on_a_row(mismatch, by_row)))
        )
        yield Row(number, name + again, tuple(links), here)


def on_a_row(mismatch: Mismatch, by_row: dict[int, list[Link]]) -> bool:
    return any(link.claim.line == mismatch.line for links in by_row.values() for link in links)


def test_names(claims: Iterable[Claim]) -> Iterator[str]:
    """The name under which each claim is tested: its page and line; `.2` for a second there."""
    seen: Counter[str] = Counter()
    for claim in claims:
        place = f"{claim.path}:{claim.line}" + (f":{claim.cell}" if claim.cell else "")
        seen[place] += 1
        yield place + (f".{seen[place]}" if seen[place] > 1 else "")


def row_of(tex: str, at: int) -> int:
    """The row, from 1, that a position of a display's LaTeX stands in."""
    inner = 1 if tex.lstrip().startswith("\\begin{") else 0
    depth, row = 0, 1
    for mark in _NESTING.finditer(tex, 0, at):
        if mark[0] == "\\\\":
            row += depth <= inner
        elif mark["way"] == "begin" or mark["brace"] == "{":
            depth += 1
        elif mark["way"] == "end" or mark["brace"] == "}":
            depth -= 1
    return row


def examples(page: Page) -> dict[str, Any]:
    """The worked example of a page by head; what it leaves out comes from the pages it uses."""
    found: dict[str, Any] = {}
    for used in page.uses:
        found |= examples(read(Path(page.path).with_name(f"{used}.md")))
    return found | {spelled(str(key)): value for key, value in page.example.items()}


def experiment(scope: Scope, heads: Iterable[Any], axes: Iterable[str],
               given: dict[str, Any]) -> Experiment | None:  # fmt: skip
    """The worked example for these inputs; None where it doesn't give all of them."""
    sizes = {axis: int(axis) for axis in map(scope.axis, axes) if axis.isdigit()}
    for head, value in given.items():
        if head not in scope.declarations:
            continue
        for axis in scope.axes_of(head):
            if not isinstance(value, list) or not value:
                return None
            sizes.setdefault(scope.axis(axis), len(value))
            value = value[0]
    values = {head: exact(given[head]) for head in heads if head in given}
    if not set(heads) <= set(values) or not {scope.axis(axis) for axis in axes} <= set(sizes):
        return None
    return Experiment(sizes, values)


def exact(value: Any) -> Any:
    """Nested lists of printed numbers as exact ones; whole numbers stay as they are."""
    if isinstance(value, list):
        return [exact(part) for part in value]
    return value if isinstance(value, int) else Fraction(str(value))


def with_values(link: Link, line: Line, given: dict[str, Any]) -> Link:
    """A link with what it needs, and with both sides' values at the worked example."""
    claim, scope = link.claim, line.setting.scope
    link = replace(link, needs=tuple(need_in_words(need, scope) for need in claim.needs))
    i = claim.claim - line.before - 1
    left, right = line.sides[i], line.sides[i + 1]
    if not (isinstance(left, Side) and isinstance(right, Side)):
        return link
    try:
        both = pair(line.setting, claim.relation, left, right)
        made = experiment(scope, both.heads, both.axes, given)
        if made is None:
            return link
        values = tuple(values_of(both, made))
    except (Unreadable, TooLarge):
        return link
    over = tuple(plain(both.names[name]) for name in both.letters if "entry" not in name)
    return replace(link, values=values, over=over)


def values_of(both: Pair, made: Experiment) -> Iterator[str]:
    """The left side's values and the right side's, rounded, each in one line of text."""
    world = made.world(both.setting.scope)
    inputs = dict(world.inputs)
    envs = [
        env
        for env in assignments(both, world)
        if all(truth(test, world, env) for test in both.setting.conditions)
    ]
    world.inputs = inputs
    for term in (both.left, both.right):
        numbers = [value_at(term, world, env) for env in envs[:MAX_VALUES]]
        more = ", …" if len(envs) > MAX_VALUES else ""
        if both.letters or len(numbers) != 1:
            yield f"({', '.join(numbers)}{more})"
        else:
            yield numbers[0]


def value_at(term: t.Term, world: Any, env: dict[str, int]) -> str:
    try:
        return rounded(float(evaluate(term, world, dict(env))))
    except NoValue:
        return "no value"


def rounded(value: float) -> str:
    """A number to four decimals with a true minus sign; zero has none."""
    if not math.isfinite(value):
        return "not finite"
    if value and (abs(value) < 5e-5 or abs(value) >= 1e6):
        mantissa, power = f"{value:.2e}".split("e")
        return f"{mantissa}e{int(power)}".replace("-", "−")
    text = f"{round(value, 4) + 0.0:.4f}"
    return (text.removesuffix(".0000") if text.endswith(".0000") else text).replace("-", "−")


def code_lines(lines: list[Line], display: Display, given: dict[str, Any]) -> list[str]:
    """The place of each yield of the display's stepper, `snippets/softmax.py:40`."""
    if not display.steps or len(lines) != 1:
        return []
    scope = lines[0].setting.scope
    try:
        stepper = named(display.steps)
        heads = inputs(stepper, scope)
        axes = [axis for head in heads.values() for axis in scope.axes_of(head)]
        made = experiment(scope, heads.values(), axes, given)
        return [step.source for step in run(stepper, heads, made)] if made else []
    except (Unfit, ArithmeticError, ValueError, TypeError, IndexError):
        # The comparison of the stepper with its chain has reported this already.
        return []


def need_in_words(need: str, scope: Scope) -> str:
    """A need as the page's readers write it: `Σ y = 1` over the letter of its axis."""
    found = re.fullmatch(r"Σ (.+) = 1", need)
    if found and scope.axes_of(found[1]):
        letter = scope.axes_of(found[1])[-1].lower()
        return f"Σ_{letter} {plain(found[1])}_{letter} = 1"
    return plain(need)


def leaned_on(reading: Reading) -> Iterator[Any]:
    """The definitions that stand in the page's formulas."""
    for line in reading.lines:
        stack: list[Any] = [
            term for side in line.sides if isinstance(side, Side) for term in side.terms.values()
        ]
        while stack:
            part = stack.pop()
            if isinstance(part, t.Entry) and part.head in reading.scope.definitions:
                yield part.head
            stack += children(part)


def spoken(head: Any) -> str:
    """A head as a reader sees it; empty for one that the engine made for itself."""
    if not isinstance(head, str):
        return ""
    return plain(head.removesuffix(" (total)"))


def said(claim: Claim) -> str:
    """What is wrong with a claim, in one line."""
    from workings.words import cure, sentence, witness

    parts = [f"{plain(claim.left)} {claim.relation} {plain(claim.right)}".strip()]
    parts += [sentence(claim.reason)] if claim.reason else []
    parts += [witness(claim.witness)] if claim.witness else []
    parts += [cure(claim.repair)] if claim.repair else []
    return "; ".join(parts)
