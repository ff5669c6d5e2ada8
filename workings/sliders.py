"""A place on a page where readers put in numbers of their own and watch every row follow.

    <div class="try" data-chain="binary:gradient" data-bars="q y last" data-value="L"></div>

`data-chain` names the chain by its stepper. `data-bars` lists what the chart shows: symbols, and
the `first` or `last` side of the chain. `data-value` names a number to show beside it. The markup
made here holds the page's worked example; `try.js` takes it from there, with the module that
`workings.javascript` writes from the same rows.
"""

from __future__ import annotations

import html
import itertools
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workings import tree as t
from workings.evaluate import NoValue, World, evaluate
from workings.evidence import examples, experiment
from workings.javascript import named
from workings.pair import reach
from workings.plain import plain
from workings.reading import Reading
from workings.scope import argument_name
from workings.stepper import Bound, bind
from workings.symbols import formula
from workings.symbols import sides as written

_PLACE = re.compile(r'(?P<p><p>)?<div class="try" (?P<said>[^>]*)>\s*</div>(?(p)</p>)')
_SAID = re.compile(r'data-(\w+)="([^"]*)"')
DECIMALS = 4
# Lowest value, highest, and step of a slider, by domain.
RANGES = {"real": (-5, 5, 0.1), "positive": (0.1, 5, 0.1), "unit": (0.02, 0.98, 0.02)}
# The chart reaches from -1 to 1; a bar that would go further ends there.
TALL, WIDE, GAP, LEFT, TOP = 90, 18, 26, 34, 8
MANY = 4  # entries; more than that have narrower bars

Values = list[Any] | float | None


class Misplaced(ValueError):
    """A place for numbers that can't be filled: says which and why."""


@dataclass(frozen=True)
class Series:
    """What a set of bars shows: where the script finds it, its LaTeX, its values in the example."""

    source: list[str | int]
    tex: str
    values: list[Any]
    places: list[str]


def filled(text: str, reading: Reading) -> str:
    """The HTML of a page with its places for numbers filled in.

    Raises:
        Misplaced: if a place names a chain or a symbol that the page doesn't have, or the worked
            example lacks an input.
    """
    return _PLACE.sub(lambda place: _filled(dict(_SAID.findall(place["said"])), reading), text)


def is_wanted(text: str) -> bool:
    """Whether the HTML of a page has a place for numbers, and so needs its rows as a module."""
    return 'class="try"' in text


def _filled(said: dict[str, str], reading: Reading) -> str:
    steps = said.get("chain", "")
    line = next((line for line in reading.lines if line.display.steps == steps), None)
    if line is None:
        raise Misplaced(f"{reading.page.path}: no display is bound to the steps {steps!r}")
    bound, scope = bind(line), reading.scope
    names = [name for name in said.get("bars", "").split() if name not in ("first", "last")]
    names += said.get("value", "").split()
    heads = {
        argument_name(head): head
        for head in (*scope.declarations, *scope.definitions)
        if isinstance(head, str)
    }
    if unknown := [name for name in names if name not in heads]:
        raise Misplaced(f"{reading.page.path}: {unknown[0]} is no symbol of the page")
    shown = [_entry(scope, heads[name]) for name in names]
    inputs, axes = reach(scope, [*bound.sides, *shown])
    ordered = [head for head in scope.declarations if head in inputs]
    own = [scope.axis(axis) for head in ordered for axis in scope.axes_of(head)]
    made = experiment(scope, ordered, [*axes, *own], examples(reading.page))
    if made is None:
        raise Misplaced(f"{reading.page.path}: the worked example lacks an input of {steps}")
    world = made.world(scope)
    sides = [_side(bound, k, world) for k in range(len(bound.sides))]
    sources = written(line)
    series = []
    for name in said.get("bars", "").split():
        if name in ("first", "last"):
            at = 0 if name == "first" else len(sides) - 1
            series.append(_series("side", at, sources[at], sides[at]))
        else:
            kind = "input" if heads[name] in scope.declarations else "symbol"
            series.append(_series(kind, name, heads[name], _symbol(world, heads[name])))
    data = {
        "rows": Path(reading.page.path).stem,
        "display": line.number,
        "line": line.order,
        "inputs": {named(head): _plain(world.inputs[head]) for head in ordered},
        "sizes": made.sizes,
        "bars": [part.source for part in series],
        "value": said.get("value", ""),
    }
    controls = "".join(_inputs(reading, ordered, world, line.number))
    value = "".join(
        f'<p class="value">{formula(heads[name])} <span aria-hidden="true">=</span> '
        f"<output>{number(_symbol(world, heads[name]))}</output></p>"
        for name in said.get("value", "").split()
    )
    return (
        '<section class="try" role="group" aria-label="Your own numbers" data-search-exclude>'
        f'<script type="application/json">{json.dumps(data)}</script>'
        '<noscript><p class="without">With scripts on, sliders stand here: move the numbers, and '
        "every row and the chart follow. These are the worked example&#8217;s.</p></noscript>"
        f'<div class="panel"><div class="inputs">{controls}</div>'
        f'<div class="picture">{_chart(series)}{value}</div></div>'
        f"{_table(sources, sides)}"
        '<p class="spoken" role="status"></p></section>'
    )


