"""A page in, its claims out: every link of every chain with its verdict, in reading order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workings import tree as t
from workings.chain import Chain, chains, only_notes
from workings.check import Outcome, Pair, Setting, Side, Witness, judge, pair
from workings.definition import WithParameters, defines, totals
from workings.index import Indexer, Undeclared, Value
from workings.lexer import Token, Unreadable, holds_relation, lex
from workings.page import Display, Page, PageError, read
from workings.parser import conditions, parse
from workings.repair import Repair, mend
from workings.scope import DeclarationError, Scope, declarations
from workings.target import Target, spelled_out, target

SEED = "workings"
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


@dataclass
class Line:
    """A chain being judged: its sides as tokens, as trees, and lowered, or why they can't be."""

    display: Display
    number: int
    order: int
    chain: Chain
    when: tuple[t.Comparison, ...]
    above: Line | None
    before: int
    setting: Setting
    nodes: list[t.Node | Unreadable] = field(default_factory=list)
    sides: list[Side | Unreadable] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def missing(self) -> set[str]:
        """The heads that nobody has declared or defined so far."""
        errors = [x for x in (*self.nodes, *self.sides) if isinstance(x, Undeclared)]
        return {error.head for error in errors}


Progress = Callable[[int, int], None]


@dataclass
class Reading:
    """The state of reading one page from top to bottom."""

    page: Page
    scope: Scope
    verdicts: bool = True
    repairs: bool = True
    lines: list[Line] = field(default_factory=list)
    problems: dict[int, Claim] = field(default_factory=dict)

    def run(self, progress: Progress | None = None) -> None:
        """Read every display in order, then once more what leans on a later definition."""
        for number, display in enumerate(self.page.displays, start=1):
            self.open(display, number)
            if progress:
                progress(number, len(self.page.displays))
        waiting = [line for line in self.lines if line.missing()]
        while waiting:
            ready = [line for line in waiting if any(map(self.known, line.missing()))]
            if not ready:
                return
            for line in ready:
                links(self, line)
            still = [line for line in waiting if line.missing()]
            if [line.missing() for line in ready if line in still] == [
                line.missing() for line in ready
            ]:
                return
            waiting = still

    def known(self, head: str) -> bool:
        return self.scope.rank(head) is not None or self.scope.is_function(head)

    def open(self, display: Display, number: int) -> None:
        """Split one display into chains and judge them; keep the reason where it can't be split."""
        scope, before = self.scope, 0
        try:
            if display.problem:
                raise Unreadable(display.problem)
            tokens = lex(display.tex, scope.names())
            found = chains(tokens, self.known)
            words = {spelled_out(chain, scope) for chain in found} - {""}
            if words:
                scope.words |= words
                found = chains(lex(display.tex, scope.names()), self.known)
            silent = not found and not display.inline and not only_notes(tokens)
            if silent and holds_relation(display.tex):
                raise Unreadable("no two sides that I can compare stand in this display")
            when = conditions(lex(display.when, scope.names()), scope) if display.when else ()
        except Unreadable as error:
            self.problems[number] = blank(display, number, error)
            return
        for order, chain in enumerate(found):
            above = self.lines[-1] if self.lines else None
            line = Line(
                display, number, order, chain, when, above, before, Setting(scope, Indexer(scope))
            )
            self.lines.append(line)
            links(self, line)
            before += len(chain.links)

    def claims(self) -> Iterator[Claim]:
        """All claims in reading order, waivers and mistakes on purpose taken into account."""
        for number, display in enumerate(self.page.displays, start=1):
            made = [claim for line in self.lines if line.number == number for claim in line.claims]
            if number in self.problems:
                made = [self.problems[number]]
            yield from waived(display, intended(display, made))


def check(page: Page, progress: Progress | None = None, repairs: bool = True) -> list[Claim]:
    """The claims of a page with their verdicts. Raises DeclarationError for bad front matter."""
    reading = read_page(page, repairs)
    reading.run(progress)
    return list(reading.claims())


def read_page(page: Page, repairs: bool = True) -> Reading:
    """A reading of a page that has yet to run."""
    return Reading(page, scope_of(page, (page.path,)), repairs=repairs)


def scope_of(page: Page, trail: tuple[str, ...]) -> Scope:
    """What is in force at the top of a page: what it declares and what the pages it uses say."""
    scope = Scope(page=Path(page.path).stem)
    for used in page.uses:
        path = str(Path(page.path).with_name(used + ".md"))
        if path in trail:
            raise DeclarationError(f"{page.path}: `uses: {used}` comes back to this page; drop it")
        try:
            merge(scope, used_scope(path, trail))
        except PageError as error:
            raise DeclarationError(f"{page.path}: `uses: {used}`: {error}") from error
    for declaration in declarations(page.symbols):
        scope.declare(declaration)
    scope.varying = set(varying(page, scope))
    return scope


# Scopes of the pages that others use, each with the state of the files it came from: reading a
# site would otherwise read its first pages once for every later one.
_used: dict[str, tuple[dict[str, tuple[int, int]], Scope]] = {}


