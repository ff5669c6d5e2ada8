"""Tokens in, tree out: precedence climbing over the table of operators in `notation`.

What a page has declared settles what its letters mean: `p_i(1 - p_i)` is a product where `p` is a
symbol and a call where `p` is a function. Where nothing settles it, the reading is refused.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

from workings import notation as n
from workings import tree as t
from workings.lexer import Token, Unreadable

SUM, TERM, FACTOR = 1, 2, 5
TRANSPOSE = {"\\top", "\\intercal", "T", "\\mathsf{T}", "\\mathbf{T}", "\\dagger"}
ONES = {"\\mathbf{1}", "\\mathbb{1}", "\\mathbb{I}", "1", "\\mathbf{e}"}
DOTS = {"\\dots", "\\cdots", "\\ldots", "\\vdots", "\\dotsc"}
FENCES = {"|": "|", "\\lvert": "\\rvert", "\\vert": "\\vert", "\\|": "\\|", "\\lVert": "\\rVert",
          "\\Vert": "\\Vert"}  # fmt: skip


class Names(Protocol):
    """What a reader of a formula must know of the page: which heads mean what."""

    def rank(self, head: str) -> int | None: ...
    def is_function(self, head: str) -> bool: ...
    def is_label(self, head: str) -> bool: ...


def parse(tokens: list[Token], names: Names) -> t.Node:
    """Parse one side of a relation; raises Unreadable with the place of what can't be read."""
    parser = Parser(tokens, names)
    node = parser.expression(SUM)
    parser.finish()
    return node


def conditions(tokens: list[Token], names: Names) -> tuple[t.Comparison, ...]:
    """The comparisons in a condition such as `if i = j`; a whole range restricts nothing."""
    return Parser(tokens, names).comparisons()


