"""Markdown and notebooks in, displays out: every piece of published mathematics with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workings.lexer import holds_relation

ENVIRONMENTS = (
    "equation|align|gather|multline|eqnarray|split|aligned|alignat|alignedat|flalign|displaymath"
    "|gathered|math"
)

MARKUP = re.compile(
    r"(?P<fence>^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?(?P<mark>```+|~~~+)[ \t]*(?P<info>[^\n]*)\n"
    r"(?P<fenced>.*?)(?:^[ \t>]*(?P=mark)[`~]*[ \t]*$|\Z))"
    r"|<!--\s*workings:(?P<note>.*?)-->"
    r"|(?P<comment><!--.*?-->)"
    r"|(?P<code>(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t>]*\n).)+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<escaped>\\\$|\\\\(?=[\[(]))"
    r"|\$\$(?P<dollars>.*?)\$\$"
    r"|\\\[(?P<bracket>.*?)\\\]"
    rf"|(?P<environment>^[ \t]*\\begin\{{(?P<name>{ENVIRONMENTS})(?P<star>\*?)\}}.*?"
    r"\\end\{(?P=name)(?P=star)\})"
    r"|\\\((?P<round>.*?)\\\)"
    r"|(?<![\\$])\$(?![\s$])(?P<dollar>[^$\n]*(?:\n(?!\s*\n)[^$\n]*)*?)(?<![\s\\])\$(?![\d$])"
    r"|(?P<stray>\$\$|\\\[)",
    re.S | re.M,
)
ATTRIBUTE = re.compile(r'\s*([\w-]+)\s*=\s*"([^"]*)"')
KEYS = ("when", "steps", "waive", "fails")


class PageError(ValueError):
    """A page that can't be read: says what is wrong, where, and what to do about it."""


@dataclass(frozen=True)
class Display:
    """One piece of published mathematics: its LaTeX, its place, and what its comment says."""

    tex: str
    path: str
    line: int
    column: int
    inline: bool = False
    cell: int | None = None
    when: str = ""
    steps: str = ""
    waive: str = ""
    fails: tuple[int, ...] = ()
    problem: str = ""

    def place(self, position: int) -> tuple[int, int]:
        """Line and column in the file of a position in the LaTeX, both counted from 1."""
        before = self.tex[:position]
        newlines = before.count("\n")
        column = len(before) - before.rfind("\n") if newlines else self.column + position
        return self.line + newlines, column


@dataclass(frozen=True)
class Page:
    """A page: the declarations of its front matter and its displays in reading order."""

    path: str
    symbols: dict[str, Any] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    example: dict[str, Any] = field(default_factory=dict)
    displays: tuple[Display, ...] = ()
    title: str = ""


