"""How fast the engine is, and where the time goes: `python -m benchmarks.speed`.

The site's own pages are checked, and SymPy decides the same claims from the same trees (the
translation the tests use as an oracle), in one run on one machine, so that the ratio means
something. Both try each claim at the same three sizes; the engine then confirms it at high
precision and audits its assumptions, which SymPy is spared. All times are processor time.
"""

from __future__ import annotations

import cProfile
import pstats
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.symbolic import Oracle, Unsupported
from workings.index import Indexer
from workings.lexer import Unreadable
from workings.page import Page, parse, read
from workings.pair import Setting, pair
from workings.reading import Reading, check, read_page
from workings.sample import SIZES, experiments, sized
from workings.tree import Node
from workings.trial import run

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
REPEAT = 3
FRONT = "---\nsymbols:\n  o: {shape: [K], domain: real}\n---\n"
SOFTMAX = "$$ p_j = \\frac{e^{o_j}}{\\sum_k e^{o_k}} $$\n"


def seconds(work: Callable[[], object], repeat: int = REPEAT) -> float:
    """The processor time of the shortest of a few runs, which other work on the machine spares."""
    found = []
    for _ in range(repeat):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def row(label: str, value: str) -> None:
    print(f"| {label} | {value} |", flush=True)


def heading(title: str, *columns: str) -> None:
    print(f"\n## {title}\n\n| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")


def imports(module: str = "workings.reading") -> float:
    """The processor time that an import takes in a fresh Python."""
    clock = "import time; start = time.process_time(); "
    code = clock + f"import {module}; print(time.process_time() - start)"
    runs = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
        for _ in range(7)
    ]
    return min(float(run.stdout) for run in runs)


def claims_of(pages: list[Page]) -> int:
    return sum(len(check(page)) for page in pages)


def by_sympy(oracle: Oracle) -> int:
    """Decide every claim of a page that SymPy can read; return how many those are."""
    reading, decided = oracle.reading, 0
    for line in reading.lines:
        for i, claim in enumerate(line.claims):
            if claim.verdict in ("holds", "fails"):
                try:
                    oracle.holds(line, i)
                except Unsupported:
                    continue
                decided += 1
    return decided


def by_axis(reading: Reading, sizes: tuple[int, ...]) -> dict[str, int]:
    declared = reading.scope.declarations.values()
    return sized(list(dict.fromkeys(axis for head in declared for axis in head.axes)), sizes)


def against_sympy(pages: list[Page]) -> None:
    readings = []
    for page in pages:
        reading = read_page(page, repairs=False)
        reading.run()
        readings.append(reading)
    slow, decided = [], 0
    for sizes in SIZES:
        oracles = [Oracle(reading, by_axis(reading, sizes)) for reading in readings]
        start = time.process_time()
        decided = sum(map(by_sympy, oracles))
        slow.append((time.process_time() - start) / decided)
    total = claims_of(pages)
    fast = seconds(lambda: claims_of(pages)) / total
    heading("Against SymPy", "", "claims a second")
    row(f"Workings, {total} claims", f"{1 / fast:.0f}")
    row(f"SymPy, the {decided} of them it can read", f"{1 / sum(slow):.1f}")
    row("ratio", f"{sum(slow) / fast:.0f}")
    deciding(readings, slow[0])


def deciding(readings: list[Reading], slow: float) -> None:
    """The same again at the first of the sizes alone: trees lowered, and tried at one point."""
    claims = [
        (reading, line, i)
        for reading in readings
        for line in reading.lines
        for i, claim in enumerate(line.claims)
        if claim.verdict in ("holds", "fails")
    ]

    def work() -> None:
        for reading, line, i in claims:
            setting = Setting(reading.scope, Indexer(reading.scope))
            left, right = (node for node in line.nodes[i : i + 2])
            try:
                sides = [setting.side(node) for node in (left, right) if isinstance(node, Node)]
                made = pair(setting, "=", sides[0], sides[1])
            except Unreadable:
                continue
            first = experiments(reading.scope, made.heads, made.axes, "one")[:1]
            run(made, first)

    fast = seconds(work) / len(claims)
    row("Workings, from trees at one point", f"{1 / fast:.0f}")
    row("SymPy, from trees at one point", f"{1 / slow:.0f}")
    row("ratio at one point", f"{slow / fast:.0f}")


def spent(pages: list[Page]) -> None:
    """The share of time in each file."""
    profile = cProfile.Profile()
    profile.enable()
    claims_of(pages)
    profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(entry[2] for entry in stats.values())
    heading("Where the time goes", "file", "share")
    shares: Counter[str] = Counter()
    for (file, *_), entry in stats.items():
        ours = Path(file).parent.name == "workings"
        shares[Path(file).name if ours else "Python's own functions"] += entry[2]
    for name, share in shares.most_common(12):
        row(name, f"{share / total:.0%}")


def timed(body: str, front: str = FRONT) -> float:
    page = parse(front + body)
    return seconds(lambda: check(page, repairs=False))


def growth() -> None:
    claim = "$$ \\frac{\\partial p_j}{\\partial o_i} = p_j (\\delta_{ij} - p_i) $$\n"
    heading("Cost by the number of claims", "claims", "milliseconds", "per claim")
    for count in (1, 10, 100, 1000):
        took = 1000 * (timed(SOFTMAX + claim * count) - timed(SOFTMAX))
        print(f"| {count} | {took:.1f} | {took / count:.2f} |")
    heading("Cost by the size K of an axis", "K", "milliseconds")
    for size in (2, 4, 8, 16, 32):
        fixed = FRONT.replace("[K]", f"[{size}]")
        verdict = check(parse(fixed + SOFTMAX + claim))[-1].verdict
        note = "" if verdict == "holds" else f" (then {verdict}: over the limit on steps)"
        row(str(size), f"{1000 * timed(SOFTMAX + claim, fixed):.1f}{note}")
    heading("Cost by nesting", "brackets and fractions deep", "milliseconds")
    for depth in (1, 2, 4, 8, 16):
        tex = "o_i"
        for _ in range(depth):
            tex = f"\\left( 1 + \\frac{{{tex}}}{{2}} \\right)"
        took = timed(f"$$ {tex} = {tex} $$")
        row(str(depth), f"{1000 * took:.1f}")
    heading("Cost by sums inside sums", "sums", "milliseconds")
    for depth in (1, 2, 3, 4, 8):
        letters = "abcfghqr"[:depth]
        tex = "".join(f"\\sum_{x} " for x in letters) + " ".join(f"o_{x}" for x in letters)
        took = timed(f"$$ {tex} = ( \\sum_k o_k )^{depth} $$")
        row(str(depth), f"{1000 * took:.1f}")


def main() -> None:
    pages = [read(path) for path in PAGES]
    heading("At a glance", "", "")
    row("import of the engine", f"{1000 * imports():.0f} ms")
    row("import of SymPy", f"{1000 * imports('sympy'):.0f} ms")
    row(f"the whole site, {len(pages)} pages", f"{seconds(lambda: claims_of(pages)):.2f} s")
    against_sympy(pages)
    spent(pages)
    growth()


if __name__ == "__main__":
    main()
