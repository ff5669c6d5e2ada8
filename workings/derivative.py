"""Exact derivatives, term to term: the rules are a table, the rest is the chain rule."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from workings import tree as t
from workings.scope import FIXED, Definition, Scope

ZERO, ONE = t.Number(Fraction(0)), t.Number(Fraction(1))


def is_number(term: t.Term, value: int) -> bool:
    return isinstance(term, t.Number) and term.value == value


def add(*terms: t.Term) -> t.Term:
    kept = tuple(term for term in terms if not is_number(term, 0))
    if len(kept) < 2:
        return kept[0] if kept else ZERO
    return t.Apply("add", kept)


def times(*terms: t.Term) -> t.Term:
    if any(is_number(term, 0) for term in terms):
        return ZERO
    kept = tuple(term for term in terms if not is_number(term, 1))
    if len(kept) < 2:
        return kept[0] if kept else ONE
    return t.Apply("times", kept)


def negative(term: t.Term) -> t.Term:
    return ZERO if is_number(term, 0) else t.Apply("negative", (term,))


def divide(above: t.Term, below: t.Term) -> t.Term:
    return (
        above if is_number(above, 0) or is_number(below, 1) else t.Apply("divide", (above, below))
    )


def number(value: int) -> t.Term:
    return t.Number(Fraction(value))


def call(name: str, *args: t.Term) -> t.Term:
    return t.Apply(name, args)


# The derivative of a function of one value x, given x and the value f of the function there.
RULES: dict[str, Callable[[t.Term, t.Term], t.Term]] = {
    "exp": lambda x, f: f,
    "expm1": lambda x, f: call("exp", x),
    "log": lambda x, f: divide(ONE, x),
    "log1p": lambda x, f: divide(ONE, add(ONE, x)),
    "log2": lambda x, f: divide(ONE, times(x, call("log", number(2)))),
    "log10": lambda x, f: divide(ONE, times(x, call("log", number(10)))),
    "sqrt": lambda x, f: divide(ONE, times(number(2), f)),
    "tanh": lambda x, f: add(ONE, negative(times(f, f))),
    "sinh": lambda x, f: call("cosh", x),
    "cosh": lambda x, f: call("sinh", x),
    "sech": lambda x, f: negative(times(f, call("tanh", x))),
    "sin": lambda x, f: call("cos", x),
    "cos": lambda x, f: negative(call("sin", x)),
    "tan": lambda x, f: add(ONE, times(f, f)),
    "sigmoid": lambda x, f: times(f, add(ONE, negative(f))),
    "softplus": lambda x, f: call("sigmoid", x),
    "relu": lambda x, f: t.Choose((((t.Test(">", x, ZERO, False),), ONE), ((), ZERO))),
    "abs": lambda x, f: call("sign", x),
    "sign": lambda x, f: ZERO,
    "negative": lambda x, f: negative(ONE),
}


class Rule:
    """How entries vary: by one entry of one head, or all together for a differential."""

    def __init__(self, scope: Scope, head: Any = None, targets: tuple[t.Term, ...] = ()) -> None:
        self.scope, self.head, self.targets = scope, head, targets

    def entry(self, entry: t.Entry) -> t.Term:
        """The derivative of one entry: a Kronecker delta, a differential, or by its definition."""
        head, scope = entry.head, self.scope
        if self.head is None:
            if head in scope.declarations:
                moves = head in scope.varying and scope.declarations[head].domain not in FIXED
                return t.Entry(("d", head), entry.indices) if moves else ZERO
            if head not in scope.definitions or not depends(scope, head, None):
                return ZERO
            return t.Entry(self.derived(head), entry.indices)
        if head == self.head:
            tests = tuple(
                t.Test("=", a, b) for a, b in zip(entry.indices, self.targets, strict=False)
            )
            return t.Choose(((tests, ONE), ((), ZERO))) if tests else ONE
        if head not in scope.definitions or not depends(scope, head, self.head):
            return ZERO
        return t.Entry(self.derived(head), entry.indices + self.targets)

    def derived(self, head: Any) -> Any:
        """The head of a symbol's derivative, defined the first time it is asked for."""
        name = ("∂", head, self.head)
        if name not in self.scope.definitions:
            scope, known = self.scope, self.scope.definitions[head]
            axes = scope.axes_of(self.head) if self.head is not None else ()
            targets = tuple(scope.fresh("t") for _ in axes)
            for target, axis in zip(targets, axes, strict=False):
                scope.unify(target, axis)
            rule = Rule(scope, self.head, tuple(t.Letter(x) for x in targets))
            body = differentiate(known.body, rule)
            scope.definitions[name] = Definition(
                name, known.letters + targets, known.axes + axes, body
            )
        return name


