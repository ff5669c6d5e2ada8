"""Tokens in, tree out: precedence climbing over the table of operators in `notation`.

What a page has declared settles what its letters mean: `p_i(1 - p_i)` is a product where `p` is a
symbol and a call where `p` is a function. Where nothing settles it, the reading is refused.
"""

from __future__ import annotations

from fractions import Fraction

from workings import notation as n
from workings import tree as t
from workings.cursor import FACTOR, SUM, TERM, TRANSPOSE, Names
from workings.fold import FoldReader
from workings.token import Token, Unreadable

FENCES = {
    "|": "|",
    "\\lvert": "\\rvert",
    "\\vert": "\\vert",
    "\\|": "\\|",
    "\\lVert": "\\rVert",
    "\\Vert": "\\Vert",
}


def parse(tokens: list[Token], names: Names) -> t.Node:
    """Parse one side of a relation; raises Unreadable with the place of what can't be read."""
    parser = Parser(tokens, names)
    node = parser.expression(SUM)
    parser.finish()
    return node


def conditions(tokens: list[Token], names: Names) -> tuple[t.Comparison, ...]:
    """The comparisons in a condition such as `if i = j`; a whole range restricts nothing."""
    return Parser(tokens, names).comparisons()


class Parser(FoldReader):
    """Reads one formula: operators by how tightly they bind, and the factors between them."""

    def expression(self, level: int) -> t.Node:
        """Operators at least as tight as `level`, joined from the left; a sign leads a sum."""
        start = self.next.at
        self.deeper()
        if self.next.text in ("-", "+"):
            sign = self.take().text
            node = self.expression(TERM)
            node = self.node("negative", start, node) if sign == "-" else node
        else:
            node = self.factors() if level < FACTOR else self.factor()
        while (operator := n.INFIX.get(self.next.text)) and self.next.kind in ("mark", "command"):
            tightness, name = operator
            if tightness < level:
                break
            if name == "?":
                raise self.stuck()
            symbol = self.take()
            if self.next.kind == "end of formula":
                raise Unreadable(f"nothing follows this {symbol.text}", symbol.at, symbol.end)
            if name == "divide":
                right = self.divisor()
            else:
                right = self.expression(tightness + 1 if tightness < 4 else FACTOR - 1)
            node = self.node(name, start, node, right)
            if name == "divide":
                node = self.juxtaposed(node, start)
        self.depth -= 1
        return node

    def divisor(self) -> t.Node:
        """What a slash divides by: one factor; `1/2x` could mean two things, so it is refused."""
        if self.next.text == "-":
            raise self.stuck()
        node, token = self.factor(), self.next
        if token.kind in ("letter", "number"):
            raise Unreadable("is this below the slash or beside it? write a fraction", token.at)
        return node

    def factors(self) -> t.Node:
        start = self.next.at
        return self.juxtaposed(self.factor(), start)

    def juxtaposed(self, node: t.Node, start: int) -> t.Node:
        """Factors side by side; a full stop between two factors is a product as well."""
        while True:
            if self.next.text == "." and self.starts(self.i + 1):
                self.i += 1
            if not self.starts(self.i):
                return node
            node = self.node("product", start, node, self.factor())

    def starts(self, i: int) -> bool:
        """Whether a factor starts at a token."""
        if i >= len(self.tokens):
            return False
        token = self.tokens[i]
        if token.text in FENCES:
            return token.text != self.fence
        if token.kind in ("letter", "word", "number"):
            return True
        if token.kind == "begin" or token.text in n.OPENING or token.text in n.BIG:
            return True
        return token.text in {"\\frac", "\\dfrac", "\\tfrac", "\\cfrac", "\\sqrt", "\\partial",
                              "\\nabla", "\\langle", "\\infty"}  # fmt: skip

    def factor(self) -> t.Node:
        """One factor with its scripts."""
        token = self.next
        if token.text in n.BIG and token.kind == "command":
            return self.big(self.take())
        if token.text == "\\Sigma" and self.is_sum():
            return self.big(self.take())
        if token.kind in ("letter", "word"):
            return self.named()
        if token.text in ("\\frac", "\\dfrac", "\\tfrac", "\\cfrac"):
            return self.fraction()
        if token.text == "\\nabla":
            return self.gradient()
        if token.text == "\\partial":
            return self.slashed()
        return self.scripts(self.atom(), token.at)

    def atom(self) -> t.Node:
        """A number, a bracket or a root."""
        token = self.take()
        if token.kind == "number":
            braces = self.next.text == "\\{" and self.compares_ahead()
            if token.text == "1" and (self.next.text == "_" or braces):
                return self.indicator(token)
            return t.Literal(Fraction(token.text), token.text, at=token.at, end=token.end)
        if token.text in n.OPENING:
            return self.bracket(token)
        if token.text == "\\sqrt":
            return t.Call("sqrt", (self.braced(),), at=token.at, end=self.tokens[self.i - 1].end)
        if token.text in FENCES:
            return self.fenced(token)
        if token.text == "\\langle":
            left = self.expression(SUM)
            if not self.skip(","):
                raise self.stuck()
            right = self.expression(SUM)
            self.expect("\\rangle", token)
            return self.node("inner", token.at, left, right)
        if token.kind == "begin":
            return self.cases(token) if "case" in token.text else self.table(token)
        self.i -= 1
        raise self.stuck()

    def bracket(self, opening: Token) -> t.Node:
        """Round, square and curly brackets group; a relation inside makes an indicator."""
        outer, self.fence = self.fence, ""
        node = self.expression(SUM)
        if self.next.kind == "relation" and opening.text in ("[", "("):
            self.i = self.tokens.index(opening) + 1
            return self.truth(self.again(self.inside(opening)).comparisons(), opening)
        self.expect(n.OPENING[opening.text], opening)
        self.fence = outer
        return self.node("group", opening.at, node)

    def fenced(self, opening: Token) -> t.Node:
        outer, self.fence = self.fence, FENCES[opening.text]
        node = self.expression(SUM)
        self.fence = outer
        self.expect(FENCES[opening.text], opening)
        if opening.text in ("|", "\\lvert", "\\vert"):
            return t.Call("abs", (node,), at=opening.at, end=self.next.at)
        if self.skip("_"):
            kind = self.script()
            if len(kind) != 1 or kind[0].text not in ("2", "F"):
                raise Unreadable("only the 2-norm and the Frobenius norm are known", opening.at)
        return self.node("norm", opening.at, node)

    def scripts(self, node: t.Node, start: int) -> t.Node:
        """Subscripts, exponents, primes and transposes after a bracket, a call or a number."""
        while self.next.text in ("^", "_") or self.next.kind == "primes":
            token = self.take()
            if token.kind == "primes":
                raise Unreadable("a prime stands on a function, not on a value", token.at)
            script = self.script()
            if token.text == "_":
                node = t.Component(node, self.index_list(script), at=start, end=self.end())
            else:
                node = self.raised(node, script, start)
        return node

    def raised(self, node: t.Node, script: list[Token], start: int) -> t.Node:
        text = "".join(token.text for token in script)
        if text in TRANSPOSE and self.names.rank(text) is None:
            return self.node("transpose", start, node)
        if not script or script[0].text in ("*", "\\ast", "\\star", "+", "\\prime"):
            at = script[0].at if script else start
            raise Unreadable(f"I can't tell what the superscript {text} means", at)
        return self.node("power", start, node, self.nested(script))

    def braced(self) -> t.Node:
        opening = self.take()
        tokens = self.inside(opening)
        if not tokens:
            raise Unreadable("nothing stands between these braces", opening.at, self.end())
        return self.nested(tokens)
