"""Python-Markdown extension: the mathematics of a page, drawn when the page is built.

Inline: `$…$` and `\\(…\\)`. Displays: `$$…$$`, `\\[…\\]`, a `math` fence, and the environments
`align`, `equation`, `gather` and their kin standing on their own. Code and comments are left
alone. A formula that can't be read raises `MathError` with file and line.

    markdown.markdown(text, extensions=["workings.markdown"])
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

from workings.mathjax import MathError, render, with_outlines

# Narrower than this (in ex), a formula fits the narrowest phone and needs no tab stop.
_SCROLLS = 30

# Private-use characters mean nothing to any other processor, so a mark passes them untouched.
_MARK = re.compile("\ue000(\\d+)\ue001")
_MARK_ALONE = re.compile("<p>\\s*\ue000(\\d+)\ue001\\s*</p>")

_LINE = r"(?:(?!\n[ \t>]*\n).)"
_SOURCE = re.compile(
    rf"""
      ^(?P<margin>[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?)(?P<fence>`{{3,}}|~{{3,}})
        (?P<info>[^\n]*)\n(?P<body>.*?)(?:^[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)
    | <!--.*?-->
    | <(?P<tag>script|style|pre|code|svg|math)\b.*?</(?P=tag)>
    | (?<!`)(?P<ticks>`+)(?!`){_LINE}+?(?<!`)(?P=ticks)(?!`)
    | \\[\\`$]
    | \$\$(?P<dollars>{_LINE}+?)\$\$
    | \\\[(?P<brackets>{_LINE}+?)\\\]
    | (?P<environment>\\begin\{{(?P<name>(?:align|alignat|equation|flalign|gather|multline)\*?)\}}
        .*?\\end\{{(?P=name)\}})
    | \\\((?P<parentheses>{_LINE}+?)\\\)
    | \$(?P<dollar>(?![\s$])(?:\\.|(?!\n[ \t>]*\n)[^$\\])+?(?:(?<!\s)|\\[A-Za-z]+[ ]))\$(?!\d)
    | (?P<unclosed>\$\$[^\n]*)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_MARGIN = re.compile(r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?")
_INLINE = {"parentheses", "dollar"}
_DISPLAYS = {"dollars", "brackets", "environment", "unclosed"}
_EXECUTED = re.compile(r'\bexec="?(?:1|true|yes|on)\b')


@dataclass(frozen=True)
class _Found:
    """One formula in a text, and where it stands there."""

    start: int
    end: int
    tex: str
    display: bool


def draw(tex: str, display: bool = False, number: int = 0) -> str:
    """The HTML of one formula. A display gets the id `display-<number>` if it has a number.

    Raises:
        MathError: if MathJax can't read it.
    """
    formula = render(tex, display)
    both = f'{formula.svg}<span class="spoken">{formula.mathml}</span>'
    wide = formula.width > _SCROLLS
    reach = ' tabindex="0" role="group" aria-label="formula, scrolls sideways"' if wide else ""
    if not display:
        kind = "formula wide" if wide else "formula"
        return f'<span class="{kind}"{reach} data-search-exclude>{both}</span>'
    name = f' id="display-{number}"' if number else ""
    return (
        f'<div class="display"{name} data-search-exclude>'
        f'<div class="scroll"{reach}>{both}</div></div>'
    )


def draw_in_html(text: str, path: str, line_of: Callable[[str], int]) -> str:
    """`text`, which is HTML already, with its formulas drawn.

    `line_of` tells the line of `path` that a piece of TeX stands on, for errors.
    """
    drawn: list[str] = []
    marked: list[str] = []
    end = displays = 0
    for found in _formulas(text):
        displays += found.display
        tex = html.unescape(found.tex)
        drawn.append(_draw_at(f"{path}:{line_of(tex)}", tex, found.display, displays))
        marked += [text[end : found.start], _mark(len(drawn) - 1)]
        end = found.end
    marked.append(text[end:])
    return with_outlines(_unmark("".join(marked), drawn))


class MathExtension(Extension):
    """Draws formulas. `path` and `first_line` say where the text comes from, for errors."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = {
            "path": ["page", "file that the text comes from"],
            "first_line": [1, "line of that file on which the text begins"],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:
        md.ESCAPED_CHARS.append("$")
        drawn: list[str] = []
        marks = _Preprocessor(md, self, drawn)
        # Before `snippets` (32), so that lines are still the file's own.
        md.preprocessors.register(marks, "math", 40)
        # Before `escape` (180) and all that reads brackets and underscores.
        md.inlinePatterns.register(_InlineMark(drawn, md), "math", 200)
        md.postprocessors.register(_Postprocessor(md, drawn, marks.failures), "math", -10)


def makeExtension(**kwargs: Any) -> MathExtension:
    return MathExtension(**kwargs)


class _Preprocessor(Preprocessor):
    """Draws each formula and leaves a mark in its place."""

    def __init__(self, md: Markdown, extension: MathExtension, drawn: list[str]) -> None:
        super().__init__(md)
        self._extension = extension
        self._drawn = drawn
        self._executed: list[int] = []
        self.failures: list[MathError] = []

    def run(self, lines: list[str]) -> list[str]:
        self._drawn.clear()
        self.failures.clear()
        text = "\n".join(lines)
        first = int(self._extension.getConfig("first_line"))
        self._executed = [
            first + text.count("\n", 0, block.start())
            for block in _SOURCE.finditer(text)
            if block["fence"] and _EXECUTED.search(block["info"])
        ]
        try:
            return self._marked(text, first).split("\n")
        except MathError as error:
            if outer := self._outer:
                # The fence that runs the code shows it in place of a failure, and goes on.
                outer.failures.append(error)
            raise

    def _marked(self, text: str, first: int) -> str:
        marked: list[str] = []
        end = displays = 0
        for found in _formulas(text):
            displays += found.display
            line = first + text.count("\n", 0, found.start)
            # An executed block's output has no lines of its own, so its formulas take no ids.
            number = displays if found.display and self._outer is None else 0
            self._drawn.append(_draw_at(self._place(line), found.tex, found.display, number))
            before, mark = text[end : found.start], _mark(len(self._drawn) - 1)
            marked += [before, _paragraph(text, found, mark) if found.display else mark]
            end = found.end
        return "".join([*marked, text[end:]])

    @property
    def _outer(self) -> _Preprocessor | None:
        """Its like in the conversion that this one runs inside, if markdown-exec started it."""
        outer: Markdown | None = getattr(self.md, "_original_md", None)
        if outer is None:
            return None
        preprocessor = outer.preprocessors["math"]
        assert isinstance(preprocessor, _Preprocessor)
        return preprocessor

    def _place(self, line: int) -> str:
        path = self._extension.getConfig("path")
        if self._outer is None:
            return f"{path}:{line}"
        blocks = " or ".join(map(str, self._outer._executed))
        return f"{path}:{blocks} (printed by the code there)"


class _InlineMark(InlineProcessor):
    """Hands marks to the stash of finished HTML, where the table of contents finds their text."""

    def __init__(self, drawn: list[str], md: Markdown) -> None:
        super().__init__(_MARK.pattern, md)
        self._drawn = drawn

    def handleMatch(  # type: ignore[override]
        self, m: re.Match[str], data: str
    ) -> tuple[str, int, int]:
        return self.md.htmlStash.store(self._drawn[int(m[1])]), m.start(0), m.end(0)


class _Postprocessor(Postprocessor):
    """Replaces the marks that stood in raw HTML, and adds the outlines the page needs."""

    def __init__(self, md: Markdown, drawn: list[str], failures: list[MathError]) -> None:
        super().__init__(md)
        self._drawn = drawn
        self._failures = failures

    def run(self, text: str) -> str:
        if self._failures:
            raise self._failures[0]
        text = _unmark(text, self._drawn)
        return text if hasattr(self.md, "_original_md") else with_outlines(text)


def _formulas(text: str) -> Iterator[_Found]:
    for match in _SOURCE.finditer(text):
        start, end = match.span()
        kind = match.lastgroup
        if kind == "body" and match["info"].split() == ["math"]:
            start += len(match["margin"])
        elif kind not in _INLINE | _DISPLAYS:
            continue
        tex = match[kind]
        line_start = text.rfind("\n", 0, start) + 1
        if ">" in text[line_start:start]:
            tex = re.sub(r"^[ \t]*>", "", tex, flags=re.MULTILINE)
        yield _Found(start, end, tex, kind not in _INLINE)


def _paragraph(text: str, found: _Found, mark: str) -> str:
    """`mark` as a block of its own, at the depth of the list or quotation that it stands in."""
    above, before = _split_last(text[: found.start])
    after, _, below = text[found.end :].partition("\n")
    if before.lstrip().startswith("|"):
        return mark
    margin = _MARGIN.match(before)
    assert margin is not None
    indent = re.sub(r"[^>\t]", " ", margin[0])
    gap = f"\n{indent.rstrip()}\n{indent}"
    begins_item = before == margin[0] != indent
    inside = before != margin[0] or not (begins_item or _is_blank(_split_last(above)[1]))
    if after.strip():
        closes = gap
    else:
        closes = "" if _is_blank(below.partition("\n")[0]) else f"\n{indent.rstrip()}"
    return f"{gap if inside else ''}{mark}{closes}"


def _split_last(text: str) -> tuple[str, str]:
    """The lines of `text` before its last one, and that one."""
    above, _, last = text.rpartition("\n")
    return above, last


def _is_blank(line: str) -> bool:
    return line.strip(" \t>") == ""


def _draw_at(place: str, tex: str, display: bool, number: int) -> str:
    try:
        if tex.startswith("$$"):
            raise MathError("No $$ closes this display before its paragraph ends")
        return draw(tex, display, number if display else 0)
    except MathError as error:
        raise MathError(f"{place}: {error} in the formula {tex.strip()!r}") from error


def _mark(position: int) -> str:
    return f"\ue000{position}\ue001"


def _unmark(text: str, drawn: list[str]) -> str:
    def html_of(mark: re.Match[str]) -> str:
        return drawn[int(mark[1])]

    def alone(mark: re.Match[str]) -> str:
        block = html_of(mark)
        return block if block.startswith("<div") else mark[0]

    return _MARK.sub(html_of, _MARK_ALONE.sub(alone, text))
