"""Every claim that the site publishes is a test, and so is every stepper bound to a chain."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from workings.page import read
from workings.reading import check
from workings.stepper import compare

ROOT = Path(__file__).parents[1]
PATHS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "docs").rglob("*")
    if path.suffix in (".md", ".ipynb")
)


@cache
def page(path):
    return read(ROOT / path)


@cache
def problems(path):
    return compare(page(path))


def published():
    """Every claim, under an id made of its page and line; a second one on a line is `line.2`."""
    seen = Counter()
    for path in PATHS:
        for claim in check(page(path), repairs=False):
            place = f"{path}:{claim.line}" + (f":{claim.cell}" if claim.cell else "")
            seen[place] += 1
            again = f".{seen[place]}" if seen[place] > 1 else ""
            yield pytest.param(claim, id=f"{place}{again}")


def bound():
    """Every chain with a stepper, under the page, the line and the stepper's name."""
    for path in PATHS:
        for display in page(path).displays:
            if display.steps:
                name = f"{path}:{display.line} {display.steps}"
                yield pytest.param(path, display.steps, id=name)


@pytest.mark.parametrize("claim", published())
def test_the_claim_holds(claim):
    """A published claim holds, defines, is waived with a reason, or fails on purpose."""
    where = f" at {claim.witness}" if claim.witness else ""
    assert claim.passes, (
        f"{claim.left} {claim.relation} {claim.right}: {claim.verdict}: {claim.reason}{where}"
    )


@pytest.mark.parametrize(("path", "steps"), bound())
def test_code_runs_in_step_with_the_math(path, steps):
    """A stepper yields the value of each side of its chain, in order, at several sizes."""
    assert [str(problem) for problem in problems(path) if problem.steps == steps] == []


@pytest.mark.parametrize("path", [path for path in PATHS if path.endswith(".md")])
def test_every_display_is_read(path):
    """As many displays are read as a plain count of double dollars outside code finds."""
    text = (ROOT / path).read_text(encoding="utf-8")
    prose = re.sub(
        r"^[ \t]*```.*?^[ \t]*```[ \t]*$|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE
    )
    marks = prose.count("$$")
    assert marks % 2 == 0
    assert sum(not display.inline for display in page(path).displays) == marks // 2