def read(path: str | Path) -> Page:
    """Read a Markdown file or a notebook; raise PageError where it can't be read."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise PageError(f"{path}: can't be opened ({error.strerror}); check the name") from error
    except UnicodeDecodeError as error:
        raise PageError(f"{path}: is not UTF-8 text (byte {error.start}); save it so") from error
    return (
        parse_notebook(text, str(path)) if str(path).endswith(".ipynb") else parse(text, str(path))
    )


def parse(text: str, path: str = "<text>") -> Page:
    """Parse the text of a Markdown page."""
    meta, start = front_matter(text, path)
    return build(meta, tuple(displays(text, path, start)), path)


def parse_notebook(text: str, path: str) -> Page:
    """Parse a notebook: Markdown cells in order; declarations stand in its `workings` metadata."""
    try:
        book = json.loads(text)
        cells, meta = book["cells"], book.get("metadata", {}).get("workings") or {}
        if not isinstance(meta, dict):
            raise TypeError("its `workings` metadata must be keys and values")
        found: list[Display] = []
        for number, cell in enumerate(cells, start=1):
            if cell["cell_type"] == "markdown":
                source = "".join(cell["source"])
                found += displays(source, path, 0, cell=number)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PageError(f"{path}: is not a notebook ({error}); open and save it again") from error
    return build(meta, tuple(found), path)


def front_matter(text: str, path: str) -> tuple[dict[str, Any], int]:
    """The YAML between two `---` lines at the top, and the offset at which the text goes on."""
    match = re.match(r"---[ \t]*\n(.*?\n)?---[ \t]*(\n|\Z)", text, re.S)
    if not match:
        return {}, 0
    import yaml

    try:
        meta = yaml.load(match[1] or "", Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = getattr(error, "problem", error)
        raise PageError(f"{path}:{line}: the front matter is not YAML: {problem}") from error
    except (ValueError, RecursionError) as error:
        raise PageError(f"{path}:1: the front matter can't be read: {error}") from error
    if not isinstance(meta, dict):
        raise PageError(f"{path}:1: the front matter must be keys and values, like `title: …`")
    return meta, match.end()


def build(meta: dict[str, Any], found: tuple[Display, ...], path: str) -> Page:
    """Put a page together from its front matter and displays."""
    symbols, example = meta.get("symbols") or {}, meta.get("example") or {}
    uses = meta.get("uses") or []
    if not isinstance(symbols, dict) or not isinstance(example, dict):
        raise PageError(f"{path}: `symbols:` and `example:` must map each symbol to its entry")
    uses = [uses] if isinstance(uses, str) else uses
    if not isinstance(uses, list) or not all(isinstance(name, str) for name in uses):
        raise PageError(f"{path}: `uses:` is a list of page names, like [softmax]")
    return Page(path, symbols, tuple(map(str, uses)), example, found, str(meta.get("title", "")))


def displays(text: str, path: str, start: int, cell: int | None = None) -> Iterator[Display]:
    """Yield the displays of a Markdown text from an offset on, in order."""
    note: re.Match[str] | None = None

    def make(begin: int, tex: str, **more: Any) -> Display:
        line = text.count("\n", 0, begin) + 1
        column = begin - text.rfind("\n", 0, begin)
        return Display(tex, path, line, column, cell=cell, **more)

    for match in MARKUP.finditer(text, start):
        group = kind(match)
        if group == "note":
            if note:
                yield make(note.start(), "", problem="this comment has no display below it")
            note = match
            continue
        if group == "stray":
            problem = f"`{match[0]}` opens a display that is never closed"
            yield make(match.start(), "", problem=problem)
        if group not in ("fenced", "dollars", "bracket", "environment", "round", "dollar"):
            continue
        tex, begin = match[group], match.start(group)
        inline = group in ("round", "dollar")
        if inline and not note and not holds_relation(tex):
            continue
        more: dict[str, Any] = {"inline": inline}
        if note:
            more |= attributes(note["note"])
            if text[note.end() : match.start()].strip():
                yield make(note.start(), "", problem="this comment has no display right below it")
                more = {"inline": inline}
            note = None
        yield make(begin, tex, **more)
    if note:
        yield make(note.start(), "", problem="this comment has no display below it")


def kind(match: re.Match[str]) -> str:
    """Which sort of markup a match is; a fence counts as mathematics only when it says `math`."""
    if match["fence"] is not None:
        return "fenced" if match["info"].strip() == "math" else "fence"
    groups = ("note", "comment", "code", "escaped", "dollars", "bracket", "environment")
    return next(
        group for group in (*groups, "round", "dollar", "stray") if match[group] is not None
    )


def attributes(text: str) -> dict[str, Any]:
    """The attributes of a `<!-- workings: … -->` comment, or the problem with them."""
    found = dict(ATTRIBUTE.findall(text))
    left = ATTRIBUTE.sub("", text).strip()
    unknown = [key for key in found if key not in KEYS]
    if left or unknown:
        said = left or unknown[0]
        return {"problem": f'the comment says `{said}`; it takes {", ".join(KEYS)}, each ="…"'}
    fails = found.get("fails", "").replace(",", " ").split()
    if not all(number.isdigit() and int(number) for number in fails):
        return {"problem": f'fails="{found["fails"]}": name the links by number, from 1'}
    if "waive" in found and not found["waive"].strip():
        return {"problem": "a waiver needs its reason"}
    return found | {"fails": tuple(map(int, fails))}
