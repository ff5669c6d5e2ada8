"""Symbols with their indices, calls and differentials: declarations settle what a letter means."""

from __future__ import annotations

from fractions import Fraction

from workings import notation as n
from workings import tree as t
from workings.cursor import is_sample, split_transpose
from workings.quotient import QuotientReader
from workings.row import step
from workings.token import Token, Unreadable

ONES = {"\\mathbf{1}", "\\mathbb{1}", "\\mathbb{I}", "1", "\\mathbf{e}"}


class LetterReader(QuotientReader):
    """Reads a letter or a word with all that belongs to it."""

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
                sups += split_transpose(self.script())
                if all(token.text in ("\\prime", "'") for token in sups[-1]):
                    primes += len(sups.pop())
                    continue
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

    def is_call(self, head: str, opens: bool) -> bool:
        if self.names.is_function(head):
            if opens and self.names.rank(head) is not None and self.holds_bare(head):
                return False
            return opens or self.names.rank(head) is None
        if self.names.rank(head) is not None:
            return False
        return n.SPELLINGS.get(head, head) in n.FUNCTIONS or (opens and head not in ("e", "\\pi"))

    def holds_bare(self, head: str) -> bool:
        """Whether the bracket ahead holds the bare function: `\\sigma(1-\\sigma)` is a product."""
        tokens = self.ahead()
        following = [token.text for token in tokens[1:]] + [""]
        return any(x.text == head and y != "(" for x, y in zip(tokens, following, strict=True))

    def lists_arguments(self) -> bool:
        """Whether the bracket ahead holds plain names with commas, as in `L(\\hat{y}, y)`."""
        tokens = self.ahead()
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
            if isinstance(raised, t.Operation) and raised.name == "power":
                raised = self.node("power of each", start, *raised.args)
            node = raised
        return self.scripts(node, start)

    def arguments(self, tokens: list[Token]) -> tuple[t.Node, ...]:
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
        self.deeper()
        node = self.factor()
        self.depth -= 1
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

    def atom(self) -> t.Node:
        """A number, a bracket or a root."""
        raise NotImplementedError
