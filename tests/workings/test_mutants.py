"""A check that passes everything is worthless: every true claim's corrupted twins must not pass."""

import re
from pathlib import Path

import pytest

from tests.mutants import KINDS, proved_equivalent, reading_of, twins, verdicts
from workings.page import parse, read

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))

# Why a twin may be unknown rather than false: it no longer fits together.
MISFIT = re.compile(r"\b(axis|axes|vector|matrix|index|shapes?|no value|no symbol)\b")

EVERY_KIND = r"""---
symbols:
  O: {shape: [N, K], domain: real, meaning: logits}
  Y: {shape: [N, K], domain: onehot, meaning: labels}
  X: {shape: [N, M], domain: real, meaning: inputs}
---
$$ P_{nj} = \frac{e^{O_{nj}}}{\sum_k e^{O_{nk}}} $$
$$ L = -\frac{1}{N} \sum_n \sum_k Y_{nk} \log P_{nk} $$
$$ \frac{\partial L}{\partial O_{ni}} = \frac{1}{N} \left( P_{ni} - Y_{ni} \right) $$
$$ X^\top (P - Y) = X^\top P - X^\top Y $$
$$ \sum_{k \neq i} O_{nk} = \left( \sum_k O_{nk} \right) - O_{ni} $$
$$ \frac{\partial O_{ni}}{\partial O_{nj}} = 0, \quad i \neq j $$
"""


def contradicts(twin, found, line):
    """Whether one changed side is both equal to one neighbour and not equal to the other."""
    equals = [
        outcome.verdict
        for i, outcome in zip(twin.links, found, strict=True)
        if line.chain.links[i].relation == "="
    ]
    return twin.kind != "exclusion dropped" and {"holds", "fails"} <= set(equals)


@pytest.mark.parametrize("path", PAGES)
def test_no_corrupted_twin_passes(path):
    """A twin fails, no longer fits together, or is proved to say the same; those are listed."""
    reading = reading_of(read(ROOT / path))
    equivalent = []
    for twin in twins(reading):
        found, line = verdicts(reading, twin)
        if any(outcome.verdict == "fails" for outcome in found):
            assert not contradicts(twin, found, line), f"half of it passes: {twin}"
            continue
        unknown = [outcome.reason for outcome in found if outcome.verdict == "unknown"]
        if unknown:
            assert any(map(MISFIT.search, unknown)), f"{twin}: {unknown}"
            continue
        assert proved_equivalent(line, twin.links), f"passes, and is false: {twin}"
        equivalent.append(twin)
    print(f"{len(equivalent)} twins of {path} say the same as the original:")
    print(*equivalent, sep="\n")


def test_the_mutator_makes_every_kind():
    """Each kind of corruption is made where there is something to corrupt, and is caught there."""
    reading = reading_of(parse(EVERY_KIND, "page.md"))
    caught = {
        twin.kind
        for twin in twins(reading)
        if any(outcome.verdict != "holds" for outcome in verdicts(reading, twin)[0])
    }
    assert caught == set(KINDS)


def test_every_claim_that_holds_has_twins():
    """No claim escapes: a twin reaches each link that holds."""
    for path in PAGES:
        reading = reading_of(read(ROOT / path))
        reached = {
            (twin.number, twin.order, link) for twin in twins(reading) for link in twin.links
        }
        held = {
            (line.number, line.order, i)
            for line in reading.lines
            for i, claim in enumerate(line.claims)
            if claim.verdict == "holds"
        }
        assert held - reached == set()
