"""Derivatives as they are written: `∂f/∂x` as a fraction or with a slash, operators, gradients."""

from __future__ import annotations

from fractions import Fraction

from workings import notation as n
from workings import tree as t
from workings.condition import ConditionReader
from workings.cursor import TRANSPOSE, Names, is_sample
from workings.token import Token, Unreadable


class QuotientReader(ConditionReader):
    """Reads fractions, which may be derivatives, and gradients."""

    def fraction(self) -> t.Node:
        start = self.take().at
        above = self.inside(self.take())
        below = self.inside(self.take())
        if marks_derivative(above, self.names) and marks_derivative(below, self.names):
            return self.derivative(above, below, start)
        if not above or not below:
            raise Unreadable("a fraction with nothing above or below", start, self.end())
        node = self.node("divide", start, self.nested(above), self.nested(below))
        return self.scripts(node, start)

    def derivative(self, above: list[Token], below: list[Token], start: int) -> t.Node:
        """`∂f/∂x`, and `∂/∂x` as an operator on the factors side by side after it."""
        order, body_tokens = split_order(above)
        by = self.denominators(below)
        if len(by) != order:
            raise Unreadable(f"order {order} above, {len(by)} below", start, self.end())
        body = self.nested(body_tokens) if body_tokens else self.operand(start)
        return t.Derivative(body, by, at=start, end=self.end())

    def operand(self, start: int) -> t.Node:
        if self.next.text in ("-", "+") or not self.starts(self.i):
            raise Unreadable("nothing stands behind this derivative", start, self.end())
        self.deeper()
        node = self.factors()
        self.depth -= 1
        return node

    def denominators(self, below: list[Token]) -> tuple[t.Symbol, ...]:
        parser, out = self.again(below), []
        mark = below[0].text
        while parser.i < len(parser.tokens):
            if not parser.skip(mark):
                raise parser.stuck()
            symbol, power = parser.variable()
            out += [symbol] * power
        return tuple(out)

    def variable(self) -> tuple[t.Symbol, int]:
        """What a derivative is taken by: a symbol, perhaps squared as in `∂x_i^2`."""
        token = self.take()
        if token.kind not in ("letter", "word"):
            raise Unreadable("a derivative is taken by a symbol", token.at, token.end)
        subs, sups = None, []
        while self.next.text in ("_", "^"):
            if self.take().text == "_":
                subs = self.script()
            else:
                sups.append(self.script())
        head, indices = self.resolve(self.superscripted(token.text, sups), subs)
        head = self.superscripted(head, sups)
        if self.next.text == "[":
            indices += self.index_list(self.inside(self.take()))
        power = 1
        for script in sups:
            if is_sample(script):
                indices = self.index_list(script[1:-1]) + indices
            elif len(script) == 1 and script[0].kind == "number":
                power = int(Fraction(script[0].text))
            elif "".join(s.text for s in script) not in TRANSPOSE:
                raise Unreadable("a derivative is taken by a symbol", script[0].at)
        if power > 4:
            raise Unreadable("derivatives are read up to order four", token.at, token.end)
        return t.Symbol(head, indices, at=token.at, end=self.end()), power

    def slashed(self) -> t.Node:
        """`∂L / ∂x` written with a slash, and `∂_x L`."""
        start = self.take().at
        if self.skip("_"):
            by, _ = self.again(self.script()).variable()
            return t.Derivative(self.operand(start), (by,), at=start, end=self.end())
        body = self.factor()
        if not self.skip("/") or self.next.text != "\\partial":
            raise Unreadable("a lone ∂: write a fraction of two", start, self.end())
        self.take()
        by, power = self.variable()
        return t.Derivative(body, (by,) * power, at=start, end=self.end())

    def gradient(self) -> t.Node:
        start = self.take().at
        subs, order = None, 1
        while self.next.text in ("_", "^"):
            if self.take().text == "_":
                subs = self.script()
            else:
                script = self.script()
                if len(script) != 1 or script[0].text != "2":
                    raise Unreadable("∇ takes an exponent of 2 only", start, self.end())
                order = 2
        if not subs:
            body: t.Node = self.operand(start)
            return t.Derivative(body, (t.Symbol("∇"),) * order, at=start, end=self.end())
        by, _ = self.again(subs).variable()
        if self.next.text in n.OPENING:
            opening = self.next
            self.take()
            body = self.bracket(opening)
        else:
            body = self.operand(start)
        return t.Derivative(body, (by,) * order, at=start, end=self.end())

    def bracket(self, opening: Token) -> t.Node:
        """What brackets enclose."""
        raise NotImplementedError


def marks_derivative(tokens: list[Token], names: Names) -> bool:
    if not tokens or tokens[0].text not in ("\\partial", "d", "\\delta"):
        return False
    plain = len(tokens) < 2 or tokens[1].text != "_"
    return tokens[0].text == "\\partial" or (plain and names.rank(tokens[0].text) is None)


def split_order(above: list[Token]) -> tuple[int, list[Token]]:
    """The order of a derivative and the tokens of its body."""
    if len(above) > 1 and above[1].text == "^":
        script = above[2:3] if above[2].text != "{" else above[3:4]
        skip = 3 if above[2].text != "{" else 5
        if script and script[0].kind == "number":
            return int(Fraction(script[0].text)), above[skip:]
        raise Unreadable("the order of a derivative is a number", above[1].at)
    return 1, above[1:]
