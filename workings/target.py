"""The side of a relation in, what it would define out: a head, its letters, its parameters."""

from __future__ import annotations

from dataclasses import dataclass

from workings import notation as n
from workings.chain import Chain
from workings.cursor import is_part_of_name, is_sample, primed, spell
from workings.row import script_at
from workings.scope import Scope
from workings.token import Token


@dataclass(frozen=True)
class Target:
    """The left side of a definition: its head, its parameters if it is a function, its letters."""

    head: str
    letters: tuple[str, ...] = ()
    parameters: tuple[str, ...] | None = None
    power: int = 1
    in_brackets: str | None = None
    total: bool = False


def spelled_out(chain: Chain, scope: Scope) -> str:
    """A name of several plain letters that a chain defines, such as `MSE` in `MSE = …`."""
    side = chain.sides[0] or []
    run: list[Token] = []
    for token in side:
        if token.kind != "letter" or len(token.text) > 1 or (run and token.at != run[-1].end):
            break
        run.append(token)
    ends = len(run) == len(side) or side[len(run)].text in ("(", "_")
    fresh = not any(scope.find(token.text) is not None for token in run)
    name = "".join(token.text for token in run)
    return name if len(run) > 1 and ends and fresh and name[0] != "d" else ""


def target(
    side: list[Token],
    beside: list[list[Token] | None],
    scope: Scope,
    again: bool = False,
    first: bool = True,
) -> Target | None:
    """What a side would define if it may: an undeclared head over distinct letters or arguments."""
    if (
        not side
        or side[0].kind not in ("letter", "word")
        or side[0].text in ("d", "\\mathbf{1}", "\\mathbf{0}")
    ):
        return None
    if (
        side[0].text == "\\delta"
        and scope.rank("\\delta") is None
        and side[1:2]
        and side[1].kind == "_"
    ) and len([x for x in script_at(side, 2)[0] if x.kind == "letter"]) == 2:
        return None
    head, i = side[0].text, 1
    if head == "d" and scope.rank("d") is None:
        return None
    letters: tuple[str, ...] = ()
    parameters: tuple[str, ...] | None = None
    power = 1
    used = index_letters([token for tokens in beside for token in tokens or []], scope)
    named = any(x.kind == "word" for x in side[1:])
    while i < len(side):
        text = side[i].text
        if text in ("_", "^"):
            script, i = script_at(side, i + 1)
            if text == "_" and not letters:
                name, found = split_name(head, script, used, scope)
                if found is None or (name != head and parameters is not None):
                    return None
                head, letters = name, letters + found
            elif is_sample(script) and all(x.kind == "letter" for x in script[1:-1]):
                letters = tuple(x.text for x in script[1:-1]) + letters
            elif (
                len(script) == 1
                and script[0].kind == "number"
                and i == len(side)
                and script[0].text.isdigit()
            ):
                power = int(script[0].text)
            elif is_part_of_name(script, scope) and not used & {x.text for x in script}:
                head, named = f"{head}^{''.join(x.text for x in script)}", True
            elif script and script[0].text in ("[", "(") and script[-1].text in ("]", ")"):
                head += "^" + "".join(x.text for x in script)
            else:
                return None
        elif text == "(" and parameters is None and not letters:
            close = closing(side, i)
            groups = plain_arguments(side[i + 1 : close])
            entry = entry_argument(side[i + 1 : close], scope)
            if close is None or (groups is None and entry is None):
                return None
            if entry is not None and close + 1 == len(side):
                new = head not in n.FUNCTIONS and not scope.rank(head)
                return Target(head, entry[1], in_brackets=entry[0]) if new else None
            parameters, i = groups, close + 1
        elif text == "[" and parameters is None and not letters:
            close = closing(side, i)
            inside = [x for x in side[i + 1 : close] if x.text != ","]
            if close is None or not all(x.kind == "letter" for x in inside):
                return None
            letters, i = tuple(x.text for x in inside), close + 1
        else:
            return None
    if len(set(letters)) != len(letters) or power < 1 or (head == "e" and power != 1):
        return None
    if again:
        return Target(head, letters, parameters, power)
    if (
        not letters
        and parameters is None
        and first
        and scope.find(head) == head
        and scope.axes_of(head)
    ):
        return Target(head, total=True)
    if taken(side[0].text, head, parameters, letters, named, scope):
        return None
    if not first and head in n.REDEFINABLE:
        return None
    if parameters and not letters and all(scope.rank(p) is None and p in used for p in parameters):
        return Target(head, parameters, in_brackets="")
    return Target(head, letters, parameters, power)