def used_scope(path: str, trail: tuple[str, ...]) -> Scope:
    """What stands at the end of a page that another uses; PageError where it can't be read."""
    if path in _used and all(state(file) == kept for file, kept in _used[path][0].items()):
        return _used[path][1]
    page = read(path)
    reading = Reading(page, scope_of(page, (*trail, path)), verdicts=False)
    reading.run()
    files = {path: state(path)}
    for used in page.uses:
        files |= _used[str(Path(path).with_name(used + ".md"))][0]
    _used[path] = (files, reading.scope)
    return reading.scope


def state(path: str) -> tuple[int, int]:
    """When a file was last written, and its size."""
    found = Path(path).stat()
    return found.st_mtime_ns, found.st_size


def merge(scope: Scope, other: Scope) -> None:
    """Take over another page's declarations and definitions."""
    for declaration in other.declarations.values():
        scope.declare(declaration)
    scope.definitions |= other.definitions
    scope.functions |= other.functions
    scope.indexed |= other.indexed
    scope.parameters |= other.parameters
    scope._axis |= other._axis
    scope.base |= other.base
    scope._count = max(scope._count, other._count)


def varying(page: Page, scope: Scope) -> Iterator[str]:
    """The inputs whose differentials a page writes: those vary, the others are held constant."""
    for display in page.displays:
        try:
            tokens = lex(display.tex, scope.names())
        except Unreadable:
            continue
        for one, other in itertools.pairwise(tokens):
            if one.text == "d" and scope.rank("d") is None:
                found = scope.find(other.text)
                if found in scope.declarations:
                    yield found


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


def links(reading: Reading, line: Line) -> None:
    """Judge the links of one chain."""
    chain, scope = line.chain, reading.scope
    line.setting = Setting(scope, Indexer(scope))
    resume(line)
    targets = [target(side, others(chain, i), scope, first=i == 0) if side else None
               for i, side in enumerate(chain.sides)]  # fmt: skip
    for i, link in enumerate(chain.links):
        if link.relation == ":=" and targets[i] is None and chain.sides[i]:
            targets[i] = target(chain.sides[i] or [], others(chain, i), scope, again=True)
    defined = settle(line, targets, scope)
    line.sides = [lower(line, node) for node in line.nodes]
    trouble = attach(line, scope)
    line.claims = [claim(reading, line, i, defined, trouble) for i in range(len(chain.links))]
    if not reading.verdicts:
        return
    for i, made in enumerate(line.claims):
        if made.verdict == "fails":
            after = list(rest_that_holds(line.claims[i + 1 :]))
            repair = mend(line, i) if reading.repairs else None
            line.claims[i] = replace(made, follows=len(after), repair=repair)


def others(chain: Chain, i: int) -> list[list[Token] | None]:
    """The sides of a chain but one."""
    return chain.sides[:i] + chain.sides[i + 1 :]


def rest_that_holds(claims: list[Claim]) -> Iterator[Claim]:
    for made in claims:
        if made.verdict != "holds":
            return
        yield made


def resume(line: Line) -> None:
    """Take the last side of the display above where a display begins with a relation."""
    line.nodes, line.sources = [], []
    if line.chain.sides[0] is not None:
        return
    if line.above is None or not line.above.nodes:
        at = line.chain.links[0].at
        line.nodes.append(
            Unreadable("this begins with a relation, and no chain stands above it", at)
        )
        line.sources.append("")
        return
    line.nodes.append(line.above.nodes[-1])
    line.sources.append(line.above.sources[-1])


def parse_side(line: Line, i: int, scope: Any) -> None:
    """Read one side into a tree; an error is kept, and spoils only the links beside it."""
    tokens = line.chain.sides[i] or []
    line.sources.append(source(line, i))
    try:
        if not tokens:
            raise Unreadable("a side is missing here", line.chain.links[max(i - 1, 0)].at)
        line.nodes.append(parse(tokens, scope))
    except Unreadable as error:
        line.nodes.append(error)


def source(line: Line, i: int) -> str:
    """One side as it was typed, on one line."""
    tokens, links, tex = line.chain.sides[i] or [], line.chain.links, line.display.tex
    if not tokens:
        return ""
    start = links[i - 1].end if i else tokens[0].at
    while i == 0 and start and tex[start - 1] == "{":
        start -= 1
    end = tokens[-1].end
    while end < len(tex) and tex[start:end].count("{") > tex[start:end].count("}"):
        end += 1
    return " ".join(tex[start:end].replace("&", " ").replace("\\\\", " ").split())


def lower(line: Line, node: t.Node | Unreadable) -> Side | Unreadable:
    if isinstance(node, Unreadable):
        return node
    warnings = line.setting.scope.warnings
    warnings.clear()
    try:
        side = line.setting.side(node)
        side.warnings = tuple(dict.fromkeys(warnings))
        return side
    except Unreadable as error:
        return error


