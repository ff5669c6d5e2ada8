"""Tree in, terms out: matrix notation and index notation become one, a term for each entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workings import tree as t
from workings.array import Value
from workings.call import Calls
from workings.derivative import Rule, depends, differentiate, heads
from workings.reference import Undeclared, plain
from workings.scope import VARIABLE, Definition, Scope
from workings.through import written_by
from workings.token import Unreadable


class Indexer(Calls):
    """Lowers trees to terms, node by node."""

    def scalar(self, node: t.Node) -> t.Term:
        value = self.value(node)
        if value.axes:
            raise Unreadable(
                f"a single number is needed here, not {self.shape(value)}", node.at, node.end
            )
        return value.at(())

    def value(self, node: t.Node) -> Value:
        """Lower one node."""
        self.scope.spend()
        match node:
            case t.Literal():
                return Value((), lambda _: t.Number(node.value))
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
                if by[0].head == "∇":
                    by = (self.variable(body, value, node),) * len(by)
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
        found = self.scope.find(by.head) if by.indices and by.head not in self.bound else None
        whole = parameter or (
            self.whole(found)
            if found is not None
            else self.symbol(t.Symbol(by.head, at=by.at, end=by.end))
        )
        if by.head in self.free or not isinstance(
            whole.at(tuple(map(t.Letter, whole.axes))), t.Entry
        ):
            raise Unreadable(f"a derivative by {by.head}, which is no symbol here", by.at, by.end)
        part = self.component(whole, by.indices, by) if by.indices else whole
        self.placed(value, by)
        cut = len(value.axes)

        def at(ix: tuple[t.Term, ...]) -> t.Term:
            target = part.at(ix[cut:])
            assert isinstance(target, t.Entry)
            term = written_by(self.scope, value.at(ix[:cut]), target.head)
            return differentiate(term, Rule(self.scope, target.head, target.indices))

        return Value(value.axes + part.axes, at, value.row if not part.axes else None)

    def variable(self, body: t.Node, value: Value, node: t.Node) -> t.Symbol:
        """What a bare ∇ goes by: the argument of its function, or the one array it varies with."""
        scope = self.scope
        if isinstance(body, t.Call) and len(body.args) == 1 and isinstance(body.args[0], t.Symbol):
            return body.args[0]
        function = scope.first_function(body.head) if isinstance(body, t.Symbol) else None
        if function is not None and len(function.parameters) == 1:
            return t.Symbol(function.parameters[0], at=node.at, end=node.end)
        inside = mentioned(value)
        arrays = [x for x, d in scope.declarations.items() if d.axes and d.domain in VARIABLE]
        found = [x for x in arrays if any(depends(scope, head, x) for head in inside)]
        if len(found) != 1:
            raise Unreadable("∇ by what? write \\nabla_{\\mathbf{o}}", node.at, node.end)
        return t.Symbol(found[0], at=node.at, end=node.end)

    def placed(self, value: Value, by: t.Symbol) -> None:
        """Refuse a derivative that is zero only since an argument's name has no meaning yet."""
        if self.parameters:
            return
        scope, found = self.scope, self.scope.find(by.head)
        target = ("free", by.head) if found is None else found
        inside = mentioned(value)
        free = [head[1] for head in (target, *inside) if head[0] == "free"]
        if free and not any(depends(scope, head, target) for head in inside):
            raise Undeclared(free[0], "is only the name of an argument so far: define it", by)

    def differential(self, body: t.Node) -> Value:
        value = self.value(body)
        rule = Rule(self.scope)
        return Value(value.axes, lambda ix: differentiate(value.at(ix), rule), value.row)


def mentioned(value: Value) -> set[Any]:
    """The heads in the term for any entry of a value."""
    return heads(value.at(tuple(map(t.Letter, value.axes))))


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
