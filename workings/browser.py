"""The engine as a web page calls it: what a reader pasted in, rows with verdicts out, as JSON.

Places in JSON count UTF-16 units, as a browser does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from workings import notation as n
from workings.claim import Claim
from workings.guess import SPARE, Guess, guesses, usage
from workings.line import Line
from workings.page import Display, Page, PageError, front_matter, parse
from workings.paste import Paste, paste
from workings.plain import plain
from workings.reading import Reading, read_page
from workings.report import Result
from workings.report import text as report_text
from workings.scope import DeclarationError
from workings.words import array, cure, number, sentence

MAX_TEXT = 60_000
PATH, NAME = "docs/pasted.md", "derivation"
KINDS = {
    "real": "real", "positive": "positive", "unit": "between 0 and 1", "binary": "0 or 1",
    "simplex": "a probability vector", "onehot": "one-hot", "label": "a class number",
}  # fmt: skip
AXIS = re.compile(r"[A-Za-z]\w*|\d+")
LAYOUT = re.compile(
    rf"\\(?:begin|end)\{{(?:{'|'.join(sorted(n.LAYOUT - {'array'}))})\*?\}}(?:\{{[^{{}}]*\}})?"
)
NOTES = re.compile(r"\\(?:label|tag\*?)\s*\{[^{}]*\}|\\(?:nonumber|notag|intertext)(?![A-Za-z])")
ENDS = re.compile(r"^(?:\s|&|\\\\(?:\[[^\]]*\])?)+|(?:\s|&|\\\\(?:\[[^\]]*\])?)+$")
BREAK = re.compile(r"\\(?:begin|end)\{[^}]*\}|\\\\(?:\[[^\]]*\])?|\\.|[&{}]", re.S)


def answer(request: str) -> str:
    """One request, one answer. A request has `text`, and may have `chosen`, `hint` and `path`.

    `chosen` holds declarations the reader made, by symbol, in the form of a front matter;
    `hint` the guesses of the answer before. The answer says what was read, what was guessed,
    and the verdict on every row, or under `problem` why there is none.
    """
    asked = json.loads(request)
    try:
        return packed(checked(asked["text"], asked.get("chosen") or {}, asked.get("hint") or {},
                              asked.get("path") or PATH))  # fmt: skip
    except (PageError, DeclarationError) as error:
        return packed({"problem": sentence(str(error).removeprefix(f"{PATH}: "))})


def packed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def read(text: str, chosen: dict[str, Any], path: str = PATH) -> tuple[Page, Paste]:
    """A paste as a page; what the reader chose overrides what the paste declares."""
    if len(text) > MAX_TEXT:
        raise PageError(f"this is {len(text)} characters long; at most {MAX_TEXT} are read")
    for head, entry in chosen.items():
        if not all(AXIS.fullmatch(str(axis)) for axis in entry.get("shape", [])):
            raise DeclarationError(f"the shape of {head} names an axis that is no letter")
    made = paste(text)
    page = parse(made.markdown, path)
    return replace(page, symbols={**page.symbols, **chosen}), made


def declared(page: Page, hint: dict[str, Any]) -> tuple[Page, tuple[Guess, ...]]:
    """A page with a guessed declaration for each symbol it lacks."""
    kept = [
        Guess(head, tuple(map(str, entry["shape"])), entry["domain"], entry.get("why", ""))
        for head, entry in hint.items()
    ]
    found = guesses(page, kept)
    symbols = {**page.symbols, **{guess.head: guess.entry for guess in found}}
    return replace(page, symbols=symbols), found


def checked(text: str, chosen: dict[str, Any], hint: dict[str, Any], path: str) -> dict[str, Any]:
    page, made = read(text, chosen, path)
    page = without(page, chosen)
    whole, found = declared(page, hint)
    reading = read_page(whole)
    reading.run()
    claims = tuple(reading.claims())
    starts = [start(made.markdown, display) for display in page.displays]
    wrong = following(claims)
    rows = [
        row(claim, reading, wrong.get(i, False), starts, made, text)
        for i, claim in enumerate(claims)
    ]
    return {
        "displays": len(page.displays),
        "symbols": [*asked(page, found)],
        "axes": axes(whole),
        "rows": rows,
        "report": report(whole, claims),
        "markdown": markdown(made.markdown, whole),
    }


def without(page: Page, chosen: dict[str, Any]) -> Page:
    """A page without the choices for symbols that its text no longer has."""
    used = usage(page, set(map(str, chosen)))
    gone = [head for head in chosen if head not in used]
    return replace(page, symbols={k: v for k, v in page.symbols.items() if k not in gone})


def asked(page: Page, found: tuple[Guess, ...]) -> Iterator[dict[str, Any]]:
    """The symbols of a page with their declarations, the guessed ones marked."""
    for head, entry in page.symbols.items():
        yield {
            "head": str(head), "tex": str(head), "shape": entry.get("shape", []),
            "domain": entry.get("domain", "real"), "guessed": False, "why": "",
        }  # fmt: skip
    for guess in found:
        yield {"head": guess.head, "tex": guess.head, "guessed": True, "why": guess.why,
               **guess.entry}  # fmt: skip


def axes(page: Page) -> list[str]:
    """The names of axes a reader may choose from: those in use and one more."""
    used = [str(a) for entry in page.symbols.values() for a in entry.get("shape", [])]
    names = list(dict.fromkeys(used))
    heads = set(map(str, page.symbols))
    spare = next(name for name in SPARE if name not in names and name not in heads)
    return [*names, spare]


def following(claims: tuple[Claim, ...]) -> dict[int, bool]:
    """The claims that hold only as far as the failing one before them does."""
    out: dict[int, bool] = {}
    for i, claim in enumerate(claims):
        if claim.verdict == "fails":
            out |= dict.fromkeys(range(i + 1, i + 1 + claim.follows), True)
    return out


def row(claim: Claim, reading: Reading, follows: bool, starts: list[int | None], made: Paste,
        text: str) -> dict[str, Any]:  # fmt: skip
    """One claim as a page shows it."""
    display = reading.page.displays[claim.display - 1]
    out: dict[str, Any] = {
        "display": claim.display, "verdict": "follows" if follows else claim.verdict,
        "meant": claim.meant, "tex": formula(claim, reading), "left": plain(claim.left),
        "right": plain(claim.right), "relation": claim.relation,
        "reason": sentence(claim.reason), "needs": [plain(need) for need in claim.needs],
        "warnings": [sentence(warning) for warning in claim.warnings],
        "witness": seen(claim), "repair": None, "caret": None, "at": None,
    }  # fmt: skip
    begin = starts[claim.display - 1]
    if begin is not None:
        out["at"] = units(text, made.place(begin + claim.caret[0]))
    if claim.verdict == "unknown":
        out["caret"] = caret(display.tex, *claim.caret)
    if claim.repair and begin is not None:
        at, end = begin + claim.repair.at, begin + claim.repair.end
        here, there = made.place(at), made.place(end - 1) + 1 if end > at else made.place(at)
        words = cure(claim.repair)
        if text[here:there] == claim.repair.old:
            out["repair"] = {"old": claim.repair.old, "new": claim.repair.new, "words": words,
                             "at": units(text, here), "end": units(text, there)}  # fmt: skip
        else:
            out["repair"] = {"old": claim.repair.old, "new": claim.repair.new, "words": words}
    return out


def start(markdown: str, display: Display) -> int | None:
    """Where the LaTeX of a display begins in its page."""
    line = 0
    for _ in range(display.line - 1):
        line = markdown.index("\n", line) + 1
    at = line + display.column - 1
    return at if markdown.startswith(display.tex, at) else None


def units(text: str, at: int) -> int:
    """A place counted in UTF-16 units."""
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


def seen(claim: Claim) -> dict[str, Any] | None:
    """The witness in words: what was put in, and the two values with digits enough to differ."""
    found = claim.witness
    if found is None:
        return None
    digits = next((d for d in range(3, 12) if number(found.left, d) != number(found.right, d)), 12)
    given = [f"{plain(name)} = {value}" for name, value in found.sizes.items()]
    given += [f"{plain(name)} = {array(value)}" for name, value in found.inputs.items()]
    given += [
        f"{plain(name)} = {value}"
        for name, value in found.indices.items()
        if not name.startswith("entry ")
    ]
    entry = [str(v) for name, v in found.indices.items() if name.startswith("entry ")]
    given += [f"entry {', '.join(entry)}"] if entry else []
    left, right = number(found.left, digits), number(found.right, digits)
    return {"given": given, "left": left, "right": right}


def caret(tex: str, at: int, end: int) -> dict[str, str]:
    """The line of the source that can't be read, up to the place, the place, and the rest."""
    at = min(max(at, 0), len(tex))
    first = tex.rfind("\n", 0, at) + 1
    last = tex.find("\n", at)
    last = len(tex) if last < 0 else last
    end = max(min(end, last), min(at + 1, last))
    return {"before": tex[first:at], "here": tex[at:end], "after": tex[end:last]}


