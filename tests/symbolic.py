"""A second reader of the engine's trees: SymPy, with a symbol for every entry at fixed sizes.

Only the tree as printed is shared with the engine. What letters run over, what a product means,
what a derivative is and what comes out is worked out here again, by `sympy.diff` and NumPy's
object arrays.
"""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import sympy

from workings import tree as t
from workings.line import Line
from workings.page import read
from workings.parser import conditions
from workings.reading import Reading
from workings.token import Unreadable

SIZES = {"K": 3, "N": 2, "M": 2, "J": 2}
FUNCTIONS = {
    "exp": sympy.exp, "log": sympy.log, "sqrt": sympy.sqrt, "tanh": sympy.tanh, "abs": sympy.Abs,
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)), "sin": sympy.sin, "cos": sympy.cos,
    "sinh": sympy.sinh, "cosh": sympy.cosh, "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
}  # fmt: skip
COMPARE = {
    "=": lambda a, b: math.isclose(a, b, rel_tol=1e-8, abs_tol=1e-10),
    "≤": lambda a, b: a <= b + 1e-12,
    "≥": lambda a, b: a >= b - 1e-12,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "≠": lambda a, b: a != b,
}


class Unsupported(NotImplementedError):
    """A node that this oracle has no reading for."""


@dataclass
class Value:
    """An array of expressions; `row` for a vector that lies down; `open` for a 1 or I."""

    array: Any
    row: bool = False
    open: str = ""

    @property
    def ndim(self) -> int:
        return np.ndim(self.array)


def words(head: str) -> str:
    return "".join(x for x in head if x.isalnum())


