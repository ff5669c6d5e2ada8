"""Pages and what they use of each other in, a picture of it out, whose boxes are links."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

WIDTH, HEIGHT, GAP, RISE = 160, 46, 12, 40
# More boxes in a row would not fit beside the navigation.
MOST = 4


@dataclass(frozen=True)
class Node:
    """One page: where its box leads, its title, and a few words below that."""

    name: str
    address: str
    title: str
    below: str = ""


def layers(names: Iterable[str], uses: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The names in rows, each below all that it uses, ordered to keep lines short.

    Names keep their given order wherever nothing else decides. A circle of uses is cut at the name
    that comes first.
    """
    depth: dict[str, int] = {}

    def deep(name: str, trail: tuple[str, ...]) -> int:
        if name not in depth:
            below = [deep(x, (*trail, name)) for x in uses.get(name, ()) if x not in trail]
            depth[name] = 1 + max(below, default=-1)
        return depth[name]

    order = list(names)
    for name in order:
        deep(name, (name,))
    rows = [[x for x in order if depth[x] == row] for row in range(1 + max(depth.values()))]
    for above, row in itertools.pairwise(rows):
        places = {name: i / max(len(above) - 1, 1) for i, name in enumerate(above)}

        def middle(name: str, places: dict[str, float] = places) -> float:
            found = [places[x] for x in uses.get(name, ()) if x in places]
            return sum(found) / len(found) if found else 0.5

        row.sort(key=middle)
    return [part for row in rows for part in parts(row)]


def parts(row: list[str]) -> Iterator[list[str]]:
    """A row in as few parts as fit, of like length."""
    count = -(-len(row) // MOST)
    size = -(-len(row) // count)
    for i in range(0, len(row), size):
        yield row[i : i + size]


def direct(uses: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The uses that don't follow from others: where A uses B and B uses C, not that A uses C."""

    def reached(name: str, trail: tuple[str, ...]) -> set[str]:
        near = [x for x in uses.get(name, ()) if x not in trail]
        return set(near).union(*(reached(x, (*trail, x)) for x in near))

    out = {}
    for name, used in uses.items():
        far = {x: reached(x, (name, x)) for x in used}
        out[name] = [x for x in used if not any(x in far[y] for y in used if y != x)]
    return out


def picture(nodes: list[Node], uses: Mapping[str, Iterable[str]], title: str) -> str:
    """An inline SVG with a box for each node and a line from each to those it uses directly."""
    by_name = {node.name: node for node in nodes}
    rows = layers(by_name, uses)
    wide = max(map(len, rows)) * (WIDTH + GAP) + GAP
    tall = len(rows) * (HEIGHT + RISE) - RISE + 2 * GAP
    places = {
        name: ((wide - len(row) * (WIDTH + GAP) + GAP) // 2 + i * (WIDTH + GAP),
               GAP + depth * (HEIGHT + RISE))
        for depth, row in enumerate(rows)
        for i, name in enumerate(row)
    }  # fmt: skip
    lines = "".join(
        line(places[used], places[name]) for name, near in direct(uses).items() for used in near
    )
    boxes = "".join(box(by_name[name], *place) for name, place in places.items())
    return (
        f'<svg class="graph" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}" '
        f'role="group" aria-label="{html.escape(title)}">'
        f'<g class="lines" aria-hidden="true">{lines}</g>{boxes}</svg>'
    )


def line(above: tuple[int, int], below: tuple[int, int]) -> str:
    x, y = above[0] + WIDTH // 2, above[1] + HEIGHT
    to_x, to_y = below[0] + WIDTH // 2, below[1]
    bend = RISE * 3 // 4
    return f'<path d="M{x} {y}C{x} {y + bend} {to_x} {to_y - bend} {to_x} {to_y}"/>'


def box(node: Node, x: int, y: int) -> str:
    middle = WIDTH // 2
    below = (
        f'<text class="below" x="{middle}" y="34">{html.escape(node.below)}</text>'
        if node.below
        else ""
    )
    return (
        f'<a href="{html.escape(node.address)}" transform="translate({x},{y})">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="5"/>'
        f'<text x="{middle}" y="{20 if node.below else 28}">{html.escape(node.title)}</text>'
        f"{below}</a>"
    )
