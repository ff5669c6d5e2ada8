"""Corrupted twins of published claims: one small edit of the LaTeX of a page for each."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

from workings import tree as t
from workings.check import judge
from workings.claim import printed_tolerance
from workings.line import Line
from workings.page import Page
from workings.pair import Pair, Side, pair
from workings.reading import Reading, read_page
from workings.sample import Experiment, drawn, sized
from workings.token import Unreadable
from workings.trial import Outcome
from workings.trial import run as tried

KINDS = (
    "index swapped",
    "symbol swapped",
    "sign flipped",
    "factor dropped",
    "exclusion dropped",
    "1/N lost",
    "transpose lost",
)
PER_KIND = 2  # of each kind on each side of a link
SIZES = ((4, 3, 2, 3, 2, 3), (2, 4, 3, 2, 3, 2), (3, 2, 4, 3, 2, 4), (1, 2, 1, 3, 2, 1), (1,) * 6)
SPREADS = (Fraction(1), Fraction(2), Fraction(1, 4))
OPENER = re.compile(r"\\(?:left|[bB]igg?l?)\s*$")
SIGN = re.compile(r"[+\-−–]")


@dataclass(frozen=True)
class Edit:
    """Put `new` for what stands between two places of a display; no places: drop its `when`."""

    kind: str
    at: int
    end: int
    new: str


@dataclass(frozen=True)
class Twin:
    """A display with one edit in it, and the links of its chain that the edit reaches."""

    kind: str
    display: Any
    number: int
    order: int
    links: tuple[int, ...]

    def __str__(self) -> str:
        tex = " ".join(self.display.tex.split())
        return f"{self.display.path}:{self.display.line} {self.kind}: {tex}"


def reading_of(page: Page) -> Reading:
    reading = read_page(page, repairs=False)
    reading.run()
    return reading


def twins(reading: Reading) -> Iterator[Twin]:
    """The twins of every claim of a page that holds, a few of each kind, always the same ones."""
    for line in reading.lines:
        held = {i for i, claim in enumerate(line.claims) if claim.verdict == "holds"}
        for i in range(len(line.nodes)):
            links = tuple(sorted(held & {i - 1, i}))
            found = list(edits(line, i)) if links and own(line, i) else []
            for kind in KINDS:
                some = [edit for edit in found if edit.kind == kind]
                rng = random.Random(f"{line.display.tex}{i}{kind}")
                for edit in rng.sample(some, min(PER_KIND, len(some))):
                    yield from twin(line, edit, links)
        if held:
            for edit in conditions(line):
                yield from twin(line, edit, tuple(sorted(held)))


def own(line: Line, i: int) -> bool:
    """Whether a side was read and stands in this display rather than above it."""
    return line.chain.sides[i] is not None and isinstance(line.nodes[i], t.Node)


def twin(line: Line, edit: Edit, links: tuple[int, ...]) -> Iterator[Twin]:
    """The display after an edit, if its braces still match."""
    tex = line.display.tex
    changed = tex[: edit.at] + edit.new + tex[edit.end :]
    when = "" if edit.at == edit.end == 0 and not edit.new else line.display.when
    if (changed, when) == (tex, line.display.when):
        return
    if balanced(tex[edit.at : edit.end]) and balanced(edit.new):
        display = replace(line.display, tex=changed, when=when)
        yield Twin(edit.kind, display, line.number, line.order, links)


def balanced(tex: str) -> bool:
    depth = 0
    for mark in re.findall(r"(?<!\\)[{}]", tex):
        depth += 1 if mark == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def reaches(tex: str, at: int, end: int) -> int:
    """The end of a piece of source, its open braces closed."""
    while end < len(tex) and tex[at:end].count("{") > tex[at:end].count("}"):
        end += 1
    return end


def walk(part: Any, bound: tuple[str, ...] = ()) -> Iterator[tuple[t.Node, tuple[str, ...]]]:
    """Every node of a tree but indices, with the letters that sums bind there."""
    if isinstance(part, tuple):
        for item in part:
            yield from walk(item, bound)
    elif isinstance(part, t.Node):
        bound += part.letters if isinstance(part, t.Big) else ()
        yield part, bound
        for item in fields(part):
            if not (isinstance(part, t.Symbol) and item.name == "indices"):
                yield from walk(getattr(part, item.name), bound)


def edits(line: Line, i: int) -> Iterator[Edit]:
    """Every edit of one side."""
    root = line.nodes[i]
    tex, scope = line.display.tex, line.setting.scope
    for node, bound in walk(root):
        if isinstance(node, t.Symbol) and node.indices:
            yield from index_swaps(line, node, bound)
        if isinstance(node, t.Symbol) and scope.find(node.head) is not None:
            yield from symbol_swaps(line, node)
        if isinstance(node, t.Operation):
            yield from operations(line, node)
        if isinstance(node, t.Big):
            for test in node.conditions:
                if test.relation == "≠" and tex[test.at : test.end].strip():
                    yield Edit("exclusion dropped", test.at, test.end, node.letters[0])
    if not isinstance(root, t.Literal) and tex[root.at] not in "-−–":
        yield Edit("sign flipped", root.at, root.at, "-")


def index_swaps(line: Line, node: t.Symbol, bound: tuple[str, ...]) -> Iterator[Edit]:
    """One index of a symbol for another letter of the chain, or for one it doesn't have yet."""
    scope = line.setting.scope
    fresh = next(x for x in "abcdefgh" if scope.rank(x) is None)
    letters = dict.fromkeys((*line.setting.indexer.free, *bound, fresh))
    for index in node.indices:
        if isinstance(index, t.Symbol) and index.head in letters and not index.indices:
            for letter in letters:
                if letter != index.head:
                    yield Edit("index swapped", index.at, index.end, letter)


