"""Python-Markdown extension: the mathematics of a page, drawn when the page is built.

Inline: `$…$` and `\\(…\\)`. Displays: `$$…$$`, `\\[…\\]`, a `math` fence, and the environments
`align`, `equation`, `gather` and their kin standing on their own. Code and comments are left
alone. Every display that holds a relation is checked, and gets a mark at each of its rows. A
formula that can't be read raises `MathError` with file and line.

    markdown.markdown(text, extensions=["workings.markdown"])

A page's declarations stand in its front matter, which is taken off here if nobody did before.
Give the page's path as the setting `path` if it uses other pages or steppers.
"""

from __future__ import annotations

import html
import importlib
import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from workings.mathjax import MathError, render, with_outlines

if TYPE_CHECKING:
    from workings.evidence import Sheet, Shown
    from workings.marks import Places

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
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
_INLINE = {"parentheses", "dollar"}
_DISPLAYS = {"dollars", "brackets", "environment", "unclosed"}
# Made with the page, so that a browser need not lay it out twice; shown if there are scripts.
_COPY = (
    '<button class="copy" type="button" title="Copy the LaTeX" '
    'aria-label="Copy the LaTeX of this formula" hidden></button>'
)
_ASK = (
    '<button class="ask" type="button" title="What the symbols mean" '
    'aria-label="What the symbols of this formula mean" aria-expanded="false" hidden>?</button>'
)
_EXPLAINED = re.compile(r'class=" ?sy\d')
_EXECUTED = re.compile(r'\bexec="?(?:1|true|yes|on)\b')


@dataclass(frozen=True)
class _Found:
    """One formula in a text, and where it stands there."""

    start: int
    end: int
    tex: str
    display: bool


@dataclass
class Hand:
    """Draws the formulas of one page, each with the evidence for it, and remembers how many.

    `annotate` may add to the TeX of a formula what doesn't change its looks.
    """

    sheet: Sheet | None = None
    places: Places | None = None
    annotate: Callable[[str], str] = str
    lenient: bool = False
    _waiting: dict[tuple[bool, str], list[Shown]] = field(default_factory=dict)
    _number: int = 0

    def __post_init__(self) -> None:
        for shown in self.sheet.displays if self.sheet else ():
            display = shown.display
            self._waiting.setdefault((display.inline, _squeezed(display.tex)), []).append(shown)

    def draw(self, place: str, tex: str, display: bool, numbered: bool = True) -> str:
        """The HTML of one formula; a display gets the id `display-1` and so on down the page.

        Raises:
            MathError: if MathJax can't read it, with its place; not if the hand is lenient, which
                shows the reason where the formula would stand.
        """
        self._number += display and numbered
        try:
            if tex.startswith("$$"):
                raise MathError("No $$ closes this display before its paragraph ends")
            return self._draw(tex, display, numbered)
        except MathError as error:
            reason = f"{place}: {error} in the formula {tex.strip()!r}"
            if not self.lenient:
                raise MathError(reason) from error
            tag = "div" if display else "span"
            return f'<{tag} class="trouble">{html.escape(reason)}</{tag}>'

    def finish(self, text: str) -> str:
        """The HTML of a whole page with what can only be added once all of it is there."""
        finish: Callable[[str], str] = getattr(self.annotate, "finish", str)
        return finish(text)

    def _draw(self, tex: str, display: bool, numbered: bool) -> str:
        try:
            formula = render(self.annotate(tex), display)
        except MathError:
            # What is drawn well without names for its symbols is drawn without them.
            formula = render(tex, display)
        waiting = self._waiting.get((not display, _squeezed(tex))) if numbered else None
        shown = waiting.pop(0) if waiting else None
        if shown and shown.rows:
            from workings.marks import with_wrong_rows

            formula = replace(formula, svg=with_wrong_rows(formula.svg, shown))
        if not display:
            drawn = formula.inline
            return self._with_tick(drawn, shown)
        buttons = _COPY + _ASK if _EXPLAINED.search(formula.svg) else _COPY
        return (
            f'<div class="display"{self._data(tex, shown, numbered)} data-search-exclude>'
            f'<div class="scroll" style="--tall:{formula.height:g}ex"{formula.reach}>'
            f"{formula.both}</div>"
            f"{self._marks(shown, formula.rows)}{buttons}</div>"
        )

    def _data(self, tex: str, shown: Shown | None, numbered: bool) -> str:
        data = f' id="display-{self._number}"' if numbered else ""
        if shown and shown.display.steps:
            data += f' data-steps="{html.escape(shown.display.steps)}"'
        # A line break in an attribute is one in the LaTeX that a reader copies.
        return f'{data} data-tex="{html.escape(_trimmed(tex)).replace(chr(10), "&#10;")}"'

    def _marks(self, shown: Shown | None, heights: tuple[float, ...]) -> str:
        if not shown or not shown.rows:
            return ""
        from workings.marks import Places, marks

        return marks(shown, heights, self.places or Places())

    def _with_tick(self, drawn: str, shown: Shown | None) -> str:
        if not shown or not shown.rows:
            return drawn
        from workings.marks import Places, inline

        return inline(shown, drawn, self.places or Places())


