"""Two sides in, a verdict out: tried at many inputs, its assumptions audited."""

from __future__ import annotations

import decimal
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from workings import tree as t
from workings.derivative import ONE, ZERO, children
from workings.evaluate import (
    CONTEXT,
    FLOAT,
    PRECISE,
    NoValue,
    TooLarge,
    World,
    evaluate,
    place,
)
from workings.index import Indexer, Value
from workings.lexer import Unreadable
from workings.sample import WEAKER, Experiment, experiments, witnesses
from workings.scope import Scope

CLOSE, APART = 1e-9, 1e-6
PRECISE_RELATIVE, PRECISE_ABSOLUTE = decimal.Decimal("1e-25"), decimal.Decimal("1e-35")
MAX_CELLS = 4096
NEEDS = {"sum one": "Σ {0} = 1", "simplex": "{0} a probability vector", "onehot": "{0} one-hot",
         "binary": "{0} ∈ {{0, 1}}", "unit": "0 < {0} < 1", "positive": "{0} > 0"}  # fmt: skip


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


@dataclass
class Side:
    """One side of a chain, lowered: its value, and the source letters that are free in it."""

    value: Value
    constant: bool
    letters: set[str]
    warnings: tuple[str, ...] = ()
    terms: dict[tuple[str, ...], t.Term] = field(default_factory=dict)


@dataclass
class Setting:
    """What the sides of one chain share: scope, free letters, cells of arrays, conditions."""

    scope: Scope
    indexer: Indexer
    conditions: tuple[t.Test, ...] = ()
    spoken: tuple[str, ...] = ()
    cells: dict[tuple[str, ...], tuple[t.Term, ...]] = field(default_factory=dict)

    def side(self, node: t.Node) -> Side:
        """Lower one side; raises Unreadable."""
        value = self.indexer.value(node)
        found = value.at(self.cell(value.axes))
        mine = letters_of(found)
        names = {
            n for n, x in self.indexer.free.items() if isinstance(x, t.Letter) and x.name in mine
        }
        side = Side(value, isinstance(node, t.Literal), names)
        side.terms[tuple(map(self.scope.axis, value.axes))] = found
        return side

    def cell(self, axes: tuple[str, ...]) -> tuple[t.Term, ...]:
        """Letters for the entries of an array, the same for all sides of the same shape."""
        key = tuple(map(self.scope.axis, axes))
        if key not in self.cells:
            names = [self.scope.fresh(f"entry {i}") for i in range(len(key))]
            for name, axis in zip(names, key, strict=False):
                self.scope.unify(name, axis)
            self.cells[key] = tuple(map(t.Letter, names))
        return self.cells[key]

    def term(self, side: Side, axes: tuple[str, ...]) -> t.Term:
        key = tuple(map(self.scope.axis, axes))
        if key not in side.terms:
            side.terms[key] = side.value.at(self.cell(axes) if side.value.axes else ())
        return side.terms[key]


@dataclass
class Pair:
    """Two terms to compare at every index, with all that must be known to try them."""

    setting: Setting
    relation: str
    left: t.Term
    right: t.Term
    letters: list[str]
    heads: set[Any]
    axes: list[str]
    names: dict[str, str]
    tolerance: float = 0.0


def pair(setting: Setting, relation: str, left: Side, right: Side, tolerance: float = 0.0) -> Pair:
    """Fit two sides to each other; raises Unreadable where their shapes differ."""
    scope, wide = setting.scope, left if len(left.value.axes) >= len(right.value.axes) else right
    one, other = left.value, right.value
    if one.axes and other.axes:
        fits = len(one.axes) == len(other.axes) and all(map(scope.unify, one.axes, other.axes))
        if not fits or (one.row is not None and other.row is not None and one.row != other.row):
            indexer = setting.indexer
            raise Unreadable(
                f"{indexer.shape(one)} on the left, {indexer.shape(other)} on the right"
            )
    elif (one.axes or other.axes) and not (right.constant if one.axes else left.constant):
        indexer = setting.indexer
        raise Unreadable(f"{indexer.shape(one)} on the left, {indexer.shape(other)} on the right")
    terms = [setting.term(side, wide.value.axes) for side in (left, right)]
    tests = list(setting.conditions)
    used = set().union(*map(letters_of, [*terms, *tests]))
    names = {x.name: n for n, x in setting.indexer.free.items() if isinstance(x, t.Letter)}
    cells = {
        x.name: x.name.split("?")[0]
        for cell in setting.cells.values()
        for x in cell
        if isinstance(x, t.Letter)
    }
    letters = [name for name in (*names, *cells) if name in used]
    heads, axes = reach(scope, [*terms, *tests])
    for name in letters:
        if not scope.settled(name) and not any(
            name in letters_of(x) for x in within_tests([*terms, *tests])
        ):
            raise Unreadable(
                f"the index {names.get(name, 'of this array')} has no axis: it subscripts nothing"
            )
        if scope.axis(name) not in axes:
            axes.append(scope.axis(name))
    return Pair(
        setting, relation, terms[0], terms[1], letters, heads, axes, names | cells, tolerance
    )


