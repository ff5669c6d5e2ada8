"""Terms and numbers in, values out: for floats, exact rationals and high precision alike."""

from __future__ import annotations

import decimal
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from workings import tree as t
from workings.number import DECIMAL_PI, FLOAT, Kind
from workings.scope import Scope

MAX_STEPS = 30_000

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "≠": operator.ne, "<": operator.lt, ">": operator.gt,
    "≤": operator.le, "≥": operator.ge,
}  # fmt: skip


class NoValue(ArithmeticError):
    """A formula that has no value at these inputs: a logarithm of zero, a sum past its axis."""


class TooLarge(RuntimeError):
    """An evaluation over the limit on steps."""


@dataclass
class World:
    """Sizes and inputs to evaluate at, and what has been worked out there so far."""

    scope: Scope
    sizes: Mapping[str, int]
    inputs: dict[Any, Any]
    kind: Kind = FLOAT
    memo: dict[Any, Any] = field(default_factory=dict)
    steps: int = 0

    def size(self, key: str) -> int:
        axis = self.scope.axis(key)
        try:
            return self.sizes[axis]
        except KeyError:
            raise NoValue(f"the axis {axis} has no size") from None

    def base(self, key: str) -> int:
        return self.scope.base.get(self.scope.axis(key), 1)

    def constant(self, name: str) -> Any:
        if name == "e":
            return self.kind.functions["exp"](self.kind.make(Fraction(1)))
        return math.pi if self.kind is FLOAT else DECIMAL_PI


Env = dict[str, int]
Run = Callable[[World, Env], Any]
COMPILED = "_run"


def evaluate(term: t.Term, world: World, env: Env) -> Any:
    """The value of a term at index values; raises NoValue where it has none."""
    try:
        return compiled(term)(world, env)
    except (ZeroDivisionError, decimal.DivisionByZero, decimal.InvalidOperation) as error:
        raise NoValue("a division by zero or a function outside its domain") from error
    except (ValueError, OverflowError, decimal.Overflow, decimal.Underflow) as error:
        raise NoValue("a number too large or a function outside its domain") from error


def compiled(term: t.Term) -> Run:
    """The term as a function of a world and index values, made once and kept with the term."""
    found = term.__dict__.get(COMPILED)
    if found is None:
        found = build(term)
        term.__dict__[COMPILED] = found
    return found


def build(term: t.Term) -> Run:
    match term:
        case t.Number(value):
            return lambda w, e: w.kind.make(value)
        case t.Constant(name):
            return lambda w, e: w.constant(name)
        case t.Size(axis):
            return lambda w, e: w.kind.make(Fraction(w.size(axis)))
        case t.Letter(name):
            return lambda w, e: w.kind.make(Fraction(e[name] + w.base(name)))
        case t.Entry():
            return entry(term)
        case t.Apply(name, args):
            return apply(name, [compiled(arg) for arg in args])
        case t.Fold():
            return fold(term)
        case t.Choose(branches):
            return chosen(
                [([test(x) for x in tests], compiled(value)) for tests, value in branches]
            )
    raise TypeError(f"{type(term).__name__} has no value")


def place(term: t.Term) -> Run:
    """An index term as a position counted from 0."""
    match term:
        case t.Letter(name):
            return lambda w, e: e[name]
        case t.Entry(("position", at)):
            return lambda w, e: at
        case t.Entry(("last", axis)):
            return lambda w, e: w.size(axis) - 1
        case t.Entry(("place", axis), (t.Number(value),)):

            def literal(w: World, e: Env) -> int:
                at = int(value) - w.base(axis)
                if not 0 <= at < w.size(axis):
                    raise NoValue(f"the index {value} lies outside the axis {w.scope.axis(axis)}")
                return at

            return literal
        case t.Entry():
            run = compiled(term)
            return lambda w, e: int(run(w, e))
    raise TypeError(f"{type(term).__name__} is no index")