class Oracle:
    """The symbols and definitions of one page, at fixed sizes."""

    def __init__(self, reading: Reading, sizes: dict[str, int] | None = None, seed: int = 0):
        self.reading, self.scope = reading, reading.scope
        self.sizes = {**SIZES, **(sizes or {})}
        self.rng = random.Random(seed)
        self.definitions: dict[str, tuple[tuple[str, ...], t.Node]] = {}
        self.inputs: dict[str, Any] = {}
        self.numbers: dict[sympy.Symbol, float] = {}
        self.labels: dict[str, Any] = {}
        self.fresh: dict[str, Any] = {}
        self.memo: dict[Any, Value] = {}
        for head, declaration in self.scope.declarations.items():
            self.enter(head, [self.size(axis) for axis in declaration.axes], declaration.domain)
        self.collect(reading)

    def size(self, axis: str) -> int:
        return int(axis) if axis.isdigit() else self.sizes.setdefault(axis, 2)

    def enter(self, head: str, shape: list[int], domain: str) -> None:
        """A symbol for each entry of an input, and a number for each symbol."""
        array, values = entries(head, shape), self.drawn(shape, domain)
        if domain == "label":
            self.labels[head] = values
            return
        self.inputs[head] = array
        for index in np.ndindex(*shape):
            self.numbers[array[index] if shape else array] = float(np.asarray(values)[index])

    def drawn(self, shape: list[int], domain: str) -> Any:
        rng = self.rng
        if len(shape) > 1 or (shape and domain not in ("onehot", "simplex")):
            return np.array([self.drawn(shape[1:], domain) for _ in range(shape[0])])
        if domain == "label":
            return rng.randrange(self.size("K"))
        if domain == "onehot" and shape:
            return np.eye(shape[0])[rng.randrange(shape[0])]
        if domain == "simplex" and shape:
            weights = np.array([rng.uniform(0.2, 1) for _ in range(shape[0])])
            return weights / weights.sum()
        if domain in ("binary", "onehot"):
            return rng.randint(0, 1)
        low, high = {"positive": (0.3, 2), "unit": (0.1, 0.9), "simplex": (1, 1)}.get(
            domain, (-2, 2)
        )
        return rng.uniform(low, high)

    def collect(self, reading: Reading) -> None:
        """The definitions of a page and of those it uses, as they are printed."""
        from workings.reading import read_page

        for used in reading.page.uses:
            path = reading.page.path.rsplit("/", 1)[0] + f"/{used}.md"
            other = read_page(read(path), repairs=False)
            other.verdicts = False
            other.run()
            self.collect(other)
        for line in reading.lines:
            for i, claim in enumerate(line.claims):
                if claim.verdict == "definition":
                    self.define(line.nodes[i], line.nodes[i + 1])

    def define(self, left: Any, right: Any) -> None:
        for head, body in ((left, right), (right, left)):
            if isinstance(head, t.Call) and all(isinstance(x, t.Symbol) for x in head.args):
                if all(self.find(x.head) for x in head.args):
                    self.definitions.setdefault(head.head, ((), body))
                return
            plain = isinstance(head, t.Symbol) and all(
                isinstance(x, t.Symbol) and not x.indices for x in head.indices
            )
            if plain and head.head not in self.definitions and head.head not in self.inputs:
                self.definitions[head.head] = (tuple(x.head for x in head.indices), body)
                return

    def find(self, head: str) -> str | None:
        known = (*self.inputs, *self.labels, *self.definitions)
        bare = re.sub(r"\\(?:mathbf|vec)\{(\w+)\}", r"\1", head)
        return next((x for x in (head, bare, f"\\mathbf{{{bare}}}") if x in known), None)

    def axes(self, head: str) -> tuple[str, ...]:
        declared = self.scope.declarations.get(head)
        if declared:
            return declared.axes
        return tuple(map(self.scope.axis, self.scope.definitions[head].axes))

    def letter_axis(self, letter: str, nodes: Any) -> str:
        """The axis a letter runs over: that of the place where it subscripts a known symbol."""
        for node in walk(nodes):
            if isinstance(node, t.Symbol) and node.indices:
                head = self.find(node.head)
                if head is None:
                    continue
                for index, axis in zip(node.indices, self.axes(head), strict=False):
                    if isinstance(index, t.Symbol) and index.head == letter and not index.indices:
                        return axis
        raise Unsupported(f"no axis for {letter}")

    def array(self, head: str, held: frozenset[str]) -> Value:
        """All entries of a known symbol; one that is held is a variable of its own."""
        if head in held and head not in self.inputs:
            if head not in self.fresh:
                self.fresh[head] = entries(head + "held", [self.size(x) for x in self.axes(head)])
            return Value(self.fresh[head])
        if head in self.inputs:
            return Value(self.inputs[head])
        if head in self.labels:
            return Value(np.asarray(self.labels[head]) + 1)
        key = head, held
        if key not in self.memo:
            letters, body = self.definitions[head]
            axes = self.axes(head)
            shape = [self.size(axis) for axis in axes[: len(letters)]]
            if not letters:
                self.memo[key] = self.value(body, {}, held)
            else:
                array = np.empty(shape, dtype=object)
                for index in np.ndindex(*shape):
                    found = self.value(body, dict(zip(letters, index, strict=True)), held)
                    if found.ndim:
                        raise Unsupported("a definition of arrays by entries")
                    array[index] = found.array
                self.memo[key] = Value(array)
        return self.memo[key]

    def value(self, node: t.Node, env: dict[str, int], held: frozenset[str] = frozenset()) -> Value:
        """The array that a node stands for, letters having the values in `env`."""
        match node:
            case t.Literal(value):
                return Value(sympy.Rational(value.numerator, value.denominator))
            case t.Symbol():
                return self.symbol(node, env, held)
            case t.Operation(name, args):
                return operation(name, [self.value(arg, env, held) for arg in args])
            case t.Call(head, args, 0):
                return self.call(head, [self.value(arg, env, held) for arg in args], held)
            case t.Component(body, indices):
                return Value(pick(self.value(body, env, held).array, self.places(indices, env)))
            case t.Big():
                return self.big(node, env, held)
            case t.Derivative(body, by):
                return self.derivative(body, by, env, held)
            case t.Cases(branches):
                for value, tests in branches:
                    if all(self.test(test, env) for test in tests):
                        return self.value(value, env, held)
                raise Unsupported("no case applies")
        raise Unsupported(type(node).__name__)

    def symbol(self, node: t.Symbol, env: dict[str, int], held: frozenset[str]) -> Value:
        head = self.find(node.head)
        if node.head in env and not node.indices:
            return Value(sympy.Integer(env[node.head] + 1))
        if head is not None:
            whole = self.array(head, held)
            return (
                Value(pick(whole.array, self.places(node.indices, env))) if node.indices else whole
            )
        if node.indices:
            raise Unsupported(node.head)
        if self.scope.is_axis(node.head):
            return Value(sympy.Integer(self.size(node.head)))
        if node.head in ("e", "\\pi"):
            return Value(sympy.E if node.head == "e" else sympy.pi)
        if node.head == "\\mathbf{1}":
            return Value(sympy.Integer(1), open="1")
        if node.head == "\\mathbf{0}":
            return Value(sympy.Integer(0), open="1")
        if node.head in ("I", "\\mathbf{I}"):
            return Value(sympy.Integer(1), open="I")
        raise Unsupported(node.head)

    def places(self, indices: tuple[t.Node, ...], env: dict[str, int]) -> tuple[int, ...]:
        return tuple(self.place(index, env) for index in indices)

    def place(self, node: t.Node, env: dict[str, int]) -> int:
        if isinstance(node, t.Literal):
            return int(node.value) - 1
        if not isinstance(node, t.Symbol):
            raise Unsupported("an index that is no letter")
        if node.head in self.labels and node.head not in env:
            return int(pick(np.asarray(self.labels[node.head]), self.places(node.indices, env)))
        if node.head not in env:
            raise Unsupported(f"index {node.head}")
        return env[node.head]

    def test(self, c: t.Comparison, env: dict[str, int]) -> bool:
        if c.relation not in ("=", "≠"):
            raise Unsupported("a condition on size")
        return (self.place(c.left, env) == self.place(c.right, env)) == (c.relation == "=")

    def call(self, head: str, args: list[Value], held: frozenset[str]) -> Value:
        function = next(
            (
                found
                for found in self.scope.functions.values()
                if found.head == head and len(found.parameters) == len(args)
            ),
            None,
        )
        if function is not None:
            return self.inlined(function, args, held)
        if head in FUNCTIONS and len(args) == 1:
            return Value(each(FUNCTIONS[head], args[0].array), args[0].row)
        only = args[0].array
        if head == "diag" and args[0].ndim:
            return Value(np.diag(only))
        if head in ("max", "min"):
            return Value((sympy.Max if head == "max" else sympy.Min)(*np.ravel(only)))
        if head == "tr":
            return Value(np.trace(only))
        if head == "sum":
            return Value(np.sum(only))
        if head in ("softmax", "logsumexp", "log_softmax") and args[0].ndim:
            powers = each(sympy.exp, only)
            total = powers.sum(axis=-1, keepdims=True)
            if head == "softmax":
                return Value(powers / total)
            logs = each(sympy.log, total)
            return Value(only - logs) if head == "log_softmax" else Value(logs[..., 0])
        raise Unsupported(head)

    def inlined(self, function: Any, args: list[Value], held: frozenset[str]) -> Value:
        """A page's own function: its parameters become inputs for as long as it is worked out."""
        if function.letters or len(args) != len(function.parameters):
            raise Unsupported(function.head)
        hidden = {name: self.inputs.get(name) for name in function.parameters}
        kept, self.memo = self.memo, {}
        self.inputs |= {
            name: arg.array for name, arg in zip(function.parameters, args, strict=True)
        }
        try:
            return self.value(function.body, {}, held)
        finally:
            self.memo = kept
            for name, array in hidden.items():
                if array is None:
                    del self.inputs[name]
                else:
                    self.inputs[name] = array

    def big(self, node: t.Big, env: dict[str, int], held: frozenset[str]) -> Value:
        ranges = []
        for letter in node.letters:
            try:
                size = self.size(node.over or self.letter_axis(letter, node.body))
            except Unsupported:
                if not isinstance(node.upper, t.Symbol) or not self.scope.is_axis(node.upper.head):
                    raise
                size = self.size(node.upper.head)
            first = self.limit(node.lower, env, held, 1) - 1
            last = self.limit(node.upper, env, held, size)
            ranges.append(range(first, last))
        terms = [
            self.value(node.body, here, held)
            for values in itertools.product(*ranges)
            for here in [env | dict(zip(node.letters, values, strict=True))]
            if all(self.test(c, here) for c in node.conditions)
        ]
        row = bool(terms) and terms[0].row
        arrays = [term.array for term in terms]
        match node.name:
            case "sum":
                return Value(sum(arrays, sympy.Integer(0)), row)
            case "product":
                return Value(math.prod(arrays, start=sympy.Integer(1)), row)
        return Value((sympy.Max if node.name == "max" else sympy.Min)(*arrays))

    def limit(
        self, node: t.Node | None, env: dict[str, int], held: frozenset[str], default: int
    ) -> int:
        return default if node is None else int(self.value(node, env, held).array)

    def derivative(self, body: t.Node, by: tuple[t.Symbol, ...], env: dict[str, int],
                   held: frozenset[str]) -> Value:  # fmt: skip
        if not by:
            return self.value(body, env, held)
        *rest, last = by
        head = self.find(last.head)
        if head is None or head in self.labels:
            raise Unsupported(f"a derivative by {last.head}")
        inner = self.derivative(body, tuple(rest), env, held | {head})
        variables = self.array(head, held | {head}).array
        target = pick(variables, self.places(last.indices, env)) if last.indices else variables
        shape = np.shape(inner.array) + np.shape(target)
        found = np.empty(shape, dtype=object)
        for index in np.ndindex(*shape):
            one, other = index[: inner.ndim], index[inner.ndim :]
            expression = sympy.sympify(pick(inner.array, one))
            found[index] = sympy.diff(expression, pick(target, other))
        if head not in held and head not in self.inputs:
            values = self.array(head, held).array
            back = dict(zip(np.ravel(variables), np.ravel(values), strict=True))
            found = each(lambda x: x.xreplace(back), found)
        return Value(found if shape else found[()])

    def sides(self, line: Line, i: int) -> Iterator[tuple[Any, Any]]:
        """The two sides of a link at every value of its free letters that meets the conditions."""
        left, right = line.nodes[i], line.nodes[i + 1]
        if isinstance(left, Unreadable) or isinstance(right, Unreadable):
            raise Unsupported("unreadable")
        tests = list(line.when)
        for tokens in line.chain.conditions:
            tests += conditions(tokens, self.scope)
        names = dict.fromkeys([*self.free((left, right)), *self.free(tuple(tests))])
        context = (left, right, *(x for x in line.nodes if not isinstance(x, Unreadable)))
        axes = {name: self.letter_axis(name, context) for name in names}
        for values in itertools.product(*(range(self.size(axes[name])) for name in names)):
            env = dict(zip(names, values, strict=True))
            if all(self.test(test, env) for test in tests):
                one, other = self.value(left, env), self.value(right, env)
                yield from paired(one, other)

    def free(self, part: Any, bound: tuple[str, ...] = ()) -> Iterator[str]:
        """The index letters of a tree that no sum binds."""
        if isinstance(part, tuple):
            for item in part:
                yield from self.free(item, bound)
        elif isinstance(part, t.Node):
            bound += part.letters if isinstance(part, t.Big) else ()
            if isinstance(part, t.Symbol):
                for index in part.indices:
                    plain = isinstance(index, t.Symbol) and index.head not in (*bound, *self.labels)
                    if plain:
                        yield index.head
            if isinstance(part, t.Comparison):
                for side in (part.left, part.right):
                    bare = isinstance(side, t.Symbol) and not side.indices
                    if bare and side.head not in (*bound, *self.labels):
                        yield side.head
            for item in fields(part):
                yield from self.free(getattr(part, item.name), bound)

    def holds(self, line: Line, i: int) -> bool:
        """Whether a link holds at the numbers drawn, once SymPy has differentiated it."""
        compare = COMPARE.get(line.chain.links[i].relation)
        if compare is None:
            raise Unsupported(line.chain.links[i].relation)
        pairs = list(self.sides(line, i))
        if not pairs:
            raise Unsupported("no entry to compare")
        flat = [sympy.sympify(side) for pair in pairs for side in pair]
        symbols = sorted(set().union(*(x.free_symbols for x in flat)), key=str)
        function = sympy.lambdify(symbols, flat, modules="math", cse=True)
        found = function(*(self.numbers[x] for x in symbols))
        return all(compare(a, b) for a, b in zip(found[::2], found[1::2], strict=True))