def attach(line: Line, scope: Scope) -> Unreadable | None:
    """Lower the chain's conditions; one that can't be read leaves the whole chain unknown."""
    try:
        found = list(line.when)
        for tokens in line.chain.conditions:
            found += conditions(tokens, scope)
        tests: list[t.Test] = []
        spoken: list[str] = []
        for comparison in found:
            made = line.setting.indexer.test(comparison)
            tests += made
            spoken += [said(comparison)] * len(made)
        line.setting.conditions, line.setting.spoken = tuple(tests), tuple(spoken)
    except Unreadable as error:
        return error
    return None


def said(c: t.Comparison) -> str:
    return f"{shown(c.left)} {c.relation} {shown(c.right)}"


def shown(node: t.Node) -> str:
    """A side of a condition in plain text."""
    if isinstance(node, t.Symbol):
        inner = ",".join(map(shown, node.indices))
        return node.head.replace("\\", "") + (f"_{inner}" if inner else "")
    if isinstance(node, t.Literal):
        return node.text or str(node.value)
    return "…"


def claim(reading: Reading, line: Line, i: int, defined: dict[int, Unreadable | None],
          trouble: Unreadable | None) -> Claim:  # fmt: skip
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
    if error is not None:
        row, column = display.place(error.at) if error.at else (row, column)
        caret = (error.at, error.end) if error.at or error.end > 1 else made.caret
        return replace(
            made, verdict="unknown", reason=str(error), line=row, column=column, caret=caret
        )
    if not reading.verdicts:
        return replace(made, verdict="holds")
    return weigh(line, i, made)


def weigh(line: Line, i: int, made: Claim) -> Claim:
    """Try one link whose two sides have been read."""
    left, right = line.sides[i], line.sides[i + 1]
    assert isinstance(left, Side)
    assert isinstance(right, Side)
    relation = "=" if made.relation == ":=" else made.relation
    try:
        if relation in ("∝", "∼", "⊂", "∈", "≼", "≽", "←"):
            raise Unreadable(f"a relation {relation} is not one I can try", *made.caret)
        tolerance = printed_tolerance(line.nodes[i], line.nodes[i + 1]) if relation == "≈" else 0.0
        try:
            fitted = pair(line.setting, relation, left, right, tolerance)
        except Unreadable:
            again = as_numbers(line, i, relation, tolerance)
            if again is None:
                raise
            fitted = again
        outcome = judge(fitted, SEED)
    except Unreadable as error:
        return replace(made, verdict="unknown", reason=str(error))
    warnings = dict.fromkeys((*dangling(line, i), *left.warnings, *right.warnings))
    return judged(made, outcome, tuple(warnings), line)


def as_numbers(line: Line, i: int, relation: str, tolerance: float) -> Pair | None:
    """A claim about a function, written with a letter that is also declared as an array.

    `\\sigma(x)` was defined for any x, so where the shapes clash x is read as one number.
    """
    scope = line.setting.scope
    letters = {
        p for f in scope.functions.values() for p in f.parameters if scope.find(p) is not None
    }
    if not letters:
        return None
    indexer = Indexer(scope)
    indexer.parameters = {
        letter: Value((), lambda _, letter=letter: t.Entry(("free", letter)))  # type: ignore[misc]
        for letter in letters
    }
    setting = replace(line.setting, indexer=indexer, cells={})
    try:
        sides = [setting.side(node) for node in line.nodes[i : i + 2] if isinstance(node, t.Node)]
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


def settle(line: Line, targets: list[Target | None], scope: Scope) -> dict[int, Unreadable | None]:
    """Define what this chain defines; the links that do so, each with the reason if it failed."""
    chain = line.chain
    done: dict[int, Unreadable | None] = {}
    parameters = tuple(p for x in targets if x for p in x.parameters or ())
    names = WithParameters(scope, parameters)
    for i in range(len(line.nodes), len(chain.sides)):
        parse_side(line, i, names)
    for i in reversed(range(len(targets))):
        found = targets[i]
        if found is None:
            continue
        ways = [i - 1] if i > 0 and targets[i - 1] is None else []
        ways += [i] if i < len(chain.links) else []
        ways = [k for k in ways if chain.links[k].relation in ("=", ":=")]
        ways = [k for k in ways if k >= i or not isinstance(line.nodes[k], t.Literal)]
        if found.total:
            if ways and totals(found, line.nodes[ways[-1] + 1], scope):
                done[ways[-1]] = None
            continue
        if found.in_brackets and found.head in scope.definitions:
            scope.indexed[found.head] = found.in_brackets
            done |= dict.fromkeys(ways[-1:])
            reparse(line, i, scope)
            continue
        scope.broken.add(found.head)
        for k in ways:
            done[k] = defines(found, line.nodes[k if k < i else i + 1], scope)
            if done[k] is None:
                scope.broken.discard(found.head)
                reparse(line, i, scope)
                break
        else:
            if ways:
                line.nodes[i] = done[ways[-1]] or line.nodes[i]
    return done


def reparse(line: Line, i: int, scope: Scope) -> None:
    """Read a side again now that its head has a meaning."""
    try:
        line.nodes[i] = parse(line.chain.sides[i] or [], scope)
    except Unreadable as error:
        line.nodes[i] = error