def entry(term: t.Entry) -> Run:
    """An entry of an input, or of a defined symbol: worked out once for each indices."""
    head, places = term.head, [place(index) for index in term.indices]

    def run(w: World, e: Env) -> Any:
        key = (head, *[p(w, e) for p in places])
        found = w.memo.get(key)
        if found is None:
            if head in w.inputs:
                found = w.inputs[head]
                for i in key[1:]:
                    found = found[i]
            else:
                definition = w.scope.definitions[head]
                w.steps += 1
                found = compiled(definition.body)(
                    w, dict(zip(definition.letters, key[1:], strict=False))
                )
            w.memo[key] = found
        return found

    return run


def apply(name: str, args: list[Run]) -> Run:
    if name == "add" and len(args) == 2:
        one, other = args
        return lambda w, e: one(w, e) + other(w, e)
    if name == "times" and len(args) == 2:
        one, other = args
        return lambda w, e: one(w, e) * other(w, e)
    if name == "add":
        return lambda w, e: sum(arg(w, e) for arg in args)
    if name == "times":
        return lambda w, e: math.prod(arg(w, e) for arg in args)
    if name == "negative":
        return lambda w, e, arg=args[0]: -arg(w, e)  # type: ignore[misc]
    if name == "divide":
        return lambda w, e: args[0](w, e) / args[1](w, e)
    if name == "power":
        return lambda w, e: power(args[0](w, e), args[1](w, e))
    if len(args) == 1:
        only = args[0]
        return lambda w, e: w.kind.functions[name](only(w, e))
    return lambda w, e: w.kind.functions[name](*(arg(w, e) for arg in args))


def power(base: Any, exponent: Any) -> Any:
    """A power; a whole exponent is taken exactly, so that negative bases have their powers."""
    if exponent == int(exponent):
        return base ** int(exponent) if abs(exponent) < 1000 else base**exponent
    if base < 0:
        raise NoValue("a fractional power of a negative number")
    return base**exponent


def test(term: t.Test) -> Callable[[World, Env], bool]:
    compare = COMPARE[term.relation]
    read = place if term.index else compiled
    left, right = read(term.left), read(term.right)
    return lambda w, e: compare(left(w, e), right(w, e))


def fold(term: t.Fold) -> Run:
    """A sum, product or maximum; the letter is written into the index values in place."""
    letter, axis, body = term.letter, term.axis, compiled(term.body)
    tests = [test(x) for x in term.tests]
    lower = compiled(term.lower) if term.lower is not None else None
    upper = compiled(term.upper) if term.upper is not None else None

    def run(w: World, e: Env) -> Any:
        size, base = w.size(axis), w.base(axis)
        first = int(lower(w, e)) - base if lower else 0
        last = int(upper(w, e)) - base if upper else size - 1
        if first < 0 or last >= size:
            raise NoValue(
                f"the {term.name} runs from {first + base} to {last + base}, and the axis "
                f"{w.scope.axis(axis)} has the {size} entries {base} to {size - 1 + base}"
            )
        w.steps += last + 1 - first
        if w.steps > MAX_STEPS:
            raise TooLarge(f"more than {MAX_STEPS} steps")
        found = []
        for e[letter] in range(first, last + 1):
            if all(check(w, e) for check in tests):
                found.append(body(w, e))
        if term.name == "sum":
            return sum(found) if found else w.kind.make(Fraction(0))
        if term.name == "product":
            return math.prod(found) if found else w.kind.make(Fraction(1))
        if not found:
            raise NoValue(f"the {term.name} of nothing")
        return max(found) if term.name == "max" else min(found)

    return run


def chosen(branches: list[tuple[list[Callable[[World, Env], bool]], Run]]) -> Run:
    def run(w: World, e: Env) -> Any:
        for tests, value in branches:
            if all(check(w, e) for check in tests):
                return value(w, e)
        raise NoValue("no case applies")

    return run
