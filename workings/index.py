"""Tree in, terms out: matrix notation and index notation become one, a term for each entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from workings import notation as n
from workings import tree as t
from workings.derivative import (
    ZERO,
    Rule,
    add,
    differentiate,
    divide,
    negative,
    number,
    substitute,
    times,
)
from workings.lexer import Unreadable
from workings.scope import Definition, Function, Scope


class Undeclared(Unreadable):
    """A symbol nobody declared or defined; `head` says which."""

    def __init__(self, head: str, message: str, node: t.Node) -> None:
        super().__init__(f"{head} {message}", node.at, node.end)
        self.head = head


At = Callable[[tuple[t.Term, ...]], t.Term]


@dataclass(frozen=True)
class Value:
    """An array: its axes, the term at given indices, and whether a vector lies as a row.

    `row` is None where a vector may lie either way, as a gradient does.
    """

    axes: tuple[str, ...]
    at: At
    row: bool | None = None


class Indexer:
    """Lowers trees to terms under a scope; letters that no sum binds are free in the chain."""

    def __init__(self, scope: Scope, free: dict[str, t.Term] | None = None) -> None:
        self.scope = scope
        self.free: dict[str, t.Term] = {} if free is None else free
        self.bound: dict[str, t.Term] = {}
        self.parameters: dict[str, Value] = {}
        self.closed = False
        self.depth = 0

    def inner(self, **changes: object) -> Indexer:
        """The same indexer with other letters or parameters in force."""
        other = Indexer(self.scope, self.free)
        other.bound, other.parameters = self.bound, self.parameters
        other.closed, other.depth = self.closed, self.depth
        for name, value in changes.items():
            setattr(other, name, value)
        return other

    def scalar(self, node: t.Node) -> t.Term:
        value = self.value(node)
        if value.axes:
            raise Unreadable(
                f"a single number is needed here, not {self.shape(value)}", node.at, node.end
            )
        return value.at(())

    def shape(self, value: Value) -> str:
        """A shape as people write it: a number, a vector [K], a matrix [N, K]."""
        names = [
            axis if self.scope.settled(axis) else "?" for axis in map(self.scope.axis, value.axes)
        ]
        kinds = ("a number", "a row vector" if value.row else "a vector", "a matrix")
        kind = kinds[len(names)] if len(names) < 3 else "an array"
        return f"{kind} [{', '.join(names)}]" if names else kind

    def value(self, node: t.Node) -> Value:
        """Lower one node."""
        match node:
            case t.Literal(value):
                return Value((), lambda _: t.Number(value))
            case t.Symbol():
                return self.symbol(node)
            case t.Operation(name, args):
                if name.startswith("power"):
                    return self.power(node)
                return self.operation(name, node, [self.value(arg) for arg in args])
            case t.Call():
                return self.call(node)
            case t.Component(body, indices):
                return self.component(self.value(body), indices, node)
            case t.Big():
                return self.big(node)
            case t.Derivative(body, by):
                value = self.value(body)
                for symbol in by:
                    value = self.derive(value, symbol)
                return value
            case t.Differential(body):
                return self.differential(body)
            case t.Cases(branches):
                return self.cases(branches, node)
            case t.Table(rows):
                return self.table(rows, node)
        raise Unreadable("a condition stands where a value is needed", node.at, node.end)

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
            definition = scope.definitions.get(found)
            row = definition.row if definition else False
            whole = Value(scope.axes_of(found), lambda ix: t.Entry(found, ix), row)
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
            return of(*(value.at(ix[len(ix) - len(value.axes) :]) for value in args))

        if of is add and widest.axes and any(not v.axes and v.at(()) not in (ZERO,) for v in args):
            self.mixed(args, node)
        rows = [value.row for value in args if len(value.axes) == 1 and value.row is not None]
        return Value(widest.axes, at, rows[0] if rows else None)

    def mixed(self, args: list[Value], node: t.Node) -> None:
        """Warn of a number added to every entry of an array, unless it is a plain number."""
        if not all(v.axes or isinstance(v.at(()), t.Number) for v in args):
            self.scope.warnings.append("a number is added to every entry of an array")

    def power(self, node: t.Operation) -> Value:
        base, exponent = self.value(node.args[0]), node.args[1]
        transposes = isinstance(exponent, t.Symbol) and exponent.head == "T"
        if base.axes and transposes and self.scope.is_axis("T"):
            return self.operation("transpose", node, [base])
        raised = self.value(exponent)
        if len(base.axes) > 1 and not raised.axes and node.name == "power":
            inverse = isinstance(exponent, t.Operation) and exponent.name == "negative"
            why = (
                "an inverse is not something I can try"
                if inverse
                else ("a power of a matrix could mean two things: write the product")
            )
            raise Unreadable(why, node.at, node.end)
        return self.elementwise(lambda a, b: t.Apply("power", (a, b)), [base, raised], node)

    def call(self, node: t.Call) -> Value:
        head = node.head
        if head == "′":
            return self.prime(node)
        if head in self.scope.indexed:
            return self.symbol(t.Symbol(head, self.picked(node), at=node.at, end=node.end))
        args = [self.value(arg) for arg in node.args]
        function = self.scope.function(head, len(args))
        if function is None and (head not in n.ELEMENTWISE | n.WHOLE):
            raise Undeclared(head, "is neither declared nor defined", node)
        if node.primes:
            return self.prime_of(node, args)
        return self.applied(node, function, args)

    def picked(self, node: t.Call) -> tuple[t.Node, ...]:
        """The indices of an entry written as a call: `p(a)` is p_a, and `S(x_i)` is S_i."""
        of = self.scope.indexed[node.head]
        return tuple(
            index
            for arg in node.args
            for index in (
                arg.indices if of and isinstance(arg, t.Symbol) and arg.head == of else (arg,)
            )
        )

    def applied(self, node: t.Call, function: Function | None, args: list[Value]) -> Value:
        """The value of a function of the page, or of one of the usual ones."""
        head = node.head
        if function is not None:
            names = [
                arg.head if isinstance(arg, t.Symbol) and not arg.indices else ""
                for arg in node.args
            ]
            hidden = any(p in self.parameters for p in function.parameters)
            if (
                not hidden
                and function is self.scope.first_function(head)
                and head in self.scope.definitions
                and (not names or tuple(names) == function.parameters)
            ):
                return self.symbol(t.Symbol(head, at=node.at, end=node.end))
            return self.inlined(function, args, node)
        if len(args) != 1 and head not in ("max", "min"):
            raise Unreadable(f"{head} takes one argument", node.at, node.end)
        arg = args[0]
        if head in ("max", "min"):
            if len(args) > 1:
                return self.elementwise(lambda *xs: t.Apply(head, xs), args, node)
            if len(arg.axes) != 1:
                raise Unreadable(
                    f"{head} of {self.shape(arg)}: give it a vector", node.at, node.end
                )
            return Value((), lambda _: self.total(arg.axes[0], lambda k: arg.at((k,)), head))
        if head in n.ELEMENTWISE:
            return self.elementwise(lambda x: t.Apply(head, (x,)), [arg], node)
        if head == "sum":
            return self.reduce(arg, lambda x: x, node)
        if head in ("diag", "tr"):
            return self.diagonal(head, arg, node)
        if not arg.axes:
            raise Unreadable(f"{head} needs a vector, and this is one number", node.at, node.end)

        def spread(ix: tuple[t.Term, ...]) -> t.Term:
            return self.total(arg.axes[-1], lambda k: t.Apply("exp", (arg.at((*ix, k)),)))

        if head == "logsumexp":
            return Value(arg.axes[:-1], lambda ix: t.Apply("log", (spread(ix),)))
        if head == "log_softmax":
            return Value(
                arg.axes,
                lambda ix: add(arg.at(ix), negative(t.Apply("log", (spread(ix[:-1]),)))),
                arg.row,
            )
        return Value(
            arg.axes, lambda ix: divide(t.Apply("exp", (arg.at(ix),)), spread(ix[:-1])), arg.row
        )

    def diagonal(self, head: str, arg: Value, node: t.Node) -> Value:
        if head == "diag" and len(arg.axes) == 1:
            return Value(arg.axes * 2, lambda ix: times(equal(*ix), arg.at(ix[:1])))
        if len(arg.axes) != 2 or not self.scope.unify(*arg.axes):
            raise Unreadable(f"{head} of {self.shape(arg)}", node.at, node.end)
        if head == "diag":
            return Value(arg.axes[:1], lambda ix: arg.at(ix * 2))
        return Value((), lambda _: self.total(arg.axes[0], lambda k: arg.at((k, k))))

    def inlined(self, function: Function, args: list[Value], node: t.Node) -> Value:
        """A function's formula with its parameters standing for the arguments."""
        if len(args) != len(function.parameters):
            raise Unreadable(
                f"{function.head} is defined with {len(function.parameters)} arguments and has "
                f"{len(args)} here", node.at, node.end)  # fmt: skip
        if self.depth > 20:
            raise Unreadable(f"{function.head} is defined by itself", node.at, node.end)
        parameters = dict(zip(function.parameters, args, strict=False))
        parameters |= {plain(name): value for name, value in parameters.items()}

        def body(letters: dict[str, t.Term]) -> Value:
            inner = self.inner(
                parameters=parameters, bound=letters, free={}, closed=True, depth=self.depth + 1
            )
            try:
                return inner.value(function.body)
            except Undeclared as error:
                raise error
            except Unreadable as error:
                raise Unreadable(f"in {function.head}: {error}", node.at, node.end) from error

        names = [self.scope.fresh(letter) for letter in function.letters]
        first = body({x: t.Letter(name) for x, name in zip(function.letters, names, strict=False)})
        if not names:
            return first
        count = len(names)

        def at(ix: tuple[t.Term, ...]) -> t.Term:
            return body(dict(zip(function.letters, ix, strict=False))).at(ix[count:])

        return Value((*names, *first.axes), at, False)

    def prime(self, node: t.Call) -> Value:
        """`u'`: the derivative by the one number that u depends on."""
        from workings.derivative import depends

        value, scope = self.value(node.args[0]), self.scope
        symbol = node.args[0]
        assert isinstance(symbol, t.Symbol)
        inputs = [
            h
            for h, d in scope.declarations.items()
            if not d.axes and d.domain in ("real", "positive", "unit")
        ]
        found = scope.find(symbol.head)
        by = [h for h in inputs if h != found and depends(scope, found, h)]
        if len(by) != 1:
            raise Unreadable(
                f"{symbol.head}′ by what? write the derivative as a fraction", node.at, node.end
            )
        for _ in range(node.primes):
            value = self.derive(value, t.Symbol(by[0], at=node.at, end=node.end))
        return value

    def prime_of(self, node: t.Call, args: list[Value]) -> Value:
        """`f'(x)`: the derivative of f in its one argument, there."""
        if len(args) != 1:
            raise Unreadable("a prime on a function of several arguments", node.at, node.end)
        variable = ("free", self.scope.fresh(node.head))
        plain_call = replace(node, primes=0, args=(t.Symbol("′"),))
        at_variable = self.applied(
            plain_call,
            self.scope.function(node.head, 1),
            [Value((), lambda _: t.Entry(variable))],
        )
        if at_variable.axes:
            raise Unreadable(f"{node.head}′ of a function that isn't a number", node.at, node.end)
        term = at_variable.at(())
        for _ in range(node.primes):
            term = differentiate(term, Rule(self.scope, variable))
        return self.elementwise(lambda x: substitute(term, variable, x), args, node)

    def big(self, node: t.Big) -> Value:
        """A sum, a product or a maximum over letters of its own."""
        scope, names = self.scope, [self.scope.fresh(letter) for letter in node.letters]
        for letter in node.letters:
            if letter in self.bound or letter in self.free:
                scope.warnings.append(
                    f"the {node.name} binds {letter} again, which has a meaning outside it"
                )
        inner = self.inner(
            bound=self.bound
            | {x: t.Letter(name) for x, name in zip(node.letters, names, strict=False)}
        )
        if node.over:
            if not scope.is_axis(node.over):
                raise Unreadable(f"the set {node.over} is no axis of this page", node.at, node.end)
            for name in names:
                self.match(name, node.over, node)
        lower = self.scalar(node.lower) if node.lower is not None else None
        upper = self.scalar(node.upper) if node.upper is not None else None
        body = inner.value(node.body)
        tests = tuple(test for c in node.conditions for test in inner.test(c))
        if isinstance(upper, t.Size):
            if not scope.settled(names[0]) or scope.axis(names[0]) != upper.axis:
                for name in names:
                    self.match(name, upper.axis, node)
            if lower is None or is_one(lower):
                lower = upper = None
        elif isinstance(lower, t.Number) and lower.value == 0 and upper is not None:
            scope.base[scope.axis(names[0])] = 0
        if len(names) > 1 and (lower is not None or upper is not None):
            raise Unreadable("limits on a sum over two letters", node.at, node.end)

        def at(ix: tuple[t.Term, ...]) -> t.Term:
            term = body.at(ix)
            for i, name in enumerate(reversed(names)):
                term = t.Fold(node.name, name, name, lower, upper, tests if i == 0 else (), term)
            return term

        return Value(body.axes, at, body.row)

    def test(self, comparison: t.Comparison) -> list[t.Test]:
        """A condition as tests of single values."""
        (relation, left, right, index), axes = self.compared(comparison)
        if axes:
            raise Unreadable("this condition compares arrays", comparison.at, comparison.end)
        return [t.Test(relation, left.at(()), right.at(()), index)]

    def compared(self, c: t.Comparison) -> tuple[tuple[str, Value, Value, bool], tuple[str, ...]]:
        """Both sides of a condition, and whether they are index values rather than numbers."""
        kinds = [self.index_axis(side) for side in (c.left, c.right)]
        if (kinds[0] is None) != (kinds[1] is None):
            kinds = [self.index_axis(side, True) for side in (c.left, c.right)]
        if any(kind is not None for kind in kinds) and all(
            kind is not None or isinstance(side, t.Literal)
            for kind, side in zip(kinds, (c.left, c.right), strict=False)
        ):
            axis = next(kind for kind in kinds if kind is not None)
            left, right = self.index(c.left, axis), self.index(c.right, axis)
            return (c.relation, left, right, True), left.axes + right.axes
        left, right = self.value(c.left), self.value(c.right)
        return (c.relation, left, right, False), left.axes + right.axes

    def index_axis(self, node: t.Node, beside_index: bool = False) -> str | None:
        """The axis a side of a condition picks from, where that side is a letter or a label.

        Beside an index, a bare letter is one too, even where it also names an array.
        """
        if not isinstance(node, t.Symbol):
            return None
        if self.scope.is_label(node.head) and node.head not in self.bound:
            return self.scope.label_axis(self.scope.find(node.head))
        rank = self.scope.rank(node.head)
        known = rank is not None and not (beside_index and rank) and node.head not in self.free
        known = known or node.head in self.parameters
        if node.indices or (known and node.head not in self.bound):
            return None
        term = self.letter(node)
        return term.name if isinstance(term, t.Letter) else None

    def cases(
        self, branches: Sequence[tuple[t.Node, tuple[t.Comparison, ...]]], node: t.Node
    ) -> Value:
        """Values by condition; labels without an index make it an array of choices."""
        values = [self.value(value) for value, _ in branches]
        tests = [[self.compared(c) for c in conditions] for _, conditions in branches]
        extra = next((axes for group in tests for _, axes in group if axes), ())
        whole = self.elementwise(lambda *terms: terms[0], values, node)
        if extra and whole.axes:
            raise Unreadable("arrays in both the values and the conditions", node.at, node.end)

        def at(ix: tuple[t.Term, ...]) -> t.Term:
            found = []
            for value, group in zip(values, tests, strict=False):
                made = tuple(
                    t.Test(
                        relation,
                        left.at(ix[: len(left.axes)]),
                        right.at(ix[: len(right.axes)]),
                        index,
                    )
                    for (relation, left, right, index), _ in group
                )
                term = value.at(ix[len(ix) - len(value.axes) :] if value.axes else ())
                found.append((made, term))
            return t.Choose(tuple(found))

        return Value(extra or whole.axes, at, whole.row)

    def table(self, rows: tuple[tuple[t.Node, ...], ...], node: t.Node) -> Value:
        """A matrix of numbers written out; one column is a vector, one row a vector lying down."""
        if len({len(row) for row in rows}) != 1:
            raise Unreadable("the rows of this matrix differ in length", node.at, node.end)
        cells = [[self.scalar(cell) for cell in row] for row in rows]
        high, wide = len(cells), len(cells[0])

        def entry(i: t.Term, j: t.Term) -> t.Term:
            found = []
            for r, row in enumerate(cells):
                for c, cell in enumerate(row):
                    places = ((i, r, high), (j, c, wide))
                    tests = tuple(
                        t.Test("=", x, t.Entry(("position", k))) for x, k, n in places if n > 1
                    )
                    found.append((tests, cell))
            return t.Choose(tuple(found))

        if wide == 1 or high == 1:
            axes = (str(max(high, wide)),)
            return Value(axes, lambda ix: entry(ix[0], ix[0]), wide > 1)
        return Value((str(high), str(wide)), lambda ix: entry(*ix))

    def derive(self, value: Value, by: t.Symbol) -> Value:
        """The derivative by a symbol: the body's axes first, then those of the symbol left open."""
        parameter = self.parameters.get(by.head) or self.parameters.get(plain(by.head))
        whole = parameter or self.symbol(t.Symbol(by.head, at=by.at, end=by.end))
        if by.head in self.free or not isinstance(
            whole.at(tuple(map(t.Letter, whole.axes))), t.Entry
        ):
            raise Unreadable(f"a derivative by {by.head}, which is no symbol here", by.at, by.end)
        part = self.component(whole, by.indices, by) if by.indices else whole
        cut = len(value.axes)

        def at(ix: tuple[t.Term, ...]) -> t.Term:
            target = part.at(ix[cut:])
            assert isinstance(target, t.Entry)
            return differentiate(value.at(ix[:cut]), Rule(self.scope, target.head, target.indices))

        return Value(value.axes + part.axes, at, value.row if not part.axes else None)

    def differential(self, body: t.Node) -> Value:
        value = self.value(body)
        rule = Rule(self.scope)
        return Value(value.axes, lambda ix: differentiate(value.at(ix), rule), value.row)