def depends(scope: Scope, head: Any, on: Any, seen: frozenset[Any] = frozenset()) -> bool:
    """Whether a symbol's definition mentions a head (any varying input where `on` is None)."""
    if head == on:
        return True
    if head in seen:
        return False
    if head not in scope.definitions:
        return on is None and head in scope.varying
    seen = seen | {head}
    return any(depends(scope, other, on, seen) for other in heads(scope.definitions[head].body))


def heads(term: t.Term) -> set[Any]:
    """The heads of all entries in a term."""
    found: set[Any] = set()
    stack: list[Any] = [term]
    while stack:
        part = stack.pop()
        if isinstance(part, t.Entry):
            found.add(part.head)
        stack += children(part)
    return found


def children(term: Any) -> list[Any]:
    """The parts of a term, tests and limits included."""
    match term:
        case t.Entry(_, indices):
            return list(indices)
        case t.Apply(_, args):
            return list(args)
        case t.Fold():
            limits = [limit for limit in (term.lower, term.upper) if limit is not None]
            return [*limits, *term.tests, term.body]
        case t.Choose(branches):
            return [part for tests, value in branches for part in (*tests, value)]
        case t.Test(_, left, right):
            return [left, right]
    return []


def differentiate(term: t.Term, rule: Rule) -> t.Term:
    """The derivative of a term under a rule for its entries."""
    rule.scope.spend()

    def go(part: t.Term) -> t.Term:
        return differentiate(part, rule)

    match term:
        case t.Entry():
            return rule.entry(term)
        case t.Apply("add", args):
            return add(*map(go, args))
        case t.Apply("times", args):
            return add(*(times(*args[:i], go(arg), *args[i + 1 :]) for i, arg in enumerate(args)))
        case t.Apply("divide", (above, below)):
            inner, outer = go(above), go(below)
            first = divide(inner, below)
            return add(first, negative(divide(times(above, outer), times(below, below))))
        case t.Apply("power", (base, exponent)):
            inner, outer = go(base), go(exponent)
            lower = t.Apply("power", (base, add(exponent, number(-1))))
            first = times(exponent, lower, inner)
            second = times(term, call("log", base), outer) if not is_number(outer, 0) else ZERO
            return add(first, second)
        case t.Apply("max" | "min" as name, args):
            sign = "≥" if name == "max" else "≤"
            tests = [tuple(t.Test(sign, a, b, False) for b in args if b is not a) for a in args]
            return choose(
                [(test, go(arg)) for test, arg in zip(tests, args, strict=False)] + [((), ZERO)]
            )
        case t.Apply(name, (arg,)):
            inner = go(arg)
            return ZERO if is_number(inner, 0) else times(RULES[name](arg, term), inner)
        case t.Fold("sum"):
            return refold(term, "sum", go(term.body))
        case t.Fold("product"):
            return times(term, refold(term, "sum", divide(go(term.body), term.body)))
        case t.Fold():
            best = t.Test("=", term.body, term, False)
            inner = go(term.body)
            return refold(
                term,
                "sum",
                inner if is_number(inner, 0) else choose([((best,), inner), ((), ZERO)]),
            )
        case t.Choose(branches):
            return choose([(tests, go(value)) for tests, value in branches])
    return ZERO


def choose(branches: list[tuple[tuple[t.Test, ...], t.Term]]) -> t.Term:
    if all(is_number(value, 0) for _, value in branches):
        return ZERO
    return t.Choose(tuple(branches))


def refold(fold: t.Fold, name: str, body: t.Term) -> t.Term:
    if is_number(body, 0):
        return ZERO
    return t.Fold(name, fold.letter, fold.axis, fold.lower, fold.upper, fold.tests, body)


def substitute(term: Any, head: Any, replacement: t.Term) -> Any:
    """The term with every entry of a head without indices replaced."""
    if isinstance(term, t.Entry) and term.head == head:
        return replacement
    return rebuilt(term, lambda part: substitute(part, head, replacement))


def rebuilt(term: Any, change: Callable[[Any], Any]) -> Any:
    """The term with each of its parts changed; limits of sums stay."""
    match term:
        case t.Entry(name, indices):
            return t.Entry(name, tuple(map(change, indices)))
        case t.Apply(name, args):
            return t.Apply(name, tuple(map(change, args)))
        case t.Fold():
            tests, body = tuple(map(change, term.tests)), change(term.body)
            return t.Fold(term.name, term.letter, term.axis, term.lower, term.upper, tests, body)
        case t.Choose(branches):
            return t.Choose(tuple((tuple(map(change, tests)), change(x)) for tests, x in branches))
        case t.Test(relation, left, right, index):
            return t.Test(relation, change(left), change(right), index)
    return term
