"""Indices in, nodes out: which part of a subscript names a symbol, and which part counts."""

from __future__ import annotations

from fractions import Fraction

from workings import tree as t
from workings.cursor import TRANSPOSE, Cursor, is_part_of_name, primed, spell
from workings.token import Token, Unreadable


class IndexReader(Cursor):
    """Reads subscripts, sample superscripts and indices in square brackets."""

    def superscripted(self, head: str, sups: list[list[Token]]) -> str:
        """The head with a superscript that belongs to its name: `W^{[1]}`, `\\sigma^2`."""
        for script in sups:
            own, rest = (
                (script[:-1], script[-1:])
                if script and script[-1].text in TRANSPOSE
                else (script, [])
            )
            name = f"{head}^{''.join(token.text for token in own)}"
            known = self.names.rank(name) is not None
            if own and (known or is_part_of_name(own, self.names)):
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
        capitals = len(subs) > 1 and is_part_of_name(subs, self.names)
        if any(token.kind == "word" for token in subs) or (
            capitals and self.names.rank(head) is None
        ):
            return spell(head, subs), ()
        return head, self.index_list(subs)

    def index_list(self, tokens: list[Token]) -> tuple[t.Node, ...]:
        """Indices side by side, or parted by commas or arrows."""
        out: list[t.Node] = []
        parser = self.again(primed(tokens))
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

    def looks_like_index(self) -> bool:
        """Whether a square bracket holds indices: letters, numbers, labels, commas."""
        tokens = self.ahead()
        plain = all(t.kind in ("letter", "number", "{", "}") or t.text in ",_^()" for t in tokens)
        return plain and bool(tokens)
