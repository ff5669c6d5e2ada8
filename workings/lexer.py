"""LaTeX in, tokens with positions out; presentation is left behind here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from workings import notation as n
from workings.spelling import accented, styled, upright, words
from workings.token import Token, Unreadable

MAX_LENGTH = 20_000
MAX_DEPTH = 60
MAX_DIGITS = 30

PIECE = re.compile(
    r"(?P<space>\s+|~|%[^\n]*)|(?P<row>\\\\(?:\*|\s*\[[^\]]*\])?|\\cr\b|\\newline\b)"
    r"|(?P<command>\\[A-Za-z]+\*?|\\.)|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(?P<letter>[A-Za-z])"
    r"|(?P<relation>:=|[=<>≤≥≠≈∈])|(?P<primes>'+)|(?P<mark>.)",
    re.S,
)


def lex(tex: str, names: frozenset[str] = frozenset()) -> list[Token]:
    """Turn LaTeX into tokens; `names` are declared words of several letters.

    Raises Unreadable for text over the limits, unbalanced braces and arguments that are missing.
    """
    if len(tex) > MAX_LENGTH:
        raise Unreadable(f"a display may have {MAX_LENGTH} characters; this one has {len(tex)}")
    tokens = words(Reader(list(pieces(tex)), len(tex)).read(), names)
    level = 0
    for token in tokens:
        level += (token.text in n.OPENING) - (token.text in n.CLOSING)
        if level > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels", token.at)
        if token.kind == "number" and len(token.text) > MAX_DIGITS:
            raise Unreadable(f"a number may have {MAX_DIGITS} digits", token.at, token.end)
    return [token for token in tokens if token.kind != "space"]


def holds_relation(tex: str) -> bool:
    """Whether a relation stands at the top level: outside braces, scripts and environments."""
    depth = 0
    for match in PIECE.finditer(tex):
        text = match[0]
        depth += (text == "{") - (text == "}")
        if depth == 0 and text in n.RELATIONS:
            return True
    return False


def pieces(tex: str) -> Iterator[Token]:
    """The raw pieces of the source, spelled in ASCII."""
    end = -1
    for match in PIECE.finditer(tex):
        kind = str(match.lastgroup)
        text = n.UNICODE.get(match[0], match[0])
        if kind == "mark" and text.startswith("\\"):
            kind = "command"
        elif text.startswith("'"):
            kind = "primes"
        if kind == "space" and text.startswith("%"):
            continue
        yield Token(kind, text, match.start(), match.end(), match.start() == end)
        end = match.end()


class Reader:
    """Reads raw pieces into tokens, group by group."""

    def __init__(self, raw: list[Token], length: int) -> None:
        self.raw, self.i, self.length, self.depth = raw, 0, length, 0

    def read(self, until: str = "") -> list[Token]:
        """Tokens up to a closing brace, or up to the end."""
        out: list[Token] = []
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels", self.peek_at())
        font = ""
        while self.i < len(self.raw):
            token = self.raw[self.i]
            if token.text == "}":
                if not until:
                    raise Unreadable("this } closes nothing", token.at)
                break
            self.i += 1
            if token.text == "{":
                out += self.group(token, keep=bool(out) and out[-1].kind in ("^", "_"))
            elif token.kind == "command":
                name = token.text[1:]
                if name in ("rm", "bf", "tt", "it", "cal"):
                    font = name
                    continue
                out += self.command(token, name)
            elif token.kind == "mark":
                kind = token.text if token.text in "^_&" else "mark"
                out.append(replace(token, kind=kind))
            else:
                out.append(token)
        else:
            if until:
                raise Unreadable("a { is never closed", self.length - 1)
        self.depth -= 1
        return styled(font, out) if font else out

    def peek_at(self) -> int:
        return self.raw[self.i].at if self.i < len(self.raw) else self.length

    def group(self, opening: Token, keep: bool) -> list[Token]:
        """The tokens between two braces; braces that only group don't show, so they are dropped."""
        try:
            inside = self.read("}")
        except Unreadable as error:
            if "never closed" in str(error):
                raise Unreadable("this { is never closed", opening.at) from error
            raise
        closing = self.raw[self.i]
        self.i += 1
        if not keep:
            return inside
        return [replace(opening, kind="{"), *inside, replace(closing, kind="}")]

    def argument(self, of: Token, keep: bool = True) -> list[Token]:
        """The argument of a command: a group, or the next single token."""
        while self.i < len(self.raw) and self.raw[self.i].kind == "space":
            self.i += 1
        if self.i >= len(self.raw) or self.raw[self.i].text in ("}", "&"):
            raise Unreadable(f"{of.text} lacks its argument", of.at, of.end)
        token = self.raw[self.i]
        if token.kind == "number" and len(token.text) > 1:
            rest = replace(token, text=token.text[1:], at=token.at + 1, near=True)
            token = replace(token, text=token.text[0], end=token.at + 1)
            self.raw[self.i : self.i + 1] = [token, rest]
        self.i += 1
        if token.text == "{":
            return self.group(token, keep)
        inside = self.command(token, token.text[1:]) if token.kind == "command" else [token]
        if not keep:
            return inside
        brace = Token("{", "{", token.at, token.at)
        return [brace, *inside, replace(brace, kind="}", text="}", at=token.end, end=token.end)]

    def raw_argument(self, of: Token) -> tuple[str, int]:
        """The argument as it was typed, for names and for text, with its place."""
        while self.i < len(self.raw) and self.raw[self.i].kind == "space":
            self.i += 1
        start, depth, out = self.i, 0, []
        while self.i < len(self.raw):
            token = self.raw[self.i]
            self.i += 1
            depth += (token.text == "{") - (token.text == "}")
            out.append(token.text)
            if depth <= 0:
                break
        if start >= len(self.raw) or depth:
            raise Unreadable(f"{of.text} lacks its argument", of.at, of.end)
        text = "".join(out)
        opened = text.startswith("{")
        return (text[1:-1] if opened else text), self.raw[start].at + opened

    def command(self, token: Token, name: str) -> list[Token]:
        """What one command contributes: a letter, a word, nothing, or the tokens it wraps."""
        if name in n.SILENT:
            if name in ("left", "right", "middle") and self.next_is("."):
                self.i += 1
            return []
        if name in n.SWALLOW:
            for _ in range(n.SWALLOW[name]):
                self.raw_argument(token)
            return []
        if name in ("quad", "qquad"):
            return [replace(token, kind="gap")]
        if name in n.KEEP_LAST:
            for _ in range(n.KEEP_LAST[name]):
                self.raw_argument(token)
            return self.argument(token, keep=False)
        if name in n.BRACES:
            inside = self.argument(token, keep=False)
            if self.next_is(n.BRACES[name]):
                self.i += 1
                self.raw_argument(token)
            return inside
        if name in n.TEXT or name in ("textbf", "textit"):
            return said(*self.raw_argument(token), token)
        if name in n.UPRIGHT:
            return self.whole(upright(self.argument(token, keep=False), token))
        if name in n.ACCENTS:
            return self.whole(accented(n.ACCENTS[name], self.argument(token, keep=False), token))
        if name in ("begin", "end"):
            environment, at = self.raw_argument(token)
            environment = environment.rstrip("*")
            if name == "begin" and environment in ("array", "alignat", "alignedat"):
                self.raw_argument(token)
            if environment in n.LAYOUT:
                return []
            if environment not in n.VALUES:
                raise Unreadable(f"the environment {environment} is not one I read", token.at, at)
            return [replace(token, kind=name, text=environment)]
        if name in n.ARGUMENTS:
            if name == "sqrt" and self.next_is("["):
                return self.root(token)
            groups = [self.argument(token) for _ in range(n.ARGUMENTS[name])]
            return [replace(token, kind="command"), *(piece for group in groups for piece in group)]
        if token.text in n.RELATIONS:
            return [replace(token, kind="relation")]
        if token.text in n.ARROWS:
            return [replace(token, kind="arrow")]
        if name in n.GREEK:
            return [replace(token, kind="letter")]
        if name in n.FUNCTIONS and token.text not in n.BIG:
            return [replace(token, kind="word", text=name)]
        return [token]

    def root(self, token: Token) -> list[Token]:
        """A root of a higher order, as the power it is."""
        order = []
        self.i += 1
        while self.i < len(self.raw) and self.raw[self.i].text != "]":
            order.append(self.raw[self.i])
            self.i += 1
        self.i += 1
        if len(order) != 1 or order[0].kind != "number":
            raise Unreadable("the order of a root is a number", token.at, token.end)
        inside = self.argument(token, keep=False)
        end = self.raw[self.i - 1].end

        def mark(kind: str, text: str) -> Token:
            return Token(kind, text, token.at, end)

        power = [mark("^", "^"), mark("{", "{"), mark("number", "1"), mark("mark", "/")]
        return [mark("mark", "("), *inside, mark("mark", ")"), *power, order[0], mark("}", "}")]

    def whole(self, made: list[Token]) -> list[Token]:
        """A single token made of a command reaches to the end of the command's argument."""
        return [replace(made[0], end=self.raw[self.i - 1].end)] if len(made) == 1 else made

    def next_is(self, text: str) -> bool:
        while self.i < len(self.raw) and self.raw[self.i].kind == "space":
            self.i += 1
        return self.i < len(self.raw) and self.raw[self.i].text == text


def said(text: str, at: int, command: Token) -> list[Token]:
    """Text inside a formula: a name, a condition with its mathematics, or a remark."""
    word = text.strip()
    if re.fullmatch(r"[A-Za-z][A-Za-z-]*", word) and word.lower() not in n.WORDS | n.LINK_WORDS:
        return [Token("letter" if len(word) == 1 else "word", word, command.at, at + len(text))]
    lead = re.match(r"[\s,;(]*(for all|for any|for each|for every|[A-Za-z]+)\b", text)
    first = lead[1].split()[0].lower() if lead else ""
    if lead and first in n.WORDS:
        out = [Token("keyword", first, command.at, at + lead.end())]
        rest = text[lead.end() :].replace("$", " ")
        if first in n.CONDITION_WORDS and (
            holds_relation(rest) or re.fullmatch(r"[\s\w,]{1,9}", rest)
        ):
            inside = Reader(list(pieces(rest)), len(rest)).read()
            offset = at + lead.end()
            out += [replace(t, at=t.at + offset, end=t.end + offset) for t in inside]
        return out
    return [Token("remark", word, command.at, at + len(text))]
