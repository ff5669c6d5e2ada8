"""A page in, its claims out: judged from top to bottom, definitions taken up on the way."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from workings.chain import Chain, chains, is_condition, only_notes
from workings.claim import Claim, blank, claim, intended, waived
from workings.index import Indexer
from workings.lexer import holds_relation, lex
from workings.line import Line, attach, lower, resume, settle, source
from workings.page import Display, Page, PageError, read
from workings.pair import Setting
from workings.parser import conditions
from workings.repair import mend
from workings.scope import DeclarationError, Scope, declarations
from workings.target import spelled_out, target
from workings.token import Token, Unreadable

MAX_LINKS = 100
Progress = Callable[[int, int], None]


@dataclass
class Reading:
    """The state of reading one page from top to bottom."""

    page: Page
    scope: Scope
    verdicts: bool = True
    repairs: bool = True
    lines: list[Line] = field(default_factory=list)
    problems: dict[int, Claim] = field(default_factory=dict)

    def run(self, progress: Progress | None = None) -> None:
        """Read every display in order."""
        for number, display in enumerate(self.page.displays, start=1):
            self.open(display, number)
            self.take_up()
            if progress:
                progress(number, len(self.page.displays))

    def take_up(self) -> None:
        """Read once more what leaned on a definition that has come by now."""
        waiting = [line for line in self.lines if line.missing()]
        while waiting:
            ready = [line for line in waiting if any(map(self.known, line.missing()))]
            if not ready:
                return
            for line in ready:
                links(self, line)
            still = [line for line in waiting if line.missing()]
            if [line.missing() for line in ready if line in still] == [
                line.missing() for line in ready
            ]:
                return
            waiting = still

    def known(self, head: str) -> bool:
        return self.scope.rank(head) is not None or self.scope.is_function(head)

    def open(self, display: Display, number: int) -> None:
        """Split one display into chains and judge them; keep the reason where it can't be split."""
        scope, before = self.scope, 0
        try:
            if display.problem:
                raise Unreadable(display.problem)
            tokens = lex(display.tex, scope.names())
            if display.inline and is_condition(tokens, self.known):
                return
            found = chains(tokens, self.known)
            words = {spelled_out(chain, scope) for chain in found} - {""}
            if words:
                scope.words |= words
                found = chains(lex(display.tex, scope.names()), self.known)
            silent = not found and not display.inline and not only_notes(tokens)
            if silent and holds_relation(display.tex):
                raise Unreadable("no two sides that I can compare stand in this display")
            if sum(len(chain.links) for chain in found) > MAX_LINKS:
                raise Unreadable(f"a display may have {MAX_LINKS} relations; split it up")
            when = conditions(lex(display.when, scope.names()), scope) if display.when else ()
        except Unreadable as error:
            self.problems[number] = blank(display, number, error)
            return
        for order, chain in enumerate(found):
            above = self.lines[-1] if self.lines else None
            line = Line(
                display, number, order, chain, when, above, before, Setting(scope, Indexer(scope))
            )
            self.lines.append(line)
            links(self, line)
            before += len(chain.links)

    def claims(self) -> Iterator[Claim]:
        """All claims in reading order, waivers and mistakes on purpose taken into account."""
        for number, display in enumerate(self.page.displays, start=1):
            made = [claim for line in self.lines if line.number == number for claim in line.claims]
            if number in self.problems:
                made = [self.problems[number]]
            yield from waived(display, intended(display, made))


def check(page: Page, progress: Progress | None = None, repairs: bool = True) -> list[Claim]:
    """The claims of a page with their verdicts. Raises DeclarationError for bad front matter."""
    reading = read_page(page, repairs)
    reading.run(progress)
    return list(reading.claims())


def read_page(page: Page, repairs: bool = True) -> Reading:
    """A reading of a page that has yet to run."""
    return Reading(page, scope_of(page, (page.path,)), repairs=repairs)


