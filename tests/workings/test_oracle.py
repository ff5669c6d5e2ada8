"""SymPy reads the same trees by itself, and must come to the same verdicts."""

from functools import cache
from pathlib import Path

import pytest

from tests.symbolic import Oracle, Unsupported
from workings.page import read
from workings.reading import read_page

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
SEEDS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/seeds").glob("*.md"))


@cache
def judged(path):
    """What SymPy and the engine say of each link, and how many links SymPy can't read."""
    reading = read_page(read(ROOT / path), repairs=False)
    reading.run()
    oracle = Oracle(reading)
    said, unread = [], 0
    for line in reading.lines:
        for i, claim in enumerate(line.claims):
            if claim.verdict in ("holds", "fails"):
                try:
                    said.append((claim, oracle.holds(line, i)))
                except Unsupported:
                    unread += 1
    return said, unread


@pytest.mark.parametrize("path", PAGES + SEEDS)
def test_sympy_agrees(path):
    """Where SymPy can read a claim, it holds by both or fails by both."""
    said, _ = judged(path)
    differ = [
        f"{claim.path}:{claim.line} {claim.left} {claim.relation} {claim.right}: {claim.verdict}"
        for claim, holds in said
        if holds != (claim.verdict == "holds")
    ]
    assert differ == []


def test_sympy_reads_most_claims():
    """The comparison covers at least a hundred claims, and five in six of all there are."""
    counts = [(len(said), unread) for said, unread in map(judged, PAGES + SEEDS)]
    read_by_both = sum(read for read, _ in counts)
    assert read_by_both >= 100
    assert read_by_both >= 5 * sum(unread for _, unread in counts)
