"""Conditions, and the values that stand under them: cases, indicators, tables."""

from __future__ import annotations

import itertools
from fractions import Fraction

from workings import notation as n
from workings import tree as t
from workings.cursor import DOTS, split_items
from workings.indices import IndexReader
from workings.token import Token, Unreadable

MAX_CASES = 20


class ConditionReader(IndexReader):
    """Reads comparisons, and what depends on them."""

    def comparisons(self) -> tuple[t.Comparison, ...]:
        """The comparisons of a condition; words around them and whole ranges say nothing more."""
        out: list[t.Comparison] = []
        for item in split_items([x for x in self.tokens if x.kind not in ("&", "remark")]):
            item = [x for x in item if x.kind != "keyword" and x.text not in (".", ";")]
            places = [i for i, x in enumerate(item) if x.kind == "relation"]
            if not places or any(x.text in DOTS for x in item):
                continue
            bounds = [-1, *places, len(item)]
            parts = [item[a + 1 : b] for a, b in itertools.pairwise(bounds)]
            if not all(parts):
                raise Unreadable("half of this condition is missing", item[0].at, item[-1].end)
            for place, left, right in zip(places, parts, parts[1:], strict=False):
                relation = n.RELATIONS[item[place].text]
                if relation == "∈":
                    continue
                if relation not in ("=", "≠", "<", ">", "≤", "≥"):
                    raise Unreadable("a condition compares", item[place].at, item[place].end)
                out.append(t.Comparison(relation, self.nested(left), self.nested(right),
                                        at=left[0].at, end=right[-1].end))  # fmt: skip
        return tuple(out)

    def compares_ahead(self) -> bool:
        """Whether a bracket follows that holds a condition: `\\mathbb{1}\\{i = j\\}`."""
        if self.next.text not in ("\\{", "[", "("):
            return False
        start = self.i
        inside = self.inside(self.take())
        self.i = start
        return any(token.kind == "relation" for token in inside)

    def indicator(self, token: Token, subs: list[Token] | None = None) -> t.Node:
        """`1_{i=j}`, `\\mathbb{1}\\{i=j\\}`, and a vector of ones where nothing follows."""
        if subs is None and self.skip("_"):
            subs = self.script()
        if subs is None:
            subs = self.inside(self.take())
        if subs and subs[0].text == "\\{":
            subs = subs[1:-1]
        if not any(x.kind == "relation" for x in subs) and self.next.text == "(":
            value = self.index_list(self.inside(self.take()))[0]
            member = self.index_list(subs)[0]
            test = t.Comparison("=", value, member, at=token.at, end=self.end())
            return self.truth((test,), token)
        if not any(x.kind == "relation" for x in subs):
            return t.Symbol("\\mathbf{1}", at=token.at, end=self.end())
        return self.truth(self.again(subs).comparisons(), token)

    def truth(self, tests: tuple[t.Comparison, ...], start: Token) -> t.Node:
        """One where all tests hold, else zero."""
        one, zero = t.Literal(Fraction(1), "1"), t.Literal(Fraction(0), "0")
        return t.Cases(((one, tests), (zero, ())), start.text, at=start.at, end=self.end())

    def values(self, opening: Token) -> list[list[Token]]:
        """The rows of an environment, as tokens."""
        out: list[list[Token]] = [[]]
        depth = 1
        while self.i < len(self.tokens):
            token = self.take()
            depth += (token.kind == "begin") - (token.kind == "end")
            if depth == 0:
                return [row for row in out if any(x.kind != "&" for x in row)]
            if token.kind == "row" and depth == 1:
                out.append([])
            else:
                out[-1].append(token)
        raise Unreadable(f"\\begin{{{opening.text}}} is never ended", opening.at, opening.end)

    def cases(self, opening: Token) -> t.Node:
        branches = []
        rows = self.values(opening)
        if len(rows) > MAX_CASES:
            raise Unreadable(f"cases may have {MAX_CASES} rows", opening.at, opening.end)
        for row in rows:
            cut = next((i for i in range(len(row)) if ends_value(row, i)), len(row))
            if not row[:cut]:
                raise Unreadable("a case without a value", row[0].at)
            branches.append((self.nested(row[:cut]), self.again(row[cut:]).comparisons()))
        if not branches:
            raise Unreadable("cases with no case in them", opening.at, self.end())
        return t.Cases(tuple(branches), at=opening.at, end=self.end())

    def table(self, opening: Token) -> t.Node:
        if opening.text in ("vmatrix", "Vmatrix"):
            raise Unreadable("determinants are not read", opening.at, opening.end)
        rows = []
        for row in self.values(opening):
            cells: list[list[Token]] = [[]]
            for token in row:
                if token.kind == "&":
                    cells.append([])
                else:
                    cells[-1].append(token)
            if not all(cells):
                raise Unreadable("an empty cell in a matrix", row[0].at)
            rows.append(tuple(self.nested(cell) for cell in cells))
        return t.Table(tuple(rows), at=opening.at, end=self.end())


def ends_value(row: list[Token], i: int) -> bool:
    """Whether the value of a case ends before a token: a column, a comma, or a word."""
    depth = sum((x.text in "({[") - (x.text in ")}]") for x in row[:i] if len(x.text) == 1)
    return depth == 0 and (row[i].kind in ("&", "keyword", "remark") or row[i].text == ",")
