"""What a page has said so far: what symbols mean, and which axis a letter runs over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, fields
from typing import Any

from workings import notation as n
from workings import tree as t
from workings.lexer import lex
from workings.token import Unreadable

DOMAINS = ("real", "positive", "unit", "simplex", "onehot", "binary", "label")
FIXED = ("onehot", "binary", "label")  # domains of separate points, where nothing can vary
VARIABLE = ("real", "positive", "unit")  # domains that an author differentiates by
MAX_RANK = 4
MAX_WORK = 30_000


class DeclarationError(ValueError):
    """A declaration that can't be used: says which symbol, what is wrong and what to write."""


@dataclass(frozen=True)
class Declaration:
    """A declared symbol: the axes of its indices and the values it may take."""

    head: str
    axes: tuple[str, ...]
    domain: str = "real"
    meaning: str = ""


@dataclass(frozen=True)
class Definition:
    """A defined symbol: its letters, the axis of each, and the term for one entry."""

    head: Any
    letters: tuple[str, ...]
    axes: tuple[str, ...]
    body: t.Term
    row: bool | None = None


@dataclass(frozen=True)
class Function:
    """A function the page defines: its parameters, the letters of its entries, its formula."""

    head: str
    parameters: tuple[str, ...]
    letters: tuple[str, ...]
    body: t.Node


@dataclass
class Scope:
    """Everything in force at one place of a page, in reading order."""

    declarations: dict[str, Declaration] = field(default_factory=dict)
    definitions: dict[Any, Definition] = field(default_factory=dict)
    functions: dict[tuple[str, int], Function] = field(default_factory=dict)
    # Symbols whose indices stand in brackets, with what carries them there: p(a) "", S(x_i) "x".
    indexed: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)  # heads whose definition can't be read
    words: set[str] = field(
        default_factory=set
    )  # names of several letters, met but not yet defined
    parameters: set[str] = field(default_factory=set)
    varying: set[str] = field(default_factory=set)
    base: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    # Experiments made so far, so that claims over the same inputs share what they work out.
    tried: dict[Any, Any] = field(default_factory=dict)
    page: str = ""
    spent: int = 0
    _axis: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def copy(self) -> Scope:
        """A scope of its own with the same contents, for readings that may be dropped."""
        return Scope(*(copy(getattr(self, part.name)) for part in fields(self)))

    def declare(self, declaration: Declaration) -> None:
        known = self.declarations.get(declaration.head)
        if known and (known.axes, known.domain) != (declaration.axes, declaration.domain):
            raise DeclarationError(
                f"{declaration.head} is declared twice, once with shape [{', '.join(known.axes)}] "
                f"and domain {known.domain}; keep one of the two"
            )
        self.declarations[declaration.head] = declaration

    def find(self, head: Any) -> Any:
        """The head under which a symbol is known, bold or not; None where it isn't."""
        if head in self.declarations or head in self.definitions:
            return head
        if not isinstance(head, str):
            return head if head[0] in ("d", "free") or head in self.definitions else None
        if head in self.parameters:
            return None
        plain = re.sub(r"\\(mathbf|vec)\{(.*?)\}", r"\2", head)
        for other in (plain, f"\\mathbf{{{plain}}}", f"\\vec{{{plain}}}"):
            if other in self.declarations or other in self.definitions:
                return other
        return None

    def total(self, head: Any) -> str:
        """The name of the number that shares its letter with an array: `L` beside `L_i`."""
        return f"{head} (total)"

    def rank(self, head: str) -> int | None:
        """How many indices a symbol takes; 0 for the size of an axis; None where it is unknown."""
        found = self.find(head)
        if found is not None:
            return len(self.axes_of(found))
        return 0 if head in self.parameters or self.is_axis(head) else None

    def is_function(self, head: str) -> bool:
        return head in self.indexed or any(known == head for known, _ in self.functions)

    def first_function(self, head: str) -> Function | None:
        """The first function of a head: the one whose plain value the bare head stands for."""
        return next((f for (known, _), f in self.functions.items() if known == head), None)

    def function(self, head: str, arguments: int) -> Function | None:
        """The function of a head with so many arguments: H(p) is another than H(p, q)."""
        return self.functions.get((head, arguments))

    def is_label(self, head: str) -> bool:
        found = self.find(head)
        return found in self.declarations and self.declarations[found].domain == "label"

    def is_axis(self, head: str) -> bool:
        return any(head in d.axes for d in self.declarations.values())

    def axes_of(self, head: Any) -> tuple[str, ...]:
        if isinstance(head, tuple) and head[0] == "d":
            return self.axes_of(head[1])
        if isinstance(head, tuple) and head[0] == "free":
            return ()
        known = self.declarations.get(head) or self.definitions.get(head)
        return known.axes if known else ()

    def names(self) -> frozenset[str]:
        """The heads of several plain letters, which the lexer must read as one word."""
        called = [head for head, _ in self.functions]
        heads = [*self.declarations, *self.definitions, *called, *self.words]
        return frozenset(h for h in heads if isinstance(h, str) and len(h) > 1 and h.isalpha())

    def fresh(self, name: str = "") -> str:
        """A letter or an axis that stands nowhere else."""
        self._count += 1
        return f"{name}?{self._count}{self.page}"

    def axis(self, key: str) -> str:
        """The axis a letter (or an axis still open) stands for; itself while nothing settles it."""
        while key in self._axis:
            key = self._axis[key]
        return key

    def unify(self, one: str, other: str) -> bool:
        """Make two letters or axes the same; False where they are two distinct axes."""
        one, other = self.axis(one), self.axis(other)
        if one == other:
            return True
        if "?" in one:
            self._axis[one] = other
        elif "?" in other:
            self._axis[other] = one
        else:
            return False
        return True

    def spend(self) -> None:
        """Count one step of working a line out; raises Unreadable past the limit on steps."""
        self.spent += 1
        if self.spent > MAX_WORK:
            raise Unreadable("too large to work out: break it into smaller steps")

    def settled(self, key: str) -> bool:
        return "?" not in self.axis(key)

    def label_axis(self, head: str) -> str:
        """The axis a label picks from: open until the label stands beside a letter or an index."""
        return f"{head}?label"