def scope_of(page: Page, trail: tuple[str, ...]) -> Scope:
    """What is in force at the top of a page: what it declares and what the pages it uses say."""
    scope = Scope(page=Path(page.path).stem)
    for used in page.uses:
        path = str(Path(page.path).with_name(used + ".md"))
        if path in trail:
            raise DeclarationError(f"{page.path}: `uses: {used}` comes back to this page; drop it")
        try:
            merge(scope, used_scope(path, trail))
        except PageError as error:
            raise DeclarationError(f"{page.path}: `uses: {used}`: {error}") from error
    for declaration in declarations(page.symbols):
        scope.declare(declaration)
    scope.varying = set(varying(page, scope))
    return scope


# Scopes of the pages that others use, each with the state of the files it came from: reading a
# site would otherwise read its first pages once for every later one.
_used: dict[str, tuple[dict[str, tuple[int, int]], Scope]] = {}


def used_scope(path: str, trail: tuple[str, ...]) -> Scope:
    """What stands at the end of a page that another uses; PageError where it can't be read."""
    if path in _used and all(state(file) == kept for file, kept in _used[path][0].items()):
        return _used[path][1]
    page = read(path)
    reading = Reading(page, scope_of(page, (*trail, path)), verdicts=False)
    reading.run()
    files = {path: state(path)}
    for used in page.uses:
        files |= _used[str(Path(path).with_name(used + ".md"))][0]
    _used[path] = (files, reading.scope)
    return reading.scope


def state(path: str) -> tuple[int, int]:
    """When a file was last written, and its size."""
    found = Path(path).stat()
    return found.st_mtime_ns, found.st_size


def merge(scope: Scope, other: Scope) -> None:
    """Take over another page's declarations and definitions."""
    for declaration in other.declarations.values():
        scope.declare(declaration)
    scope.definitions |= other.definitions
    scope.functions |= other.functions
    scope.indexed |= other.indexed
    scope.parameters |= other.parameters
    scope._axis |= other._axis
    scope.base |= other.base
    scope._count = max(scope._count, other._count)


def varying(page: Page, scope: Scope) -> Iterator[str]:
    """The inputs whose differentials a page writes: those vary, the others are held constant."""
    for display in page.displays:
        try:
            tokens = lex(display.tex, scope.names())
        except Unreadable:
            continue
        for one, other in itertools.pairwise(tokens):
            if one.text == "d" and scope.rank("d") is None:
                found = scope.find(other.text)
                if found in scope.declarations:
                    yield found


def links(reading: Reading, line: Line) -> None:
    """Judge the links of one chain; one too deep to follow is unknown throughout."""
    try:
        judge_links(reading, line)
    except RecursionError:
        reason = Unreadable("nested too deeply to follow")
        line.nodes = [reason for _ in line.chain.sides]
        line.sides = [reason for _ in line.chain.sides]
        line.sources = [source(line, i) for i in range(len(line.chain.sides))]
        line.claims = [
            claim(line, i, {}, None, reading.verdicts) for i in range(len(line.chain.links))
        ]


def judge_links(reading: Reading, line: Line) -> None:
    """Judge the links of one chain, whatever they hold."""
    chain, scope = line.chain, reading.scope
    line.setting = Setting(scope, Indexer(scope))
    scope.spent = 0
    resume(line)
    targets = [target(side, others(chain, i), scope, first=i == 0) if side else None
               for i, side in enumerate(chain.sides)]  # fmt: skip
    for i, link in enumerate(chain.links):
        if link.relation == ":=" and targets[i] is None and chain.sides[i]:
            targets[i] = target(chain.sides[i] or [], others(chain, i), scope, again=True)
    defined = settle(line, targets, scope)
    line.sides = [lower(line, node) for node in line.nodes]
    trouble = attach(line, scope)
    line.claims = [
        claim(line, i, defined, trouble, reading.verdicts) for i in range(len(chain.links))
    ]
    if not reading.verdicts:
        return
    for i, made in enumerate(line.claims):
        if made.verdict == "fails":
            after = list(rest_that_holds(line.claims[i + 1 :]))
            repair = mend(line, i) if reading.repairs else None
            line.claims[i] = replace(made, follows=len(after), repair=repair)


def others(chain: Chain, i: int) -> list[list[Token] | None]:
    """The sides of a chain but one."""
    return chain.sides[:i] + chain.sides[i + 1 :]


def rest_that_holds(claims: list[Claim]) -> Iterator[Claim]:
    for made in claims:
        if made.verdict != "holds":
            return
        yield made
