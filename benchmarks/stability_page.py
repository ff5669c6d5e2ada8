"""What `benchmarks.stability` measured, as tables and figures for the page on stability.

Apart from the measuring itself, so that the site needs neither SciPy nor mpmath to be built.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).with_name("stability.json")

# From here on an error is larger than half of the number itself.
NO_DIGIT = 2.0**51

# A logarithmic axis has no place for 0, a perfect result.
TENTH = 0.1
SHOWN = ("softmax", "log_softmax")
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def results() -> dict[str, Any]:
    """Return the results of the last run."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def units(value: float) -> str:
    """Return a number of units in the last place as a reader wants it."""
    if value >= NO_DIGIT:
        return "no digit"
    if value < 1000:
        return f"{value:.1f}" if value < 100 else f"{value:.0f}"
    exponent = int(np.log10(value))
    return f"{value / 10**exponent:.0f} × 10{str(exponent).translate(SUPERSCRIPTS)}"


def markdown(heads: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table whose columns after the first are aligned to the right."""
    rule = ["---"] + ["---:"] * (len(heads) - 1)
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, rule, *rows]) + "\n"


def accuracy_table(function: str) -> str:
    """Return the largest errors of a function and its rivals, a row for each kind of input."""
    rows = [
        [kind, *(units(found[function][library]) for library in ("Workings", "SciPy", "NumPy"))]
        for kind, found in results()["accuracy"].items()
    ]
    return markdown(["logits", "this page", "SciPy", "NumPy"], rows)


def speed_table(around: str) -> str:
    """Return times as multiples of SciPy's, a row for each function and a column for each shape."""
    found = results()["speed"][around]
    shapes = list(next(iter(found.values())))
    rows = [
        [name, *(f"{timed[shape]['ratio']:.2f}" for shape in shapes)]
        for name, timed in found.items()
    ]
    return markdown([f"logits {around}", *shapes], rows)


def machine() -> str:
    """Return a sentence on what the measurements were made with."""
    return f"Measured on {results()['machine']}.\n"


def accuracy_figure() -> str:
    """Return a plot of the largest errors in softmax and log_softmax as inline SVG."""
    import matplotlib as mpl
    from matplotlib import pyplot

    from workings.figure import BLUE, INK, ORANGE, STYLE, picture

    found = results()["accuracy"]
    kinds = list(found)
    worst = {
        "Workings": max(max(found[kind][f]["Workings"] for f in SHOWN) for kind in kinds),
        "SciPy": max(found[kind]["softmax"]["SciPy"] for kind in kinds),
    }
    lost = sum(found[kind]["log_softmax"]["SciPy"] >= NO_DIGIT for kind in kinds)
    style: Any = {**STYLE, "backend": "svg"}
    with mpl.rc_context(style):
        drawing, both = pyplot.subplots(2, 1, sharex=True, figsize=(4.4, 5.6))
        for axes, function in zip(both, SHOWN, strict=True):
            for library, label, colour, marker in [
                ("SciPy", "SciPy", ORANGE, "D"),
                ("Workings", "this page", BLUE, "o"),
            ]:
                errors = [max(found[kind][function][library], TENTH) for kind in kinds]
                axes.plot(errors, range(len(kinds)), marker, color=colour, label=label)
            axes.axvline(4, color=INK, linewidth=1, linestyle="--")
            axes.set_xscale("log")
            axes.set_title(function, fontsize=11, loc="left")
            axes.set_yticks(range(len(kinds)), kinds)
            axes.set_ylim(len(kinds) - 0.5, -0.5)
        axes.set_xticks([1, 1e4, 1e8, 1e12, 1e16], ["1", "10⁴", "10⁸", "10¹²", "10¹⁶"])
        axes.minorticks_off()
        axes.set_xlabel("largest error, in units in the last place")
        both[0].legend(ncols=2, loc="lower center", bbox_to_anchor=(0.4, 1.1))
        drawing.tight_layout()
        return str(
            picture(
                drawing,
                name="accuracy",
                title="The largest errors of softmax and log_softmax on hard inputs",
                description=(
                    "Errors in units in the last place on a logarithmic axis, a row for each "
                    "kind of logits, with a dashed line at 4. This page's functions come to "
                    f"{units(worst['Workings'])} at most. SciPy's softmax reaches "
                    f"{units(worst['SciPy'])} units, and its log_softmax has no digit right in "
                    f"{lost} of the {len(kinds)} rows."
                ),
            )
        )


def speed_figure() -> str:
    """Return a plot of times as multiples of SciPy's as inline SVG."""
    import matplotlib as mpl
    from matplotlib import pyplot

    from workings.figure import BLUE, GREY, INK, ORANGE, STYLE, picture

    found = results()["speed"]["around 0"]
    names, shapes = list(found), list(next(iter(found.values())))
    height = 0.8 / len(shapes)
    style: Any = {**STYLE, "backend": "svg"}
    with mpl.rc_context(style):
        drawing, axes = pyplot.subplots(figsize=(4.6, 3.4))
        for number, (shape, colour) in enumerate(zip(shapes, (BLUE, ORANGE, GREY), strict=True)):
            places = np.arange(len(names)) + (number - 1) * height
            ratios = [found[name][shape]["ratio"] for name in names]
            axes.barh(places, ratios, height * 0.9, color=colour, label=shape)
        axes.axvline(1, color=INK, linewidth=1, linestyle="--")
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set_xlabel("time, as a multiple of SciPy's")
        axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.35, 1), columnspacing=1)
        return str(
            picture(
                drawing,
                name="speed",
                title="Time of each function as a multiple of SciPy's",
                description=(
                    "Three bars, one for each shape, for softmax, log_softmax, logsumexp and the "
                    "loss with its gradient, with a dashed line at 1. "
                    + " ".join(f"{name}: {_listed(timed)}." for name, timed in found.items())
                ),
            )
        )


def _listed(timed: dict[str, dict[str, float]]) -> str:
    return ", ".join(f"{found['ratio']:.2f}" for found in timed.values())