def formula(claim: Claim, reading: Reading) -> str:
    """The LaTeX of one row: its relation and right side as printed, the left too if it is first."""
    for line in reading.lines:
        link = claim.claim - line.before - 1
        mine = line.number == claim.display and line.order == claim.chain
        if mine and 0 <= link < len(line.chain.links):
            piece = clean(cut(line, link, reading))
            if balanced(piece):
                return piece
    piece = f"{claim.left if claim.claim == 1 else ''} {claim.relation} {claim.right}"
    return piece if balanced(piece) else ""


def cut(line: Line, link: int, reading: Reading) -> str:
    """The stretch of a display's LaTeX from one relation to the next."""
    tex, links = line.display.tex, line.chain.links
    same = [other for other in reading.lines if other.number == line.number]
    place = same.index(line)
    if link:
        begin = links[link].at
    elif line.chain.sides[0] is None:
        begin = links[0].at
    else:
        begin = finish(same[place - 1], tex) if place else 0
    stop = links[link + 1].at if link + 1 < len(links) else finish(line, tex, same[place + 1 :])
    return tex[begin:stop]


def finish(line: Line, tex: str, after: list[Line] | None = None) -> int:
    """Where a chain ends in its display: where the next one begins."""
    if after is not None and not after:
        return len(tex)
    if after:
        tokens = after[0].chain.sides[0]
        return tokens[0].at if tokens else after[0].chain.links[0].at
    last = line.chain.sides[-1] or []
    end = last[-1].end if last else line.chain.links[-1].end
    rest = re.compile(r"\\\\|,?\s*\\q?quad").search(tex, end)
    return rest.end() if rest else end


