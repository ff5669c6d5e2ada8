"""TeX in, SVG with assistive MathML out, by MathJax in one long-lived Node process.

A glyph's outline is drawn once a page: a rendered formula refers to outlines by name, and
`with_outlines` puts the ones a page uses into it.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib.util
import json
import re
import subprocess
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workings.node import find_node

_SCRIPT = Path(__file__).with_suffix(".js")
_PATH = re.compile(r'<path data-c="([0-9A-F]+)" d="([^"]*)"( transform="[^"]*")?></path>')
_CONTAINER = re.compile(
    r"<mjx-container [^>]*>(?P<svg><svg .*</svg>)"
    r"<mjx-assistive-mml [^>]*>(?P<mathml><math .*</math>)</mjx-assistive-mml></mjx-container>",
    re.DOTALL,
)
_SIZE = re.compile(
    r'<svg style="(?P<style>[^"]*)" xmlns="[^"]*" width="(?P<width>[^"]*)" '
    r'height="(?P<height>[^"]*)" role="img" focusable="false"'
)
_WIDTH = re.compile(r"width: ([\d.]+)ex")
_HEIGHT = re.compile(r"height: ([\d.]+)ex")
_BOX = re.compile(r'height: (?P<ex>[\d.]+)ex" viewBox="0 (?P<top>[-\d.]+) [\d.]+ (?P<tall>[\d.]+)"')
_ALIGNMENT = re.compile(
    r'<g data-mml-node="math"[^>]*><g data-mml-node="mtable"'
    r'(?: transform="translate\([-\d.]+,(?P<y>[-\d.]+)\)")?[^>]*>(?=<g transform|<g data-mml)'
)
_GROUP = re.compile(
    r'<g\b(?: data-mml-node="\w+")?'
    r'(?: transform="translate\([-\d.]+,(?P<y>[-\d.]+)\)[^"]*")?[^>]*>|</g>'
)
# The narrowest phone's width in ex. What is narrower needs no tab stop.
_PHONE = 30
# Relations and fraction bars stand so far above the baseline, in thousandths of an em.
_AXIS = 250.0
_NESTING = re.compile(r"\\\\|\\(?:begin|end)\{\w+\*?\}|(?<!\\)[{}&]")
# A group around a single outline, with no more to say than where it stands or what it shows.
_AROUND_ONE = re.compile(
    r'<g(?P<name> class="[^"]*")?(?P<place> transform="[^"]*")?>'
    r'<use(?P<use> href="[^"]*")></use></g>'
)
_SHEET = re.compile(r'<svg class="outlines".*?</svg>', re.DOTALL)
_USE = re.compile(r'<use\b[^>]* href="#(g[0-9A-F]+-[0-9a-f]+)"')


class MathError(ValueError):
    """TeX that MathJax can't read; the message is MathJax's own."""


@dataclass(frozen=True)
class Formula:
    """One rendered formula: its two drawings, its size, and how far down each row stands, in ex.

    `rows` are the rows of the outermost alignment, or the formula itself if it has none.
    """

    svg: str
    mathml: str
    width: float
    height: float
    rows: tuple[float, ...] = ()

    @property
    def both(self) -> str:
        """The HTML of both drawings, one to be seen and one to be heard."""
        return f'{self.svg}<span class="spoken">{self.mathml}</span>'

    @property
    def reach(self) -> str:
        """The attributes of a box that scrolls, if the formula may be wider than a phone."""
        if self.width <= _PHONE:
            return ""
        return ' tabindex="0" role="group" aria-label="formula, scrolls sideways"'

    @property
    def inline(self) -> str:
        """The HTML of the formula inside a line of text."""
        kind = "formula wide" if self.reach else "formula"
        return f'<span class="{kind}"{self.reach} data-search-exclude>{self.both}</span>'


def render(tex: str, display: bool = False) -> Formula:
    """The formula for `tex`, in display style or inline.

    Raises:
        MathError: if MathJax can't read it, an unknown macro included.
    """
    tex = tex.strip()
    return _render(_in_rows(tex) if display else tex, display)


def with_outlines(html: str) -> str:
    """`html` with the one sheet of outlines that all its formulas need, above them all.

    Below them it would have every formula drawn twice: without outlines, and with.
    """
    html = _SHEET.sub("", html)
    names = sorted(set(_USE.findall(html)))
    if not names:
        return html
    paths = "".join(f'<path id="{name}" d="{_outlines[name]}"></path>' for name in names)
    return (
        '<svg class="outlines" width="0" height="0" aria-hidden="true" data-search-exclude>'
        f"<defs>{paths}</defs></svg>{html}"
    )


_outlines: dict[str, str] = {}


@cache
def _render(tex: str, display: bool) -> Formula:
    answer = _process().ask({"tex": tex, "display": display})
    if "error" in answer:
        raise MathError(answer["error"])
    parts = _CONTAINER.fullmatch(answer["html"])
    if parts is None:
        raise MathError("MathJax answered with markup of an unknown form")
    # As attributes, the sizes would give way to a style sheet's `height: auto`.
    svg = _SIZE.sub(r'<svg style="\g<style> width: \g<width>; height: \g<height>"', parts["svg"])
    width, height = (
        float(found[1]) if found else 0.0 for found in (_WIDTH.search(svg), _HEIGHT.search(svg))
    )
    svg = _PATH.sub(_by_name, svg)
    svg, rows = _with_rows(svg)
    svg = re.sub(r' data-(?:mml-node|mjx-texclass)="[^"]*"', "", svg)
    svg = _AROUND_ONE.sub(r"<use\g<name>\g<place>\g<use>></use>", _without_bare_groups(svg))
    mathml = re.sub(r' data-mjx-[a-z]+="[^"]*"', "", parts["mathml"])
    return Formula(svg, mathml, width, height, rows)


def _with_rows(svg: str) -> tuple[str, tuple[float, ...]]:
    """`svg` with the rows of its outermost alignment numbered, and how far down each stands."""
    size = _BOX.search(svg)
    if size is None:
        return svg, ()
    top = -float(size["top"])
    ex = float(size["ex"]) / float(size["tall"])
    table = _ALIGNMENT.search(svg)
    if table is None:
        return svg, ((top - _AXIS) * ex,)
    rows: list[float] = []
    pieces, end, depth = [svg[: table.end()]], table.end(), 0
    for tag in _GROUP.finditer(svg, table.end()):
        if tag[0] == "</g>":
            depth -= 1
            if depth < 0:
                break
            continue
        if depth == 0:
            rows.append((top - _AXIS - float(tag["y"] or 0) - float(table["y"] or 0)) * ex)
            pieces += [svg[end : tag.start()], f'<g data-row="{len(rows)}"{tag[0][2:]}']
            end = tag.end()
        depth += 1
    return "".join([*pieces, svg[end:]]), tuple(rows)


def _in_rows(tex: str) -> str:
    """`tex` in an environment of rows, if it has rows outside of one: MathJax would join them."""
    depth, rows, columns = 0, False, False
    for token in _NESTING.findall(tex):
        if token == "\\\\":
            rows |= depth == 0
        elif token == "&":
            columns |= depth == 0
        else:
            depth += 1 if token == "{" or token.startswith("\\begin") else -1
    if not rows:
        return tex
    return rf"\begin{{aligned}}{'' if columns else '&'}{tex}\end{{aligned}}"


def _without_bare_groups(svg: str) -> str:
    """`svg` without the groups that say nothing, which are most of what MathJax draws."""
    bare: list[bool] = []

    def keep(tag: re.Match[str]) -> str:
        if tag[0] != "</g>":
            bare.append(tag[0] == "<g>")
            return "" if bare[-1] else tag[0]
        return "" if bare.pop() else tag[0]

    return re.sub(r"<g\b[^>]*>|</g>", keep, svg)


def _by_name(path: re.Match[str]) -> str:
    code, outline, transform = path.groups()
    if not outline:
        return ""
    name = f"g{code}-{hashlib.sha256(outline.encode()).hexdigest()[:6]}"
    if _outlines.setdefault(name, outline) != outline:
        raise MathError(f"two outlines share the name {name}")
    return f'<use href="#{name}"{transform or ""}></use>'


class _Process:
    """MathJax behind a pipe: one JSON line asks, one answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._node = subprocess.Popen(
            [find_node(), str(_SCRIPT), str(_find_mathjax())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        atexit.register(self.close)

    def ask(self, question: dict[str, object]) -> dict[str, str]:
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        with self._lock:
            self._node.stdin.write(json.dumps(question) + "\n")
            self._node.stdin.flush()
            line = self._node.stdout.readline()
        if not line:
            raise RuntimeError(f"the MathJax process ended with code {self._node.wait()}")
        answer: dict[str, str] = json.loads(line)
        return answer

    def close(self) -> None:
        self._node.communicate()


@cache
def _process() -> _Process:
    return _Process()


def _find_mathjax() -> Path:
    spec = importlib.util.find_spec("mathjax")
    if spec is None or spec.origin is None:
        raise RuntimeError("no MathJax: install django-static-mathjax")
    return Path(spec.origin).parent / "static/mathjax/es5/node-main.js"
