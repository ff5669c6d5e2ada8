"""Displays in, declarations out: a first guess at every symbol that nobody declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from workings import notation as n
from workings.cursor import TRANSPOSE
from workings.lexer import lex
from workings.line import Line
from workings.page import Page
from workings.reading import Reading, others, scope_of
from workings.reference import Undeclared
from workings.row import script_at
from workings.scope import Declaration, Scope, declarations
from workings.target import closing, target
from workings.token import Token, Unreadable

ROUNDS = 12
LOGS = {"log", "ln"}
SOFTMAX = {"softmax", "Softmax", "log_softmax", "logsumexp"}
LETTERS = set("abcdefghijklmnopqrstuvwxyz")
# Capitals that more often name a number than a matrix.
NUMBERS = set("CDEFJKLMNRT")
LABELS, POSITIVE = {"y", "t"}, {"\\sigma", "\\tau", "\\epsilon", "\\varepsilon"}
# The size of an axis by the letter that usually counts it, then what is left.
SIZES = {"n": "N", "m": "M", "d": "D", "c": "C"}
SPARE = tuple("KMDJNHABCEFGPQRSTUV")


@dataclass(frozen=True)
class Guess:
    """A declaration nobody made, and what in the text it was guessed from."""

    head: str
    axes: tuple[str, ...]
    domain: str
    why: str

    @property
    def entry(self) -> dict[str, Any]:
        """The declaration as a front matter has it."""
        axes = [int(axis) if axis.isdigit() else axis for axis in self.axes]
        return {"shape": axes, "domain": self.domain}


@dataclass
class Usage:
    """How one head is written: its indices, and the marks of a domain."""

    indices: Counter[int] = field(default_factory=Counter)
    numbered: bool = True
    under: bool = False
    logged: bool = False
    times_log: bool = False
    from_one: bool = False
    rooted: bool = False
    turned: bool = False
    index: bool = False


class Open(Scope):
    """A scope in which axes that nothing has settled yet become one where a formula joins them.

    The first use of an axis decides; a later formula that needs it to be another one is left to
    fail, so that a missing transpose is not explained away.
    """

    joined: set[str]

    def axes_of(self, head: Any) -> tuple[str, ...]:
        return tuple(map(self.axis, super().axes_of(head)))

    def unify(self, one: str, other: str) -> bool:
        one, other = self.axis(one), self.axis(other)
        if super().unify(one, other):
            return True
        if one in self.joined and other in self.joined:
            return False
        if one.isdigit() or (other in self.joined and not other.isdigit()):
            one, other = other, one
        if other.isdigit():
            one, other = other, one
        self._axis[other] = one
        self.joined |= {one, other}
        return True


def guesses(page: Page, hint: Iterable[Guess] = ()) -> tuple[Guess, ...]:
    """A declaration for each symbol a page uses and neither declares nor defines.

    A hint is the guess at an earlier state of the page, kept while it still fits.
    """
    kept = tuple(hint)
    if kept and fits(page, kept):
        return kept
    known = {declaration.head for declaration in declarations(page.symbols)}
    seen = usage(page, known)
    sizes = limits(page)
    found: dict[str, Declaration] = {}
    reading = attempt(page, found, sizes)
    for _ in range(ROUNDS):
        new = wanted(reading, {*found, *sizes}, seen)
        if not new:
            break
        for head in new:
            axes = tuple(f"{head}:{i}" for i in range(ranked(head, seen[head])))
            found[head] = Declaration(head, axes)
        reading = attempt(page, found, sizes)
    names = named(reading.scope, found, sizes, page)
    classes = any(x.text in LOGS | SOFTMAX for tokens in lexed(page) for x in tokens)
    out = []
    for head, declaration in found.items():
        axes = tuple(names[reading.scope.axis(axis)] for axis in declaration.axes)
        domain, why = told(head, axes, seen[head], classes)
        out.append(Guess(head, axes, domain, why))
    needed = set(missing(told_all(page, out))) if set(sizes) - set(names.values()) else set()
    loose = [size for size in sizes if size not in names.values() and size in needed]
    return (*out, *(Guess(size, (), "positive", "a size of its own") for size in loose))


def fits(page: Page, kept: tuple[Guess, ...]) -> bool:
    """Whether declarations are still what a page lacks: none missing, defined or out of use."""
    heads = {guess.head for guess in kept}
    if heads & set(page.symbols) or not heads <= set(usage(page, set())):
        return False
    reading = told_all(page, kept)
    defined = {head for line in reading.lines for head, _ in definitions(line, Scope())}
    return not heads & defined and not set(missing(reading))


def told_all(page: Page, out: Iterable[Guess]) -> Reading:
    """A page read without verdicts once its symbols are declared."""
    symbols = {guess.head: guess.entry for guess in out}
    fuller = Page(page.path, {**symbols, **page.symbols}, page.uses, {}, page.displays)
    reading = Reading(fuller, scope_of(fuller, (page.path,)), verdicts=False, repairs=False)
    reading.run()
    return reading


def attempt(page: Page, found: Mapping[str, Declaration], sizes: Mapping[str, str]) -> Reading:
    """Read a page without judging it, the symbols found so far declared with open axes."""
    base = scope_of(page, (page.path,))
    scope = Open(**{name: getattr(base, name) for name in vars(base) if name != "joined"})
    scope.joined = {axis for d in base.declarations.values() for axis in d.axes}
    for declaration in found.values():
        scope.declare(declaration)
    for size in sizes:
        if scope.rank(size) is None:
            scope.declare(Declaration(f"size of {size}", (size,)))
    reading = Reading(page, scope, verdicts=False, repairs=False)
    reading.run()
    return reading


def wanted(reading: Reading, known: set[str], seen: Mapping[str, Usage]) -> list[str]:
    """The symbols to declare next: first those that no formula of the page would define."""
    open_ones = [
        head
        for head in missing(reading)
        if head not in known
        and head in seen
        and not (seen[head].index and not any(seen[head].indices[k] for k in (1, 2, 3)))
    ]
    defined: dict[str, bool] = {}
    for line in reading.lines:
        for head, stuck in definitions(line, reading.scope):
            defined[head] = defined.get(head, True) and stuck
    inputs = [head for head in open_ones if head not in defined]
    chosen = inputs or [head for head in open_ones if defined[head]][:1] or open_ones[:1]
    return [name for head in chosen for name in numbered(head, seen) if name not in known]


def numbered(head: str, seen: Mapping[str, Usage]) -> list[str]:
    """A head, or `W_1` and `W_2` where W never stands without its number."""
    names = [name for name in seen if name.rpartition("_")[0] == head and name[-1].isdigit()]
    return names if seen[head].numbered and names else [head]


def definitions(line: Line, scope: Scope) -> Iterator[tuple[str, bool]]:
    """What a chain would define, and whether anything but a missing symbol keeps it from that."""
    sides = line.chain.sides
    for i, side in enumerate(sides):
        made = target(side, others(line.chain, i), scope, first=i == 0) if side else None
        if made is not None:
            errors = [x for x in (*line.nodes, *line.sides) if isinstance(x, Unreadable)]
            yield made.head, any(not isinstance(error, Undeclared) for error in errors)


def missing(reading: Reading) -> Iterator[str]:
    """The heads of symbols, not of functions, that stopped a reading."""
    for line in reading.lines:
        for error in (*line.nodes, *line.sides):
            if isinstance(error, Undeclared) and "neither" not in str(error):
                yield error.head


def usage(page: Page, known: set[str]) -> dict[str, Usage]:
    """How every head of a page is written, told from its tokens alone."""
    out: dict[str, Usage] = {}
    for display in page.displays:
        try:
            tokens = lex(display.tex, frozenset(known))
        except Unreadable:
            continue
        note(tokens, out)
    return out


def note(tokens: list[Token], out: dict[str, Usage]) -> None:
    for i, token in enumerate(tokens):
        if token.kind not in ("letter", "word"):
            continue
        letters, numbers, word, end = scripts(tokens, i + 1)
        for x in subscript(tokens, i + 1):
            out.setdefault(x, Usage()).index = True
        heads = {token.text}
        if numbers and not letters:
            heads.add(f"{token.text}_{numbers[0]}")
        if word:
            heads.add(word.join((token.text + "_", "")))
        for head in heads:
            seen = out.setdefault(head, Usage())
            inside = head == token.text
            seen.indices[letters + (len(numbers) if inside else 0)] += 1
            seen.numbered &= bool(numbers) and not letters
            seen.turned |= turned(tokens, i + 1)
            before, after = tokens[i - 1] if i else None, tokens[end : end + 3]
            seen.times_log |= bool(after) and logs(after)
            if before is not None:
                seen.under |= before.text == "\\partial" and i > 1
                seen.logged |= before.text in LOGS or (
                    before.text in n.OPENING and i > 1 and tokens[i - 2].text in LOGS
                )
                seen.from_one |= before.text == "-" and i > 1 and tokens[i - 2].text == "1"
                seen.rooted |= before.text == "{" and i > 1 and tokens[i - 2].text == "\\sqrt"


def subscript(tokens: list[Token], i: int) -> Iterator[str]:
    """The letters that stand as indices right after a head."""
    if i < len(tokens) and tokens[i].text == "_":
        yield from (x.text for x in script_at(tokens, i + 1)[0] if x.text in LETTERS)


def turned(tokens: list[Token], i: int) -> bool:
    """Whether a head is transposed."""
    while i < len(tokens) and tokens[i].text in ("_", "^"):
        script, i = script_at(tokens, i + 1)
        if script and script[-1].text in TRANSPOSE - {"T"}:
            return True
        if [x.text for x in script] == ["T"]:
            return True
    return False


def logs(after: list[Token]) -> bool:
    """Whether a logarithm is the next factor, perhaps behind a dot or an opening bracket."""
    for token in after:
        if token.text in LOGS:
            return True
        if token.text not in (*n.OPENING, "\\cdot", "*"):
            return False
    return False


def scripts(tokens: list[Token], i: int) -> tuple[int, list[str], str, int]:
    """How many index letters and which numbers follow a head, a word in its subscript, the end."""
    letters, numbers, word = 0, [], ""
    while i < len(tokens) and tokens[i].text in ("_", "^"):
        mark = tokens[i].text
        script, i = script_at(tokens, i + 1)
        sample = len(script) > 2 and script[0].text == "(" and script[-1].text == ")"
        if mark == "_" or sample:
            letters += sum(x.kind == "letter" for x in script)
            numbers += [x.text for x in script if x.kind == "number"]
            word = next((x.text for x in script if x.kind == "word"), word)
        elif "".join(x.text for x in script) not in ("\\top", "T"):
            break
    if i < len(tokens) and tokens[i].text == "[":
        close = closing(tokens, i)
        inside = tokens[i + 1 : close]
        if close and inside and all(x.kind == "letter" or x.text == "," for x in inside):
            letters, i = letters + sum(x.kind == "letter" for x in inside), close + 1
    return letters, numbers, word, i


def ranked(head: str, seen: Usage) -> int:
    """How many axes a head probably has, by its indices, else its letter: W is a matrix."""
    indexed = [(count, rank) for rank, count in seen.indices.items() if rank]
    if indexed:
        return min(max(indexed)[1], 4)
    bold = head.startswith(("\\mathbf{", "\\vec{"))
    letter = head.split("_")[0].split("^")[0].split("{")[-1].rstrip("}")
    if len(letter) == 1 and letter.isupper() and (bold or seen.turned or letter not in NUMBERS):
        return 2
    return 1 if bold or seen.turned else 0


def told(head: str, axes: tuple[str, ...], seen: Usage, classes: bool) -> tuple[str, str]:
    """The likely domain of a symbol, and the sign of it."""
    bare = head.split("_")[0].replace("\\mathbf{", "").replace("}", "").lower()
    if seen.times_log and not seen.under and not seen.logged:
        if seen.from_one or not axes:
            return "binary", "stands before a logarithm, beside one minus it"
        return "onehot", "stands before a logarithm, as a label does"
    if seen.logged:
        if seen.from_one:
            return "unit", "its logarithm is taken, and that of one minus it"
        if axes and not seen.under:
            return "simplex", "its logarithm is taken"
        return "positive", "its logarithm is taken"
    if seen.under:
        return "real", "a derivative is taken by it"
    if seen.rooted:
        return "positive", "its root is taken"
    if head in POSITIVE and not axes:
        return "positive", "usually a positive number"
    if bare in LABELS and axes and classes:
        return "onehot", "usually a label"
    return "real", ""


def limits(page: Page) -> dict[str, str]:
    """Letters that are sizes, with the letter each counts: limits of sums, N in a mean over n."""
    out: dict[str, str] = {}
    for tokens in lexed(page):
        for i, token in enumerate(tokens):
            if n.BIG.get(token.text) not in ("sum", "product"):
                continue
            letter, sizes = sum_limits(tokens, i + 1)
            before = "".join(x.text for x in tokens[max(i - 7, 0) : i])
            mean = tokens[i - 2] if before.endswith("}") and "\\frac{1}{" in before else None
            if letter and mean is not None and mean.kind == "letter" and tokens[i - 3].text == "{":
                sizes = [*sizes, mean.text]
            out |= {size: letter for size in sizes if letter and len(size) == 1}
    declared = {d.head for d in declarations(page.symbols)}
    return {size: letter for size, letter in out.items() if size not in declared}


def sum_limits(tokens: list[Token], i: int) -> tuple[str, list[str]]:
    """The letter of a sum, and the letter above it or the set it is taken from."""
    letter, sizes = "", []
    while i < len(tokens) and tokens[i].text in ("_", "^"):
        mark = tokens[i].text
        script, i = script_at(tokens, i + 1)
        if mark == "_":
            letter = next((x.text for x in script if x.kind == "letter"), "")
            if len(script) == 3 and script[1].text in ("\\in", "∈"):
                sizes.append(script[2].text)
        elif len(script) == 1 and script[0].kind == "letter":
            sizes.append(script[0].text)
    return letter, sizes


def named(scope: Scope, found: Mapping[str, Declaration], sizes: Mapping[str, str],
          page: Page) -> dict[str, str]:  # fmt: skip
    """A name for each axis: the size the text gives it, else the capital of its letters."""
    letters: dict[str, Counter[str]] = {}
    taken = {x.text for tokens in lexed(page) for x in tokens if x.kind == "letter"} | set(found)
    for key in list(scope._axis):
        letter = key.split("?")[0]
        if "?" in key and letter in taken:
            letters.setdefault(scope.axis(key), Counter())[letter] += 1
    declared = {axis for d in declarations(page.symbols) for axis in d.axes}
    names: dict[str, str] = {}
    for axis in dict.fromkeys(scope.axis(a) for d in found.values() for a in d.axes):
        fixed = [x for x in (*declared, *sizes) if scope.axis(x) == axis]
        counted = letters.get(axis, Counter())
        if fixed or axis.isdigit():
            names[axis] = fixed[0] if fixed else axis
            continue
        by_size = [size for size, letter in sizes.items() if letter in counted]
        usual = [SIZES[letter] for letter, _ in counted.most_common() if letter in SIZES]
        free = [x for x in (*usual, *SPARE) if x not in taken]
        options = [x for x in (*by_size, *free) if x not in names.values() and x not in declared]
        names[axis] = options[0]
    return names


def lexed(page: Page) -> Iterator[list[Token]]:
    for display in page.displays:
        try:
            yield lex(display.tex)
        except Unreadable:
            continue
