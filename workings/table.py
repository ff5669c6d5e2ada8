"""Markdown tables of a page's numbers, computed by its snippets when the site is built."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workings.chain import Chain, chains
from workings.lexer import lex
from workings.page import Display, Page, read
from workings.token import Token

DOCS = Path(__file__).parents[1] / "docs"
DECIMALS = 4

BREAK = re.compile(r"\\\\(?:\*|\s*\[[^\]]*\])?(?:\s|&|\\q?quad)*")
LEADING = re.compile(r"^(?:\s|&|\\begin\{(?:aligned|align|split|gathered|gather|equation)\*?\})+")
TRAILING = re.compile(
    r"(?:\s|[&,;.]|\\q?quad|\\\\(?:\[[^\]]*\])?|\\(?:tag|label)\{[^}]*\}"
    r"|\\end\{(?:aligned|align|split|gathered|gather|equation)\*?\})+$"
)
ACCENTED = re.compile(r"^\\(hat|bar|tilde|vec|dot)\s*\{?\\?(\w+)\}?$")
STYLED = re.compile(r"^\\(?:mathbf|boldsymbol|mathrm|mathcal|mathit|bm|text)\s*\{?\\?(\w+)\}?$")


def table(slug: str, steps: str) -> str:
    """Return the numbers of a chain at the page's worked example: a row for each of its sides.

    A scalar fills one column. A vector takes a column an entry. A matrix does so row by row,
    its rows stacked in the cells. NaN, an entry that the chain says nothing about, shows as a dot.

    Args:
        slug: the page's file name without its ending.
        steps: the stepper, `module:function` under `snippets`, as the display names it.

    Raises:
        ValueError: if the page has no display bound to `steps`, if the example lacks one of the
            stepper's arguments, or if sides and yields differ in number or in shape.
    """
    page = read(DOCS / f"{slug}.md")
    place, sides = _sides(page, steps)
    arrays = [np.asarray(side, dtype=float) for side in _call(slug, steps)]
    if len(arrays) != len(sides):
        raise ValueError(f"{place}: {len(sides)} sides, but {steps} yields {len(arrays)} times")
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1:
        raise ValueError(f"{place}: {steps} yields arrays of different shapes, {sorted(shapes)}")
    shape = arrays[0].shape
    heads = [str(entry) for entry in range(1, shape[-1] + 1)] if shape else ["value"]
    rows = [[_math(side), *_cells(array)] for side, array in zip(sides, arrays, strict=True)]
    return _markdown(["side", *heads], rows)


def columns(slug: str, function: str) -> str:
    """Return what a snippet computes from the page's worked example, a column for each array.

    Args:
        slug: the page's file name without its ending.
        function: `module:function` under `snippets`; it takes symbols by name and returns a
            mapping from the LaTeX of a heading to an array, all of one shape (K,).

    Raises:
        ValueError: if the example lacks one of the function's arguments.
    """
    found = _call(slug, function)
    entries = zip(*(map(_number, array) for array in found.values()), strict=True)
    rows = [[str(number), *entry] for number, entry in enumerate(entries, start=1)]
    return _markdown(["class", *map(_math, found)], rows)


def values(slug: str) -> dict[str, NDArray[Any]]:
    """Return the worked example of a page: the value of each input by its name in Python.

    A page that leaves out an input takes the value from the pages that it uses.
    """
    page = read(DOCS / f"{slug}.md")
    found: dict[str, NDArray[Any]] = {}
    for used in page.uses:
        found |= values(used)
    return found | {_name(symbol): np.asarray(value) for symbol, value in page.example.items()}


def _call(slug: str, function: str) -> Any:
    module, name = function.split(":")
    called = getattr(importlib.import_module(f"snippets.{module}"), name)
    example = values(slug)
    wanted = list(inspect.signature(called).parameters)
    missing = [argument for argument in wanted if argument not in example]
    if missing:
        raise ValueError(f"docs/{slug}.md: the example lacks {', '.join(missing)} for {function}")
    result = called(**{argument: example[argument] for argument in wanted})
    return list(result) if isinstance(result, Iterator) else result


def _sides(page: Page, steps: str) -> tuple[str, list[str]]:
    """The place of the display bound to a stepper, and the LaTeX of each side of its chain."""
    bound = [number for number, display in enumerate(page.displays) if display.steps == steps]
    if len(bound) != 1:
        raise ValueError(f'{page.path}: {len(bound)} displays say steps="{steps}"; one must')
    names = frozenset(symbol for symbol in page.symbols if len(symbol) > 1)
    display = page.displays[bound[0]]
    found: list[str] = []
    for following in page.displays[bound[0] :]:
        read_chains = chains(lex(following.tex, names), page.symbols.__contains__)
        if found and not (read_chains and read_chains[0].sides[0] is None):
            break
        found += texts(following, read_chains[0])
    return f"{page.path}:{display.line}", found


def texts(display: Display, chain: Chain) -> Iterator[str]:
    """The source of each side: what stands between two relations, without what lays it out."""
    tokens: list[Token] = [token for condition in chain.conditions for token in condition]
    end = min((token.at for token in tokens), default=len(display.tex))
    starts = [0, *(link.end for link in chain.links)]
    stops = [*(link.at for link in chain.links), max(end, starts[-1])]
    for side, start, stop in zip(chain.sides, starts, stops, strict=True):
        if side is None:
            continue
        text = TRAILING.sub("", LEADING.sub("", display.tex[start:stop]))
        yield text if "\\begin" in text else BREAK.sub(" ", text)


def _name(symbol: str) -> str:
    """The Python name of a symbol: `y_hat` for `\\hat{y}`, `W` for `\\mathbf{W}`."""
    if accented := ACCENTED.match(symbol):
        return f"{accented[2]}_{accented[1]}"
    if styled := STYLED.match(symbol):
        return styled[1]
    return symbol.lstrip("\\").split("_{")[0]


def _math(tex: str) -> str:
    """Inline mathematics fit for a table cell, where a bar would end the cell."""
    one_line = " ".join(tex.split()).replace("\\|", "\\Vert ").replace("|", "\\vert ")
    return f"$\\displaystyle {one_line.rstrip()}$"


def _cells(array: NDArray[np.float64]) -> list[str]:
    """One cell a column; where the array is a matrix, its rows are stacked in each cell."""
    if array.ndim == 0:
        return [_number(array)]
    stacked = array.reshape(-1, array.shape[-1])
    return ["<br>".join(map(_number, column)) for column in stacked.T]


def _number(value: ArrayLike) -> str:
    """A number to four decimals with a true minus sign; zero has none."""
    number = float(np.asarray(value))
    if np.isnan(number):
        return "·"
    # Adding zero takes the sign off what rounds to minus zero.
    return f"{round(number, DECIMALS) + 0.0:.{DECIMALS}f}".replace("-", "−")


def _markdown(heads: list[str], rows: list[list[str]]) -> str:
    rule = [":---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, rule, *rows]) + "\n"