def entries(head: str, shape: list[int]) -> Any:
    """A symbol for each entry of an array."""
    name = words(head)
    if not shape:
        return sympy.Symbol(name, real=True)
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        array[index] = sympy.Symbol(f"{name}_{'_'.join(map(str, index))}", real=True)
    return array


def walk(part: Any) -> Iterator[t.Node]:
    if isinstance(part, tuple):
        for item in part:
            yield from walk(item)
    elif isinstance(part, t.Node):
        yield part
        for item in fields(part):
            yield from walk(getattr(part, item.name))


def each(function: Any, array: Any) -> Any:
    if not np.ndim(array):
        return function(sympy.sympify(array))
    out = np.empty(np.shape(array), dtype=object)
    for index in np.ndindex(*out.shape):
        out[index] = function(array[index])
    return out


def pick(array: Any, index: tuple[int, ...]) -> Any:
    return np.asarray(array, dtype=object)[index] if index else array


def paired(one: Value, other: Value) -> Iterator[tuple[Any, Any]]:
    """The entries of two arrays of one shape, or of an array and a number."""
    if one.ndim and other.ndim and np.shape(one.array) != np.shape(other.array):
        raise Unsupported("shapes differ")
    left, right = np.broadcast_arrays(
        np.asarray(one.array, dtype=object), np.asarray(other.array, dtype=object)
    )
    yield from zip(left.ravel(), right.ravel(), strict=True)


