"""LaTeX in, one readable line of text out: `\\frac{\\partial L}{\\partial o_i}` is ∂L/∂o_i."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from workings import notation as n

MAX_DEPTH = 60

PIECE = re.compile(r"\s+|\\\\(?:\*|\s*\[[^\]]*\])?|\\[A-Za-z]+\*?|\\.|[A-Za-z0-9.]|.", re.S)
SYMBOLS = {
    "partial": "∂", "nabla": "∇", "cdot": " · ",
    "times": " × ", "ast": " ∗ ", "odot": " ⊙ ", "circ": " ∘ ", "otimes": " ⊗ ", "div": " ÷ ",
    "pm": " ± ", "mp": " ∓ ", "top": "⊤", "infty": "∞", "neq": " ≠ ", "ne": " ≠ ", "le": " ≤ ",
    "leq": " ≤ ", "ge": " ≥ ", "geq": " ≥ ", "lt": " < ", "gt": " > ", "approx": " ≈ ",
    "doteq": " ≐ ", "equiv": " ≡ ", "propto": " ∝ ", "sim": " ∼ ", "in": " ∈ ",
    "notin": " ∉ ", "to": " → ", "rightarrow": " → ", "mapsto": " ↦ ",
    "Rightarrow": " ⇒ ", "implies": " ⇒ ", "mid": " | ",
    "vert": "|", "lvert": "|", "rvert": "|", "Vert": "‖", "lVert": "‖", "rVert": "‖", "|": "‖",
    "{": "{", "}": "}", "lbrace": "{", "rbrace": "}", "langle": "⟨", "rangle": "⟩", "%": "%",
    "_": "_", "dots": "…", "ldots": "…", "cdots": "…", "vdots": "⋮", "forall": "∀", "prime": "′",
    "ell": "ℓ", "hbar": "ħ", "Re": "ℜ", "Im": "ℑ", "quad": "  ", "qquad": "  ",
}  # fmt: skip
BIG = {"sum": "Σ", "prod": "∏", "int": "∫"}
MARKS = {
    "hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "vec": "\u20d7", "dot": "\u0307",
    "ddot": "\u0308", "check": "\u030c",
}  # fmt: skip
RAISED = str.maketrans("0123456789+-−⊤T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ᵀᵀ")
GREEK = {"lambda": "lamda", "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi",
         "varsigma": "final sigma", "varrho": "rho"}  # fmt: skip
JOINING = set("+-−=<>≤≥≠≈·×⊙∘⊗±∓∈→/")
# One symbol with its indices and powers, its brackets emptied: it needs none below a bar.
ATOM = re.compile(
    r"([∂d]?([^\W\d_]|\d[\d.]*)[\u0300-\u036f\u20d7′]*|\(\))"
    r"([_^]([^\W_]+|\(\))|[⁰¹²³⁴-⁹⁺⁻ᵀ])*"
)


LOWERED = n.FUNCTIONS | {"lim", "det", "arg", "sup", "inf", "dim"}
CALL = re.compile(rf"\b({'|'.join(sorted(LOWERED))}) (?=\()")


# A site says the same formula in its marks, its messages and its evidence.
@lru_cache(maxsize=5000)
def plain(tex: str) -> str:
    """LaTeX as one line of text; what has no plainer spelling stays as it was typed."""
    pieces = PIECE.findall(tex)
    if not readable(pieces):
        return safe(" ".join(tex.split()))
    return safe(tidy(Speller(pieces).run()))


def safe(text: str) -> str:
    """Text fit for a terminal: control characters, also those that turn text around, are shown."""
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in text)


def readable(pieces: list[str]) -> bool:
    """Whether braces close what they open, and no deeper than anyone writes."""
    depth = 0
    for piece in pieces:
        depth += (piece == "{") - (piece == "}")
        if not 0 <= depth <= MAX_DEPTH:
            return False
    return depth == 0


def tidy(text: str) -> str:
    """Single spaces, none inside brackets."""
    text = re.sub(r"\s+", " ", text).strip()
    text = CALL.sub(r"\1", re.sub(r",(\s?,)+", ",", text))
    text = re.sub(r"([(\[]) | (?=[)\],.;])", r"\1", text)
    return re.sub(r"(?<=[(=≠≤≥<>,:])(\s?)− (?=\S)|^− (?=\S)", r"\1−", text)


class Speller:
    """Goes through the pieces of a formula once, from left to right."""

    def __init__(self, pieces: list[str]) -> None:
        self.pieces, self.i, self.values = pieces, 0, 0

    def run(self) -> str:
        """What stands up to the next closing brace, or to the end."""
        out: list[str] = []
        while self.i < len(self.pieces) and self.pieces[self.i] != "}":
            out.append(self.one())
        return "".join(out)

    def skip(self) -> None:
        while self.i < len(self.pieces) and self.pieces[self.i].isspace():
            self.i += 1

    def take(self) -> str:
        """The next piece that isn't a space; nothing at the end."""
        self.skip()
        self.i += 1
        return self.pieces[self.i - 1] if self.i <= len(self.pieces) else ""

    def argument(self) -> str:
        """The argument of a command: a group, or one piece."""
        self.skip()
        if self.i >= len(self.pieces) or self.pieces[self.i] == "}":
            return ""
        return self.one().strip()

    def raw(self) -> str:
        """The argument of a command, letter for letter."""
        start = self.i
        self.argument()
        return "".join(self.pieces[start : self.i]).strip().removeprefix("{").removesuffix("}")

    def one(self) -> str:
        """One piece with the arguments it takes."""
        piece = self.pieces[self.i]
        self.i += 1
        if piece == "{":
            inner = self.run()
            self.i += 1
            return inner
        if piece in ("_", "^"):
            return script(piece, tidy(self.argument()))
        if piece == "&":
            return ", " if self.values else " "
        if piece.startswith("\\\\"):
            return "; " if self.values else " "
        if piece == "-":
            return "−"
        if piece in "=<>:*":
            return f" {piece} " if piece in "=<>" else piece
        if len(piece) > 1 and piece[0] == "\\":
            return self.command(piece[1:].removesuffix("*"))
        return " " if piece in ("~", "\n") else piece

    def command(self, name: str) -> str:
        """A command with its arguments, by the tables of the notation."""
        if name in ("frac", "dfrac", "tfrac", "cfrac"):
            top, bottom = self.argument(), self.argument()
            return f" {wrapped(top, last=False)}/{wrapped(bottom, last=True)} "
        if name in BIG:
            return f" {BIG[name]}{self.scripts()} "
        if name == "sqrt":
            return f" √({self.argument()}) "
        if name in ("begin", "end"):
            return self.environment(name, self.raw().removesuffix("*"))
        if name in ("left", "right", "middle"):
            mark = self.take()
            return "" if mark == "." else SYMBOLS.get(mark[1:], "") if mark[:1] == "\\" else mark
        if name in ("cr", "newline"):
            return "; " if self.values else " "
        if name == "partial":
            self.skip()
            return "∂"
        if name in n.ACCENTS:
            return accented(n.ACCENTS[name], self.argument())
        if name in n.TEXT:
            return re.sub(r"\$(.*?)\$", lambda m: plain(m[1]), f" {self.raw()} ")
        if name in n.UPRIGHT:
            return worded(self.argument())
        if name in n.BRACES:
            body = self.argument()
            if self.pieces[self.i : self.i + 1] == [n.BRACES[name]]:
                self.i += 1
                self.argument()
            return body
        if name in n.SWALLOW or name in n.KEEP_LAST:
            for _ in range(n.SWALLOW.get(name) or n.KEEP_LAST.get(name, 0)):
                self.raw()
            return self.argument() if name in n.KEEP_LAST else ""
        return letter(name)

    def scripts(self) -> str:
        """The limits that follow, as many as there are."""
        out = ""
        self.skip()
        while self.pieces[self.i : self.i + 1] in (["_"], ["^"]):
            out += self.one()
            self.skip()
        return out

    def environment(self, name: str, which: str) -> str:
        if which not in n.VALUES:
            return " "
        self.values += 1 if name == "begin" else -1
        brackets = ("{", "}") if "cases" in which else ("[", "]")
        return f" {brackets[0]}" if name == "begin" else f"{brackets[1]} "


