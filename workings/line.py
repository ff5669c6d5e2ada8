"""One chain of a page in the making: its sides as tokens, as trees, and lowered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workings import tree as t
from workings.chain import Chain
from workings.definition import WithParameters, defines, gives_value, totals
from workings.page import Display
from workings.pair import Setting, Side
from workings.parser import conditions, parse
from workings.reference import Undeclared
from workings.scope import Scope
from workings.target import Target
from workings.token import Unreadable

if TYPE_CHECKING:
    from workings.claim import Claim


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
        if found.head in scope.parameters:
            if i in ways and gives_value(found, line.nodes[i + 1], scope):
                done[i] = None
                reparse(line, i, scope)
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
            if ways and i in ways and by_a_later_side(line, i, found, scope):
                scope.broken.discard(found.head)
                reparse(line, i, scope)
            elif ways:
                line.nodes[i] = done[ways[-1]] or line.nodes[i]
    return done


def by_a_later_side(line: Line, i: int, found: Target, scope: Scope) -> bool:
    """Define a head by the next side that can be read: `\\hat{y}_k = P(k \\mid x) = …`."""
    for k in range(i + 1, len(line.chain.links)):
        if line.chain.links[k].relation != "=" or not isinstance(line.nodes[k], Unreadable):
            return False
        if defines(found, line.nodes[k + 1], scope) is None:
            return True
    return False


def reparse(line: Line, i: int, scope: Scope) -> None:
    """Read a side again now that its head has a meaning."""
    try:
        line.nodes[i] = parse(line.chain.sides[i] or [], scope)
    except Unreadable as error:
        line.nodes[i] = error
