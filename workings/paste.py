"""What someone pasted in, Markdown out: bare formulas get delimiters, prose is left alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from workings.lexer import holds_relation
from workings.page import MARKUP, kind

# A block that a chat prints as [ … ] on lines of their own, having lost its backslashes.
BLOCK = re.compile(r"^\[[ \t]*\n(?P<block>.*?)\n[ \t]*\][ \t]*$", re.S | re.M)
WORDS = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,})+")
TEXT = re.compile(r"\\(?:text|mbox|textrm|mathrm|operatorname)\s*\{[^{}]*\}")
FORMULA = re.compile(r"\\(?:frac|sum|partial|begin|end|left|nabla)\b")
BREAK = re.compile(r"\\\\(?:\[[^\]]*\])?\s*$")
GOES_ON = re.compile(r"\s*(?:[+\-*/&)\]}]|\\(?:cdot|times|odot|right|quad|text|end)\b|,)")


@dataclass(frozen=True)
class Paste:
    """Markdown made of a text, and for each of its characters the place it had in that text."""

    markdown: str
    origin: tuple[int, ...]

    def place(self, at: int) -> int:
        """The place in the text of a place in the Markdown."""
        return self.origin[min(at, len(self.origin) - 1)]


def paste(text: str) -> Paste:
    """Markdown whose displays are those of the text, whether it had delimiters or not."""
    if is_notebook(text):
        return cells(text)
    pieces: list[tuple[str, int]] = []
    for line, at in lines(text):
        quoted = re.match(r"[ \t]{0,3}(?:>[ \t]?)+", line) if is_quoted(text) else None
        cut = quoted.end() if quoted else 0
        pieces.append((line[cut:], at + cut))
    plain = joined(pieces)
    found = {kind(match) for match in MARKUP.finditer(plain.markdown)}
    if found & {"fenced", "dollars", "bracket", "round", "dollar", "stray"}:
        return plain
    return joined(list(delimited(plain)))


def joined(pieces: list[tuple[str, int]]) -> Paste:
    """Pieces of text with their places, as one; what was put in has the place of what follows."""
    out: list[str] = []
    origin: list[int] = []
    end = 0
    for piece, at in pieces:
        put_in = at < 0
        out.append(piece)
        origin += [end] * len(piece) if put_in else range(at, at + len(piece))
        end = end if put_in else at + len(piece)
    return Paste("".join(out), (*origin, end))


def lines(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        ending = len(line) - len(line.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"))
        body = line[: len(line) - ending].replace("\u00a0", " ").replace("\u200b", " ")
        yield body + ("\n" if ending else ""), at
        at += len(line)


def is_quoted(text: str) -> bool:
    rows = [row for row in text.split("\n") if row.strip()]
    return bool(rows) and all(row.lstrip().startswith(">") for row in rows)


def is_notebook(text: str) -> bool:
    if not text.lstrip().startswith("{") or '"cells"' not in text:
        return False
    try:
        return isinstance(json.loads(text)["cells"], list)
    except (ValueError, KeyError, TypeError):
        return False


def cells(text: str) -> Paste:
    """The Markdown cells of a notebook; an edit of them has no place in its JSON."""
    book = json.loads(text)
    sources = [
        "".join(cell.get("source", ""))
        for cell in book["cells"]
        if isinstance(cell, dict) and cell.get("cell_type") == "markdown"
    ]
    meta = book.get("metadata")
    declared = meta.get("workings") if isinstance(meta, dict) else None
    # JSON is YAML, so what a notebook declares makes a front matter as it stands.
    head = [f"---\n{json.dumps(declared)}\n---"] if declared else []
    markdown = "\n\n".join([*head, *sources])
    return Paste(markdown, (0,) * (len(markdown) + 1))


def delimited(plain: Paste) -> Iterator[tuple[str, int]]:
    """Text with no dollar in it: each formula gets its own, environments and prose stay."""
    text, end = plain.markdown, 0
    blocks = [m for m in MARKUP.finditer(text) if kind(m) == "environment"]
    spans = [(m.start(), m.end()) for m in blocks] or [
        (m.start(), m.end()) for m in BLOCK.finditer(text)
    ]
    for start, stop in [*spans, (len(text), len(text))]:
        for piece, at in formulas(text, end, start):
            yield piece, -1 if at < 0 else plain.place(at)
        if start < stop and not blocks:
            inner = text[start:stop].strip()[1:-1]
            at = text.index("[", start) + 1
            yield "$$", -1
            yield inner, plain.place(at)
            yield "$$\n", -1
        elif start < stop:
            yield text[start:stop], plain.place(start)
        end = stop


def formulas(text: str, start: int, stop: int) -> Iterator[tuple[str, int]]:
    """A stretch of text cut into prose and formulas, with dollars put around the formulas."""
    waiting: tuple[int, int] | None = None
    at = start
    for line in [*text[start:stop].splitlines(keepends=True), ""]:
        begins = waiting is None or starts(text[waiting[0] : waiting[1]], line)
        if waiting and (begins or is_prose(line)):
            yield from shown(text, *waiting)
            waiting = None
        if not line.strip() or is_prose(line):
            yield line, at
        else:
            waiting = (waiting[0] if waiting else at, at + len(line))
        at += len(line)


def shown(text: str, start: int, stop: int) -> Iterator[tuple[str, int]]:
    tex = text[start:stop]
    body = tex.rstrip()
    if not holds_relation(tex):
        yield tex, start
        return
    yield "$$", -1
    yield body, start
    yield "$$", -1
    yield tex[len(body) :] or "\n", start + len(body) if tex[len(body) :] else -1


def starts(before: str, line: str) -> bool:
    """Whether a line opens a display of its own rather than going on with the one above."""
    if not line.strip():
        return True
    closed = (
        before.count("{") == before.count("}")
        and before.count("\\left") == before.count("\\right")
        and before.count("\\begin") == before.count("\\end")
    )
    if not closed or BREAK.search(before) or GOES_ON.match(line):
        return False
    return holds_relation(line) and holds_relation(before)


def is_prose(line: str) -> bool:
    """Whether a line is words rather than a formula."""
    bare = TEXT.sub("", line)
    found = WORDS.search(bare)
    return found is not None and not FORMULA.search(bare, 0, found.start())