def letters_of(term: t.Term) -> set[str]:
    """The letters a term mentions, those its own sums bind left out."""
    out: set[str] = set()
    bound: set[str] = set()
    stack: list[Any] = [term]
    while stack:
        part = stack.pop()
        if isinstance(part, t.Letter):
            out.add(part.name)
        elif isinstance(part, t.Fold):
            bound.add(part.letter)
        stack += children(part)
    return out - bound


def within_tests(terms: Iterable[t.Term]) -> Iterator[t.Test]:
    stack: list[Any] = list(terms)
    while stack:
        part = stack.pop()
        if isinstance(part, t.Test):
            yield part
        stack += children(part)


def reach(scope: Scope, terms: Iterable[t.Term]) -> tuple[set[Any], list[str]]:
    """The inputs that terms rest on, through every definition, and the axes they run over."""
    inputs: set[Any] = set()
    axes: dict[str, None] = {}
    seen: set[Any] = set()
    stack: list[Any] = list(terms)
    while stack:
        part = stack.pop()
        if (
            isinstance(part, t.Entry)
            and part.head not in seen
            and part.head[0] not in ("place", "position", "last")
        ):
            seen.add(part.head)
            if part.head in scope.definitions:
                stack.append(scope.definitions[part.head].body)
            else:
                inputs.add(part.head)
                axes |= dict.fromkeys(map(scope.axis, scope.axes_of(part.head)))
                if (
                    part.head in scope.declarations
                    and scope.declarations[part.head].domain == "label"
                ):
                    axes[scope.axis(scope.label_axis(part.head))] = None
        elif isinstance(part, t.Entry) and part.head[0] == "place":
            axes[scope.axis(part.head[1])] = None
            continue
        elif isinstance(part, t.Size):
            axes[scope.axis(part.axis)] = None
        elif isinstance(part, t.Fold):
            if not scope.settled(part.axis) and part.lower is None:
                name = part.letter.split("?")[0]
                raise Unreadable(f"the sum's index {name} has no axis: it subscripts nothing")
            axes[scope.axis(part.axis)] = None
        stack += children(part)
    return inputs, list(axes)


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
            except NoValue as reason:
                found.append(reason)
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
        if pair.relation == "=" and scale:
            error = max(error, float(abs(one - other) / scale))
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


def out_of_range(scope: Scope, head: Any) -> str:
    """Why a definition has no value at any size: a sum past the end of its axis."""
    definition = scope.definitions[head]
    heads, axes = reach(scope, [definition.body])
    axes += [axis for axis in definition.axes if axis not in axes]
    world = experiments(scope, heads, axes, "range", small=True)[0].world(scope)
    try:
        evaluate(definition.body, world, dict.fromkeys(definition.letters, 0))
    except NoValue as reason:
        return str(reason) if "runs from" in str(reason) else ""
    except TooLarge as reason:
        return str(reason)
    return ""


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
    scope = pair.setting.scope
    for head in sorted(pair.heads, key=str):
        declared = scope.declarations.get(head)
        ladder = WEAKER.get(declared.domain, ()) if declared else ()
        if declared and not declared.axes and declared.domain in ("onehot", "simplex"):
            ladder = ()
        failing = ""
        for weaker in ladder:
            tries = experiments(scope, pair.heads, pair.axes, seed, {head: weaker})
            found = run(pair, tries[:2])
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
