"""A failing link in, the one small edit of its LaTeX that mends it out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Protocol

from workings import tree as t
from workings.chain import Chain
from workings.check import judge
from workings.evaluate import TooLarge
from workings.index import Indexer
from workings.lexer import lex
from workings.number import FLOAT
from workings.pair import Setting, pair
from workings.parser import parse
from workings.sample import experiments
from workings.scope import Scope
from workings.token import Unreadable
from workings.trial import compare

# What looking for an edit may cost: steps of evaluation, and so many for each token read again.
BUDGET, COST = 150_000, 20


@dataclass(frozen=True)
class Repair:
    """One edit that makes a claim true: put `new` for `old` between two places of the display."""

    old: str
    new: str
    at: int
    end: int


class Failing(Protocol):
    """What a mend must know of the chain it is in."""

    @property
    def chain(self) -> Chain: ...
    @property
    def nodes(self) -> list[Any]: ...
    @property
    def setting(self) -> Setting: ...
    @property
    def display(self) -> Any: ...


def mend(line: Failing, i: int) -> Repair | None:
    """The edit that makes link i hold, if exactly one of the smallest kind that works does.

    In p_j p_j it makes no difference which p_j becomes p_i: that is one edit, of the last.
    """
    relation = line.chain.links[i].relation
    if relation not in ("=", ":="):
        return None
    both = [node for node in line.nodes[i : i + 2] if isinstance(node, t.Node)]
    if not any(isinstance(part, t.Symbol) for node in both for part, _ in nodes(node)):
        return None
    budget = BUDGET
    for side in (i + 1, i) if i == 0 else (i + 1,):
        node = line.nodes[side]
        if not isinstance(node, t.Node) or line.chain.sides[side] is None:
            continue
        for kind in (swaps, negated, terms):
            found = []
            for edit in candidates(line.display.tex, kind(line, side, node)):
                budget -= COST * len(line.chain.sides[side] or [])
                works, steps = tried(line, i, side, edit)
                budget -= steps
                found += [edit] if works else []
                if budget < 0 or len({(one.old, one.new) for one in found}) > 1:
                    return None
            if found:
                return shown(found[-1], line.display.tex)
    return None


def candidates(tex: str, edits: Iterator[Repair]) -> list[Repair]:
    """Edits that differ in what they make of the display."""
    made = {tex[: edit.at] + edit.new + tex[edit.end :]: edit for edit in edits}
    made.pop(tex, None)
    return list(made.values())


def tried(line: Failing, i: int, side: int, edit: Repair) -> tuple[bool, int]:
    """Whether a link holds once one of its sides is edited, and the steps it took to see that."""
    scope, tokens = line.setting.scope, line.chain.sides[side] or []
    start, end = tokens[0].at, tokens[-1].end
    tex = line.display.tex
    text = tex[start : edit.at] + edit.new + tex[edit.end : end]
    kept = len(scope.warnings)
    try:
        changed = parse(lex(text, scope.names()), scope)
        indexer = Indexer(scope)
        setting = Setting(scope, indexer)
        left, right = (setting.side(changed if k == side else line.nodes[k]) for k in (i, i + 1))
        if len(left.letters | right.letters) > 1 and right.letters - left.letters:
            return False, 0
        conditions = [
            renamed(test, line.setting.indexer, indexer) for test in line.setting.conditions
        ]
        setting = Setting(scope, indexer, tuple(conditions), (), setting.cells)
        fitted = pair(setting, "=", left, right)
        first = experiments(scope, fitted.heads, fitted.axes, "mend")[0]
        holds = compare(fitted, first, FLOAT).verdict == "holds"
        steps = sum(world.steps for world in first.worlds.values())
        return holds and judge(fitted, "mend", audit=False).verdict == "holds", steps
    except TooLarge:
        return False, BUDGET
    except (Unreadable, RecursionError):
        return False, 0
    finally:
        del scope.warnings[kept:]


def renamed(test: t.Test, old: Indexer, new: Indexer) -> t.Test:
    """A condition of the chain, said with the letters of another reading of it."""
    names = {x.name: name for name, x in old.free.items() if isinstance(x, t.Letter)}

    def again(term: t.Term) -> t.Term:
        if isinstance(term, t.Letter) and term.name in names:
            return new.letter(t.Symbol(names[term.name]))
        if isinstance(term, t.Entry):
            return t.Entry(term.head, tuple(map(again, term.indices)))
        return term

    return t.Test(test.relation, again(test.left), again(test.right), test.index)


def nodes(node: Any, bound: tuple[str, ...] = ()) -> Iterator[tuple[t.Node, tuple[str, ...]]]:
    """Every node below one, each with the letters that sums bind there."""
    if isinstance(node, tuple):
        for part in node:
            yield from nodes(part, bound)
    elif isinstance(node, t.Node):
        inner = bound + node.letters if isinstance(node, t.Big) else bound
        yield node, inner
        for field in fields(node):
            yield from nodes(getattr(node, field.name), inner)


def swaps(line: Failing, side: int, whole: t.Node) -> Iterator[Repair]:
    """Another index, another symbol, the other sign, an exclusion more or less."""
    tex, scope = line.display.tex, line.setting.scope
    free = tuple(line.setting.indexer.free)
    for node, bound in nodes(whole):
        if isinstance(node, t.Symbol) and node.indices:
            letters = dict.fromkeys((*free, *bound))
            for index in node.indices:
                if isinstance(index, t.Symbol) and not index.indices and index.head in letters:
                    for letter in letters:
                        if letter != index.head:
                            new = tex[node.at : index.at] + letter + tex[index.end : node.end]
                            yield Repair(tex[node.at : node.end], new, node.at, node.end)
        if isinstance(node, t.Symbol) and (rank := scope.rank(node.head)) is not None:
            yield from symbols(tex, scope, node, rank)
        if isinstance(node, t.Operation) and node.name in ("add", "subtract", "negative"):
            yield from signs(tex, node)
        if isinstance(node, t.Big):
            yield from exclusions(tex, node, free)
        if isinstance(node, t.Call) and node.head in ("log2", "log10"):
            new = re.sub(r"_\{?\d+\}?", "", tex[node.at : node.end], count=1)
            yield Repair(tex[node.at : node.end], new, node.at, node.end)


def negated(line: Failing, side: int, whole: t.Node) -> Iterator[Repair]:
    """The whole side with its sign changed."""
    start, end = span(line, side)
    text = line.display.tex[start:end]
    if not text.lstrip().startswith("-"):
        yield Repair(text, "-" + bracketed(text, whole), start, end)


def symbols(tex: str, scope: Scope, node: t.Symbol, rank: int) -> Iterator[Repair]:
    """Another symbol of the same axes in its place, its indices kept."""
    text = tex[node.at : node.end]
    cut = re.search(r"(?<!\\hat)(?<!\\bar)(?<!\\tilde)[_^\[]", text)
    tail = text[cut.start() :] if cut and node.indices else ""
    axes = scope.axes_of(scope.find(node.head))
    for head in [*scope.declarations, *scope.definitions]:
        if (
            isinstance(head, str)
            and head != node.head
            and scope.axes_of(head) == axes
            and rank == len(axes)
        ):
            yield Repair(text, head + tail, node.at, node.end)


def signs(tex: str, node: t.Operation) -> Iterator[Repair]:
    """The other sign before a term."""
    if node.name == "negative":
        text = tex[node.at : node.end]
        yield Repair(text, text.lstrip()[1:].lstrip(), node.at, node.end)
        return
    before = node.args[0].end
    at = tex.find("+" if node.name == "add" else "-", before)
    if before <= at < node.args[1].at:
        other = "-" if node.name == "add" else "+"
        yield Repair(tex[at : node.end], other + tex[at + 1 : node.end], at, node.end)


def exclusions(tex: str, node: t.Big, free: tuple[str, ...]) -> Iterator[Repair]:
    """A sum without its exclusion, or with one more."""
    head = re.match(
        r"\\\w+\s*(?:\\limits)?\s*_(\{(?:[^{}]|\{[^{}]*\})*\}|\w)", tex[node.at : node.end]
    )
    if not head:
        return
    text = head[0]
    if node.conditions:
        new = (
            text.replace(head[1], "{" + " ".join(node.letters) + "}") if len(head[1]) > 1 else text
        )
        yield Repair(text, new, node.at, node.at + len(text))
    elif node.lower is None and node.upper is None:
        for letter in free:
            if letter not in node.letters:
                new = text.replace(head[1], "{" + f"{node.letters[0]} \\neq {letter}" + "}")
                yield Repair(text, new, node.at, node.at + len(text))


def terms(line: Failing, side: int, whole: t.Node) -> Iterator[Repair]:
    """A factor more or less, a transpose more or less, a sum over an index that dangles."""
    tex, scope = line.display.tex, line.setting.scope
    start, end = span(line, side)
    text = tex[start:end]
    axes = dict.fromkeys(axis for d in scope.declarations.values() for axis in d.axes)
    for factor in [*(f"\\frac{{1}}{{{axis}}}" for axis in axes), "2", "\\frac{1}{2}"]:
        yield Repair(text, f"{factor} {bracketed(text, whole)}", start, end)
    others = line.nodes[1 - side if side < 2 else side - 1]
    mine = {n.head for n, _ in nodes(whole) if isinstance(n, t.Symbol)}
    letters = [x for x in line.setting.indexer.free if x in mine]
    for letter in letters:
        if letter not in {n.head for n, _ in nodes(others) if isinstance(n, t.Symbol)}:
            yield Repair(text, f"\\sum_{{{letter}}} {bracketed(text, whole)}", start, end)
    for node, _ in nodes(whole):
        if isinstance(node, t.Operation) and node.name in (
            "product",
            "dot",
            "times",
            "elementwise",
        ):
            for kept in node.args:
                yield Repair(tex[node.at : node.end], tex[kept.at : kept.end], node.at, node.end)
            one, other = (tex[arg.at : arg.end] for arg in node.args)
            yield Repair(tex[node.at : node.end], f"{other} {one}", node.at, node.end)
        if isinstance(node, t.Symbol) and len(node.indices) < (scope.rank(node.head) or 0):
            yield Repair(
                tex[node.at : node.end], tex[node.at : node.end] + "^\\top", node.at, node.end
            )
        if isinstance(node, t.Operation) and node.name == "transpose":
            inner = node.args[0]
            yield Repair(tex[node.at : node.end], tex[inner.at : inner.end], node.at, node.end)
        if isinstance(node, t.Operation) and node.name in ("add", "subtract"):
            yield from missing_factors(line, node)


def missing_factors(line: Failing, node: t.Operation) -> Iterator[Repair]:
    """A symbol of the chain put before one term of a sum."""
    tex = line.display.tex
    found: dict[str, t.Symbol] = {}
    for side in line.nodes:
        for part, bound in nodes(side) if isinstance(side, t.Node) else ():
            if isinstance(part, t.Symbol) and part.indices and not bound:
                found.setdefault(tex[part.at : part.end], part)
    for term in node.args:
        if isinstance(term, t.Operation) and term.name in ("add", "subtract"):
            continue
        for text in found:
            yield Repair(
                tex[term.at : term.end], f"{text} {tex[term.at : term.end]}", term.at, term.end
            )


def span(line: Failing, side: int) -> tuple[int, int]:
    tokens = line.chain.sides[side] or []
    return tokens[0].at, tokens[-1].end


def bracketed(text: str, node: t.Node) -> str:
    """Text in brackets where a factor before it would otherwise reach only its first term."""
    loose = isinstance(node, t.Operation) and node.name in ("add", "subtract", "negative")
    return f"\\left( {text} \\right)" if loose else text


def shown(edit: Repair, tex: str) -> Repair:
    """The edit on one line of text."""
    return Repair(" ".join(edit.old.split()), " ".join(edit.new.split()), edit.at, edit.end)
