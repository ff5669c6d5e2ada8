"""What each symbol in a page's formulas stands for, and the drawing's names to ask by.

`annotator(page)` gives every symbol in a formula a class of its own (`sy3`), and every relation
of a chain that code runs beside (`re2`). When the page is done it adds the list of notes, which
readers open and the script `inside.js` looks things up in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from workings import tree as t
from workings.lexer import lex
from workings.line import Line
from workings.mathjax import render
from workings.page import Page, read
from workings.parser import parse
from workings.reading import Reading, read_page, state
from workings.scope import Declaration, Scope
from workings.table import texts
from workings.token import Unreadable

_NUMBERS = {
    "real": ("a real number", "real numbers"),
    "positive": ("a positive number", "positive numbers"),
    "unit": ("a number between 0 and 1", "numbers between 0 and 1"),
    "binary": ("0 or 1", "entries, each 0 or 1"),
    "label": ("the number of a class", "class numbers"),
}
_VECTORS = {
    "onehot": ("entries, a single 1 and the rest 0", "in each row a single 1 and the rest 0"),
    "simplex": ("numbers from 0 to 1 that sum to 1", "each row from 0 to 1 with sum 1"),
}
# A braced argument is wanted where TeX would take `\class` alone for the whole of it.
_TAKES_ONE = re.compile(r"(?:[_^]|\\(?:[dt]?frac|sqrt|hat|bar|tilde|vec|dot|mathbf)\s*\w?)\s*$")
_SPACED = re.compile(r'(<(?:g|use) class=") ')
_NAMED = re.compile(r'(<m\w+) class="(?:sy|re)\d+"')


@dataclass(frozen=True)
class Definition:
    """Where a symbol gets its meaning: the formula, and the display that holds it."""

    tex: str
    page: str
    title: str
    display: int


def annotator(page: Page) -> Notes:
    """What adds names to the formulas of a page, and notes to the page itself."""
    return Notes(quick(page))


# Two parts of a build ask for a page's trees: its notes, and its rows as JavaScript.
_quick: dict[str, tuple[Page, Reading]] = {}


def quick(page: Page) -> Reading:
    """A reading of a page without verdicts, for its trees and definitions."""
    kept = _quick.get(page.path)
    if kept and kept[0] is page:
        return kept[1]
    reading = read_page(page, repairs=False)
    reading.verdicts = False
    reading.run()
    _quick[page.path] = page, reading
    return reading


class Notes:
    """The notes of one page: which symbols its formulas show, and what each of them means."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._scope = reading.scope
        self._lines: dict[str, list[Line]] = {}
        for line in reading.lines:
            self._lines.setdefault(line.display.tex, []).append(line)
        self._path = reading.page.path
        self._definitions = _definitions_of(reading)
        self._numbers: dict[str, int] = {}

    def finish(self, text: str) -> str:
        """The HTML of the whole page with what needs all of it: code in step, places for numbers,
        and at its end the notes.
        """
        from workings.beside import beside
        from workings.sliders import filled

        text = filled(beside(text, self._reading.page), self._reading)
        return tidy(text + self.listed())

    def __call__(self, tex: str) -> str:
        """`tex` with a class for each symbol, so that its drawing can be asked what it shows."""
        wraps = dict(self._symbols(tex))
        wraps |= {
            (link.at, link.end): f"re{number}"
            for line in self._lines.get(tex, [])[:1]
            if line.display.steps
            for number, link in enumerate(line.chain.links, start=1)
        }
        out, end = tex, len(tex)
        for (start, stop), name in sorted(wraps.items(), reverse=True):
            part = tex[start:stop]
            if stop > end or not _whole(part):
                continue
            inside = rf"\class{{{name}}}{{{part}}}"
            if _TAKES_ONE.search(tex[:start]):
                inside = f"{{{inside}}}"
            out, end = out[:start] + inside + out[stop:], start
        return out

    def listed(self) -> str:
        """The list of notes, closed until a reader opens it; empty if no symbol needs one."""
        rows = []
        for head, number in self._numbers.items():
            symbol = formula(head.removesuffix(" (total)"))
            rows.append(
                f'<div data-symbol="{number}"><dt>{symbol}</dt><dd>{self._note(head)}</dd></div>'
            )
        if not rows:
            return ""
        return (
            '<details class="symbols" id="symbols" data-search-exclude>'
            f"<summary>Symbols on this page</summary><dl>{''.join(rows)}</dl></details>"
        )

    def _symbols(self, tex: str) -> Iterator[tuple[tuple[int, int], str]]:
        lines = self._lines.get(tex)
        if lines:
            nodes = [
                node
                for line in lines
                for node in line.nodes[line.chain.sides[0] is None :]
                if isinstance(node, t.Node)
            ]
        else:
            try:
                nodes = [parse(lex(tex, self._scope.names()), self._scope)]
            except (Unreadable, ValueError):
                return
        for node in nodes:
            for symbol in _symbols_in(node, frozenset(), self._scope):
                head = _found(self._scope, symbol.head)
                if head is None:
                    continue
                end = symbol.end
                if isinstance(symbol, t.Call) or re.match(r"\s*[_^']", tex[end:]):
                    end = symbol.at + len(symbol.head)
                    if tex[symbol.at : end] != symbol.head:
                        continue
                number = self._numbers.setdefault(head, len(self._numbers) + 1)
                yield (symbol.at, end), f"sy{number}"

    def _note(self, head: str) -> str:
        """One symbol in words, as HTML; a defined one links to its definition."""
        declaration = self._scope.declarations.get(head)
        if declaration:
            return in_words(declaration)
        shape = _shape(self._scope.axes_of(head), "a number", "numbers")
        found = self._definitions.get(head)
        if self._scope.is_function(head):
            shape = "a function"
        if found is None:
            return shape
        here = found.page == self._path
        address = "" if here else escape(Path(found.page).name)
        where = "on this page" if here else f"in {escape(found.title)}"
        return (
            f'{shape}, defined <a href="{address}#display-{found.display}">{where}</a>: '
            f"{formula(found.tex)}"
        )