def _series(kind: str, name: str | int, tex: str, values: Values) -> Series:
    found = list(_entries(values))
    places = [",".join(str(k + 1) for k in at) for at, _ in found]
    return Series([kind, name], tex, [value for _, value in found], places)


def _entry(scope: Any, head: str) -> t.Entry:
    return t.Entry(head, tuple(t.Letter(axis) for axis in scope.axes_of(head)))


def _symbol(world: World, head: str) -> Values:
    """The array of one symbol, declared or defined."""
    if head in world.inputs:
        found: Values = _plain(world.inputs[head])
        return found
    definition = world.scope.definitions[head]

    def part(env: dict[str, int], letters: tuple[str, ...]) -> Values:
        if not letters:
            return float(evaluate(definition.body, world, env))
        return [part(env | {letters[0]: k}, letters[1:]) for k in range(world.size(letters[0]))]

    return part({}, definition.letters)


def _side(bound: Bound, side: int, world: World) -> Values:
    """The array of one side of a chain; None where its conditions leave an entry out."""
    values: dict[tuple[int, ...], float | None] = {}
    for entry, env in bound.entries(world):
        try:
            values[entry] = float(evaluate(bound.sides[side], world, dict(env)))
        except NoValue:
            values[entry] = None

    def part(entry: tuple[int, ...], shape: tuple[int, ...]) -> Values:
        if not shape:
            return values.get(entry)
        return [part((*entry, k), shape[1:]) for k in range(shape[0])]

    return part((), bound.shape(world))


def _plain(value: Any) -> Any:
    return [_plain(part) for part in value] if isinstance(value, list) else float(value)


def _flat(values: Any) -> list[Any]:
    if isinstance(values, list):
        return list(itertools.chain.from_iterable(map(_flat, values)))
    return [values]


def number(value: Any) -> str:
    """A number to four decimals with a true minus sign; a dot where there is none."""
    if value is None or not math.isfinite(value):
        return "·"
    return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}".replace("-", "−")


def _inputs(reading: Reading, heads: list[str], world: World, display: int) -> Iterator[str]:
    for head in heads:
        declaration = reading.scope.declarations[head]
        values, name = _plain(world.inputs[head]), named(head)
        legend = html.escape(re.split(r",|\bof the\b", declaration.meaning)[0].strip())
        if declaration.domain in ("onehot", "label"):
            fields = "".join(_choices(name, values, declaration.domain, display))
        elif declaration.domain == "binary":
            fields = "".join(
                _switch(head, name, at, value, display) for at, value in _entries(values)
            )
        else:
            low, high, step = RANGES.get(declaration.domain, RANGES["unit"])
            spread = [value for _, value in _entries(values)]
            low, high = min([low, *spread]), max([high, *spread])
            fields = "".join(
                f'<label class="slider">{formula(_indexed(head, at))}<input type="range" '
                f'min="{low:g}" max="{high:g}" step="{step:g}" value="{value:g}" '
                f'autocomplete="off" aria-label="{_said(head, at)}" data-input="{name}" '
                f'data-at="{" ".join(map(str, at))}"><output>{_short(value)}</output></label>'
                for at, value in _entries(values)
            )
        yield f"<fieldset><legend>{legend} {formula(head)}</legend>{fields}</fieldset>"


def _choices(name: str, values: Any, domain: str, display: int) -> Iterator[str]:
    """Radio buttons for the one class of each row that is true."""
    rows = [((), values)] if domain == "label" or not isinstance(values[0], list) else [
        ((k,), row) for k, row in enumerate(values)
    ]  # fmt: skip
    for at, row in rows:
        size = len(row) if isinstance(row, list) else 0
        group = "-".join(map(str, (name, display, *at)))
        buttons = "".join(
            f'<label><input type="radio" name="{group}" value="{k}" autocomplete="off" '
            f'data-input="{name}" data-at="{" ".join(map(str, at))}" data-hot="{size}"'
            f"{' checked' if row[k] else ''}>{k + 1}</label>"
            for k in range(size)
        )
        said = f"true class of sample {at[0] + 1}" if at else "true class"
        shown = f"sample {at[0] + 1}" if at else said
        yield _choice(said, f"<span>{shown}</span>", buttons)