class Parser:
    """Walks over the tokens of one formula."""

    def __init__(self, tokens: list[Token], names: Names) -> None:
        self.tokens = [token for token in tokens if token.kind not in ("gap", "remark")]
        self.names, self.i, self.fence = names, 0, ""

    @property
    def next(self) -> Token:
        if self.i < len(self.tokens):
            return self.tokens[self.i]
        end = self.tokens[-1].end if self.tokens else 0
        return Token("end of formula", "", end, end)

    def take(self) -> Token:
        token = self.next
        self.i += 1
        return token

    def skip(self, *texts: str) -> bool:
        if self.next.text in texts and self.i < len(self.tokens):
            self.i += 1
            return True
        return False

    def expect(self, text: str, opening: Token) -> None:
        if not self.skip(text):
            raise Unreadable(f"this {opening.text} is never closed", opening.at, opening.end)

    def finish(self) -> None:
        if self.i < len(self.tokens):
            raise self.stuck()

    def stuck(self) -> Unreadable:
        token = self.next
        if token.kind == "end of formula":
            return Unreadable("the formula stops where a value should follow", token.at)
        if token.text in n.CLOSING:
            return Unreadable(f"this {token.text} closes nothing", token.at, token.end)
        if token.text in DOTS:
            return Unreadable("dots leave the reader to guess: write a sum", token.at, token.end)
        return Unreadable(f"I can't read {token.text} here", token.at, token.end)

    def expression(self, level: int) -> t.Node:
        """Operators at least as tight as `level`, joined from the left; a sign leads a sum."""
        start = self.next.at
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
        return node

    def node(self, name: str, start: int, *args: t.Node) -> t.Node:
        return t.Operation(name, args, at=start, end=self.tokens[self.i - 1].end)

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
            return self.truth(conditions(self.inside(opening), self.names), opening)
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

    def end(self) -> int:
        return self.tokens[self.i - 1].end

    def raised(self, node: t.Node, script: list[Token], start: int) -> t.Node:
        text = "".join(token.text for token in script)
        if text in TRANSPOSE and self.names.rank(text) is None:
            return self.node("transpose", start, node)
        if not script or script[0].text in ("*", "\\ast", "\\star", "+", "\\prime"):
            at = script[0].at if script else start
            raise Unreadable(f"I can't tell what the superscript {text} means", at)
        return self.node("power", start, node, self.nested(script))

    def nested(self, tokens: list[Token]) -> t.Node:
        return parse(tokens, self.names)

    def script(self) -> list[Token]:
        """The tokens of a script: those in braces, or the one that follows."""
        if self.next.text == "{" and self.next.kind == "{":
            return self.inside(self.take())
        token = self.take()
        bare = token.kind in ("relation", "mark") and token.text not in ("*", "+", "-")
        if bare or token.kind == "end of formula":
            raise Unreadable("a script with nothing in it", token.at)
        if token.text in ("\\frac", "\\sqrt"):
            size = 2 if token.text == "\\frac" else 1
            groups = [[self.next, *self.inside(self.take()), self.tokens[self.i - 1]]
                      for _ in range(size)]  # fmt: skip
            return [token, *(piece for group in groups for piece in group)]
        return [token]

    def inside(self, opening: Token) -> list[Token]:
        """The tokens up to the partner of an opening one, which is taken as well."""
        pairs = {"{": "}", **n.OPENING}
        close, depth, start = pairs[opening.text], 1, self.i
        while self.i < len(self.tokens):
            text = self.take().text
            depth += (text == opening.text) - (text == close)
            if depth == 0:
                return self.tokens[start : self.i - 1]
        raise Unreadable(f"this {opening.text} is never closed", opening.at, opening.end)

    def braced(self) -> t.Node:
        opening = self.take()
        tokens = self.inside(opening)
        if not tokens:
            raise Unreadable("nothing stands between these braces", opening.at, self.end())
        return self.nested(tokens)

    def named(self) -> t.Node:
        """A letter or a word: a symbol with its indices, a call, a constant or a differential."""
        token = self.take()
        start, names = token.at, self.names
        if token.text == "d" and names.rank("d") is None and self.starts(self.i):
            return self.differential(start)
        head, subs, sups, primes, end = token.text, None, [], 0, token.end
        while self.next.text in ("_", "^") or self.next.kind == "primes":
            mark = self.take()
            if mark.kind == "primes":
                primes += len(mark.text)
            elif mark.text == "_" and subs is None:
                subs, end = self.script(), self.end()
            elif mark.text == "^" and self.next.text in ("\\prime", "'"):
                primes += 1
                self.i += 1
            elif mark.text == "^":
                sups.append(self.script())
                end = self.end() if is_sample(sups[-1]) else end
            else:
                raise Unreadable("two subscripts on one letter", mark.at)
        if head == "\\mathbf{0}" and names.rank(head) is None:
            return t.Literal(Fraction(0), "0", at=start, end=end)
        ones = head in ONES and names.rank(head) is None
        if ones and not sups and (subs is not None or self.compares_ahead()):
            return self.indicator(token, subs)
        head = self.superscripted(head, sups)
        head, indices = self.resolve(head, subs)
        head = self.superscripted(head, sups)
        samples: tuple[t.Node, ...] = ()
        if sups and is_sample(sups[0]) and (names.rank(head) or 0) > 0:
            samples = self.index_list(sups.pop(0)[1:-1])
        opens = self.next.text == "(" and not ones and head not in ("I", "\\mathbf{I}")
        if indices and (names.rank(head) is not None or head == "\\delta"):
            opens = False
        if self.is_call(head, opens):
            return self.call(token, head, indices, sups, primes)
        if opens and names.rank(head) == 0 and self.lists_arguments():
            self.inside(self.take())
        room = (names.rank(head) or 0) > len(indices) + len(samples)
        if self.next.text == "[" and room and self.looks_like_index():
            indices += self.index_list(self.inside(self.take()))
            end = self.end()
        node = self.symbol(token, head, samples + indices, end)
        if primes:
            node = t.Call("′", (node,), primes, at=start, end=self.end())
        for script in sups:
            if head == "e" and names.rank("e") is None:
                node = t.Call("exp", (self.nested(script),), at=start, end=self.end())
            else:
                node = self.raised(node, script, start)
        return self.scripts(node, start)

    def symbol(self, token: Token, head: str, indices: tuple[t.Node, ...], end: int) -> t.Node:
        if head == "\\delta" and self.names.rank(head) is None and len(indices) == 2:
            test = t.Comparison("=", *indices, at=token.at, end=end)
            return self.truth((test,), token)
        return t.Symbol(head, indices, at=token.at, end=end)

    def superscripted(self, head: str, sups: list[list[Token]]) -> str:
        """The head with a superscript that belongs to its name: `W^{[1]}`, `\\sigma^2`."""
        for script in sups:
            own, rest = (
                (script[:-1], script[-1:])
                if script and script[-1].text in TRANSPOSE
                else (script, [])
            )
            name = f"{head}^{''.join(token.text for token in own)}"
            if own and self.names.rank(name) is not None:
                sups.remove(script)
                sups.extend([rest] if rest else [])
                return name
        return head

    def resolve(self, head: str, subs: list[Token] | None) -> tuple[str, tuple[t.Node, ...]]:
        """Which part of a subscript belongs to the name and which part is indices."""
        if subs is None:
            return head, ()
        for cut in range(len(subs), 0, -1):
            name = spell(head, subs[:cut])
            if self.names.rank(name) is not None or self.names.is_function(name):
                rest = subs[cut:]
                while rest and rest[0].text in ("_", ","):
                    rest = rest[1:]
                if rest and rest[0].text == "{":
                    rest = rest[1:-1]
                return name, self.index_list(rest) if rest else ()
        if any(token.kind == "word" for token in subs):
            return spell(head, subs), ()
        return head, self.index_list(subs)

    def index_list(self, tokens: list[Token]) -> tuple[t.Node, ...]:
        """Indices side by side, or parted by commas or arrows."""
        parser, out = Parser(primed(tokens), self.names), []
        while parser.i < len(parser.tokens):
            if parser.skip(",", "\\to", "\\rightarrow", ";"):
                continue
            token = parser.take()
            if token.kind == "number":
                out.append(t.Literal(Fraction(token.text), token.text, at=token.at, end=token.end))
            elif token.kind in ("letter", "word"):
                out.append(parser.index(token))
            elif token.text == "(" and parser.tokens[-1].text == ")":
                out += self.index_list(parser.inside(token))
            else:
                raise Unreadable(f"I can't read {token.text} as an index", token.at, token.end)
        if not out:
            raise Unreadable("an empty index", tokens[0].at if tokens else self.next.at)
        return tuple(out)

    def index(self, token: Token) -> t.Symbol:
        inner: tuple[t.Node, ...] = ()
        while self.next.text in ("_", "^") and (self.next.text == "_" or self.sample_next()):
            self.take()
            inner += self.index_list(self.script())
        return t.Symbol(token.text, inner, at=token.at, end=self.end())

    def sample_next(self) -> bool:
        return self.i + 2 < len(self.tokens) and self.tokens[self.i + 2].text == "("

    def compares_ahead(self) -> bool:
        """Whether a bracket follows that holds a condition: `\\mathbb{1}\\{i = j\\}`."""
        if self.next.text not in ("\\{", "[", "("):
            return False
        start = self.i
        inside = self.inside(self.take())
        self.i = start
        return any(token.kind == "relation" for token in inside)

    def looks_like_index(self) -> bool:
        """Whether a square bracket holds indices: letters, numbers, labels, commas."""
        start = self.i
        tokens = self.inside(self.take())
        self.i = start
        plain = all(t.kind in ("letter", "number", "{", "}") or t.text in ",_^()" for t in tokens)
        return plain and bool(tokens)

    def is_call(self, head: str, opens: bool) -> bool:
        if self.names.is_function(head):
            return opens or self.names.rank(head) is None
        if self.names.rank(head) is not None:
            return False
        return n.SPELLINGS.get(head, head) in n.FUNCTIONS or (opens and head not in ("e", "\\pi"))

    def lists_arguments(self) -> bool:
        """Whether the bracket ahead holds plain names with commas, as in `L(\\hat{y}, y)`."""
        start = self.i
        tokens = self.inside(self.take())
        self.i = start
        plain = all(x.kind in ("letter", "word", "{", "}") or x.text in ",;_" for x in tokens)
        return plain and any(x.text in ",;" for x in tokens)

    def call(self, token: Token, head: str, indices: tuple[t.Node, ...], sups: list[list[Token]],
             primes: int) -> t.Node:  # fmt: skip
        """A function with its arguments, bracketed or bare; `\\tanh^2 z` is a square of a call."""
        start = token.at
        known = self.names.is_function(head) or n.SPELLINGS.get(head, head) in n.FUNCTIONS
        if self.next.text in ("(", "[") or (self.next.text == "\\{" and known):
            opening = self.take()
            args = self.arguments(self.inside(opening))
        elif self.next.text == "\\|" or not known or not self.starts(self.i):
            raise Unreadable(f"{head} needs an argument, or a declaration", token.at, token.end)
        else:
            args = (self.bare_argument(token),)
        if not self.names.is_function(head):
            head = n.SPELLINGS.get(head, head)
        if head == "log" and indices:
            head, indices = "log" + "".join(getattr(i, "text", "?") for i in indices), ()
            if head not in n.ELEMENTWISE:
                raise Unreadable("only the bases 2 and 10 are known", token.at, token.end)
        node: t.Node = t.Call(head, args, primes, at=start, end=self.end())
        if indices:
            node = t.Component(node, indices, at=start, end=self.end())
        for script in sups:
            raised = self.raised(node, script, start)
            each = isinstance(raised, t.Operation) and raised.name == "power"
            node = self.node("power of each", start, *raised.args) if each else raised
        return self.scripts(node, start)

    def arguments(self, tokens: list[Token]) -> tuple[t.Node, ...]:
        from workings.chain import step

        groups: list[list[Token]] = [[]]
        depth = 0
        apart = {",", ";", "|", "\\mid", "\\parallel"}
        if sum(token.text == "\\|" for token in tokens) == 1:
            apart.add("\\|")
        for token in tokens:
            depth += step(token)
            if depth == 0 and token.text in apart:
                groups.append([])
            else:
                groups[-1].append(token)
        if not all(groups):
            raise Unreadable("an argument is missing", self.tokens[self.i - 1].at)
        return tuple(self.nested(group) for group in groups)

    def bare_argument(self, function: Token) -> t.Node:
        """The argument of `\\log p_k`: the next factor; what might belong to it is refused."""
        start, first = self.next.at, self.next
        node = self.factor()
        if first.kind == "number":
            return self.juxtaposed(node, start)
        token = self.next
        plain = token.kind in ("letter", "number") and first.kind in ("letter", "number")
        if plain and token.text != "d":
            message = f"is this inside the {function.text.lstrip(chr(92))} or beside it? "
            raise Unreadable(message + "write brackets", token.at, token.end)
        return node

    def differential(self, start: int) -> t.Node:
        token = self.take()
        sups: list[list[Token]] = []
        if token.kind in ("letter", "word"):
            subs = None
            while self.next.text in ("_", "^"):
                if self.take().text == "_":
                    subs = self.script()
                else:
                    sups.append(self.script())
            head = self.superscripted(token.text, sups)
            head, indices = self.resolve(head, subs)
            head = self.superscripted(head, sups)
            if self.is_call(head, self.next.text == "(") and self.names.rank(head) is None:
                body = self.call(token, head, indices, [], 0)
            else:
                body = t.Symbol(head, indices, at=token.at, end=self.end())
        else:
            self.i -= 1
            body = self.atom()
        node: t.Node = t.Differential(body, at=start, end=self.end())
        for script in sups:
            node = self.raised(node, script, start)
        return self.scripts(node, start)

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
        return self.factors()

    def denominators(self, below: list[Token]) -> tuple[t.Symbol, ...]:
        parser, out = Parser(below, self.names), []
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
        """`∂L / ∂x` written with a slash."""
        start = self.take().at
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
            raise Unreadable("∇ by what? write \\nabla_{\\mathbf{o}}", start, self.end())
        by, _ = Parser(subs, self.names).variable()
        if self.next.text in n.OPENING:
            opening = self.next
            self.take()
            body: t.Node = self.bracket(opening)
        else:
            body = self.operand(start)
        return t.Derivative(body, (by,) * order, at=start, end=self.end())

    def is_sum(self) -> bool:
        """Whether a capital sigma is a sum: no symbol of the page, with an index and a body."""
        if self.names.rank("\\Sigma") is not None or self.i + 1 >= len(self.tokens):
            return False
        if self.tokens[self.i + 1].text != "_":
            return False
        here, self.i = self.i, self.i + 2
        name = spell("\\Sigma", self.script())
        found = self.starts(self.i) and self.names.rank(name) is None
        self.i = here
        return found

    def big(self, token: Token) -> t.Node:
        """A sum, product or maximum with its limits; its body is the term that follows."""
        name, subs, upper = n.BIG.get(token.text, "sum"), None, None
        while self.next.text in ("_", "^"):
            if self.take().text == "_":
                subs = self.script()
            else:
                upper = self.nested(self.script())
        if subs is None and name in ("max", "min"):
            return self.call(Token("word", name, token.at, token.end), name, (), [], 0)
        if subs is None:
            raise Unreadable(f"this {name} has no index", token.at, token.end)
        letters, lower, tests, over = self.limits(subs)
        if self.next.text in ("-", "+") or self.starts(self.i):
            body = self.expression(TERM)
        else:
            raise Unreadable(f"this {name} has nothing to run over", token.at, token.end)
        return t.Big(name, letters, lower, upper, tests, body, over, at=token.at, end=self.end())

    def limits(self, tokens: list[Token]) -> tuple[tuple[str, ...], t.Node | None,
                                                   tuple[t.Comparison, ...], str]:  # fmt: skip
        """What stands under a sum: letters, a lower limit, conditions, a set."""
        if tokens and tokens[0].text == "\\substack":
            tokens = tokens[2:-1]
        tokens = primed(tokens)
        letters: list[str] = []
        lower, tests, over = None, [], ""
        for item in split_items(tokens):
            first = item[0]
            if first.kind != "letter":
                raise Unreadable(f"I can't read {first.text} under a sum", first.at, first.end)
            relation = next((i for i, x in enumerate(item) if x.kind == "relation"), None)
            if relation is None:
                if any(x.kind != "letter" for x in item):
                    raise Unreadable("a sum's index is a letter", first.at, item[-1].end)
                letters += [x.text for x in item]
                continue
            sign, right = n.RELATIONS[item[relation].text], item[relation + 1 :]
            if not right:
                raise Unreadable("a limit is missing", first.at, first.end)
            if relation == 1 and first.text not in letters:
                letters.append(first.text)
            if sign == "∈":
                over = right[0].text if len(right) == 1 and right[0].kind == "letter" else "?"
            elif sign == "=" and lower is None and is_limit(right, self.names):
                lower = self.nested(right)
            else:
                left = Parser(item[:relation], self.names).index_list(item[:relation])[0]
                tests += [t.Comparison(sign, left, other, at=first.at, end=item[-1].end)
                          for other in self.index_list(right)]  # fmt: skip
        if not letters:
            raise Unreadable("a sum needs an index letter", tokens[0].at if tokens else 0)
        return tuple(letters), lower, tuple(tests), over

    def indicator(self, token: Token, subs: list[Token] | None = None) -> t.Node:
        """`1_{i=j}`, `\\mathbb{1}\\{i=j\\}`, and a vector of ones where nothing follows."""
        if subs is None and self.skip("_"):
            subs = self.script()
        if subs is None:
            subs = self.inside(self.take())
        if subs and subs[0].text == "\\{":
            subs = subs[1:-1]
        if not any(x.kind == "relation" for x in subs) and self.next.text == "(":
            value = self.index_list(self.inside(self.take()))[0]
            member = self.index_list(subs)[0]
            test = t.Comparison("=", value, member, at=token.at, end=self.end())
            return self.truth((test,), token)
        if not any(x.kind == "relation" for x in subs):
            return t.Symbol("\\mathbf{1}", at=token.at, end=self.end())
        return self.truth(conditions(subs, self.names), token)

    def truth(self, tests: tuple[t.Comparison, ...], start: Token) -> t.Node:
        """One where all tests hold, else zero."""
        one, zero = t.Literal(Fraction(1), "1"), t.Literal(Fraction(0), "0")
        return t.Cases(((one, tests), (zero, ())), start.text, at=start.at, end=self.end())

    def values(self, opening: Token) -> list[list[Token]]:
        """The rows of an environment, as tokens."""
        depth, out = 1, [[]]
        while self.i < len(self.tokens):
            token = self.take()
            depth += (token.kind == "begin") - (token.kind == "end")
            if depth == 0:
                return [row for row in out if any(x.kind != "&" for x in row)]
            if token.kind == "row" and depth == 1:
                out.append([])
            else:
                out[-1].append(token)
        raise Unreadable(f"\\begin{{{opening.text}}} is never ended", opening.at, opening.end)

    def cases(self, opening: Token) -> t.Node:
        branches = []
        for row in self.values(opening):
            cut = next((i for i in range(len(row)) if ends_value(row, i)), len(row))
            if not row[:cut]:
                raise Unreadable("a case without a value", row[0].at)
            branches.append((self.nested(row[:cut]), conditions(row[cut:], self.names)))
        if not branches:
            raise Unreadable("cases with no case in them", opening.at, self.end())
        return t.Cases(tuple(branches), at=opening.at, end=self.end())

    def table(self, opening: Token) -> t.Node:
        if opening.text in ("vmatrix", "Vmatrix"):
            raise Unreadable("determinants are not read", opening.at, opening.end)
        rows = []
        for row in self.values(opening):
            cells: list[list[Token]] = [[]]
            for token in row:
                if token.kind == "&":
                    cells.append([])
                else:
                    cells[-1].append(token)
            if not all(cells):
                raise Unreadable("an empty cell in a matrix", row[0].at)
            rows.append(tuple(self.nested(cell) for cell in cells))
        return t.Table(tuple(rows), at=opening.at, end=self.end())

    def comparisons(self) -> tuple[t.Comparison, ...]:
        """The comparisons of a condition; words around them and whole ranges say nothing more."""
        out: list[t.Comparison] = []
        for item in split_items([x for x in self.tokens if x.kind not in ("&", "remark")]):
            item = [x for x in item if x.kind != "keyword" and x.text not in (".", ";")]
            places = [i for i, x in enumerate(item) if x.kind == "relation"]
            if not places or any(x.text in DOTS for x in item):
                continue
            bounds = [-1, *places, len(item)]
            parts = [item[a + 1 : b] for a, b in itertools.pairwise(bounds)]
            if not all(parts):
                raise Unreadable("half of this condition is missing", item[0].at, item[-1].end)
            for place, left, right in zip(places, parts, parts[1:], strict=False):
                relation = n.RELATIONS[item[place].text]
                if relation == "∈":
                    continue
                if relation not in ("=", "≠", "<", ">", "≤", "≥"):
                    raise Unreadable("a condition compares", item[place].at, item[place].end)
                out.append(t.Comparison(relation, self.nested(left), self.nested(right),
                                        at=left[0].at, end=right[-1].end))  # fmt: skip
        return tuple(out)