def operation(name: str, args: list[Value]) -> Value:
    """Sums, powers and each kind of product."""
    one, other = args[0], args[-1]
    match name:
        case "group":
            return one
        case "negative":
            return Value(-one.array, one.row, one.open)
        case "transpose":
            turned = one.array.T if one.ndim == 2 else one.array
            return Value(turned, one.ndim < 2 and not one.row, one.open)
        case "add":
            return added(one, other)
        case "subtract":
            return added(one, Value(-other.array, other.row, other.open))
        case "divide":
            return Value(one.array / other.array, one.row)
        case "power" | "power of each":
            if one.ndim > 1 and name == "power":
                raise Unsupported("a power of a matrix")
            return Value(one.array**other.array, one.row)
        case "elementwise":
            return Value(one.array * other.array, one.row)
        case "norm":
            return Value(sympy.sqrt(np.sum(np.square(one.array))))
        case "inner":
            return Value(np.sum(one.array * other.array))
        case "outer":
            return Value(np.multiply.outer(one.array, other.array))
        case "product" | "dot" | "times":
            return multiplied(one, other, name)
    raise Unsupported(name)


def added(one: Value, other: Value) -> Value:
    if other.open == "I" and one.ndim == 2:
        return Value(one.array + other.array * np.eye(len(one.array), dtype=int))
    if one.open == "I" and other.ndim == 2:
        return Value(one.array * np.eye(len(other.array), dtype=int) + other.array)
    if "I" in (one.open, other.open):
        raise Unsupported("I beside a number")
    return Value(one.array + other.array, one.row or other.row, one.open and other.open)


def multiplied(one: Value, other: Value, name: str) -> Value:
    """The product that the shapes of two factors call for."""
    if other.open == "1" and other.row and one.ndim == 1:
        return Value(one.array[:, None] * other.array)
    if one.open == "1" and other.ndim:
        one = Value(np.full(np.shape(other.array)[0], one.array, dtype=object), one.row)
    if other.open == "1" and one.ndim:
        other = Value(np.full(np.shape(one.array)[-1], other.array, dtype=object), other.row)
    if "I" in (one.open, other.open) and (one.ndim or other.ndim):
        raise Unsupported("I in a product")
    if not one.ndim or not other.ndim:
        return Value(one.array * other.array, one.row or other.row, one.open or other.open)
    if one.ndim == other.ndim == 1:
        if name == "dot" or (one.row and not other.row):
            return Value(one.array @ other.array)
        if other.row and not one.row:
            return Value(np.multiply.outer(one.array, other.array))
        if name == "times":
            return Value(one.array * other.array, one.row)
        raise Unsupported("two columns side by side")
    return Value(one.array @ other.array, one.row and one.ndim == 1)