def clean(tex: str) -> str:
    """A piece of a display without what only laid out its rows."""
    tex = NOTES.sub("", LAYOUT.sub("", tex))
    out, depth, at = [], 0, 0
    for match in BREAK.finditer(tex):
        mark = match[0]
        depth += (mark == "{" or mark.startswith("\\begin")) - (
            mark == "}" or mark.startswith("\\end{")
        )
        if depth <= 0 and (mark == "&" or mark.startswith("\\\\")):
            out += [tex[at : match.start()], " "]
            at = match.end()
    out.append(tex[at:])
    return ENDS.sub("", ENDS.sub("", "".join(out)))


def balanced(tex: str) -> bool:
    """Whether a piece closes the braces, environments and delimiters that it opens."""
    depth = 0
    for match in re.finditer(r"\\(?:begin|end|left|right)(?![A-Za-z])|\\.|[{}]", tex, re.S):
        mark = match[0]
        depth += (mark in ("{", "\\begin", "\\left")) - (mark in ("}", "\\end", "\\right"))
        if depth < 0:
            return False
    return depth == 0 and bool(tex.strip())


def report(page: Page, claims: tuple[Claim, ...]) -> str:
    """An account for a forum post: what was assumed, what fails and where, in plain text."""
    said = [f"{plain(str(head))}: {spoken(entry)}" for head, entry in page.symbols.items()]
    named = [replace(claim, path=NAME) for claim in claims]
    assumed = f"Taking {'; '.join(said)}.\n\n" if said else ""
    return assumed + report_text([Result(NAME, page, tuple(named))], verbose=True) + "\n"


def spoken(entry: dict[str, Any]) -> str:
    """A declaration in words: vector [K], real."""
    shape = [str(axis) for axis in entry.get("shape", [])]
    kind = ("number", "vector", "matrix", "array")[min(len(shape), 3)]
    where = f" [{', '.join(shape)}]" if shape else ""
    return f"{kind}{where}, {KINDS[entry.get('domain', 'real')]}"


def markdown(text: str, page: Page) -> str:
    """The page as a file that the command line checks to the same verdicts."""
    _, at = front_matter(text, page.path)
    head = ["---", f"title: {json.dumps(page.title or 'A derivation', ensure_ascii=False)}"]
    if page.uses:
        head.append(f"uses: {json.dumps(page.uses)}")
    if page.symbols:
        head.append("symbols:")
    for symbol, entry in page.symbols.items():
        name = "'" + str(symbol).replace("'", "''") + "'"
        shape = ", ".join(map(str, entry.get("shape", [])))
        head.append(f"  {name}: {{shape: [{shape}], domain: {entry.get('domain', 'real')}}}")
    return "\n".join([*head, "---", "", text[at:].strip("\n"), ""])
