"""Tokens of one display in, its rows and their parts out."""

from __future__ import annotations

import itertools

from workings import notation as n
from workings.cursor import DOTS
from workings.token import Token

OPENERS = {*n.OPENING, "begin", "{", "\\lvert", "\\lVert", "\\langle", "\\lfloor", "\\lceil"}
CLOSERS = {*n.CLOSING, "end", "}", "\\rvert", "\\rVert", "\\rangle", "\\rfloor", "\\rceil"}
SPACES = {f"\\mathbb{{{letter}}}" for letter in "RNZQ"}
INDEX_MARKS = {",", "_", "^", "{", "}", "(", ")", "&", "."} | DOTS
CONTINUES = {"+", "-", *n.INFIX, "\\times", "\\cdot", ")", "]", "\\}", "/"}


def rows(tokens: list[Token]) -> list[list[Token]]:
    """The rows of a display; a row break inside delimiters that close later splits nothing."""
    out: list[list[Token]] = [[]]
    values = 0
    for i, token in enumerate(tokens):
        values += (token.kind == "begin") - (token.kind == "end")
        if token.kind != "row" or values > 0:
            if token.kind != "&" or values > 0:
                out[-1].append(token)
        elif not out[-1] or depths(out[-1])[-1] == 0 or balanced_row(tokens, i + 1):
            out.append([])
            values = 0
    return [row for row in out if any(t.kind not in ("&", "gap", "remark") for t in row)]


def step(token: Token) -> int:
    """How a token changes the depth of nesting."""
    text = token.kind if token.kind in ("begin", "end") else token.text
    return (text in OPENERS) - (text in CLOSERS)


def depths(tokens: list[Token]) -> list[int]:
    """How deep each token lies; a bracket left open or closed twice can't reach past its braces."""
    out: list[int] = []
    stack: list[bool] = []
    for token in tokens:
        brace = token.kind in ("{", "begin", "end") or token.text == "}"
        change = step(token)
        if change < 0 and brace:
            while stack and not stack.pop():
                pass
        elif change < 0 and stack and not stack[-1]:
            stack.pop()
        elif change > 0:
            stack.append(brace)
        out.append(len(stack))
    return out


def balanced_row(tokens: list[Token], start: int) -> bool:
    """Whether the next row stands alone: it begins with no operator, holds a relation, balances."""
    row = []
    for token in itertools.islice(tokens, start, None):
        if token.kind == "row":
            break
        if token.kind not in ("&", "gap"):
            row.append(token)
    if not row or row[0].text in CONTINUES or row[0].kind in ("relation", "end"):
        return False
    return has_relation(row) and sum(map(step, row)) == 0


def segments(row: list[Token]) -> list[list[Token]]:
    """The parts of a row between commas, wide spaces, words and arrows, at the top level."""
    out: list[list[Token]] = [[]]
    values = 0
    for i, (token, depth) in enumerate(zip(row, depths(row), strict=True)):
        values += (token.kind == "begin") - (token.kind == "end")
        if depth != 0 and token.kind != "keyword":
            if token.kind != "remark":
                out[-1].append(token)
        elif token.kind == "keyword" and values <= 0:
            out.append([token])
        elif token.text in (",", ";") or token.kind in ("arrow", "remark"):
            if opens_range(out[-1]) and token.kind not in ("arrow", "remark"):
                out[-1].append(token)
            else:
                out.append([token] if token.kind == "remark" else [])
        elif token.kind == "gap":
            if ends_segment(out[-1], row[i + 1 :]):
                out.append([])
        elif token.text == ":" and out[-1] and out[-1][0].kind == "keyword":
            out.append([])
        elif token.text == "\\forall":
            out.append([Token("keyword", "forall", token.at, token.end)])
        elif token.kind == "&":
            continue
        else:
            out[-1].append(token)
    spoken = [prose(segment) for segment in out]
    return [segment for segment in spoken if any(t.text not in (".", ",") for t in segment)]


def prose(segment: list[Token]) -> list[Token]:
    """A segment without the remark before it; nothing, where the remark was all about it."""
    if not segment or segment[0].kind != "remark":
        return segment
    return segment[1:] if has_relation(segment) or segment[-1].kind == "relation" else []


def opens_range(segment: list[Token]) -> bool:
    """Whether a segment is a condition that goes on past a comma: `i = 1, 2, \\dots, K`."""
    return bool(segment) and segment[0].kind == "keyword"


def ends_segment(before: list[Token], after: list[Token]) -> bool:
    """Whether a wide space parts two formulas: a relation on either side, no operator between."""
    following = next((t for t in after if t.kind not in ("gap", "&")), None)
    if not before or following is None or before[-1].text in CONTINUES | {"("}:
        return False
    if before[-1].kind == "relation" or following.kind == "relation" or before[0].kind == "keyword":
        return False
    if following.text in CONTINUES:
        return False
    upcoming = after[: next((i for i, t in enumerate(after) if t.text == ","), len(after))]
    return has_relation(before) and has_relation(upcoming)


def has_relation(tokens: list[Token]) -> bool:
    levels = zip(tokens, depths(tokens), strict=False)
    return any(token.kind == "relation" and depth == 0 for token, depth in levels)


def script_at(tokens: list[Token], i: int) -> tuple[list[Token], int]:
    """The tokens of the script that starts at a place, and the place after it."""
    if i >= len(tokens):
        return [], i
    if tokens[i].kind != "{":
        return [tokens[i]], i + 1
    depth = 0
    for j in range(i, len(tokens)):
        depth += (tokens[j].kind == "{") - (tokens[j].kind == "}" or tokens[j].text == "}")
        if depth == 0:
            return tokens[i + 1 : j], j + 1
    return tokens[i + 1 :], len(tokens)
