"""One display taken apart: the tree of each side, the axis of each letter, and numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from workings import tree as t
from workings.evaluate import NoValue, TooLarge, evaluate
from workings.number import FLOAT
from workings.pair import Pair, Side, pair
from workings.plain import plain, safe
from workings.reading import read_page
from workings.sample import witnesses
from workings.token import Unreadable
from workings.trial import assignments, pin, truth
from workings.words import array, number, place, sentence, short

if TYPE_CHECKING:
    from workings.claim import Claim
    from workings.line import Line
    from workings.page import Page

MAX_ROWS, MAX_TREE = 16, 200
# The fifth of the plain experiments is the first of size two, where an index has two values.
EXPERIMENT = 4


def find(page: Page, line: int, cell: int | None = None) -> list[int]:
    """The numbers, from 1, of the displays that stand on a line."""
    return [
        number
        for number, display in enumerate(page.displays, start=1)
        if display.line <= line <= display.line + display.tex.count("\n")
        and (cell is None or display.cell == cell)
    ]


def explain(page: Page, numbers: list[int]) -> tuple[str, tuple[Claim, ...]]:
    """The displays taken apart, and their claims."""
    reading = read_page(page)
    reading.run()
    claims = tuple(claim for claim in reading.claims() if claim.display in numbers)
    blocks = []
    for wanted in numbers:
        display = page.displays[wanted - 1]
        head = f"{place(page.path, display.line, display.column, display.cell)}: display {wanted}"
        source = [f"  | {safe(row)}" for row in display.tex.strip().split("\n")]
        blocks.append("\n".join([head, *source]))
        mine = [claim for claim in claims if claim.display == wanted]
        for line in (line for line in reading.lines if line.number == wanted):
            blocks += chain(line, [claim for claim in mine if claim.chain == line.order])
        if wanted in reading.problems:
            blocks.append(sentence(reading.problems[wanted].reason))
    return "\n\n".join(blocks) + "\n", claims


def chain(line: Line, claims: list[Claim]) -> Iterator[str]:
    """The sides of a chain as trees, its letters, and both sides of each link in numbers."""
    for i, node in enumerate(line.nodes, start=1):
        told = short(plain(line.sources[i - 1])) if i <= len(line.sources) else ""
        unread = isinstance(node, Unreadable)
        rows = [f"  {sentence(str(node))}"] if unread else list(branches(node, "  "))
        rest = ["  …"] if len(rows) > MAX_TREE else []
        yield "\n".join([f"side {i}: {told}", *rows[:MAX_TREE], *rest])
    known = axes(line)
    letters = [f"  {plain(letter)} runs over {plain(axis)}" for letter, axis in known.items()]
    yield "\n".join(["letters", *(letters or ["  none"])])
    if line.setting.spoken:
        yield "\n".join(["conditions", *(f"  {plain(said)}" for said in line.setting.spoken)])
    for claim in claims:
        link = claim.claim - line.before - 1
        head = f"side {link + 1} {claim.relation} side {link + 2}: {claim.verdict}"
        yield "\n".join([head, *(f"  {row}" for row in numbers(line, link, claim))])


def branches(node: Any, indent: str, role: str = "") -> Iterator[str]:
    """A tree, one node a line, what it holds indented below it."""
    if isinstance(node, tuple):
        for part in node:
            yield from branches(part, indent, role)
    elif isinstance(node, t.Operation) and node.name == "group":
        yield from branches(node.args, indent, role)
    elif isinstance(node, t.Node):
        yield indent + role + label(node)
        if not leaf(node):
            for field in fields(node):
                name = ROLES.get((type(node).__name__, field.name), "")
                yield from branches(getattr(node, field.name), indent + "  ", name)


ROLES = {
    ("Derivative", "by"): "by ", ("Big", "lower"): "from ", ("Big", "upper"): "to ",
    ("Component", "indices"): "at ",
}  # fmt: skip


def leaf(node: t.Node) -> bool:
    """Whether a node is said in full on its own line."""
    if isinstance(node, t.Comparison):
        return leaf(node.left) and leaf(node.right)
    if isinstance(node, t.Symbol):
        return all(map(leaf, node.indices))
    return isinstance(node, t.Literal)


def label(node: t.Node) -> str:
    """One node in a few words."""
    match node:
        case t.Literal(value, text):
            return text or str(value)
        case t.Symbol(head, indices):
            at = ", ".join(map(label, indices)) if leaf(node) else "…"
            return plain(head) + (f" at {at}" if indices else "")
        case t.Operation(name):
            return name
        case t.Call(head, _, primes):
            return f"{plain(head)}{'′' * primes} of"
        case t.Comparison(relation, left, right):
            return f"where {label(left)} {relation} {label(right)}" if leaf(node) else relation
        case t.Big(name, letters):
            return f"{name} over {', '.join(map(plain, letters))}"
        case t.Derivative():
            return "derivative"
    return type(node).__name__.lower()


def axes(line: Line) -> dict[str, str]:
    """The axis of each letter, told from what it subscripts, sums' letters included."""
    scope, out = line.setting.scope, {}
    for name, letter in line.setting.indexer.free.items():
        if isinstance(letter, t.Letter) and scope.settled(letter.name):
            out[name] = scope.axis(letter.name)
    for symbol in symbols([node for node in line.nodes if isinstance(node, t.Node)]):
        found = scope.find(symbol.head)
        for index, axis in zip(symbol.indices, scope.axes_of(found), strict=False):
            if not isinstance(index, t.Symbol) or index.indices:
                continue
            if scope.rank(index.head) is None and scope.settled(axis):
                out.setdefault(index.head, scope.axis(axis))
    return out