def symbol_swaps(line: Line, node: t.Symbol) -> Iterator[Edit]:
    """A symbol for another one of the same shape."""
    tex, scope = line.display.tex, line.setting.scope
    head = scope.find(node.head)
    stop = node.indices[0].at if node.indices else node.end
    name = re.match(r"(?:\\[A-Za-z]+\s*\{.*?\}|\\[A-Za-z]+|[A-Za-z])(?=[\^_({\[\s}]|$|\W)",
                    tex[node.at : reaches(tex, node.at, stop)])  # fmt: skip
    if not name:
        return
    for other in (*scope.declarations, *scope.definitions):
        same = isinstance(other, str) and scope.axes_of(other) == scope.axes_of(head)
        if same and other != head and "_" not in other:
            yield Edit("symbol swapped", node.at, node.at + name.end(), f"{other} ")


def raised(tex: str, at: int, end: int) -> int:
    """Where the last superscript of a piece of source begins."""
    depth, found = 0, end
    for i in range(at, end):
        depth += (tex[i] == "{") - (tex[i] == "}")
        if tex[i] == "^" and depth == 0:
            found = i
    return found


def operations(line: Line, node: t.Operation) -> Iterator[Edit]:
    """Signs, factors, one over N and transposes."""
    tex, scope, args = line.display.tex, line.setting.scope, node.args
    at, end = opened(tex, node.at), reaches(tex, node.at, node.end)
    ends = [reaches(tex, arg.at, arg.end) for arg in args]
    if node.name in ("add", "subtract"):
        sign = SIGN.search(tex, ends[0], args[1].at)
        if sign:
            flipped = "-" if node.name == "add" else "+"
            yield Edit("sign flipped", sign.start(), sign.end(), flipped)
    elif node.name == "negative":
        yield Edit("sign flipped", node.at, node.at + 1, "")
    elif node.name in ("product", "dot", "times", "elementwise"):
        yield Edit("factor dropped", ends[0], ends[1], "")
        yield Edit("factor dropped", opened(tex, args[0].at), opened(tex, args[1].at), "")
    elif node.name == "power":
        yield Edit("factor dropped", raised(tex, at, end), end, "")
    elif node.name == "divide" and isinstance(args[1], t.Symbol) and scope.is_axis(args[1].head):
        yield Edit("1/N lost", at, end, f"({tex[args[0].at : ends[0]]})")
    elif node.name == "divide":
        yield Edit("factor dropped", at, end, f"({tex[args[0].at : ends[0]]})")
    elif node.name == "transpose":
        yield Edit("transpose lost", raised(tex, at, end), end, "")


def opened(tex: str, at: int) -> int:
    """The start of a bracket, its `\\left` included."""
    match = OPENER.search(tex, 0, at)
    return match.start() if match else at


def conditions(line: Line) -> Iterator[Edit]:
    """Each condition dropped: the display's own, those in its comment, those of its cases."""
    tex = line.display.tex
    for tokens in line.chain.conditions:
        if any(token.kind == "relation" for token in tokens):
            yield Edit("exclusion dropped", tokens[0].at, reaches(tex, 0, tokens[-1].end), "")
    if line.display.when:
        yield Edit("exclusion dropped", 0, 0, "")


def verdicts(reading: Reading, twin: Twin) -> tuple[list[Outcome], Line | None]:
    """The verdict on each link of a twin that the edit reaches, and the chain they stand in."""
    before = [line for line in reading.lines if line.number < twin.number]
    again = Reading(reading.page, reading.scope.copy(), verdicts=False, lines=before[-1:])
    again.open(twin.display, twin.number)
    if twin.number in again.problems:
        return [Outcome("unknown", again.problems[twin.number].reason)], None
    made = [x for x in again.lines if (x.number, x.order) == (twin.number, twin.order)]
    if not made or len(made[0].claims) <= max(twin.links):
        return [Outcome("unknown", "the chain fell apart")], None
    return [verdict(made[0], i) for i in twin.links], made[0]


def verdict(line: Line, i: int) -> Outcome:
    """The verdict on one link, without the audit of what it needs."""
    claim = line.claims[i]
    if claim.verdict == "unknown":
        return Outcome("unknown", claim.reason)
    try:
        return judge(fitted(line, i), f"{claim.left}{claim.relation}{claim.right}", audit=False)
    except Unreadable as reason:
        return Outcome("unknown", str(reason))


def fitted(line: Line, i: int) -> Pair:
    relation = line.chain.links[i].relation
    tolerance = printed_tolerance(*line.nodes[i : i + 2]) if relation == "≈" else 0.0
    relation = "=" if relation == ":=" else relation
    left, right = line.sides[i], line.sides[i + 1]
    assert isinstance(left, Side)
    assert isinstance(right, Side)
    return pair(line.setting, relation, left, right, tolerance)


def proved_equivalent(line: Line, links: tuple[int, ...]) -> bool:
    """Whether the links of a twin hold at more sizes and many more samples than a check tries."""
    return all(
        tried(made, list(more_experiments(made))).verdict == "holds"
        for made in (fitted(line, i) for i in links)
    )


def more_experiments(made: Pair) -> Iterator[Experiment]:
    """Each of the sizes with inputs of each spread, drawn anew."""
    scope, rng = made.setting.scope, random.Random("more")
    for sizes in SIZES:
        chosen = sized(made.axes, sizes)
        for spread in SPREADS:
            heads = sorted(made.heads, key=str)
            values = {head: drawn(scope, head, chosen, rng, spread, {}) for head in heads}
            yield Experiment(chosen, values)
