"""Pages in, problems out: each stepper run beside the chain it is bound to, side by side."""

from __future__ import annotations

import importlib
import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workings import tree as t
from workings.evaluate import NoValue, World, evaluate
from workings.line import Line
from workings.page import Page
from workings.pair import Pair, Side, pair
from workings.reading import read_page
from workings.sample import Experiment, experiments
from workings.scope import Scope, argument_name
from workings.token import Unreadable
from workings.trial import truth

SEEDS = ("one", "two", "three")
RELATIVE, ABSOLUTE = 1e-9, 1e-12


class Unfit(ValueError):
    """Why a chain and its stepper can't be compared; `side` is the side to point at."""

    def __init__(self, message: str, side: int = 0) -> None:
        super().__init__(message)
        self.side = side


@dataclass(frozen=True)
class Problem:
    """Where a stepper and the chain it is bound to part ways."""

    path: str
    line: int
    steps: str
    reason: str
    number: int = 0  # of the yield, from 1; 0 where no one yield is to blame
    source: str = ""  # the place of that yield, `snippets/softmax.py:40`
    cell: int | None = None

    def __str__(self) -> str:
        cell = f" (cell {self.cell})" if self.cell else ""
        which = f"yield {self.number}" + (f" ({self.source})" if self.source else "")
        return f"{self.path}:{self.line}{cell}: {self.steps}: " + (
            f"{which}: {self.reason}" if self.number else self.reason
        )


@dataclass
class Step:
    """One yield: its array, and the place it came from."""

    array: Any
    source: str


@dataclass
class Bound:
    """A chain ready to be evaluated: its sides, and the letters that number their entries."""

    line: Line
    sides: list[t.Term]
    letters: list[str]
    merged: dict[str, str]
    pairs: list[Pair]

    @property
    def scope(self) -> Scope:
        return self.line.setting.scope

    def shape(self, world: World) -> tuple[int, ...]:
        return tuple(map(world.size, self.letters))

    def entries(self, world: World) -> Iterator[tuple[tuple[int, ...], dict[str, int]]]:
        """Every entry that meets the conditions, with the value of each letter there."""
        for entry in itertools.product(*map(range, self.shape(world))):
            env = dict(zip(self.letters, entry, strict=True))
            env |= {letter: env[kept] for letter, kept in self.merged.items()}
            if all(truth(test, world, env) for test in self.line.setting.conditions):
                yield entry, env

    def heads_and_axes(self, more: list[Any]) -> tuple[list[Any], list[str]]:
        """The inputs of the chain and of its stepper, and every axis they run over."""
        heads = dict.fromkeys([*more, *(h for p in self.pairs for h in sorted(p.heads, key=str))])
        own = [self.scope.axis(axis) for head in heads for axis in self.scope.axes_of(head)]
        return list(heads), list(dict.fromkeys([*(a for p in self.pairs for a in p.axes), *own]))


def compare(page: Page) -> list[Problem]:
    """Run every stepper of a page at several sizes and inputs, and report what doesn't match.

    A display says `steps="module:function"`; the function stands in `snippets/module.py`, takes
    inputs by their symbols' names and yields an array for each side of the display's chain.
    """
    reading = read_page(page, repairs=False)
    reading.verdicts = False
    reading.run()
    return [
        problem
        for number, display in enumerate(page.displays, start=1)
        if display.steps
        for problem in compare_chain([x for x in reading.lines if x.number == number], page, number)
    ]


def compare_chain(lines: list[Line], page: Page, number: int) -> Iterator[Problem]:
    """The first problem of one display and its stepper."""
    display = page.displays[number - 1]

    def problem(reason: str, side: int | None = None, source: str = "") -> Problem:
        row = row_of(lines[0], side) if lines and side is not None else display.line
        yielded = 0 if side is None or not source else side + 1
        return Problem(page.path, row, display.steps, reason, yielded, source, display.cell)

    try:
        stepper = named(display.steps)
        if len(lines) != 1:
            raise Unfit(f"a stepper is bound to one chain, and this display has {len(lines)}")
        bound = bind(lines[0])
        heads = inputs(stepper, bound.scope)
    except Unfit as reason:
        yield problem(str(reason), reason.side)
        return
    needed, axes = bound.heads_and_axes(list(heads.values()))
    for seed in SEEDS:
        for experiment in experiments(bound.scope, needed, axes, display.steps + seed):
            try:
                steps = run(stepper, heads, experiment)
            except Exception as error:  # whatever a stepper raises is a finding about it
                yield problem(f"{type(error).__name__} at {sizes(experiment)}: {error}")
                return
            if len(steps) != len(bound.sides):
                yield problem(f"{len(bound.sides)} sides, but it yields {len(steps)} times")
                return
            for side, step in enumerate(steps):
                apart = difference(bound, experiment, side, step)
                if apart:
                    yield problem(f"{apart}, at {sizes(experiment)}", side, step.source)
                    return


def named(steps: str) -> Callable[..., Any]:
    """The function that `module:function` names under snippets."""
    match = re.fullmatch(r"(\w+):(\w+)", steps)
    if not match:
        raise Unfit(f'steps="{steps}" should read module:function')
    module = f"snippets.{match[1]}"
    try:
        found = getattr(importlib.import_module(module), match[2], None)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise Unfit(f"there is no snippets/{match[1]}.py") from error
    if not inspect.isgeneratorfunction(found):
        raise Unfit(f"snippets/{match[1]}.py has no stepper {match[2]}")
    return found


