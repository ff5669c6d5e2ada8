"""Arrays of terms, and everything that can be done with them entry by entry or by shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from workings import tree as t
from workings.derivative import ZERO, add, divide, negative, number, times
from workings.scope import Scope
from workings.token import Unreadable

At = Callable[[tuple[t.Term, ...]], t.Term]


@dataclass(frozen=True)
class Value:
    """An array: its axes, the term at given indices, and whether a vector lies as a row.

    `row` is None where a vector may lie either way, as a gradient does.
    """

    axes: tuple[str, ...]
    at: At
    row: bool | None = None


class Arrays:
    """Matrix notation made of index notation, under a scope that knows which axes are the same."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def shape(self, value: Value) -> str:
        """A shape as people write it: a number, a vector [K], a matrix [N, K]."""
        names = [
            axis if self.scope.settled(axis) else "?" for axis in map(self.scope.axis, value.axes)
        ]
        kinds = ("a number", "a row vector" if value.row else "a vector", "a matrix")
        kind = kinds[len(names)] if len(names) < 3 else "an array"
        return f"{kind} [{', '.join(names)}]" if names else kind

    def operation(self, name: str, node: t.Node, args: list[Value]) -> Value:
        """Everything infix but powers; one rule for each shape a product may have."""
        one, other = args[0], args[-1]
        match name:
            case "group":
                return one
            case "negative":
                return self.elementwise(negative, [one], node)
            case "transpose":
                if len(one.axes) < 2:
                    return replace(one, row=not one.row)
                if len(one.axes) > 2:
                    raise Unreadable(f"a transpose of {self.shape(one)}", node.at, node.end)
                return Value(one.axes[::-1], lambda ix: one.at(ix[::-1]))
            case "add":
                return self.elementwise(add, args, node)
            case "subtract":
                self.elementwise(add, args, node)
                return self.elementwise(lambda a, b: add(a, negative(b)), args, node)
            case "divide":
                if other.axes and not one.axes:
                    return self.elementwise(divide, args, node)
                return self.elementwise(divide, args, node)
            case "elementwise":
                return self.elementwise(times, args, node, loose=True)
            case "norm":
                return self.reduce(one, lambda x: times(x, x), node, root=True)
            case "inner":
                self.same_shape(one, other, node)
                both = Value(one.axes, lambda ix: times(one.at(ix), other.at(ix)))
                return self.reduce(both, lambda x: x, node)
            case "outer":
                if len(one.axes) == len(other.axes) == 1:
                    return self.outer(one, other)
            case "times" if one.axes and other.axes:
                if len(one.axes) == len(other.axes) == 1 and one.row is other.row:
                    return self.elementwise(times, args, node)
                return self.product(one, other, node, name)
            case _:
                return self.product(one, other, node, name)
        raise Unreadable(
            f"no such product of {self.shape(one)} and {self.shape(other)}", node.at, node.end
        )

    def product(self, one: Value, other: Value, node: t.Node, name: str) -> Value:
        """The matrix product, told by the shapes of its factors."""
        if not one.axes or not other.axes:
            return self.elementwise(times, [one, other], node)
        shape = len(one.axes), len(other.axes)
        if shape == (1, 1):
            if (one.row and not other.row) or name == "dot":
                return self.contract(one, other, node)
            if other.row and not one.row:
                return self.outer(one, other)
            raise Unreadable(
                f"{self.shape(one)} beside {self.shape(other)}: one needs a transpose, or a "
                "\\cdot or \\odot between them", node.at, node.end)  # fmt: skip
        if shape in ((2, 2), (2, 1), (1, 2)):
            return self.contract(one, other, node)
        raise Unreadable(
            f"no product of {self.shape(one)} and {self.shape(other)}", node.at, node.end
        )

    def contract(self, one: Value, other: Value, node: t.Node) -> Value:
        """Sum over the last axis of one factor and the first of the other."""
        if not self.scope.unify(one.axes[-1], other.axes[0]):
            raise Unreadable(
                f"{self.shape(one)} times {self.shape(other)}: the inner axes "
                f"{self.scope.axis(one.axes[-1])} and {self.scope.axis(other.axes[0])} differ; "
                "is a transpose missing?", node.at, node.end)  # fmt: skip
        cut = len(one.axes) - 1

        def at(ix: tuple[t.Term, ...]) -> t.Term:
            return self.total(
                one.axes[-1], lambda k: times(one.at((*ix[:cut], k)), other.at((k, *ix[cut:])))
            )

        axes = one.axes[:-1] + other.axes[1:]
        row = one.row or None if len(one.axes) == 1 else False
        return Value(axes, at, row if len(axes) == 1 else None)

    def total(self, axis: str, body: Callable[[t.Term], t.Term], name: str = "sum") -> t.Term:
        """A sum over a whole axis, its letter a fresh one."""
        self.scope.spend()
        letter = self.scope.fresh("s")
        self.scope.unify(letter, axis)
        inner = body(t.Letter(letter))
        if inner is ZERO:
            return ZERO
        return t.Fold(name, letter, letter, None, None, (), inner)

    def outer(self, one: Value, other: Value) -> Value:
        return Value(one.axes + other.axes, lambda ix: times(one.at(ix[:1]), other.at(ix[1:])))

    def reduce(
        self, value: Value, of: Callable[[t.Term], t.Term], node: t.Node, root: bool = False
    ) -> Value:
        """The sum of something over all entries."""

        def over(axes: tuple[str, ...], ix: tuple[t.Term, ...]) -> t.Term:
            if not axes:
                return of(value.at(ix))
            return self.total(axes[0], lambda k: over(axes[1:], (*ix, k)))

        whole = over(value.axes, ())
        return Value((), lambda _: t.Apply("sqrt", (whole,)) if root else whole)

    def same_shape(self, one: Value, other: Value, node: t.Node) -> None:
        fits = len(one.axes) == len(other.axes) and all(map(self.scope.unify, one.axes, other.axes))
        if not fits or (one.row is not None and other.row is not None and one.row != other.row):
            raise Unreadable(
                f"{self.shape(one)} against {self.shape(other)}: the shapes differ",
                node.at,
                node.end,
            )

    def elementwise(self, of: Callable[..., t.Term], args: list[Value], node: t.Node,
                    loose: bool = False) -> Value:  # fmt: skip
        """Entry by entry; a number fits any shape, a vector fits the rows of a matrix."""
        widest = max(args, key=lambda value: len(value.axes))
        for value in args:
            if value.axes and len(value.axes) < len(widest.axes):
                tail = Value(widest.axes[len(widest.axes) - len(value.axes) :], widest.at)
                self.same_shape(Value(value.axes, value.at), tail, node)
            elif value.axes and value is not widest:
                self.same_shape(value if not loose else replace(value, row=None), widest, node)

        def at(ix: tuple[t.Term, ...]) -> t.Term:
            self.scope.spend()
            return of(*(value.at(ix[len(ix) - len(value.axes) :]) for value in args))

        if of is add and widest.axes and any(not v.axes and v.at(()) not in (ZERO,) for v in args):
            self.mixed(args, node)
        rows = [value.row for value in args if len(value.axes) == 1 and value.row is not None]
        return Value(widest.axes, at, rows[0] if rows else None)

    def mixed(self, args: list[Value], node: t.Node) -> None:
        """Warn of a number added to every entry of an array, unless it is a plain number."""
        if not all(v.axes or isinstance(v.at(()), t.Number) for v in args):
            self.scope.warnings.append("a number is added to every entry of an array")

    def diagonal(self, head: str, arg: Value, node: t.Node) -> Value:
        if head == "diag" and len(arg.axes) == 1:
            return Value(arg.axes * 2, lambda ix: times(equal(*ix), arg.at(ix[:1])))
        if len(arg.axes) != 2 or not self.scope.unify(*arg.axes):
            raise Unreadable(f"{head} of {self.shape(arg)}", node.at, node.end)
        if head == "diag":
            return Value(arg.axes[:1], lambda ix: arg.at(ix * 2))
        return Value((), lambda _: self.total(arg.axes[0], lambda k: arg.at((k, k))))


def equal(one: t.Term, other: t.Term) -> t.Term:
    return t.Choose((((t.Test("=", one, other),), number(1)), ((), ZERO)))