def entry_argument(tokens: list[Token], scope: Scope) -> tuple[str, tuple[str, ...]] | None:
    """An argument that is one entry of a known array, as in `S(x_i)`: the array and its letters."""
    if len(tokens) < 3 or tokens[0].kind != "letter" or tokens[1].text not in ("_", "^"):
        return None
    script, end = script_at(tokens, 2)
    if tokens[1].text == "^":
        if not is_sample(script):
            return None
        script = script[1:-1]
    letters = tuple(x.text for x in script if x.text != ",")
    if (
        end != len(tokens)
        or not scope.rank(tokens[0].text)
        or scope.rank(spell(tokens[0].text, script)) is not None
    ):
        return None
    return tokens[0].text, letters if all(
        x.kind == "letter" or x.text == "," for x in script
    ) else ()


def taken(base: str, head: str, parameters: tuple[str, ...] | None, letters: tuple[str, ...],
          named: bool, scope: Scope) -> bool:  # fmt: skip
    """Whether a head has a meaning already; a word as subscript (`named`) makes a new head."""
    found = scope.find(head)
    if (
        (found == head and not (parameters and scope.first_function(head)))
        or (head in scope.parameters and parameters is not None)
        or (
            parameters is not None
            and ((head, len(parameters)) in scope.functions or head in scope.indexed)
        )
    ):
        return True
    if (
        found is not None
        and found != head
        and len(scope.axes_of(found)) in ((len(letters),) if letters else (1, 2, 3, 4))
    ):
        return True
    if head in n.FUNCTIONS and head not in n.REDEFINABLE:
        return True
    if head != base and (scope.rank(base) or 0) > 0 and not named:
        return True
    return bool(parameters is None and not letters and (scope.is_function(head) or head == "\\pi"))


def split_name(
    head: str, script: list[Token], used: set[str], scope: Scope
) -> tuple[str, tuple[str, ...] | None]:
    """Which part of an unknown head's subscript is its name, and which part its indices."""
    script = primed(script)
    for cut in range(len(script) + 1):
        rest = script[cut:]
        while cut and rest and rest[0].text in ("_", ",", "{"):
            rest = rest[1:]
        rest = [x for x in rest if x.text not in (",", "}", "\\to", "\\rightarrow")]
        if rest and all(x.kind == "letter" and x.text in used for x in rest):
            return (spell(head, script[:cut]) if cut else head), tuple(x.text for x in rest)
    return spell(head, script), ()


def index_letters(tokens: list[Token], scope: Scope) -> set[str]:
    """The letters that stand as indices somewhere in some tokens."""
    out: set[str] = set()
    i = 0
    while i < len(tokens):
        if tokens[i].text == "_" or (
            tokens[i].text == "^" and tokens[i + 2 : i + 3] and tokens[i + 2].text == "("
        ):
            before = tokens[i - 1].text if i else ""
            script, i = script_at(tokens, i + 1)
            # The B of a known `\\mu_B` is part of its name.
            if scope.rank(spell(before, script)) is not None:
                continue
            script = primed(script)
            out |= {x.text for x in script if x.kind == "letter"}
        elif tokens[i].text == "[":
            close = closing(tokens, i)
            inside = tokens[i + 1 : close]
            if close and all(
                x.kind in ("letter", "number") or x.text in (",", "_") for x in inside
            ):
                out |= {x.text for x in inside if x.kind == "letter"}
            i += 1
        elif tokens[i].kind == "relation":
            out |= {x.text for x in tokens[max(i - 1, 0) : i + 2] if x.kind == "letter"}
            i += 1
        else:
            i += 1
    return out


def closing(tokens: list[Token], i: int) -> int | None:
    """The place of the bracket that closes the one at a place."""
    close, depth = n.OPENING[tokens[i].text], 0
    for j in range(i, len(tokens)):
        depth += (tokens[j].text == tokens[i].text) - (tokens[j].text == close)
        if depth == 0:
            return j
    return None


def plain_arguments(tokens: list[Token]) -> tuple[str, ...] | None:
    """The names of plain arguments, or None where one is more than a name."""
    groups: list[list[Token]] = [[]]
    for token in tokens:
        if token.text in (",", ";", "|", "\\mid", "\\|", "\\parallel"):
            groups.append([])
        else:
            groups[-1].append(token)
    out = []
    for group in groups:
        if not group or group[0].kind not in ("letter", "word"):
            return None
        if len(group) == 1:
            out.append(group[0].text)
        elif group[1].text == "_" and script_at(group, 2)[1] == len(group):
            out.append(spell(group[0].text, script_at(group, 2)[0]))
        else:
            return None
    return tuple(out) if len(set(out)) == len(out) else None
