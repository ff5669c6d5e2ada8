"""What softmax's gradient costs with and without its Jacobian, as the number of keys grows.

`python -m benchmarks.attention` measures both ways in turn, in one run, and writes the results
to `attention.json` beside this file; the page on attention prints them.
"""

import json
import platform
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from snippets.attention import backward, backward_by_jacobian
from snippets.inputs import Array
from snippets.softmax import softmax

RESULTS = Path(__file__).with_suffix(".json")
SIZES = (16, 64, 256, 1024, 4096)
SECONDS_EACH = 2.0
CALLS_IN_A_ROW = 5
WAYS = {"product": backward, "jacobian": backward_by_jacobian}
TIMES = {1e-6: "µs", 1e-3: "ms", 1.0: "s"}
SPACES = {1.0: "B", 1024.0: "KiB", 1024.0**2: "MiB"}


def measure(sizes: tuple[int, ...] = SIZES, seconds: float = SECONDS_EACH) -> list[dict[str, Any]]:
    """Return, for each K, the seconds and the peak of memory in bytes that each way takes.

    Seconds are those of the fastest call: whatever else the machine does can only add to it.
    """
    rng = np.random.default_rng(0)
    rows = []
    for K in sizes:
        p, g = softmax(rng.normal(size=K)), rng.normal(size=K)  # (K,), (K,)
        row: dict[str, Any] = {"K": K}
        for name, way in WAYS.items():
            row[f"{name}_bytes"] = peak(way, p, g)
            row[f"{name}_seconds"] = float("inf")
        until = perf_counter() + seconds
        while perf_counter() < until:
            for name, way in WAYS.items():
                # Several in a row, or one way would find the caches as the other left them.
                for _ in range(CALLS_IN_A_ROW):
                    start = perf_counter()
                    way(p, g)
                    taken = perf_counter() - start
                    row[f"{name}_seconds"] = min(row[f"{name}_seconds"], taken)
        rows.append(row)
    return rows


def peak(way: Callable[[Array, Array], Array], p: Array, g: Array) -> int:
    """Return the most memory that one call holds at a time beyond its inputs, in bytes."""
    way(p, g)  # once before, for what NumPy loads when it is first used
    tracemalloc.start()
    way(p, g)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def results() -> dict[str, Any]:
    """Return the results of the last run: the machine, and a row for each K."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def table() -> str:
    """Return the results of the last run as a Markdown table, and the machine below it."""
    found = results()
    heads = ["$K$", "memory, $J$", "memory, product", "time, $J$", "time, product", "times as long"]
    lines = [heads, ["---:"] * len(heads)]
    for row in found["rows"]:
        ratio = row["jacobian_seconds"] / row["product_seconds"]
        lines.append(
            [
                f"{row['K']}",
                amount(row["jacobian_bytes"], SPACES),
                amount(row["product_bytes"], SPACES),
                amount(row["jacobian_seconds"], TIMES),
                amount(row["product_seconds"], TIMES),
                f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}",
            ]
        )
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{text}\n\nThe fastest of many calls, on {found['machine']}.\n"


def amount(value: float, units: dict[float, str]) -> str:
    """Return a quantity to a few digits, in the largest unit that leaves it above one."""
    unit = max((unit for unit in units if unit <= value), default=min(units))
    number = value / unit
    # A space that doesn't break keeps number and unit on one line.
    return f"{number:.{int(number < 10)}f}\N{NO-BREAK SPACE}{units[unit]}"


def figure() -> str:
    """Return a plot of the times of the last run as inline SVG."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    from workings.figure import BLUE, ORANGE, STYLE, picture

    rows = results()["rows"]
    K = [row["K"] for row in rows]
    style: Any = {**STYLE, "backend": "svg"}
    with mpl.rc_context(style):
        drawing, axes = plt.subplots(figsize=(5.2, 3.2))
        for name, label, colour in [
            ("jacobian", "Jacobian, then product", ORANGE),
            ("product", "product alone", BLUE),
        ]:
            axes.loglog(K, [row[f"{name}_seconds"] for row in rows], "o-", color=colour)
            end = rows[-1][f"{name}_seconds"]
            axes.annotate(
                label,
                (K[-1], end),
                (-8, 9 if name == "product" else 6),
                textcoords="offset points",
                ha="right",
            )
        axes.set_xlabel("keys")
        axes.set_ylabel("seconds")
        axes.set_xticks(K, list(map(str, K)), minor=False)
        axes.minorticks_off()
        return str(
            picture(
                drawing,
                name="cost",
                title="Time of one backward pass through softmax, by number of keys",
                description=(
                    "Two lines on logarithmic axes. From a few hundred keys on, the way by the "
                    "Jacobian rises twice as steeply as the product alone, which hardly rises "
                    "until a thousand keys."
                ),
            )
        )


def machine() -> str:
    """Return what the measurements were made on, in a few words."""
    names = Path("/proc/cpuinfo")
    models = names.read_text(encoding="utf-8").splitlines() if names.exists() else []
    model = next((line.split(": ")[1] for line in models if line.startswith("model name")), "")
    processor = model or platform.processor() or platform.machine()
    return f"{processor} with Python {platform.python_version()} and NumPy {np.__version__}"


def main() -> None:
    """Measure, and write the results."""
    found = {"machine": machine(), "rows": measure()}
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(table())


if __name__ == "__main__":
    main()
