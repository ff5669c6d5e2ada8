"""Sums, products and maxima with what stands under and over them."""

from __future__ import annotations

from workings import notation as n
from workings import tree as t
from workings.cursor import TERM, Names, primed, spell, split_items
from workings.letter import LetterReader
from workings.token import Token, Unreadable


class FoldReader(LetterReader):
    """Reads big operators."""

    def is_sum(self) -> bool:
        """Whether a capital sigma is a sum: no symbol of the page, with an index and a body."""
        if self.names.rank("\\Sigma") is not None or self.i + 1 >= len(self.tokens):
            return False
        if self.tokens[self.i + 1].text != "_":
            return False
        here, self.i = self.i, self.i + 2
        name = spell("\\Sigma", self.script())
        if self.skip("^"):
            self.script()
        found = self.starts(self.i) and self.names.rank(name) is None
        self.i = here
        return found

    def big(self, token: Token) -> t.Node:
        """A sum, product or maximum with its limits; its body is the term that follows."""
        name, subs, upper = n.BIG.get(token.text, "sum"), None, None
        while self.next.text in ("_", "^"):
            if self.take().text == "_":
                subs = self.script()
            else:
                upper = self.nested(self.script())
        if subs is None and name in ("max", "min"):
            return self.call(Token("word", name, token.at, token.end), name, (), [], 0)
        if subs is None:
            raise Unreadable(f"this {name} has no index", token.at, token.end)
        letters, lower, tests, over = self.limits(subs)
        if self.next.text in ("-", "+") or self.starts(self.i):
            body = self.expression(TERM)
        else:
            raise Unreadable(f"this {name} has nothing to run over", token.at, token.end)
        return t.Big(name, letters, lower, upper, tests, body, over, at=token.at, end=self.end())

    def limits(self, tokens: list[Token]) -> tuple[tuple[str, ...], t.Node | None,
                                                   tuple[t.Comparison, ...], str]:  # fmt: skip
        """What stands under a sum: letters, a lower limit, conditions, a set."""
        if tokens and tokens[0].text == "\\substack":
            tokens = tokens[2:-1]
        tokens = primed(tokens)
        letters: list[str] = []
        lower, tests, over = None, [], ""
        for item in split_items(tokens):
            first = item[0]
            if first.kind != "letter":
                raise Unreadable(f"I can't read {first.text} under a sum", first.at, first.end)
            relation = next((i for i, x in enumerate(item) if x.kind == "relation"), None)
            if relation is None:
                if any(x.kind != "letter" for x in item):
                    raise Unreadable("a sum's index is a letter", first.at, item[-1].end)
                letters += [x.text for x in item]
                continue
            sign, right = n.RELATIONS[item[relation].text], item[relation + 1 :]
            if not right:
                raise Unreadable("a limit is missing", first.at, first.end)
            if relation == 1 and first.text not in letters:
                letters.append(first.text)
            if sign == "∈":
                over = right[0].text if len(right) == 1 and right[0].kind == "letter" else "?"
            elif sign == "=" and lower is None and is_limit(right, self.names):
                lower = self.nested(right)
            else:
                left = self.again(item[:relation]).index_list(item[:relation])[0]
                tests += [t.Comparison(sign, left, other, at=first.at, end=item[-1].end)
                          for other in self.index_list(right)]  # fmt: skip
        if not letters:
            raise Unreadable("a sum needs an index letter", tokens[0].at if tokens else 0)
        return tuple(letters), lower, tuple(tests), over


def is_limit(tokens: list[Token], names: Names) -> bool:
    """Whether `j = …` under a sum is a lower limit; a letter there is a condition instead."""
    return not (len(tokens) == 1 and tokens[0].kind == "letter") and not (
        tokens[0].kind == "letter" and names.is_label(tokens[0].text)
    )