def symbols(part: Any) -> Iterator[t.Symbol]:
    if isinstance(part, list | tuple):
        for item in part:
            yield from symbols(item)
    elif isinstance(part, t.Node):
        if isinstance(part, t.Symbol):
            yield part
        for field in fields(part):
            yield from symbols(getattr(part, field.name))


def numbers(line: Line, link: int, claim: Claim) -> Iterator[str]:
    """Both sides of a link at one experiment, a row for each value of its indices."""
    sides = line.sides[link : link + 2]
    bad = next((side for side in sides if isinstance(side, Unreadable)), None)
    if bad or claim.verdict == "unknown":
        yield sentence(claim.reason or str(bad))
        return
    try:
        left, right = (side for side in sides if isinstance(side, Side))
        yield from rows(pair(line.setting, claim.relation, left, right), claim)
    except (Unreadable, TooLarge) as reason:
        yield f"no numbers: {sentence(str(reason))}"


def rows(both: Pair, claim: Claim) -> Iterator[str]:
    scope, seed = both.setting.scope, f"{claim.left}{claim.relation}{claim.right}"
    experiment = list(witnesses(scope, both.heads, both.axes, seed))[EXPERIMENT]
    world = experiment.world(scope, FLOAT)
    pin(both, world)
    given = [
        f"{plain(axis)} = {size}"
        for axis, size in experiment.sizes.items()
        if "?" not in axis and not axis.isdigit()
    ]
    given += [
        f"{plain(head)} = {array(floats(value))}"
        for head, value in experiment.inputs.items()
        if isinstance(head, str)
    ]
    yield f"at {', '.join(given)}" if given else "no inputs"
    shown = 0
    for env in assignments(both, world):
        try:
            if not all(truth(test, world, env) for test in both.setting.conditions):
                continue
        except NoValue:
            continue
        shown += 1
        if shown > MAX_ROWS:
            yield "…"
            return
        at = [
            f"{plain(both.names.get(letter, letter))} = {env[letter] + world.base(letter)}"
            for letter in both.letters
        ]
        values = [value(term, world, env) for term in (both.left, both.right)]
        sides = f"left {values[0]}, right {values[1]}"
        yield f"{', '.join(at)}: {sides}" if at else sides


def floats(value: Any) -> Any:
    """Inputs as they are shown; labels count from 1."""
    if isinstance(value, list):
        return [floats(part) for part in value]
    return value + 1 if isinstance(value, int) else float(value)


def value(term: t.Term, world: Any, env: dict[str, int]) -> str:
    try:
        return number(float(evaluate(term, world, dict(env))), 4)
    except NoValue as reason:
        return f"has no value ({sentence(str(reason))})"