def spell(head: str, subs: list[Token]) -> str:
    """The normal spelling of a head with a subscript that belongs to its name."""
    return head + "_" + "".join(token.text for token in subs if token.text not in "{}")


def primed(tokens: list[Token]) -> list[Token]:
    """Index letters with their primes: `k'` is a letter of its own."""
    out: list[Token] = []
    for token in tokens:
        if token.kind == "primes" and out and out[-1].kind == "letter":
            out[-1] = replace(out[-1], text=out[-1].text + token.text, end=token.end)
        else:
            out.append(token)
    return out


def is_sample(script: list[Token]) -> bool:
    return len(script) >= 3 and script[0].text == "(" and script[-1].text == ")"


def is_limit(tokens: list[Token], names: Names) -> bool:
    """Whether `j = …` under a sum is a lower limit; a letter there is a condition instead."""
    return not (len(tokens) == 1 and tokens[0].kind == "letter") and not (
        tokens[0].kind == "letter" and names.is_label(tokens[0].text)
    )


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


def ends_value(row: list[Token], i: int) -> bool:
    """Whether the value of a case ends before a token: a column, a comma, or a word."""
    depth = sum((x.text in "({[") - (x.text in ")}]") for x in row[:i] if len(x.text) == 1)
    return depth == 0 and (row[i].kind in ("&", "keyword", "remark") or row[i].text == ",")


def split_items(tokens: list[Token]) -> list[list[Token]]:
    """Parts between commas, colons, row breaks and the word `and`, outside brackets."""
    out: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in ("{", "(")) - (token.text in ("}", ")"))
        parted = token.text in (",", ":", "\\land", "\\mid", "|") or token.kind == "row"
        if depth == 0 and parted:
            out.append([])
        else:
            out[-1].append(token)
    return [item for item in out if item]