def declarations(symbols: Mapping[str, Any]) -> Iterable[Declaration]:
    """The declarations of a front matter; raises DeclarationError with the line to write."""
    for key, entry in symbols.items():
        head = spelled(str(key))
        if not isinstance(entry, dict):
            raise DeclarationError(
                f"`symbols: {key}:` needs a shape and a domain, "
                f"for example `{key}: {{shape: [K], domain: real, meaning: logits}}`"
            )
        shape, domain = entry.get("shape", []), entry.get("domain", "real")
        if not isinstance(shape, list) or len(shape) > MAX_RANK:
            raise DeclarationError(
                f"`symbols: {key}: shape:` is a list of up to {MAX_RANK} axes, "
                f"like [K] or [N, K]; [] for a number"
            )
        if domain not in DOMAINS:
            raise DeclarationError(
                f"`symbols: {key}: domain: {domain}` is not one of {', '.join(DOMAINS)}"
            )
        unknown = set(entry) - {"shape", "domain", "meaning"}
        if unknown:
            raise DeclarationError(
                f"`symbols: {key}:` takes shape, domain and meaning, not {sorted(unknown)[0]}"
            )
        if any(isinstance(axis, int) and not 1 <= axis <= 64 for axis in shape):
            raise DeclarationError(f"`symbols: {key}: shape:` has a size outside 1 to 64")
        yield Declaration(head, tuple(map(str, shape)), domain, str(entry.get("meaning", "")))


def spelled(key: str) -> str:
    """The normal spelling of a head written in LaTeX, as the parser spells it."""
    try:
        tokens = [x for x in lex(key, frozenset({key})) if x.text not in "{}"]
    except Unreadable as error:
        raise DeclarationError(f"`symbols: {key}:` is not a symbol: {error}") from error
    if not tokens or tokens[0].kind not in ("letter", "word"):
        raise DeclarationError(f"`symbols: {key}:` is not a symbol; write one letter or name")
    if len(tokens) > 1 and tokens[1].text not in ("_", "^"):
        raise DeclarationError(
            f"`symbols: {key}:` is more than one symbol; indices come from its shape"
        )
    return "".join(token.text for token in tokens)


def argument_name(head: str) -> str:
    """The Python name of a head: `\\hat{y}` is y_hat, `\\mathbf{W}` is W, `u_o` is u_o."""
    match = re.fullmatch(r"\\(\w+)\{(.*)\}(.*)", head)
    if match:
        inner, rest = argument_name(match[2]), match[3].replace("\\", "")
        bare = match[1] in n.ACCENTS and n.ACCENTS[match[1]].startswith("math")
        return inner + ("" if bare else "_" + match[1]) + rest
    return head.replace("\\", "")
