"""A definition put into the scope, or the reason why it can't stand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial

from workings import tree as t
from workings.array import Value
from workings.check import out_of_range
from workings.derivative import depends, heads, substitute
from workings.index import Indexer, define
from workings.reference import plain
from workings.scope import Definition, Function, Scope
from workings.target import Target
from workings.token import Unreadable


class WithParameters:
    """A scope seen from inside a function's formula, where its parameters are symbols."""

    def __init__(self, scope: Scope, parameters: tuple[str, ...]) -> None:
        self.scope, self.parameters = scope, {*parameters, *map(plain, parameters)}

    def rank(self, head: str) -> int | None:
        return 1 if head in self.parameters else self.scope.rank(head)

    def is_function(self, head: str) -> bool:
        return head not in self.parameters and self.scope.is_function(head)

    def is_label(self, head: str) -> bool:
        return head not in self.parameters and self.scope.is_label(head)


def defines(found: Target, body: t.Node | Unreadable, scope: Scope) -> Unreadable | None:
    """Put one definition into the scope, or say why it can't be."""
    if isinstance(body, Unreadable):
        return body
    unknown = [p for p in found.parameters or () if scope.find(p) != p]
    head = found.head if found.power == 1 else f"{found.head}^{found.power}"
    old = set(scope.parameters)
    try:
        scope.parameters |= set(unknown)
        made = define(scope, head, found.letters, body)
        if found.parameters and scope.first_function(head) is not None:
            raise Unreadable(f"{head} has one value already", body.at, body.end)
        scope.definitions[head] = made
        scope.tried.clear()
        if any(depends(scope, other, head) for other in heads(scope.definitions[head].body)):
            del scope.definitions[head]
            return Unreadable(
                f"{head} stands for itself here: an assignment is no equation", body.at
            )
        if scope.is_axis(head) and not scope.axes_of(head):
            del scope.definitions[head]
            return Unreadable(f"{head} is the size of an axis on this page", body.at, body.end)
        if found.power != 1:
            scope.definitions[found.head] = root(scope.definitions[head], found)
    except Unreadable as error:
        if not found.parameters:
            return error
        scope.parameters = old
        probe = probed(scope, found, body)
        if probe is not None:
            return probe if unknown else error
    finally:
        scope.parameters = old
    if found.head in scope.definitions and (flaw := out_of_range(scope, found.head)):
        del scope.definitions[found.head]
        return Unreadable(flaw, body.at, body.end)
    if found.in_brackets is not None:
        scope.indexed[found.head] = found.in_brackets
    if found.parameters is not None:
        scope.functions[found.head, len(found.parameters)] = Function(
            found.head, found.parameters, found.letters, body
        )
        if not found.letters:
            scope.parameters |= set(unknown)
    return None


def root(squared: Definition, found: Target) -> Definition:
    """The symbol itself where a page defines a power of it: `\\sigma^2 = …` gives σ its root."""
    indices = tuple(map(t.Letter, squared.letters))
    exponent = t.Number(Fraction(1, found.power))
    body = t.Apply("power", (t.Entry(squared.head, indices), exponent))
    return replace(squared, head=found.head, body=body)


def entry(name: str, indices: tuple[t.Term, ...]) -> t.Term:
    """An entry of an argument that may be anything."""
    return t.Entry(("free", name), indices)


def probed(scope: Scope, found: Target, body: t.Node) -> Unreadable | None:
    """Try a function's formula on numbers, then on vectors: one of the two must make sense."""
    first: Unreadable | None = None
    trial = scope.copy()
    axis = trial.fresh("vector")
    for shape in ((), (axis,)):
        indexer = Indexer(trial)
        names = (*(found.parameters or ()), *map(plain, found.parameters or ()))
        indexer.parameters = {p: Value(shape, partial(entry, p)) for p in names}
        indexer.bound = {letter: t.Letter(trial.fresh(letter)) for letter in found.letters}
        indexer.closed = True
        try:
            indexer.value(body)
            return None
        except Unreadable as error:
            first = first or error
    return first


def totals(found: Target, body: t.Node | Unreadable, scope: Scope) -> bool:
    """Whether a letter that names an array is given a second meaning as a number: `L = Σ L_i`."""
    name = scope.total(found.head)
    if isinstance(body, Unreadable | t.Literal) or name in scope.definitions:
        return False
    try:
        made = define(scope, name, (), body)
    except Unreadable:
        return False
    if made.axes:
        return False
    scope.definitions[name] = made
    scope.tried.clear()
    if out_of_range(scope, name):
        del scope.definitions[name]
    return name in scope.definitions


def gives_value(found: Target, body: t.Node | Unreadable, scope: Scope) -> bool:
    """Whether a function's parameter becomes a symbol: `z = wx + b` after `\\sigma(z) = …`.

    From then on whatever was said of any z is said of this one, the bare `\\sigma` included. A
    number is none: `x = 0` names a place.
    """
    if isinstance(body, Unreadable | t.Literal):
        return False
    try:
        made = define(scope, found.head, found.letters, body)
    except Unreadable:
        return False
    free = ("free", found.head)
    if any(head == free or depends(scope, head, free) for head in heads(made.body)):
        return False
    scope.parameters.discard(found.head)
    scope.definitions[found.head] = made
    scope.tried.clear()
    if not made.axes:
        for head, known in scope.definitions.items():
            if free in heads(known.body):
                body_there = substitute(known.body, free, t.Entry(found.head))
                scope.definitions[head] = replace(known, body=body_there)
        return True
    for function in scope.functions.values():
        head = function.head
        if found.head not in function.parameters or function is not scope.first_function(head):
            continue
        try:
            scope.definitions[head] = define(scope, head, function.letters, function.body)
        except Unreadable:
            scope.definitions.pop(head, None)
    return True
