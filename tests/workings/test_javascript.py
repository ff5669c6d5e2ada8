"""The rows in JavaScript against the engine and against the NumPy that pages show."""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workings.evaluate import evaluate
from workings.javascript import module, named
from workings.mathjax import find_node
from workings.page import read
from workings.sample import Experiment, experiments
from workings.stepper import SEEDS, Bound, Unfit, bind, inputs, run
from workings.stepper import named as stepper_named
from workings.symbols import quick

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.stem for path in (ROOT / "docs").glob("*.md") if "$" in path.read_text("utf-8"))
RUN = """
import { readFileSync } from "node:fs";
const rows = await import(process.argv[2]);
const asked = JSON.parse(readFileSync(0));
const out = asked.map(([display, line, inputs, sizes]) => {
  const chain = rows.chains.find((one) => one.display === display && one.line === line);
  const world = rows.world(inputs, sizes);
  return [chain.inputs, chain.sides.map((side) => side(world))];
});
console.log(JSON.stringify(out));
"""


@functools.cache
def bounds(slug: str) -> list[Bound]:
    """The chains of a page that can be evaluated side by side."""
    found = []
    for line in quick(read(ROOT / "docs" / f"{slug}.md")).lines:
        try:
            found.append(bind(line))
        except Unfit:
            continue
    return found


def made(bound: Bound, more: list[Any], seed: str) -> list[Experiment]:
    needed, axes = bound.heads_and_axes(more)
    axes += [axis for axis in map(bound.scope.axis, bound.letters) if axis not in axes]
    return experiments(bound.scope, needed, axes, bound.line.display.tex + seed)


def in_node(slug: str, asked: list[Any], folder: Path) -> list[Any]:
    """What a page's module gives for each `[display, line, inputs, sizes]`."""
    rows, script = folder / "rows.mjs", folder / "run.mjs"
    rows.write_text(module(quick(read(ROOT / "docs" / f"{slug}.md"))), encoding="utf-8")
    script.write_text(RUN, encoding="utf-8")
    done = subprocess.run(
        [find_node(), str(script), str(rows)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


def question(bound: Bound, experiment: Experiment) -> list[Any]:
    given = experiment.world(bound.scope).inputs
    inputs = {named(head): value for head, value in given.items()}
    return [bound.line.number, bound.line.order, inputs, experiment.sizes]


def test_the_pages_have_chains() -> None:
    """Most pages have chains to compare, or the comparisons below would say nothing."""
    assert sum(len(bounds(slug)) for slug in PAGES) > 150


@pytest.mark.parametrize("slug", PAGES)
def test_rows_in_javascript_agree_with_the_engine(slug: str, tmp_path: Path) -> None:
    """Every side of every chain has the engine's value in JavaScript, whatever the sizes."""
    tried = [
        (bound, experiment)
        for bound in bounds(slug)
        for seed in SEEDS
        for experiment in made(bound, [], seed)
    ]
    answers = in_node(slug, [question(*pair) for pair in tried], tmp_path)
    for (bound, experiment), (_, arrays) in zip(tried, answers, strict=True):
        world = experiment.world(bound.scope)
        assert len(arrays) == len(bound.sides)
        for side, array in zip(bound.sides, arrays, strict=True):
            for entry, env in bound.entries(world):
                value = array
                for place in entry:
                    value = value[place]
                expected = evaluate(side, world, dict(env))
                assert value == pytest.approx(expected, rel=1e-9, abs=1e-12), bound.line.display.tex


@pytest.mark.parametrize("slug", PAGES)
def test_rows_in_javascript_agree_with_numpy(slug: str, tmp_path: Path) -> None:
    """Every side of a chain has the value in JavaScript that its stepper yields."""
    tried = []
    for bound in bounds(slug):
        steps = bound.line.display.steps
        if not steps:
            continue
        stepper = stepper_named(steps)
        heads = inputs(stepper, bound.scope)
        for seed in SEEDS:
            for experiment in made(bound, list(heads.values()), seed):
                tried.append((bound, experiment, run(stepper, heads, experiment)))
    answers = in_node(slug, [question(bound, each) for bound, each, _ in tried], tmp_path)
    for (bound, _, yielded), (_, arrays) in zip(tried, answers, strict=True):
        for step, array in zip(yielded, arrays, strict=True):
            found = np.array(array, dtype=float)
            said = ~np.isnan(found)
            assert found.shape == step.array.shape
            np.testing.assert_allclose(
                found[said], step.array[said], rtol=1e-9, atol=1e-12, err_msg=bound.line.display.tex
            )


def test_a_changed_row_changes_the_javascript() -> None:
    """The module comes from the page's formulas: another sign there is another value here."""
    from workings.page import parse

    text = "---\nsymbols:\n  x: {{shape: [], domain: real}}\n---\n$$\nx + x = {} x\n$$\n"
    assert module(quick(parse(text.format("2")))) != module(quick(parse(text.format("3"))))
