"""What the checker says about an example that a page shows, found out when the site is built."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from workings.page import Display, read
from workings.reading import check
from workings.table import DOCS

WIDTH = 84


def transcript(slug: str, name: str, *options: str) -> str:
    """Return what a reader would see who saved an example of a page and checked it.

    Args:
        slug: the page's file name without its ending.
        name: the title of the fence that holds the example, which is also its file's name.
        options: what follows the file's name on the command line.

    Raises:
        ValueError: if the page has no such fence, or more than one.
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_text(example(slug, name), encoding="utf-8")
        shown = " ".join(["workings check", name, *options])
        run = subprocess.run(
            [sys.executable, "-m", "workings", "check", name, *options],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            env=os.environ
            | {
                "COLUMNS": str(WIDTH),
                "NO_COLOR": "1",
                "PYTHONIOENCODING": "utf-8",
                "PYTHONPATH": str(DOCS.parent),
            },
        )
    return f"$ {shown}\n{run.stdout}{run.stderr}$ echo $?\n{run.returncode}"


def example(slug: str, name: str) -> str:
    """Return the text of the one fence on a page that has this title."""
    text = (DOCS / f"{slug}.md").read_text(encoding="utf-8")
    fence = rf'^```\w+ title="{re.escape(name)}"\n(.*?)^```$'
    found = re.findall(fence, text, re.DOTALL | re.MULTILINE)
    if len(found) != 1:
        raise ValueError(f'docs/{slug}.md: {len(found)} fences say title="{name}"; one must')
    return str(found[0])


def refusals(slug: str, formulas: list[str]) -> str:
    """Return a Markdown table of formulas and why the checker can't try them.

    Each is checked by itself, with what the page declares and nothing more.

    Args:
        slug: the page's file name without its ending.
        formulas: the LaTeX of one display each.

    Raises:
        ValueError: if a formula can be tried after all.
    """
    page = read(DOCS / f"{slug}.md")
    lines = ["| written | the reason given |", "| --- | --- |"]
    for tex in formulas:
        display = Display(tex, page.path, line=1, column=1)
        reasons = [claim.reason for claim in check(replace(page, displays=(display,)))]
        if not reasons or not reasons[0]:
            raise ValueError(f"docs/{slug}.md: {tex} is no longer refused")
        reason = re.sub(r"\\[A-Za-z]+|'\w+': \{.*?\}", r"`\g<0>`", reasons[0])
        lines.append(f"| `{tex}` | {reason} |")
    return "\n".join(lines) + "\n"
