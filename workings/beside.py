"""A page's code blocks in step with its chains: each yield marked with the side it computes.

The script `inside.js` lights a side when its line of code is pointed at, and the other way round.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator

from workings.page import Page

_CODE = re.compile(r"(<code[^>]*)>(.*?)</code>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_DEFINED = re.compile(r"^def (\w+)\(", re.MULTILINE)


def beside(text: str, page: Page) -> str:
    """The HTML of a page with the code of its steppers marked.

    The code that a display names in its `data-steps` gets the same attribute, and each line with
    its k-th yield stands in `<span class="step" data-step="k">`, counted from 0 like the sides.
    """
    steps = {
        display.steps.partition(":")[2]: display.steps for display in page.displays if display.steps
    }

    def marked(found: re.Match[str]) -> str:
        source = html.unescape(_TAG.sub("", found[2]))
        name = next((name for name in _DEFINED.findall(source) if name in steps), None)
        if name is None:
            return found[0]
        lines = found[2].split("\n")
        for side, (first, last) in enumerate(yields(source, name)):
            focus = 0 if side == 0 else -1
            opening = f'<span class="step" data-step="{side}" tabindex="{focus}">'
            lines[first - 1] = opening + lines[first - 1]
            lines[last - 1] += "</span>"
        return f'{found[1]} data-steps="{steps[name]}">' + "\n".join(lines) + "</code>"

    return _CODE.sub(marked, text) if steps else text


def yields(source: str, name: str) -> Iterator[tuple[int, int]]:
    """The first and the last line of each yield of a function, in order, counted from 1."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            found = [part for part in ast.walk(node) if isinstance(part, ast.Yield)]
            for part in sorted(found, key=lambda part: part.lineno):
                yield part.lineno, part.end_lineno or part.lineno
