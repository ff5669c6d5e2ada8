"""How letters are spelled: fonts and accents, words of several letters, text in a formula."""

from __future__ import annotations

from collections.abc import Iterator

from workings import notation as n
from workings.token import Token, Unreadable

KNOWN = n.FUNCTIONS | n.CONDITION_WORDS | n.DEFAULT_WORDS


def styled(font: str, tokens: list[Token]) -> list[Token]:
    """The old font switches, `{\\bf x}`, which reach to the end of their group."""
    solid = [token for token in tokens if token.kind != "space"]
    if not solid or font in ("it",):
        return tokens
    if font in ("bf", "cal"):
        return accented(n.ACCENTS[font], solid, solid[0])
    return upright(solid, solid[0])


def upright(tokens: list[Token], command: Token) -> list[Token]:
    """Upright letters make one word; anything else in an upright font is read as it stands."""
    solid = [token for token in tokens if token.kind != "space"]
    if solid and solid[0].kind == "letter" and all(map(in_name, solid)):
        text = "".join(token.text for token in solid)
        kind = "letter" if len(text) == 1 else "word"
        return [Token(kind, text, command.at, solid[-1].end)]
    if len(solid) == 1 and solid[0].text == "1":
        return [Token("letter", "\\mathbf{1}", command.at, solid[0].end)]
    return tokens


def in_name(token: Token) -> bool:
    """Whether a token may stand in a name of several letters, such as `log1p`."""
    plain = token.kind == "letter" and len(token.text) == 1
    return plain or token.kind == "number" or token.text == "-"


def accented(accent: str, tokens: list[Token], command: Token) -> list[Token]:
    """An accent or a font makes a new letter of the one below it; scripts stay outside."""
    solid = [token for token in tokens if token.kind != "space"]
    if not solid or solid[0].kind not in ("letter", "word", "number"):
        return tokens if accent.startswith("math") else bad_accent(accent, command)
    if accent.startswith("math") and len(solid) > 1 and solid[1].kind in ("letter", "number"):
        return [piece for token in solid for piece in accented(accent, [token], token)]
    if len(solid) > 1 and solid[1].kind not in ("_", "^", "{"):
        if accent.startswith("math"):
            return [accented(accent, [t], t)[0] if t.kind == "letter" else t for t in solid]
        return bad_accent(accent, command)
    letter = Token("letter", f"\\{accent}{{{solid[0].text}}}", command.at, solid[0].end)
    return [letter, *solid[1:]]


def bad_accent(accent: str, command: Token) -> list[Token]:
    raise Unreadable(f"\\{accent} over more than one letter", command.at, command.end)


def words(tokens: list[Token], names: frozenset[str]) -> list[Token]:
    """Join letters that touch into a word where the run spells a known one: `exp`, `if`, a name."""
    longest = max(map(len, (*KNOWN, *names)))
    out: list[Token] = []
    for run in runs(tokens):
        text = "".join(token.text for token in run) if len(run) > 1 else ""
        i = 0
        while i < len(run):
            left = text[i : i + longest + 1]
            size = word_at(left, names) if len(left) > 1 else 0
            if not size:
                out.append(run[i])
                i += 1
                continue
            word = left[:size]
            kind = "keyword" if word in n.WORDS and word not in names else "word"
            out.append(Token(kind, word, run[i].at, run[i + size - 1].end))
            i += size
    return out


def word_at(text: str, names: frozenset[str]) -> int:
    """The length of the known word that a run of letters begins with; a keyword fills the run."""
    for size in range(len(text), 1, -1):
        word = text[:size]
        if word in names or word in n.FUNCTIONS or (word in KNOWN and size == len(text)):
            return size
    return 0


def runs(tokens: list[Token]) -> Iterator[list[Token]]:
    """Tokens one by one, but plain letters that touch together."""
    run: list[Token] = []
    for token in tokens:
        plain = token.kind == "letter" and len(token.text) == 1
        if run and not (plain and run[-1].kind == "letter" and token.at == run[-1].end):
            yield run
            run = []
        if plain:
            run.append(token)
        else:
            yield [token]
    if run:
        yield run