def letter(name: str) -> str:
    """A command that stands alone: a symbol, a Greek letter, a space, a function's name."""
    if name in SYMBOLS:
        return SYMBOLS[name]
    if name in n.GREEK:
        size = "CAPITAL" if name[0].isupper() else "SMALL"
        spelled = GREEK.get(name, name.lower())
        found = f"GREEK {size} LETTER {'LAMDA' if name == 'Lambda' else spelled.upper()}"
        return lookup(found) or f"\\{name} "
    if name in n.SILENT:
        return "" if name == "!" else " "
    return worded(name) if name.isalpha() and name in LOWERED else f"\\{name} "


def lookup(name: str) -> str:
    """The character of that Unicode name, or nothing."""
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return ""


def worded(name: str) -> str:
    """A name of several letters, kept apart from what stands beside it."""
    return f" {name} " if len(name) > 1 else name


def accented(mark: str, body: str) -> str:
    """A letter under its accent or in its weight, where Unicode has it."""
    if mark in MARKS and body:
        return unicodedata.normalize("NFC", body[0] + MARKS[mark] + body[1:])
    weight = {"mathbf": "MATHEMATICAL BOLD", "mathbb": "MATHEMATICAL DOUBLE-STRUCK"}.get(mark, "")
    if weight and len(body) == 1:
        name = unicodedata.name(body, "").replace("LATIN ", "").replace("GREEK ", "")
        name = f"{weight} {name.replace(' LETTER', '')}"
        bold = {"R": "ℝ", "N": "ℕ", "Z": "ℤ"} if mark == "mathbb" else {}
        return bold.get(body) or lookup(name) or body
    return body


def script(mark: str, body: str) -> str:
    """An index or a power: in brackets where it is more than letters and numbers."""
    body = re.sub(r"\s*([≠=→≤≥<>∈])\s*", r"\1", body)
    if mark == "^" and re.fullmatch(r"[−-]?\d+|⊤|T", body):
        return body.translate(RAISED)
    if mark == "^" and body and set(body) == {"′"}:
        return body
    if not body:
        return mark
    simple = re.fullmatch(r"\w[\u0300-\u036f]*|[^\W_]*(,\s?[^\W_]+)*|\(.*\)", body)
    return f"{mark}{body}" if simple else f"{mark}({body})"


def wrapped(body: str, last: bool) -> str:
    """A part of a fraction, in brackets unless it holds together by itself."""
    body, depth, outer = tidy(body), 0, ""
    for mark in body:
        depth -= mark in ")]"
        outer += mark if depth == 0 else ""
        depth += mark in "(["
    if last:
        return body if ATOM.fullmatch(outer) else f"({body})"
    return f"({body})" if " " in outer or JOINING & set(outer[1:]) else body
