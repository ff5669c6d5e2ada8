"""A pair of terms and numbers in, whether the relation holds there out."""

from __future__ import annotations

import decimal
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workings import tree as t
from workings.derivative import ONE, ZERO
from workings.evaluate import NoValue, TooLarge, World, evaluate, place
from workings.number import CONTEXT, FLOAT, PRECISE
from workings.pair import Pair, letters_of
from workings.sample import Experiment

CLOSE, APART = 1e-9, 1e-6
PRECISE_RELATIVE, PRECISE_ABSOLUTE = decimal.Decimal("1e-25"), decimal.Decimal("1e-35")
MAX_CELLS = 4096


@dataclass(frozen=True)
class Witness:
    """Numbers at which two sides differ."""

    sizes: dict[str, int]
    inputs: dict[str, Any]
    indices: dict[str, int]
    left: float
    right: float


@dataclass(frozen=True)
class Outcome:
    """What trying a relation showed."""

    verdict: str
    reason: str = ""
    needs: tuple[str, ...] = ()
    witness: Witness | None = None
    warnings: tuple[str, ...] = ()
    error: float = 0.0
    samples: int = 0
    sizes: tuple[dict[str, int], ...] = ()


def run(pair: Pair, tries: list[Experiment], confirm: Experiment | None = None) -> Outcome:
    """Compare two sides at each experiment in floats, then once more at high precision."""
    error, samples, blank, sizes = 0.0, 0, "", []
    for experiment in tries:
        found = compare(pair, experiment, FLOAT)
        if found.verdict == "unknown" and "has no value at some inputs" in found.reason:
            return found
        if found.verdict == "unknown" and not found.samples:
            blank = blank or found.reason
            if found.reason.startswith("the ") and "runs from" in found.reason:
                return found
            continue
        if found.verdict != "holds":
            return found
        error, samples = max(error, found.error), samples + found.samples
        sizes.append(experiment.sizes)
    if not samples:
        return Outcome("unknown", blank or "no index meets the conditions at any size tried")
    if confirm is not None:
        found = compare(pair, confirm, PRECISE)
        if found.verdict == "fails":
            return found
    return Outcome("holds", error=error, samples=samples, sizes=tuple(sizes))


def compare(pair: Pair, experiment: Experiment, kind: Any) -> Outcome:
    """Both sides at every index of one experiment."""
    if kind is PRECISE:
        with decimal.localcontext(CONTEXT):
            return compare_at(pair, experiment, kind)
    return compare_at(pair, experiment, kind)


def compare_at(pair: Pair, experiment: Experiment, kind: Any) -> Outcome:
    pins = any(not test.index for test in pair.setting.conditions)
    world = (experiment.world if pins else experiment.shared)(pair.setting.scope, kind)
    pin(pair, world)
    error, samples, blank = 0.0, 0, ""
    for env in assignments(pair, world):
        try:
            if not all(truth(test, world, env) for test in pair.setting.conditions):
                continue
        except NoValue:
            continue
        found: list[Any] = []
        for term in (pair.left, pair.right):
            try:
                found.append(evaluate(term, world, dict(env)))
            except NoValue as nothing:
                found.append(nothing)
        one, other = found
        if isinstance(one, NoValue) or isinstance(other, NoValue):
            if isinstance(one, NoValue) and isinstance(other, NoValue):
                blank = str(one)
                continue
            side, reason = ("left", one) if isinstance(one, NoValue) else ("right", other)
            return Outcome(
                "unknown", f"the {side} side has no value at some inputs: {reason}", samples=samples
            )
        same = agree(one, other, pair.relation, kind, pair.tolerance)
        if same is None:
            if kind is FLOAT:
                return compare(pair, experiment, PRECISE)
            same = True
        if not same:
            return Outcome(
                "fails", witness=witness(pair, world, env, one, other), samples=samples + 1
            )
        scale = max(abs(one), abs(other))
        if pair.relation == "=":
            # Beside zero a relative error says nothing; there the absolute one counts.
            error = max(error, float(abs(one - other) / (scale if scale > CLOSE else 1)))
        samples += 1
    return Outcome("holds" if samples else "unknown", blank, error=error, samples=samples)


def pin(pair: Pair, world: World) -> None:
    """Give an input the value that a condition such as `x_0 = 1` or `w_k = c y_k` demands."""
    for test in pair.setting.conditions:
        if test.index or test.relation != "=" or not isinstance(test.left, t.Entry):
            continue
        if test.left.head not in world.inputs:
            continue
        letters = sorted(letters_of(test))
        for values in itertools.product(*(range(world.size(name)) for name in letters)):
            env = dict(zip(letters, values, strict=True))
            try:
                put(world, test.left, evaluate(test.right, world, dict(env)), env)
            except NoValue:
                continue
        world.memo.clear()


def put(world: World, entry: t.Entry, value: Any, env: dict[str, int]) -> None:
    """Write one entry of an input."""
    if not entry.indices:
        world.inputs[entry.head] = value
        return
    *outer, last = [place(index)(world, env) for index in entry.indices]
    array = world.inputs[entry.head]
    for i in outer:
        array = array[i]
    array[last] = value


def assignments(pair: Pair, world: World) -> Iterator[dict[str, int]]:
    sizes = [world.size(name) for name in pair.letters]
    cells = 1
    for size in sizes:
        cells *= size
    if cells > MAX_CELLS:
        raise TooLarge(f"{cells} entries")
    for values in itertools.product(*map(range, sizes)):
        yield dict(zip(pair.letters, values, strict=False))


def truth(test: t.Test, world: World, env: dict[str, int]) -> bool:
    return bool(evaluate(t.Choose((((test,), ONE), ((), ZERO))), world, dict(env)))


def agree(one: Any, other: Any, relation: str, kind: Any, tolerance: float) -> bool | None:
    """Whether a relation holds between two numbers; None where floats can't tell."""
    gap, scale = abs(one - other), max(abs(one), abs(other))
    if gap != gap:
        return None
    if relation == "≈":
        return bool(gap <= tolerance)
    if kind is FLOAT:
        equal = True if gap <= CLOSE * scale else False if gap > APART * max(scale, 1.0) else None
    else:
        equal = bool(gap <= PRECISE_RELATIVE * scale or gap <= PRECISE_ABSOLUTE)
    if relation == "=":
        return equal
    if relation == "≠":
        return None if equal is None else not equal
    if kind is FLOAT and (equal is None or equal):
        return None
    if relation in ("≤", "≥") and equal:
        return True
    if relation in ("<", ">") and equal:
        return False
    return bool(one < other if relation in ("<", "≤") else one > other)


def witness(pair: Pair, world: World, env: dict[str, int], one: Any, other: Any) -> Witness:
    scope = pair.setting.scope
    sizes = {
        axis: size for axis, size in world.sizes.items() if "?" not in axis and not axis.isdigit()
    }
    inputs = {named(head): floats(value) for head, value in world.inputs.items()}
    indices = {
        pair.names.get(name, name): env[name] + scope.base.get(scope.axis(name), 1)
        for name in pair.letters
    }
    return Witness(sizes, inputs, indices, float(one), float(other))


def named(head: Any) -> str:
    return (
        head
        if isinstance(head, str)
        else f"d{head[1]}"
        if head[0] == "d"
        else str(head[1]).split("?")[0]
    )


def floats(value: Any) -> Any:
    if isinstance(value, list):
        return [floats(part) for part in value]
    return value + 1 if isinstance(value, int) else float(value)