def draw_in_html(text: str, path: str, line_of: Callable[[str], int], hand: Hand) -> str:
    """`text`, which is HTML already, with its formulas drawn.

    `line_of` tells the line of `path` that a piece of TeX stands on, for errors.
    """
    drawn: list[str] = []
    marked: list[str] = []
    end = 0
    for found in _formulas(text):
        tex = html.unescape(found.tex)
        drawn.append(hand.draw(f"{path}:{line_of(tex)}", tex, found.display))
        marked += [text[end : found.start], _mark(len(drawn) - 1)]
        end = found.end
    marked.append(text[end:])
    return with_outlines(hand.finish(_unmark("".join(marked), drawn)))


def hand_for(sheet: Sheet | None, places: Places | None = None, lenient: bool = False) -> Hand:
    """The hand that draws a page, which explains the page's symbols if it knows them."""
    annotate: Callable[[str], str] = str
    if sheet and sheet.result.page and importlib.util.find_spec("workings.symbols"):
        annotator = getattr(importlib.import_module("workings.symbols"), "annotator", None)
        if annotator:
            annotate = annotator(sheet.result.page)
    return Hand(sheet, places, annotate, lenient)


class MathExtension(Extension):
    """Draws formulas. `path` and `first_line` say where the text comes from, for errors."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = {
            "path": ["page.md", "file that the text comes from"],
            "first_line": [1, "line of that file on which the text begins"],
            "check": [True, "whether to check the page, and to mark its rows"],
            "source": ["", "address of the repository's files, which evidence links to"],
            "hand": ["", "finds who draws, if someone has checked the page already"],
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
        # After `toc` (5), which runs the postprocessors on each heading.
        md.treeprocessors.register(_Assembled(md, marks), "math", -10)
        md.postprocessors.register(_Postprocessor(md, drawn, marks), "math", -10)


def makeExtension(**kwargs: Any) -> MathExtension:
    return MathExtension(**kwargs)


class _Preprocessor(Preprocessor):
    """Draws each formula and leaves a mark in its place."""

    def __init__(self, md: Markdown, extension: MathExtension, drawn: list[str]) -> None:
        super().__init__(md)
        self._extension = extension
        self._drawn = drawn
        self._executed: list[int] = []
        self.hand = Hand()
        self.failures: list[MathError] = []
        self.assembled = False

    def run(self, lines: list[str]) -> list[str]:
        self.assembled = False
        self._drawn.clear()
        self.failures.clear()
        text = "\n".join(lines)
        first = int(self._extension.getConfig("first_line"))
        self.hand = self._found_hand(text)
        body = _without_front_matter(text)
        first += text[: len(text) - len(body)].count("\n")
        text = body
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
        end = 0
        for found in _formulas(text):
            line = first + text.count("\n", 0, found.start)
            # An executed block's output has no lines of its own: no ids, and nothing to check.
            own = self._outer is None
            self._drawn.append(self.hand.draw(self._place(line), found.tex, found.display, own))
            before, mark = text[end : found.start], _mark(len(self._drawn) - 1)
            marked += [before, _paragraph(text, found, mark) if found.display else mark]
            end = found.end
        return "".join([*marked, text[end:]])

    def _found_hand(self, text: str) -> Hand:
        """Whoever was given, or one who has checked this text."""
        given = self._extension.getConfig("hand")
        if self._outer is None and callable(given):
            hand: Hand = given()
            return hand
        if self._outer is not None or not self._extension.getConfig("check"):
            return Hand()
        from workings.evidence import evidence
        from workings.marks import Places
        from workings.page import parse

        sheet = evidence(parse(text, self._extension.getConfig("path")), text)
        return hand_for(sheet, Places(self._extension.getConfig("source")))

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


class _Assembled(Treeprocessor):
    """Notes that what is converted from here on is the page, and no part of it."""

    def __init__(self, md: Markdown, marks: _Preprocessor) -> None:
        super().__init__(md)
        self._marks = marks

    def run(self, root: Element) -> None:
        self._marks.assembled = True


class _Postprocessor(Postprocessor):
    """Replaces the marks that stood in raw HTML, and adds the outlines the page needs."""

    def __init__(self, md: Markdown, drawn: list[str], marks: _Preprocessor) -> None:
        super().__init__(md)
        self._drawn = drawn
        self._marks = marks

    def run(self, text: str) -> str:
        if self._marks.failures:
            raise self._marks.failures[0]
        text = _unmark(text, self._drawn)
        if hasattr(self.md, "_original_md"):
            return text
        return with_outlines(self._marks.hand.finish(text) if self._marks.assembled else text)


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


def _squeezed(tex: str) -> str:
    """LaTeX without its white space and the margins of quotations, to tell formulas apart by."""
    return re.sub(r"\s+|^[ \t]*>", "", tex, flags=re.MULTILINE)


def _trimmed(tex: str) -> str:
    """LaTeX as a reader copies it: without the margin that it has on its page."""
    rows = [row.strip() for row in tex.strip().split("\n")]
    return "\n".join(row for row in rows if row)


def _without_front_matter(text: str) -> str:
    return _FRONT_MATTER.sub("", text, count=1)


def _mark(position: int) -> str:
    return f"\ue000{position}\ue001"


def _unmark(text: str, drawn: list[str]) -> str:
    def html_of(mark: re.Match[str]) -> str:
        return drawn[int(mark[1])]

    def alone(mark: re.Match[str]) -> str:
        block = html_of(mark)
        return block if block.startswith("<div") else mark[0]

    return _MARK.sub(html_of, _MARK_ALONE.sub(alone, text))