def _switch(head: str, name: str, at: tuple[int, ...], value: float, display: int) -> str:
    group = "-".join(map(str, (name, display, *at)))
    buttons = "".join(
        f'<label><input type="radio" name="{group}" value="{k}" '
        f'autocomplete="off" data-input="{name}" data-at="{" ".join(map(str, at))}"'
        f"{' checked' if value == k else ''}>{k}</label>"
        for k in (0, 1)
    )
    return _choice(_said(head, at), formula(_indexed(head, at)), buttons)


def _choice(said: str, shown: str, buttons: str) -> str:
    return f'<div class="choice" role="radiogroup" aria-label="{said}">{shown}{buttons}</div>'


def _entries(values: Any, at: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], float]]:
    if isinstance(values, list):
        for k, part in enumerate(values):
            yield from _entries(part, (*at, k))
    else:
        yield at, values


def _indexed(head: str, at: tuple[int, ...]) -> str:
    return f"{head}_{{{','.join(str(k + 1) for k in at)}}}" if at else head


def _said(head: str, at: tuple[int, ...]) -> str:
    return " ".join([plain(head), *(str(k + 1) for k in at)])


def _short(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _chart(series: list[Series]) -> str:
    """Bars side by side for each entry, and the legend that names them."""
    if not series:
        return ""
    places = max((part.places for part in series), key=len)
    wide, gap = (WIDE, GAP) if len(places) <= MANY else (WIDE // 2 + 2, GAP // 2)
    group = len(series) * wide + gap
    right = LEFT + len(places) * group
    levels = "".join(_level(level, right) for level in (1, 0, -1))
    bars = "".join(
        _bar(at + 1, LEFT + k * group + at * wide, wide - 3, value)
        for at, part in enumerate(series)
        for k, value in enumerate(part.values)
    )
    middle = LEFT + (group - gap) / 2 - 1.5
    names = "".join(
        f'<text x="{middle + k * group:g}" y="{2 * TALL + 26}">{place}</text>'
        for k, place in enumerate(places)
    )
    legend = "".join(
        f'<li><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><rect class="bar b{at}" '
        f'x="1" y="1" width="10" height="10"/></svg>{formula(part.tex)}</li>'
        for at, part in enumerate(series, start=1)
    )
    return (
        f'<svg class="chart" viewBox="0 0 {right} {2 * TALL + 32}" role="img" '
        f'aria-label="Bars for each entry; the numbers stand in the table below.">'
        f'{levels}{bars}{names}</svg><ul class="keys">{legend}</ul>'
    )


def _level(level: int, right: int) -> str:
    y = TOP + (1 - level) * TALL
    kind, text = ("level" if level else "zero"), str(level).replace("-", "−")
    return (
        f'<path class="{kind}" d="M{LEFT - 8} {y}H{right}"/>'
        f'<text class="number" x="{LEFT - 14}" y="{y + 4}">{text}</text>'
    )


def _bar(number: int, x: int, wide: int, value: float | None) -> str:
    reached = max(-1.0, min(1.0, value or 0.0)) * TALL
    y = TOP + TALL - max(reached, 0)
    return (
        f'<rect class="bar b{number}" x="{x}" y="{y:.1f}" width="{wide}" '
        f'height="{abs(reached):.1f}"/>'
    )


def _differ(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return False
    return abs(a - b) > 5e-9 * max(1.0, abs(a), abs(b))


def _table(sources: list[str], sides: list[Values]) -> str:
    """The numbers of every side; those that differ from the side above are marked as off."""
    shape = _last(sides[0])
    names = [str(k + 1) for k in range(shape or 0)] or ["value"]
    heads = "".join(f'<th scope="col" role="columnheader">{name}</th>' for name in names)
    rows = []
    above = _flat(sides[0])
    for tex, side in zip(sources, sides, strict=True):
        columns: list[list[str]] = [[] for _ in names]
        for k, value in enumerate(_flat(side)):
            kind = ' class="off"' if _differ(above[k], value) else ""
            columns[k % len(names)].append(f"<span{kind}>{number(value)}</span>")
        above = _flat(side)
        cells = "".join(f'<td role="cell">{"".join(column)}</td>' for column in columns)
        rows.append(f'<tr role="row"><td role="cell">{formula(tex)}</td>{cells}</tr>')
    # A phone lays the rows out anew, and without their roles they would no longer be a table's.
    return (
        '<div class="table" tabindex="0" role="group" aria-label="every row at these numbers, '
        'scrolls sideways"><table class="plain" role="table"><thead><tr role="row">'
        f'<th scope="col" role="columnheader">side</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _last(values: Values) -> int | None:
    """The size of the last axis; None for a number."""
    while isinstance(values, list) and values and isinstance(values[0], list):
        values = values[0]
    return len(values) if isinstance(values, list) else None
