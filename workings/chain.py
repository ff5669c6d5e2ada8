"""Tokens of one display in, chains out: sides, the relations between them, and conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from workings import notation as n
from workings.cursor import DOTS
from workings.row import CONTINUES, INDEX_MARKS, SPACES, depths, rows, script_at, segments
from workings.token import Token, Unreadable

INDICATORS = {"1", "\\mathbf{1}", "\\mathbb{1}", "\\mathbb{I}", "I", "\\mathbf{I}", "\\delta"}
BARS = {"|", "\\vert", "\\rvert"}


@dataclass
class Link:
    """A relation of a chain and where it stands."""

    relation: str
    at: int
    end: int


@dataclass
class Chain:
    """Sides joined by relations; a first side of None continues the chain above."""

    sides: list[list[Token] | None] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    conditions: list[list[Token]] = field(default_factory=list)


def only_notes(tokens: list[Token]) -> bool:
    """Whether a display only says where things live, which claims nothing."""
    parts = [segment for row in rows(tokens) for segment in segments(row)]
    return bool(parts) and all(map(is_shape_note, parts))


def chains(tokens: list[Token], known: Callable[[str], bool]) -> list[Chain]:
    """Split a display into its chains; `known` tells declared and defined heads from letters."""
    out: list[Chain] = []
    for row in rows(tokens):
        waiting: list[list[Token]] = []
        fresh = True
        for segment in segments(row):
            if encloses(segment) and is_condition(segment[1:-1], known, fresh):
                segment = segment[1:-1]
            if is_shape_note(segment):
                continue
            if segment[0].kind == "keyword" or is_condition(segment, known, fresh):
                if fresh and segment[0].kind == "keyword":
                    waiting.append(segment)
                elif out:
                    out[-1].conditions.append(segment)
                continue
            segment, limits = restricted(segment, known)
            pieces = sides(segment)
            if not fresh and len(pieces) == 1:
                if out and out[-1].conditions:
                    out[-1].conditions[-1] += segment
                    continue
                extra = segment[0]
                raise Unreadable("I can't tell what this adds to the line", extra.at, extra.end)
            add(out, pieces, fresh)
            out[-1].conditions += [*waiting, *limits]
            waiting, fresh = [], False
    return [chain for chain in out if tidy(chain)]


def add(out: list[Chain], pieces: list[tuple[Link | None, list[Token]]], fresh: bool) -> None:
    """Add the sides of one segment: to the chain above where it goes on, else as a new chain."""
    relation, side = pieces[0]
    joins = (
        relation is None and side and side[0].text in CONTINUES and side[0].text not in n.OPENING
    )
    dangling = out and out[-1].links and out[-1].sides[-1] == []
    if relation is not None and not side:
        pieces = pieces[1:]
    if out and fresh and relation is None and (joins or dangling or len(pieces) == 1):
        last = out[-1].sides[-1]
        out[-1].sides[-1] = (last or []) + side
        pieces = pieces[1:]
    elif relation is not None and fresh and out:
        if dangling:
            out[-1].links.pop()
            out[-1].sides.pop()
        out[-1].links.append(relation)
        out[-1].sides.append(side)
        pieces = pieces[1:]
    elif relation is not None:
        out.append(Chain([None, side], [relation]))
        pieces = pieces[1:]
    else:
        out.append(Chain([side]))
        pieces = pieces[1:]
    for link, side in pieces:
        assert link is not None
        if out[-1].links and out[-1].sides[-1] == []:
            out[-1].links.pop()
            out[-1].sides.pop()
        out[-1].links.append(link)
        out[-1].sides.append(side)


def tidy(chain: Chain) -> bool:
    """Drop a relation that dangles at the end and a full stop; say whether a chain is left."""
    for side in chain.sides:
        while side and side[-1].text in (",", ".", ";"):
            side.pop()
    if chain.links and chain.sides[-1] == []:
        chain.links.pop()
        chain.sides.pop()
    return bool(chain.links)


def is_condition(segment: list[Token], known: Callable[[str], bool], fresh: bool = False) -> bool:
    """Whether a segment only restricts index letters: `i \\neq j`, `n = 1, \\dots, N`."""
    pieces = sides(segment)
    if len(pieces) < 2 or pieces[0][0] is not None:
        return False
    first = pieces[0][1]
    bare = len(first) == 1 and first[0].kind == "letter" and not known(first[0].text)
    bare = bare and "{" not in first[0].text
    if fresh and not any(x.kind == "letter" or x.text in DOTS for x in pieces[1][1]):
        return False
    small = all(
        t.kind in ("letter", "number", "relation") or t.text in INDEX_MARKS for t in segment
    )
    letter = [not fresh and len(side) == 1 and side[0].kind == "letter" for _, side in pieces]
    return (
        bare
        and small
        and all(x or is_index(side, known) for x, (_, side) in zip(letter, pieces, strict=False))
    )


def restricted(
    segment: list[Token], known: Callable[[str], bool]
) -> tuple[list[Token], list[list[Token]]]:
    """A segment without what only restricts its letters: `p_i |_{i = j}`, or a last `(i = j)`."""
    found: list[list[Token]] = []
    for i in reversed(range(len(segment) - 2)):
        if segment[i].text not in BARS or segment[i + 1].text != "_":
            continue
        script, end = script_at(segment, i + 2)
        if is_condition(script, known):
            segment = segment[:i] + segment[end:]
            found.append(script)
    for i in range(1, len(segment)):
        if encloses(segment[i:]) and segment[i - 1].text not in INDICATORS:
            if is_condition(segment[i + 1 : -1], known):
                found.append(segment[i + 1 : -1])
                segment = segment[:i]
            break
    return segment, found[::-1]


def encloses(tokens: list[Token]) -> bool:
    """Whether one pair of round brackets holds all of some tokens."""
    if len(tokens) < 3 or tokens[0].text != "(" or tokens[-1].text != ")":
        return False
    return all(depth > 0 for depth in depths(tokens)[:-1])


def is_index(side: list[Token], known: Callable[[str], bool]) -> bool:
    """Whether a side is an index value: a letter, a number, a range, or a label such as `y_i`."""
    side = [token for token in side if token.text != "."]
    if len(side) > 1 and side[0].kind == "letter" and known(side[0].text):
        script = side[2:-1] if side[2:] and side[2].kind == "{" else side[2:]
        sample = side[1].kind == "^" and bool(script) and script[0].text == "("
        return (side[1].kind == "_" or sample) and all(x.kind != "}" for x in script)
    if any(token.text in DOTS for token in side):
        return True
    return len(side) == 1 and side[0].kind in ("letter", "number") and not known(side[0].text)


def is_shape_note(segment: list[Token]) -> bool:
    """Whether a segment only says where something lives: `J \\in \\mathbb{R}^{K \\times K}`.

    What lives there may be written out on the way: `x = (x_1, \\dots, x_n) \\in \\mathbb{R}^n`.
    """
    pieces = sides(segment)
    link, space = pieces[-1]
    if link is None or link.relation != "∈" or not space:
        return False
    written_out = len(pieces) == 3 and any(token.text in DOTS for token in pieces[1][1])
    return space[0].text in SPACES | {"\\{", "\\Delta"} and (len(pieces) == 2 or written_out)


def sides(segment: list[Token]) -> list[tuple[Link | None, list[Token]]]:
    """The sides of a segment, each with the relation before it."""
    out: list[tuple[Link | None, list[Token]]] = [(None, [])]
    for token, depth in zip(segment, depths(segment), strict=False):
        if token.kind == "relation" and depth == 0:
            out.append((Link(n.RELATIONS[token.text], token.at, token.end), []))
        else:
            out[-1][1].append(token)
    if not out[0][1] and len(out) > 1:
        out = out[1:]
    return out
