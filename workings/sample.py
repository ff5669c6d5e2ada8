"""Sizes and inputs to try a claim at: distinct sizes for distinct axes, fixed seeds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from workings.evaluate import World
from workings.number import FLOAT, Kind
from workings.scope import Scope

SIZES = ((3, 2, 4, 5, 3, 2), (2, 4, 3, 3, 5, 2), (1,) * 6)
SMALL = ((2,) * 6, (2, 3, 2, 3, 2, 3), (1,) * 6)
GRID = 1000
SPREADS = (Fraction(1), Fraction(3), Fraction(1))
CORNER_DRAWS = 60
CORNERS = (Fraction(1, 100), Fraction(1, 10), Fraction(1), Fraction(5), Fraction(20))

# From the weakest domain to the strongest, for the audit of what a claim really needs.
# `sum one` stands for entries of any sign that sum to one along the last axis.
WEAKER = {
    "onehot": ("real", "sum one", "simplex"),
    "simplex": ("real", "sum one"),
    "binary": ("real",),
    "unit": ("real",),
    "positive": ("real",),
}


@dataclass(frozen=True)
class Experiment:
    """Sizes by axis and exact inputs by head."""

    sizes: dict[str, int]
    inputs: dict[Any, Any]
    worlds: dict[int, World] = field(default_factory=dict, compare=False, repr=False)

    def shared(self, scope: Scope, kind: Kind = FLOAT) -> World:
        """A world that remembers what other claims worked out there; nobody may write into it."""
        found = self.worlds.get(id(kind))
        if found is None:
            found = self.worlds[id(kind)] = self.world(scope, kind)
        found.steps = 0
        return found

    def world(self, scope: Scope, kind: Kind = FLOAT) -> World:
        return World(
            scope, self.sizes, {h: turned(v, kind.make) for h, v in self.inputs.items()}, kind
        )


def turned(value: Any, make: Callable[[Fraction], Any]) -> Any:
    """An array of rationals as an array of another kind of number; labels stay whole."""
    if isinstance(value, list):
        return [turned(part, make) for part in value]
    return value if isinstance(value, int) else make(value)


def sized(axes: Sequence[str], sizes: Sequence[int]) -> dict[str, int]:
    """A size for each axis; an axis declared by a number has that many entries."""
    free = [axis for axis in axes if not axis.isdigit()]
    chosen = {axis: sizes[i % len(sizes)] for i, axis in enumerate(free)}
    return chosen | {axis: int(axis) for axis in axes if axis.isdigit()}


def experiments(
    scope: Scope,
    heads: Iterable[Any],
    axes: Sequence[str],
    seed: str,
    weaker: dict[Any, str] | None = None,
    small: bool = False,
    many: bool = False,
) -> list[Experiment]:
    """The experiments of one claim: inputs drawn from their domains (or from weaker ones).

    An inequality can be false in a corner only, so it takes `many`: small and large inputs too.
    """
    heads = sorted(heads, key=str)
    key = (seed, *heads, "over", *axes, small, many, *(weaker or {}).items())
    if key in scope.tried:
        kept: list[Experiment] = scope.tried[key]
        return kept
    rng = random.Random(seed)
    made: list[Experiment] = []
    for turn, sizes in enumerate(SMALL if small else SIZES):
        chosen = sized(axes, sizes)
        spread = SPREADS[turn % 3]
        inputs = {head: drawn(scope, head, chosen, rng, spread, weaker or {}) for head in heads}
        made.append(Experiment(chosen, inputs))
    for turn in range(CORNER_DRAWS if many else 0):
        chosen = sized(axes, SMALL[turn % 2])
        inputs = {
            head: drawn(scope, head, chosen, rng, rng.choice(CORNERS), weaker or {})
            for head in heads
        }
        made.append(Experiment(chosen, inputs))
    scope.tried[key] = made
    return made


def drawn(scope: Scope, head: Any, sizes: dict[str, int], rng: random.Random, spread: Fraction,
          weaker: dict[Any, str]) -> Any:  # fmt: skip
    """An array of exact values for one input."""
    declared = scope.declarations.get(head)
    domain = weaker.get(head) or (declared.domain if declared else "real")
    shape = [sizes[axis] for axis in scope.axes_of(head)]
    many = sizes[scope.axis(scope.label_axis(head))] if domain == "label" else 0

    def array(shape: list[int]) -> Any:
        if len(shape) == 1 and domain in ("onehot", "simplex", "sum one"):
            return distribution(domain, shape[0], rng)
        if shape:
            return [array(shape[1:]) for _ in range(shape[0])]
        return rng.randrange(many) if domain == "label" else single(domain, rng, spread)

    return array(shape)


def single(domain: str, rng: random.Random, spread: Fraction) -> Fraction:
    match domain:
        case "positive":
            return Fraction(rng.randint(GRID // 5, 2 * GRID), GRID) * (spread if spread != 3 else 1)
        case "unit":
            return Fraction(rng.randint(GRID // 20, GRID - GRID // 20), GRID)
        case "binary" | "onehot":
            return Fraction(rng.randint(0, 1))
        case "simplex":
            return Fraction(1)
    return Fraction(rng.randint(-GRID, GRID) or 1, GRID) * spread


def distribution(domain: str, size: int, rng: random.Random) -> list[Fraction]:
    """A vector that sums to one: one-hot, a probability vector, or with entries of any sign."""
    if domain == "onehot":
        hot = rng.randrange(size)
        return [Fraction(int(i == hot)) for i in range(size)]
    if domain == "simplex":
        weights = [rng.randint(GRID // 10, GRID) for _ in range(size)]
        return [Fraction(weight, sum(weights)) for weight in weights]
    values = [single("real", rng, Fraction(1)) for _ in range(size)]
    values[-1] = 1 - sum(values[:-1], Fraction(0))
    return values


def witnesses(
    scope: Scope, heads: Iterable[Any], axes: Sequence[str], seed: str
) -> Iterable[Experiment]:
    """Ever larger experiments with small whole numbers, to show a difference at its plainest."""
    rng = random.Random(seed)
    heads = sorted(heads, key=str)
    for size in (1, 2, 3):
        sizes = sized(axes, (size,) * 6)
        for _ in range(4):
            exact = {head: drawn(scope, head, sizes, rng, Fraction(2), {}) for head in heads}
            yield Experiment(
                sizes, {head: whole(scope, head, value) for head, value in exact.items()}
            )


def whole(scope: Scope, head: Any, value: Any) -> Any:
    """Real inputs rounded to whole numbers, others to one digit where their domain allows it."""
    domain = scope.declarations[head].domain if head in scope.declarations else "real"
    if isinstance(value, list):
        return [whole(scope, head, part) for part in value]
    if domain == "real":
        return Fraction(round(value))
    if domain in ("positive", "unit"):
        return max(Fraction(round(value * 10), 10), Fraction(1, 10))
    return value
