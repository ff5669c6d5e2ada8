"""What checking and marking the pages adds to a clean build of the site.

`python -m benchmarks.build` builds the site with marks and without, in turn, in one run, and
writes the results to `build.json` beside this file.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.attention import machine

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_suffix(".json")
ROUNDS = 3
LIMIT = 1.3


def settings(marks: bool) -> str:
    """Return the site's settings; without marks, the page that lists them is left out too."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    if marks:
        return text
    text = text.replace("  - workings\n", "  - workings:\n      marks: false\n", 1)
    return text.replace("  - evidence.md\n", "", 1) + "\nexclude_docs: |\n  evidence.md\n"


def measure(rounds: int = ROUNDS) -> list[dict[str, float]]:
    """Return the seconds of a clean build with marks and without, for each round."""
    found = []
    for _ in range(rounds):
        row = {}
        for name, marks in (("without", False), ("with", True)):
            with tempfile.TemporaryDirectory() as folder:
                row[name] = build(Path(folder), marks)
        found.append(row)
    return found


def build(folder: Path, marks: bool) -> float:
    """Return the seconds that one clean build takes."""
    # Beside the site's own settings, since every path in them is relative to their place.
    path = ROOT / f".mkdocs-{'with' if marks else 'without'}.yml"
    path.write_text(settings(marks), encoding="utf-8")
    try:
        start = perf_counter()
        subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "-q", "-f", path, "-d", folder / "site"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        )
        return perf_counter() - start
    finally:
        path.unlink()


def results() -> dict[str, Any]:
    """Return the results of the last run."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def ratio(rows: list[dict[str, float]]) -> float:
    """Return how many times as long the build with marks takes, by the median round."""
    return median(row["with"] / row["without"] for row in rows)


def main() -> None:
    """Measure, write the results, and say whether they keep the limit."""
    rows = measure()
    found = {"machine": machine(), "ratio": round(ratio(rows), 3), "limit": LIMIT, "rounds": rows}
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"{found['ratio']} times as long with marks, of at most {LIMIT}")
    sys.exit(found["ratio"] > LIMIT)


if __name__ == "__main__":
    main()
