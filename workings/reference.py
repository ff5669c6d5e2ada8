"""Names in, values out: symbols and their entries, index letters, sizes and constants."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Self

from workings import tree as t
from workings.array import Arrays, Value, equal
from workings.derivative import number
from workings.scope import Scope
from workings.token import Unreadable


class Undeclared(Unreadable):
    """A symbol nobody declared or defined; `head` says which."""

    def __init__(self, head: str, message: str, node: t.Node) -> None:
        super().__init__(f"{head} {message}", node.at, node.end)
        self.head = head


class References(Arrays):
    """What names stand for; letters that no sum binds are free in the whole chain."""

    def __init__(self, scope: Scope, free: dict[str, t.Term] | None = None) -> None:
        super().__init__(scope)
        self.free: dict[str, t.Term] = {} if free is None else free
        self.bound: dict[str, t.Term] = {}
        self.parameters: dict[str, Value] = {}
        self.closed = False
        self.depth = 0

    def inner(self, **changes: object) -> Self:
        """The same indexer with other letters or parameters in force."""
        other = type(self)(self.scope, self.free)
        other.bound, other.parameters = self.bound, self.parameters
        other.closed, other.depth = self.closed, self.depth
        for name, value in changes.items():
            setattr(other, name, value)
        return other

    def symbol(self, node: t.Symbol) -> Value:
        """A parameter, a symbol, the size of an axis, a letter or a constant."""
        head, scope = node.head, self.scope
        parameter = self.parameters.get(head) or self.parameters.get(plain(head))
        if parameter is not None:
            return self.component(parameter, node.indices, node) if node.indices else parameter
        if head in self.bound and not node.indices:
            return Value((), lambda _: self.bound[head])
        found = scope.find(head)
        if found is not None and not node.indices and scope.total(found) in scope.definitions:
            found = scope.total(found)
        if found is not None:
            whole = self.whole(found)
            return self.component(whole, node.indices, node) if node.indices else whole
        if node.indices:
            if head in ("I", "\\mathbf{I}") and len(node.indices) == 2:
                test = t.Comparison("=", *node.indices, at=node.at, end=node.end)
                one, zero = t.Literal(Fraction(1)), t.Literal(Fraction(0))
                return self.cases(((one, (test,)), (zero, ())), node)
            raise self.unknown(node)
        if head in scope.parameters:
            return Value((), lambda _: t.Entry(("free", head)))
        if scope.is_axis(head):
            return Value((), lambda _: t.Size(head))
        if head == "e" or head == "\\pi":
            return Value((), lambda _: t.Constant(head))
        if head == "\\mathbf{1}":
            return Value((scope.fresh("1"),), lambda _: number(1), None)
        if head in ("I", "\\mathbf{I}"):
            axis = scope.fresh("I")
            return Value((axis, axis), lambda ix: equal(ix[0], ix[1]))
        if head in self.free:
            return Value((), lambda _: self.free[head])
        raise self.unknown(node)

    def whole(self, head: object) -> Value:
        """All entries of a symbol that the page declares or defines."""
        definition = self.scope.definitions.get(head)
        row = definition.row if definition else False
        return Value(self.scope.axes_of(head), lambda ix: t.Entry(head, ix), row)

    def unknown(self, node: t.Symbol) -> Unreadable:
        """The error for a symbol nobody declared, with the line that would declare it."""
        if self.scope.is_function(node.head):
            return Unreadable(
                f"{node.head} is a function here: it needs its argument", node.at, node.end
            )
        if node.head in self.scope.broken:
            return Undeclared(node.head, "has no meaning: its definition can't be read", node)
        axes = ", ".join("?" for _ in node.indices)
        line = f"'{node.head}': {{shape: [{axes}], domain: real, meaning: …}}"
        return Undeclared(node.head, f"is not declared; add to `symbols:` the line {line}", node)

    def component(self, whole: Value, indices: Sequence[t.Node], node: t.Node) -> Value:
        """Fix the first axes of an array at given indices."""
        if len(indices) > len(whole.axes):
            has = f"{len(whole.axes)} ax{'is' if len(whole.axes) == 1 else 'es'}"
            raise Unreadable(
                f"{len(indices)} indices on {self.shape(whole)}, which has {has}", node.at, node.end
            )
        picked = [self.index(index, axis) for index, axis in zip(indices, whole.axes, strict=False)]
        outer = tuple(axis for value in picked for axis in value.axes)

        def at(ix: tuple[t.Term, ...]) -> t.Term:
            fixed, used = [], 0
            for value in picked:
                fixed.append(value.at(ix[used : used + len(value.axes)]))
                used += len(value.axes)
            return whole.at((*fixed, *ix[used:]))

        rest = whole.axes[len(picked) :]
        return Value(outer + rest, at, whole.row if not picked else False if rest else None)

    def index(self, node: t.Node, axis: str) -> Value:
        """An index on an axis: a letter, a number, or a label (an array of labels gives axes)."""
        scope = self.scope
        if isinstance(node, t.Literal):
            if node.value == 0:
                scope.base[scope.axis(axis)] = 0
            return Value(
                (), lambda _: t.Entry(("place", scope.axis(axis)), (t.Number(node.value),))
            )
        if not isinstance(node, t.Symbol):
            raise Unreadable("an index is a letter, a number or a label", node.at, node.end)
        if scope.is_label(node.head) and node.head not in self.bound:
            found = scope.find(node.head)
            self.match(scope.label_axis(found), axis, node)
            return self.symbol(node)
        if scope.is_axis(node.head) and node.head not in self.bound and not node.indices:
            self.match(node.head, axis, node)
            return Value((), lambda _: t.Entry(("last", axis)))
        if node.indices:
            raise Unreadable(f"{node.head} is no label, so it can't be an index", node.at, node.end)
        term = self.letter(node)
        if isinstance(term, t.Letter):
            self.match(term.name, axis, node)
        return Value((), lambda _: term)

    def letter(self, node: t.Symbol) -> t.Term:
        """The letter in force under a name; a letter that nothing binds is free in the chain."""
        head = node.head
        if head in self.bound:
            return self.bound[head]
        if head not in self.free:
            if self.closed:
                raise Unreadable(
                    f"the index {head} stands outside any sum here and not on the other side",
                    node.at,
                    node.end,
                )
            if "_" in head or (len(head) > 1 and head[0] != "\\"):
                raise Unreadable(f"{head} is no index letter", node.at, node.end)
            self.free[head] = t.Letter(self.scope.fresh(head))
        return self.free[head]

    def match(self, one: str, other: str, node: t.Node) -> None:
        scope = self.scope
        if not scope.unify(one, other):
            name = one.split("?")[0] or "this index"
            raise Unreadable(
                f"{name} runs over {scope.axis(one)} and over {scope.axis(other)}: "
                "one letter, two axes", node.at, node.end)  # fmt: skip

    def value(self, node: t.Node) -> Value:
        """The array that a node stands for."""
        raise NotImplementedError

    def cases(
        self, branches: Sequence[tuple[t.Node, tuple[t.Comparison, ...]]], node: t.Node
    ) -> Value:
        """Values by condition."""
        raise NotImplementedError

    def derive(self, value: Value, by: t.Symbol) -> Value:
        """The derivative of a value by a symbol."""
        raise NotImplementedError


def plain(head: str) -> str:
    """A head without its bold or its arrow, as entries of a vector are often written."""
    for font in ("\\mathbf{", "\\vec{"):
        if head.startswith(font) and head.endswith("}"):
            return head[len(font) : -1]
    return head
