"""Calls in, values out: functions of the page, the usual functions, and primes."""

from __future__ import annotations

from dataclasses import replace

from workings import notation as n
from workings import tree as t
from workings.array import Value
from workings.derivative import Rule, add, depends, differentiate, divide, negative, substitute
from workings.reference import References, Undeclared, plain
from workings.scope import VARIABLE, Function
from workings.token import Unreadable


class Calls(References):
    """What calls stand for: a page's functions are written out where they are called."""

    def call(self, node: t.Call) -> Value:
        head = node.head
        if head == "′":
            return self.prime(node)
        if head in self.scope.indexed:
            return self.symbol(t.Symbol(head, self.picked(node), at=node.at, end=node.end))
        args = [self.value(arg) for arg in node.args]
        function = self.scope.function(head, len(args))
        if function is None and (head not in n.ELEMENTWISE | n.WHOLE):
            raise Undeclared(head, self.neither(head, len(args)), node)
        if node.primes:
            return self.prime_of(node, args)
        return self.applied(node, function, args)

    def neither(self, head: str, arguments: int) -> str:
        """Why a call means nothing; with other arguments it may."""
        first = self.scope.first_function(head)
        if first is None:
            return "is neither declared nor defined"
        return (
            f"takes {len(first.parameters)} arguments where it is defined, "
            f"and is neither declared nor defined with {arguments}"
        )

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

    def inlined(self, function: Function, args: list[Value], node: t.Node) -> Value:
        """A function's formula with its parameters standing for the arguments."""
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
        """`u'`: the derivative by the argument of u, or by the one number that u depends on."""
        value, scope = self.value(node.args[0]), self.scope
        symbol = node.args[0]
        assert isinstance(symbol, t.Symbol)
        inputs = [h for h, d in scope.declarations.items() if not d.axes and d.domain in VARIABLE]
        found = scope.find(symbol.head)
        by = [h for h in inputs if h != found and depends(scope, found, h)]
        function = scope.first_function(symbol.head)
        if function is not None and len(function.parameters) == 1:
            by = list(function.parameters)
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
