"""Two sides of a relation fitted to each other: shapes, free letters, and what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from workings import tree as t
from workings.array import Value
from workings.derivative import children
from workings.index import Indexer
from workings.scope import Scope
from workings.token import Unreadable


@dataclass
class Side:
    """One side of a chain, lowered: its value, and the source letters that are free in it."""

    value: Value
    constant: bool
    letters: set[str]
    warnings: tuple[str, ...] = ()
    terms: dict[tuple[str, ...], t.Term] = field(default_factory=dict)


@dataclass
class Setting:
    """What the sides of one chain share: scope, free letters, cells of arrays, conditions."""

    scope: Scope
    indexer: Indexer
    conditions: tuple[t.Test, ...] = ()
    spoken: tuple[str, ...] = ()
    cells: dict[tuple[str, ...], tuple[t.Term, ...]] = field(default_factory=dict)

    def side(self, node: t.Node) -> Side:
        """Lower one side; raises Unreadable."""
        value = self.indexer.value(node)
        found = value.at(self.cell(value.axes))
        mine = letters_of(found)
        names = {
            n for n, x in self.indexer.free.items() if isinstance(x, t.Letter) and x.name in mine
        }
        side = Side(value, isinstance(node, t.Literal), names)
        side.terms[tuple(map(self.scope.axis, value.axes))] = found
        return side

    def cell(self, axes: tuple[str, ...]) -> tuple[t.Term, ...]:
        """Letters for the entries of an array, the same for all sides of the same shape."""
        key = tuple(map(self.scope.axis, axes))
        if key not in self.cells:
            names = [self.scope.fresh(f"entry {i}") for i in range(len(key))]
            for name, axis in zip(names, key, strict=False):
                self.scope.unify(name, axis)
            self.cells[key] = tuple(map(t.Letter, names))
        return self.cells[key]

    def term(self, side: Side, axes: tuple[str, ...]) -> t.Term:
        key = tuple(map(self.scope.axis, axes))
        if key not in side.terms:
            side.terms[key] = side.value.at(self.cell(axes) if side.value.axes else ())
        return side.terms[key]


@dataclass
class Pair:
    """Two terms to compare at every index, with all that must be known to try them."""

    setting: Setting
    relation: str
    left: t.Term
    right: t.Term
    letters: list[str]
    heads: set[Any]
    axes: list[str]
    names: dict[str, str]
    tolerance: float = 0.0


def pair(setting: Setting, relation: str, left: Side, right: Side, tolerance: float = 0.0) -> Pair:
    """Fit two sides to each other; raises Unreadable where their shapes differ."""
    scope, wide = setting.scope, left if len(left.value.axes) >= len(right.value.axes) else right
    one, other = left.value, right.value
    if one.axes and other.axes:
        fits = len(one.axes) == len(other.axes) and all(map(scope.unify, one.axes, other.axes))
        if not fits or (one.row is not None and other.row is not None and one.row != other.row):
            indexer = setting.indexer
            raise Unreadable(
                f"{indexer.shape(one)} on the left, {indexer.shape(other)} on the right"
            )
    elif (one.axes or other.axes) and not (right.constant if one.axes else left.constant):
        indexer = setting.indexer
        raise Unreadable(f"{indexer.shape(one)} on the left, {indexer.shape(other)} on the right")
    terms = [setting.term(side, wide.value.axes) for side in (left, right)]
    tests = list(setting.conditions)
    used = set().union(*map(letters_of, [*terms, *tests]))
    names = {x.name: n for n, x in setting.indexer.free.items() if isinstance(x, t.Letter)}
    cells = {
        x.name: x.name.split("?")[0]
        for cell in setting.cells.values()
        for x in cell
        if isinstance(x, t.Letter)
    }
    letters = [name for name in (*names, *cells) if name in used]
    heads, axes = reach(scope, [*terms, *tests])
    for name in letters:
        if not scope.settled(name) and not any(
            name in letters_of(x) for x in within_tests([*terms, *tests])
        ):
            raise Unreadable(
                f"the index {names.get(name, 'of this array')} has no axis: it subscripts nothing"
            )
        if scope.axis(name) not in axes:
            axes.append(scope.axis(name))
    return Pair(
        setting, relation, terms[0], terms[1], letters, heads, axes, names | cells, tolerance
    )


def letters_of(term: t.Term) -> set[str]:
    """The letters a term mentions, those its own sums bind left out."""
    out: set[str] = set()
    bound: set[str] = set()
    stack: list[Any] = [term]
    while stack:
        part = stack.pop()
        if isinstance(part, t.Letter):
            out.add(part.name)
        elif isinstance(part, t.Fold):
            bound.add(part.letter)
        stack += children(part)
    return out - bound


def within_tests(terms: Iterable[t.Term]) -> Iterator[t.Test]:
    stack: list[Any] = list(terms)
    while stack:
        part = stack.pop()
        if isinstance(part, t.Test):
            yield part
        stack += children(part)


def reach(scope: Scope, terms: Iterable[t.Term]) -> tuple[set[Any], list[str]]:
    """The inputs that terms rest on, through every definition, and the axes they run over."""
    inputs: set[Any] = set()
    axes: dict[str, None] = {}
    seen: set[Any] = set()
    stack: list[Any] = list(terms)
    while stack:
        part = stack.pop()
        if (
            isinstance(part, t.Entry)
            and part.head not in seen
            and part.head[0] not in ("place", "position", "last")
        ):
            seen.add(part.head)
            if part.head in scope.definitions:
                stack.append(scope.definitions[part.head].body)
            else:
                inputs.add(part.head)
                axes |= dict.fromkeys(map(scope.axis, scope.axes_of(part.head)))
                if (
                    part.head in scope.declarations
                    and scope.declarations[part.head].domain == "label"
                ):
                    axes[scope.axis(scope.label_axis(part.head))] = None
        elif isinstance(part, t.Entry) and part.head[0] == "place":
            axes[scope.axis(part.head[1])] = None
            continue
        elif isinstance(part, t.Size):
            axes[scope.axis(part.axis)] = None
        elif isinstance(part, t.Fold):
            if not scope.settled(part.axis) and part.lower is None:
                name = part.letter.split("?")[0]
                raise Unreadable(f"the sum's index {name} has no axis: it subscripts nothing")
            axes[scope.axis(part.axis)] = None
        stack += children(part)
    return inputs, list(axes)
