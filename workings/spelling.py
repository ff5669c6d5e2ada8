"""How letters are spelled: fonts and accents, words of several letters, text in a formula."""

from __future__ import annotations

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
    if solid and all((t.kind == "letter" and len(t.text) == 1) or t.text == "-" for t in solid):
        text = "".join(token.text for token in solid)
        kind = "letter" if len(text) == 1 else "word"
        return [Token(kind, text, command.at, solid[-1].end)]
    if len(solid) == 1 and solid[0].text == "1":
        return [Token("letter", "\\mathbf{1}", command.at, solid[0].end)]
    return tokens


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
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        j = i
        if tokens[i].kind != "letter":
            out.append(tokens[i])
            i += 1
            continue
        while j < len(tokens) and tokens[j].kind == "letter" and len(tokens[j].text) == 1:
            if j > i and not (tokens[j].near and tokens[j].at == tokens[j - 1].end):
                break
            j += 1
        run = "".join(token.text for token in tokens[i:j])
        sizes = range(len(run), 1, -1)
        size = next((k for k in sizes if run[:k] in KNOWN or run[:k] in names), 0)
        if size and (size == len(run) or run[:size] in names or run[:size] in n.FUNCTIONS):
            text = run[:size]
            kind = "keyword" if text in n.WORDS and text not in names else "word"
            out.append(Token(kind, text, tokens[i].at, tokens[i + size - 1].end))
            i += size
        else:
            out.append(tokens[i])
            i += 1
    return out
