"""The node types: a formula as printed, and the terms over single entries it stands for."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Node:
    """A part of a formula as printed, with its place in the display."""

    at: int = field(default=0, compare=False, kw_only=True)
    end: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True)
class Literal(Node):
    """A number as printed."""

    value: Fraction
    text: str = ""


@dataclass(frozen=True)
class Symbol(Node):
    """A head with the indices it carries, superscripts first: `o_i`, `y^{(n)}_j`, `k`."""

    head: str
    indices: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Operation(Node):
    """An operator over its operands: sums, products of every kind, powers, transposes."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True)
class Call(Node):
    """A function of its arguments; `primes` counts derivatives in the one argument."""

    head: str
    args: tuple[Node, ...]
    primes: int = 0


@dataclass(frozen=True)
class Component(Node):
    """One entry of a value: `(\\operatorname{diag}(p))_{jk}`."""

    body: Node
    indices: tuple[Node, ...]


@dataclass(frozen=True)
class Comparison(Node):
    """A relation between two sides, as a condition."""

    relation: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Big(Node):
    """A sum, product or maximum over letters, with limits (None where absent) and conditions."""

    name: str
    letters: tuple[str, ...]
    lower: Node | None
    upper: Node | None
    conditions: tuple[Comparison, ...]
    body: Node
    over: str = ""


@dataclass(frozen=True)
class Derivative(Node):
    """The derivative of a body, once for each symbol in turn; of all its entries for a gradient."""

    body: Node
    by: tuple[Symbol, ...]


@dataclass(frozen=True)
class Differential(Node):
    """The differential `d f`."""

    body: Node


@dataclass(frozen=True)
class Cases(Node):
    """Values by condition, the first that applies; no condition means otherwise."""

    branches: tuple[tuple[Node, tuple[Comparison, ...]], ...]
    notation: str = ""


@dataclass(frozen=True)
class Table(Node):
    """A matrix written out, row by row."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, eq=False)
class Term:
    """A number made of entries and index letters: what is evaluated and differentiated."""


@dataclass(frozen=True, eq=False)
class Number(Term):
    value: Fraction


@dataclass(frozen=True, eq=False)
class Constant(Term):
    name: str


@dataclass(frozen=True, eq=False)
class Size(Term):
    """How many entries an axis has."""

    axis: str


@dataclass(frozen=True, eq=False)
class Letter(Term):
    """An index letter, made unique; as a number it counts from the base of its axis."""

    name: str


@dataclass(frozen=True, eq=False)
class Entry(Term):
    """One entry of a symbol. The head is a name, or names a derivative of a symbol."""

    head: Any
    indices: tuple[Term, ...] = ()


@dataclass(frozen=True, eq=False)
class Apply(Term):
    """A scalar function of scalar terms."""

    name: str
    args: tuple[Term, ...]


@dataclass(frozen=True, eq=False)
class Test(Term):
    """A comparison of two terms, of index values where `index` says so."""

    relation: str
    left: Term
    right: Term
    index: bool = True


@dataclass(frozen=True, eq=False)
class Fold(Term):
    """A sum, product or maximum over one letter, between limits and under tests."""

    name: str
    letter: str
    axis: str
    lower: Term | None
    upper: Term | None
    tests: tuple[Test, ...]
    body: Term


@dataclass(frozen=True, eq=False)
class Choose(Term):
    """The value of the first branch all of whose tests hold."""

    branches: tuple[tuple[tuple[Test, ...], Term], ...]
