"""A walk over the tokens of one formula, and what the readers of its parts share."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, Self

from workings import notation as n
from workings import tree as t
from workings.token import Token, Unreadable

SUM, TERM, FACTOR = 1, 2, 5
MAX_DEPTH = 60  # of formulas inside formulas
MAX_TERMS = 150  # of operators one after the other
DOTS = {"\\dots", "\\cdots", "\\ldots", "\\vdots", "\\dotsc", "\\dotsb"}
STARS = {"*", "\\ast", "\\star"}
TRANSPOSE = {"\\top", "\\intercal", "T", "\\mathsf{T}", "\\mathbf{T}", "\\dagger"}


class Names(Protocol):
    """What a reader of a formula must know of the page: which heads mean what."""

    def rank(self, head: str) -> int | None: ...
    def is_function(self, head: str) -> bool: ...
    def is_label(self, head: str) -> bool: ...


class Cursor:
    """Where a reader stands in its tokens; the readers of parts of a formula build on it."""

    def __init__(self, tokens: list[Token], names: Names) -> None:
        self.tokens = [token for token in tokens if token.kind not in ("gap", "remark")]
        self.names, self.i, self.fence = names, 0, ""
        self.depth = self.operators = 0

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

    def end(self) -> int:
        return self.tokens[self.i - 1].end

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

    def ahead(self) -> list[Token]:
        """The tokens inside the bracket that comes next, which is not taken."""
        start = self.i
        tokens = self.inside(self.take())
        self.i = start
        return tokens

    def node(self, name: str, start: int, *args: t.Node) -> t.Node:
        self.operators += 1
        if self.operators > MAX_TERMS:
            raise Unreadable(f"a side may have {MAX_TERMS} operators, and this has more", start)
        return t.Operation(name, args, at=start, end=self.tokens[self.i - 1].end)

    def again(self, tokens: list[Token]) -> Self:
        """A reader like this one for tokens of their own."""
        reader = type(self)(tokens, self.names)
        reader.depth = self.depth
        return reader

    def deeper(self) -> None:
        """Count one level of nesting; raises Unreadable past the limit."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels", self.next.at)

    def nested(self, tokens: list[Token]) -> t.Node:
        """A whole formula inside this one, such as an exponent."""
        reader = self.again(tokens)
        node = reader.expression(SUM)
        reader.finish()
        return node

    def expression(self, level: int) -> t.Node:
        """Operators at least as tight as a level, joined from the left."""
        raise NotImplementedError

    def factor(self) -> t.Node:
        """One factor with its scripts."""
        raise NotImplementedError

    def factors(self) -> t.Node:
        """Factors side by side."""
        raise NotImplementedError

    def juxtaposed(self, node: t.Node, start: int) -> t.Node:
        """A factor with those side by side after it."""
        raise NotImplementedError

    def scripts(self, node: t.Node, start: int) -> t.Node:
        """A value with what stands above and below it."""
        raise NotImplementedError

    def raised(self, node: t.Node, script: list[Token], start: int) -> t.Node:
        """A value under a superscript."""
        raise NotImplementedError

    def starts(self, i: int) -> bool:
        """Whether a factor starts at a token."""
        raise NotImplementedError


def spell(head: str, subs: list[Token]) -> str:
    """The normal spelling of a head with a subscript that belongs to its name."""
    return head + "_" + "".join(token.text for token in subs if token.text not in "{}")


def is_sample(script: list[Token]) -> bool:
    return len(script) >= 3 and script[0].text == "(" and script[-1].text == ")"


def split_transpose(script: list[Token]) -> list[list[Token]]:
    """A superscript, and a transpose apart from the sample before it: `x^{(i)\\top}`."""
    if script and script[-1].text in TRANSPOSE and is_sample(script[:-1]):
        return [script[:-1], script[-1:]]
    return [script]


def is_part_of_name(script: list[Token], names: Names) -> bool:
    """Whether a superscript belongs to a name: a star, or capitals that mean nothing alone."""
    if len(script) < 2:
        return bool(script) and script[0].text in STARS
    return all(x.text.isalpha() and x.text.isupper() for x in script) and all(
        names.rank(x.text) is None for x in script
    )


def primed(tokens: list[Token]) -> list[Token]:
    """Index letters with their primes: `k'` is a letter of its own."""
    out: list[Token] = []
    for token in tokens:
        if token.kind == "primes" and out and out[-1].kind == "letter":
            out[-1] = replace(out[-1], text=out[-1].text + token.text, end=token.end)
        else:
            out.append(token)
    return out


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