def inputs(stepper: Callable[..., Any], scope: Scope) -> dict[str, Any]:
    """The declared symbol behind each argument of a stepper."""
    known: dict[str, Any] = {f"d{argument_name(h)}": ("d", h) for h in sorted(scope.varying)}
    known |= {argument_name(head): head for head in scope.declarations}
    wanted = list(inspect.signature(stepper).parameters)
    missing = [name for name in wanted if name not in known]
    if missing:
        raise Unfit(f"it takes {missing[0]}, which is no declared symbol of the page")
    return {name: known[name] for name in wanted}


def bind(line: Line) -> Bound:
    """Fit the sides of a chain to each other, as they are when its links are checked."""
    for i, side in enumerate(line.sides):
        if isinstance(side, Unreadable):
            raise Unfit(f"side {i + 1} can't be read: {side}", i)
    sides = [side for side in line.sides if isinstance(side, Side)]
    try:
        pairs = [
            pair(line.setting, link.relation, sides[i], sides[i + 1])
            for i, link in enumerate(line.chain.links)
        ]
    except Unreadable as reason:
        raise Unfit(str(reason)) from reason
    setting = line.setting
    widest = max((side.value.axes for side in sides), key=len)
    names = {n: x.name for n, x in setting.indexer.free.items() if isinstance(x, t.Letter)}
    used = {letter for made in pairs for letter in made.letters}
    order = sorted((place, names[n]) for n, place in appearances(line).items() if n in names)
    letters = [name for _, name in order if name in used]
    stray = [n for n, name in names.items() if name in used and name not in letters]
    if stray:
        raise Unfit(f"a condition names {stray[0]}, which stands nowhere in the chain")
    merged = merge(setting.conditions, letters)
    cells = [letter.name for letter in setting.cell(widest) if isinstance(letter, t.Letter)]
    kept = [name for name in letters if name not in merged]
    terms = [setting.term(side, widest) for side in sides]
    return Bound(line, terms, kept + (cells if widest else []), merged, pairs)


def appearances(line: Line) -> dict[str, tuple[int, int]]:
    """Where each letter first stands in a chain outside the sums that bind it."""
    out: dict[str, tuple[int, int]] = {}

    def walk(part: Any, side: int, bound: tuple[str, ...]) -> None:
        if isinstance(part, t.Big):
            bound += part.letters
        if isinstance(part, t.Symbol) and not part.indices and part.head not in bound:
            place = (side, part.at)
            out[part.head] = min(out.get(part.head, place), place)
        if isinstance(part, tuple):
            for item in part:
                walk(item, side, bound)
        elif is_dataclass(part):
            for item in fields(part):
                walk(getattr(part, item.name), side, bound)

    for i, node in enumerate(line.nodes):
        # A first side taken from the display above has its places there.
        walk(node, i if line.chain.sides[0] is None else 0, ())
    return out


def merge(conditions: tuple[t.Test, ...], letters: list[str]) -> dict[str, str]:
    """Each letter that a condition makes equal to an earlier one, with that one."""
    out: dict[str, str] = {}
    for test in conditions:
        left, right = test.left, test.right
        if test.relation == "=" and isinstance(left, t.Letter) and isinstance(right, t.Letter):
            both = [out.get(left.name, left.name), out.get(right.name, right.name)]
            first, second = sorted(both, key=letters.index)
            if first != second:
                out |= dict.fromkeys((second, *(x for x in out if out[x] == second)), first)
    return out


def run(stepper: Callable[..., Any], heads: dict[str, Any], experiment: Experiment) -> list[Step]:
    """Every yield of a stepper at the inputs of an experiment."""
    values = experiment.inputs
    arguments = {name: np.array(numbers(values[head])) for name, head in heads.items()}
    generator = stepper(**arguments)
    path = Path(generator.gi_code.co_filename)
    file = f"{path.parent.name}/{path.name}"
    return [Step(np.asarray(array), f"{file}:{generator.gi_frame.f_lineno}") for array in generator]


def numbers(value: Any) -> Any:
    """Exact inputs as floats; labels stay whole, counted from 0 as NumPy counts."""
    if isinstance(value, list):
        return [numbers(part) for part in value]
    return value if isinstance(value, int) else float(value)


def difference(bound: Bound, experiment: Experiment, side: int, step: Step) -> str:
    """How a yield differs from its side of the chain; empty where it doesn't."""
    world = experiment.world(bound.scope)
    shape = bound.shape(world)
    if step.array.shape != shape:
        return f"shape {shape} expected, {step.array.shape} got"
    got = step.array.tolist()
    for entry, env in bound.entries(world):
        try:
            expected = evaluate(bound.sides[side], world, dict(env))
        except NoValue as reason:
            return f"its side of the chain has no value{at(entry)}: {reason}"
        value = got
        for i in entry:
            value = value[i]
        if not same(value, expected):
            return f"{value:.6g}, where the chain says {float(expected):.6g}{at(entry)}"
    return ""


def same(one: Any, other: Any) -> bool:
    return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def at(entry: tuple[int, ...]) -> str:
    return f" at [{', '.join(map(str, entry))}]" if entry else ""


def sizes(experiment: Experiment) -> str:
    shown = {axis: size for axis, size in experiment.sizes.items() if "?" not in axis}
    return ", ".join(f"{axis} = {size}" for axis, size in shown.items()) or "one set of inputs"


def row_of(line: Line, side: int) -> int:
    """The row of the page on which a side stands: that of the relation before it."""
    if side:
        return line.display.place(line.chain.links[side - 1].at)[0]
    first = line.chain.sides[0]
    return line.display.place(first[0].at)[0] if first else line.display.line