def formula(tex: str) -> str:
    """The HTML of an inline formula."""
    return render(tex).inline


def sides(line: Line) -> list[str]:
    """The LaTeX of each side of a chain, without what lays it out."""
    own = list(texts(line.display, line.chain))
    return [*line.sources[: len(line.sources) - len(own)], *own]


def tidy(html: str) -> str:
    """`html` without the classes on assistive markup, which nobody asks by."""
    return _SPACED.sub(r"\1", _NAMED.sub(r"\1", html))


def in_words(declaration: Declaration) -> str:
    """A declaration in words: `one-hot label: a vector of K entries, a single 1 and the rest 0`."""
    axes, domain = declaration.axes, declaration.domain
    if domain in _VECTORS and axes:
        each, rows = _VECTORS[domain]
        if len(axes) == 1:
            shape = f"a vector of {axes[0]} {each}"
        else:
            shape = f"{_shape(axes, '', 'numbers')}, {rows}"
    else:
        shape = _shape(axes, *_NUMBERS.get(domain, _NUMBERS["real"]))
    if not axes and "number" in declaration.meaning:
        return escape(declaration.meaning, quote=False)
    return escape(f"{declaration.meaning}: {shape}" if declaration.meaning else shape, quote=False)


def _shape(axes: tuple[str, ...], one: str, many: str) -> str:
    if not axes:
        return one
    if len(axes) == 1:
        return f"a vector of {axes[0]} {many}"
    sizes = " × ".join(axes)
    if len(axes) == 2:
        return f"a matrix of {sizes} {many}"
    return f"an array of {sizes} {many}"


def _found(scope: Scope, head: str) -> str | None:
    """The head that a note stands under; None for index letters and sizes."""
    found = scope.find(head)
    if isinstance(found, str):
        return found
    return head if scope.is_function(head) else None


def _symbols_in(part: Any, bound: frozenset[str], scope: Scope) -> Iterator[t.Symbol | t.Call]:
    """The symbols of a tree that stand for values, not those that are index letters there."""
    if isinstance(part, t.Symbol):
        if part.head not in bound:
            yield part
        for index in part.indices:
            if not _is_letter(index, scope):
                yield from _symbols_in(index, bound, scope)
        return
    if isinstance(part, t.Call):
        yield part
    if isinstance(part, t.Big):
        bound |= frozenset(part.letters)
    if isinstance(part, tuple):
        for item in part:
            yield from _symbols_in(item, bound, scope)
    elif is_dataclass(part):
        for item in fields(part):
            if item.name != "letters":
                yield from _symbols_in(getattr(part, item.name), bound, scope)


def _is_letter(index: t.Node, scope: Scope) -> bool:
    return isinstance(index, t.Symbol) and not index.indices and not scope.is_label(index.head)


def _whole(part: str) -> bool:
    """Whether a stretch of TeX can stand as one argument: braces closed, no cell or row ends."""
    depth = 0
    for piece in re.findall(r"\\.|[{}&]", part):
        depth += (piece == "{") - (piece == "}")
        if depth < 0 or piece in ("&", "\\\\"):
            return False
    return depth == 0 and bool(part.strip()) and part.count("\\left") == part.count("\\right")


def _definitions_of(reading: Reading) -> dict[str, Definition]:
    """Where each symbol in force on a page is first defined, on it or on a page that it uses."""
    folder = Path(reading.page.path).parent
    found: dict[str, Definition] = {}
    for used in reversed(reading.page.uses):
        path = str(folder / f"{used}.md")
        found |= _definitions_at(path, state(path))
    drawn = [not display.inline for display in reading.page.displays]
    title = reading.page.title or Path(reading.page.path).stem
    for line in reading.lines:
        for i, claim in enumerate(line.claims):
            node = line.nodes[i]
            if claim.verdict != "definition" or not isinstance(node, t.Symbol | t.Call):
                continue
            head = _found(reading.scope, node.head)
            if head is None or line.display.inline or head in reading.scope.declarations:
                continue
            written = sides(line)
            tex = f"{written[i]} = {written[i + 1]}"
            number = sum(drawn[: line.number])
            found.setdefault(head, Definition(tex, reading.page.path, title, number))
    return found


@cache
def _definitions_at(path: str, _: tuple[int, int]) -> dict[str, Definition]:
    return _definitions_of(quick(read(path)))
