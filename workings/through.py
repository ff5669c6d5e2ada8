"""A term written by way of a symbol: σ(wx + b) is σ(z) where the page says `z = wx + b`."""

from __future__ import annotations

from typing import Any

from workings import tree as t
from workings.derivative import children, depends, rebuilt
from workings.scope import Scope


def written_by(scope: Scope, term: t.Term, head: Any) -> t.Term:
    """The term with a number's formula replaced by the number itself, wherever it stands.

    Definitions that hold the formula are written out; whatever doesn't stays as it is.
    """
    known = scope.definitions.get(head)
    if known is None or known.letters or known.axes:
        return term
    formula = likeness(scope, known.body)
    found = 0

    def go(part: Any) -> Any:
        nonlocal found
        if isinstance(part, t.Entry) and not part.indices and part.head != head:
            inner = scope.definitions.get(part.head)
            if inner is None or inner.axes or depends(scope, head, part.head):
                return part
            before, written = found, go(inner.body)
            return part if found == before else written
        if likeness(scope, part) == formula:
            found += 1
            return t.Entry(head)
        return rebuilt(part, go)

    return term if isinstance(known.body, t.Entry | t.Number) else go(term)


def likeness(scope: Scope, term: Any, names: tuple[str, ...] = ()) -> Any:
    """What two terms share that say the same: the letters of sums are named by their depth."""
    match term:
        case t.Letter(name):
            return ("letter", names.index(name) if name in names else scope.axis(name))
        case t.Fold():
            inner = (term.letter, *names)
            parts = [likeness(scope, part, inner) for part in children(term)]
            return (term.name, scope.axis(term.axis), *parts)
        case t.Entry(head) | t.Apply(head):
            parts = [likeness(scope, part, names) for part in children(term)]
            return (type(term), head, *parts)
        case t.Number(value):
            return ("number", value)
        case t.Constant(name) | t.Size(name):
            return (type(term), name)
    return id(term)
