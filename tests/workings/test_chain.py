"""Displays in, chains out: the layouts people use, and what is a condition or a remark."""

import pytest

from workings.chain import chains
from workings.lexer import lex
from workings.token import Unreadable

KNOWN = set("oypLsa")

# A display, and for each of its chains: the relations, then how many conditions there are.
LAYOUTS = [
    ("s = a", [("=", 0)]),
    ("s = a = s", [("==", 0)]),
    ("s = a,", [("=", 0)]),
    ("s = a.", [("=", 0)]),
    ("s < a", [("<", 0)]),
    (r"s \le a \leq s", [("≤≤", 0)]),
    ("0 < s \\leq 1", [("<≤", 0)]),
    (r"s \neq a", [("≠", 0)]),
    (r"s \approx 0.5", [("≈", 0)]),
    (r"s := a", [(":=", 0)]),
    (r"s \equiv a", [(":=", 0)]),
    (r"s = a \\ = s", [("==", 0)]),
    (r"s = a \\ a = s", [("=", 0), ("=", 0)]),
    ("s &= a \\\\\n&= s", [("==", 0)]),
    (r"\begin{aligned} s &= a \\ &= s \end{aligned}", [("==", 0)]),
    (r"\begin{align*} s &= a \\[6pt] &= s \end{align*}", [("==", 0)]),
    (r"\begin{split} s &= a \\* &= s \end{split}", [("==", 0)]),
    (r"\begin{gather} s = a \\ a = s \end{gather}", [("=", 0), ("=", 0)]),
    (r"\begin{equation} s = a \label{x} \end{equation}", [("=", 0)]),
    (r"\begin{array}{rcl} s &=& a \\ &=& s \end{array}", [("==", 0)]),
    (r"\begin{eqnarray} s &=& a \\ &=& s \end{eqnarray}", [("==", 0)]),
    (r"s = a + {} \\ &\quad + s", [("=", 0)]),
    (r"s = a \\ + s", [("=", 0)]),
    (r"s = \\ a", [("=", 0)]),
    (r"s = a, \quad i = j", [("=", 1)]),
    (r"s = a \quad \text{if } i \neq j", [("=", 1)]),
    (r"s = a \text{ for all } i \neq j", [("=", 1)]),
    (r"s = a, \forall i", [("=", 1)]),
    (r"s = a \qquad a = s", [("=", 0), ("=", 0)]),
    (r"s = a, \quad a = s", [("=", 0), ("=", 0)]),
    (r"s = a \implies a = s", [("=", 0), ("=", 0)]),
    (r"s = a \text{ and } a = s", [("=", 0), ("=", 0)]),
    (r"s = \begin{cases} a & i = j \\ s & i \neq j \end{cases}", [("=", 0)]),
    (r"s = \sum_{k=1}^{K} a", [("=", 0)]),
    (r"s = [i = j]", [("=", 0)]),
    (r"= a", [("=", 0)]),
    (r"= a = s", [("==", 0)]),
    (r"s", []),
    (r"\frac{s}{a}", []),
    (r"s \in \mathbb{R}^{K}", []),
]


def shown(tex):
    found = chains(lex(tex), KNOWN.__contains__)
    return [("".join(link.relation for link in x.links), len(x.conditions)) for x in found]


@pytest.mark.parametrize(("tex", "expected"), [pytest.param(*row, id=row[0]) for row in LAYOUTS])
def test_a_layout(tex, expected):
    """Rows, commas, words and arrows part a display where a reader would part it."""
    assert shown(tex) == expected


def test_a_chain_that_goes_on_has_no_first_side():
    """A display that begins with a relation leaves its first side to the display above."""
    (chain,) = chains(lex("= a = s"), KNOWN.__contains__)
    assert chain.sides[0] is None
    assert [side[0].text for side in chain.sides[1:]] == ["a", "s"]


def test_a_link_knows_its_place():
    """Each relation points at where it stands in the source."""
    tex = r"\begin{aligned} s &= a \\ &\leq o \end{aligned}"
    (chain,) = chains(lex(tex), KNOWN.__contains__)
    assert [tex[link.at : link.end] for link in chain.links] == ["=", "\\leq"]


REFUSED = [
    (r"s = a, \quad a s", "what this adds"),
    (r"\begin{foo} s = a \end{foo}", "environment foo"),
    (r"s = {a", "never closed"),
    (r"s = a}", "closes nothing"),
]


@pytest.mark.parametrize(("tex", "says"), REFUSED)
def test_a_refusal(tex, says):
    """What can't be parted into sides is refused, and the reason says why."""
    with pytest.raises(Unreadable, match=says):
        shown(tex)
