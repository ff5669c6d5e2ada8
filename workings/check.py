"""Two sides in, a verdict out: tried at many inputs, its assumptions audited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from workings.evaluate import NoValue, TooLarge, evaluate
from workings.number import FLOAT
from workings.pair import Pair, Setting, reach
from workings.sample import WEAKER, experiments, witnesses
from workings.scope import Scope
from workings.token import Unreadable
from workings.trial import Outcome, Witness, compare, run

NEEDS = {"sum one": "Σ {0} = 1", "simplex": "{0} a probability vector", "onehot": "{0} one-hot",
         "binary": "{0} ∈ {{0, 1}}", "unit": "0 < {0} < 1", "positive": "{0} > 0"}  # fmt: skip


def judge(pair: Pair, seed: str, audit: bool = True) -> Outcome:
    """Try a relation at every experiment; where it holds, find what it needs."""
    scope, many = pair.setting.scope, pair.relation not in ("=", "≈")
    try:
        small = experiments(scope, pair.heads, pair.axes, seed, small=True)
        try:
            tries = experiments(scope, pair.heads, pair.axes, seed, many=many)
            tried = run(pair, tries, small[0])
        except TooLarge:
            tried = run(pair, small, small[0])
    except TooLarge as error:
        return Outcome("unknown", f"too large to try: {error}")
    if tried.verdict == "fails":
        return replace(tried, witness=smallest(pair, seed) or tried.witness)
    if tried.verdict != "holds":
        return tried
    return replace(tried, needs=tuple(needed(pair, seed)) if audit else ())


def smallest(pair: Pair, seed: str) -> Witness | None:
    """The plainest inputs at which the sides clearly differ, smallest sizes first."""
    for experiment in witnesses(pair.setting.scope, pair.heads, pair.axes, seed):
        try:
            found = compare(pair, experiment, FLOAT)
        except TooLarge:
            return None
        if found.verdict == "fails" and found.witness:
            return found.witness
    return None


def needed(pair: Pair, seed: str) -> Iterator[str]:
    """The weakest domain of each input, and the conditions, without which the claim fails."""
    scope, many = pair.setting.scope, pair.relation not in ("=", "≈")
    for head in sorted(pair.heads, key=str):
        declared = scope.declarations.get(head)
        ladder = WEAKER.get(declared.domain, ()) if declared else ()
        if declared and not declared.axes and declared.domain in ("onehot", "simplex"):
            ladder = ()
        failing = ""
        for weaker in ladder:
            tries = experiments(scope, pair.heads, pair.axes, seed, {head: weaker}, many=many)
            found = run(pair, tries if many else tries[:2])
            if found.verdict == "fails":
                failing = weaker
            else:
                break
        if failing:
            stronger = (*ladder, declared.domain if declared else "")
            yield NEEDS[stronger[stronger.index(failing) + 1]].format(head)
    for i, spoken in enumerate(pair.setting.spoken):
        if i >= len(pair.setting.conditions):
            break
        rest = (*pair.setting.conditions[:i], *pair.setting.conditions[i + 1 :])
        free = Setting(scope, pair.setting.indexer, rest, (), pair.setting.cells)
        without = Pair(
            free,
            pair.relation,
            pair.left,
            pair.right,
            pair.letters,
            pair.heads,
            pair.axes,
            pair.names,
        )
        if run(without, experiments(scope, pair.heads, pair.axes, seed)[:2]).verdict == "fails":
            yield spoken


def out_of_range(scope: Scope, head: Any) -> str:
    """Why a definition has no value at any size: a sum past the end of its axis."""
    definition = scope.definitions[head]
    try:
        heads, axes = reach(scope, [definition.body])
    except Unreadable as reason:
        return str(reason)
    axes += [axis for axis in definition.axes if axis not in axes]
    world = experiments(scope, heads, axes, "range", small=True)[0].world(scope)
    try:
        evaluate(definition.body, world, dict.fromkeys(definition.letters, 0))
    except NoValue as reason:
        return str(reason) if "runs from" in str(reason) else ""
    except TooLarge as reason:
        return str(reason)
    return ""