def plain(head: str) -> str:
    """A head without its bold or its arrow, as entries of a vector are often written."""
    for font in ("\\mathbf{", "\\vec{"):
        if head.startswith(font) and head.endswith("}"):
            return head[len(font) : -1]
    return head


def equal(one: t.Term, other: t.Term) -> t.Term:
    return t.Choose((((t.Test("=", one, other),), number(1)), ((), ZERO)))


def is_one(term: t.Term) -> bool:
    return isinstance(term, t.Number) and term.value == 1


def define(scope: Scope, head: str, letters: tuple[str, ...], body: t.Node) -> Definition:
    """Define a head with given letters by a formula; raises Unreadable where it can't stand."""
    names = tuple(scope.fresh(letter) for letter in letters)
    indexer = Indexer(scope)
    indexer.bound = {letter: t.Letter(name) for letter, name in zip(letters, names, strict=False)}
    indexer.closed = True
    value = indexer.value(body)
    rest = tuple(scope.fresh("a") for _ in value.axes)
    for name, axis in zip(rest, value.axes, strict=False):
        scope.unify(name, axis)
    term = value.at(tuple(map(t.Letter, rest)))
    for letter, name in zip(letters, names, strict=False):
        if not scope.settled(name):
            raise Unreadable(
                f"the index {letter} has no axis: it subscripts nothing", body.at, body.end
            )
    whole = names + rest
    axes = tuple(map(scope.axis, whole))
    return Definition(head, whole, axes, term, value.row if not letters else False)
