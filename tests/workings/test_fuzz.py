"""Any text at all ends in a verdict or a clear error, and none keeps the engine busy for long."""

import random
import re
import signal
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workings import notation as n
from workings.chain import chains
from workings.claim import VERDICTS
from workings.lexer import MAX_LENGTH, lex
from workings.page import Display, PageError, parse, read
from workings.parser import parse as parse_side
from workings.reading import check
from workings.scope import DeclarationError
from workings.token import Unreadable
from workings.tree import Node

ROOT = Path(__file__).parents[2]
# Many times what the slowest takes: only what would never end is this slow.
SECONDS = 20

FRONT = r"""---
symbols:
  o: {shape: [K], domain: real}
  'y': {shape: [K], domain: onehot}
  W: {shape: [M, K], domain: real}
  x: {shape: [M], domain: real}
  A: {shape: [K, K], domain: real}
  t: {shape: [], domain: label}
  s: {shape: [], domain: positive}
---
$$ p_j = \frac{e^{o_j}}{\sum_k e^{o_k}} $$
$$ \sigma(z) = \frac{1}{1 + e^{-z}} $$
"""

NAMES = [*n.GREEK, *n.ACCENTS, *n.UPRIGHT, *n.TEXT, *n.SILENT, *n.SWALLOW, *n.KEEP_LAST, *n.BRACES]
TOKENS = sorted(
    {
        *n.RELATIONS, *n.ARROWS, *n.INFIX, *n.FUNCTIONS, *n.BIG, *n.OPENING, *n.CLOSING,
        *n.UNICODE, *(f"\\{name}" for name in (*NAMES, *n.ARGUMENTS, *n.FUNCTIONS)),
        *(f"\\{edge}{{{name}}}" for edge in ("begin", "end") for name in (*n.LAYOUT, *n.VALUES)),
        "\\partial", "\\nabla", "\\frac", "\\infty", "\\top", "\\langle", "\\rangle", "\\|", "|",
        "\\quad", "\\dots", "\\forall", "\\text{if }", "\\text{otherwise}", "\\mathbb{1}", "\\to",
    }
)  # fmt: skip
PIECES = [
    *"oyWxAtspzijkKMNL", *"0123456789", *"{}{}{}{}", *"^_^_", *"()[]|", *"+-*/=,.'&%~$#@!?", "\\\\",
    "\\", " ", "\n", "{i}", "_{ij}", "^{2}", "^\\top", "_i", "_k", "\\sum_k", "\\sum_{k \\neq i}",
    "\\frac{", "\\frac{\\partial p_j}{\\partial o_i}", "\\delta_{ij}", "e^{", "= ",
    "\\sum_{k=1}^{K}",
]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES) | st.sampled_from(TOKENS), max_size=40).map("".join)
text = soup | st.text(max_size=60) | st.lists(soup | st.text(max_size=5), max_size=5).map("".join)
calm = settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow]
)  # the time limit is the tests' own, so that a slow first run doesn't fail one


class Names:
    """A page that knows three symbols and a function."""

    def rank(self, head, *rest):
        return {"o": 1, "W": 2, "s": 0}.get(head)

    def is_function(self, head, *rest):
        return head == "f"

    def is_label(self, head):
        return False


def nest(opening, closing, depth, inside="o_i"):
    return opening * depth + inside + closing * depth


@cache
def displays():
    """Every display of the site."""
    return [
        display.tex
        for path in sorted((ROOT / "docs").rglob("*.md"))
        for display in read(path).displays
    ]


class Hung(BaseException):
    """Raised out of work that would go on for too long; no handler in its way can stop it."""


def give_up(*_):
    raise Hung


def to_its_end(work, *refusals):
    """Run something that must end; a refusal is an end too."""
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(SECONDS)
    try:
        found, refusal = work(), None
    except refusals as error:
        found, refusal = None, error
    finally:
        signal.alarm(0)
    assert refusal is None or str(refusal)
    return found, refusal


def claims(tex):
    """The claims of a page with one display more."""
    page = parse(f"{FRONT}\n```math\n{tex}\n```\n")
    found, _ = to_its_end(lambda: check(page))
    for claim in found:
        assert claim.verdict in VERDICTS
        assert claim.reason or claim.verdict not in ("unknown", "waived")
        assert claim.witness or claim.verdict != "fails"
    return found


@calm
@given(text)
def test_the_lexer_reads_or_refuses(tex):
    """Tokens lie inside the text, or the place of the error does."""
    tokens, refusal = to_its_end(lambda: lex(tex), Unreadable)
    places = [(token.at, token.end) for token in tokens] if tokens else []
    places += [(refusal.at, refusal.at)] if refusal else []
    assert all(0 <= at <= end <= len(tex) for at, end in places)


@calm
@given(text)
def test_the_parser_reads_or_refuses(tex):
    """Every side of every chain is read into a tree or refused."""
    known = {"o": 1, "W": 2, "s": 0}
    split, _ = to_its_end(lambda: chains(lex(tex), known.__contains__), Unreadable)
    for chain in split or ():
        for side in chain.sides:
            tree, refusal = to_its_end(
                lambda side=side: parse_side(side or [], Names()), Unreadable
            )
            assert isinstance(tree, Node) or refusal


@calm
@given(text)
def test_the_check_ends_in_a_verdict(tex):
    """Token soup on a page ends in verdicts, each with its reason."""
    claims(tex)


@calm
@given(st.data())
def test_a_garbled_display_ends_in_a_verdict(data):
    """A real display with pieces cut out, doubled, swapped or put in ends in verdicts."""
    tex = data.draw(st.sampled_from(displays()))
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    for _ in range(rng.randint(1, 4)):
        a, b = sorted(rng.randint(0, len(tex)) for _ in range(2))
        b = min(b, a + 12)
        piece = rng.choice(
            [tex[a:b] * 2, "", rng.choice(PIECES), tex[b : b + 6], rng.choice(TOKENS)]
        )
        tex = tex[:a] + piece + tex[b:]
    claims(tex)


@calm
@given(text, text)
def test_a_garbled_page_ends_in_a_verdict(front, body):
    """Front matter, comments and dollars in any disorder end in verdicts or in a clear error."""
    symbols, comment = f"symbols:\n  {front}", f"<!-- workings: {body} -->"
    page = f"---\n{symbols}\n---\n{comment}\n$${front}$$ ${body}$ \\[ {front}"
    to_its_end(lambda: check(parse(page)), PageError, DeclarationError)


HOSTILE = {
    "brackets": f"{nest('(', ')', 5000)} = 1",
    "braces": f"{nest('{', '}', 5000)} = 1",
    "fractions": f"{nest(chr(92) + 'frac{', '}{2}', 500)} = 1",
    "powers": f"{nest('s^{', '}', 500, 's')} = 1",
    "roots": f"{nest(chr(92) + 'sqrt{', '}', 500)} = 1",
    "indices": f"{nest('o_{', '}', 500, 'i')} = 1",
    "calls": f"{nest(chr(92) + 'sigma(', ')', 500, 's')} = 1",
    "exponentials": f"{nest(chr(92) + 'exp(', ')', 50, 's')} = 1",
    "derivatives": nest("\\frac{\\partial}{\\partial s} (", ")", 50, "s^9") + " = 1",
    "derivatives of softmax": nest("\\frac{\\partial}{\\partial o_i} ", "", 12, "p_i") + " = 1",
    "bars": "|" * 3000 + "s" + "|" * 3000 + " = 1",
    "open brackets": "(" * 5000 + " = 1",
    "open braces": "{" * 5000 + " = 1",
    "closing braces": "}" * 5000 + " = 1",
    "signs": "-" * 5000 + "s = 1",
    "a long sum": "+".join(["s"] * 5000) + " = 5000 s",
    "a long product": " ".join(["s"] * 3000) + " = s",
    "a long chain": " = ".join(["s"] * 3000),
    "many rows": "s &= s \\\\ " * 1500,
    "many sums": "".join(f"\\sum_{x}" for x in "abcdefgh") + " o_a o_b o_c o_d o_e o_f o_g o_h = 1",
    "many free indices": " ".join(f"o_{x}" for x in "abcdfghijklmnqruvw") + " = 1",
    "a huge sum": "\\sum_{k=1}^{999999999} k = 1",
    "a huge product": "\\prod_{k=1}^{99999999} s = 1",
    "a huge power": "s^{99999999999} = 1",
    "a tower": "9^{9^{9^{9^{9}}}} = 1",
    "a huge number": "9" * 10_000 + " = 1",
    "a long decimal": "0." + "1" * 10_000 + " s = s",
    "a factorial of powers": "(1 + s)^{1000}^{1000} = 1",
    "many cases": "\\begin{cases}" + "s & i = j \\\\ " * 1000 + "\\end{cases} = 1",
    "unended cases": "\\begin{cases} s & i = j \\\\ " * 500,
    "many derivatives": "\\frac{\\partial^{99} s}{\\partial s^{99}} = 1",
    "a definition by itself": "q = q + 1 = q",
    "a function by itself": "g(z) = g(z) + g(g(z))",
    "functions by each other": "g(z) = h(z) \\\\ h(z) = g(z) \\\\ g(s) = 1",
    "growing functions": " \\\\ ".join(
        f"{b}(z) = {a}({a}({a}(z)))" for a, b in pairwise(["\\sigma", *"abcdfghj"])
    ),
    "growing definitions": " \\\\ ".join(
        ["a = s + s", *(f"{b} = {a} {a} {a} {a}" for a, b in pairwise("abcdfghjlmnqr")), "r = s"]
    ),
    "a matrix of matrices": "A A A A A A A A A A = A",
    "a transpose tower": "A" + "^\\top" * 500 + " = A",
    "nulls": "\x00\x01\x02 = \x7f",
    "right to left": "\u202eo_i = o_i\u202c",
    "lone surrogate": "\ud800 = 1",
    "digits of other scripts": "٣ = ३",
    "combining marks": "o\u0301\u0302\u0303 = o" + "\u0301" * 2000,
    "emoji": "🙂 = 🙃",
    "scripts of scripts": "s" + "_i^j" * 1000 + " = 1",
    "primes": "\\sigma" + "'" * 500 + "(s) = 1",
    "a long word": "s" * 19_000 + " = 1",
    "a long number of letters and digits": "s1" * 9_000 + " = 1",
    "too long": "s + " * (MAX_LENGTH // 4 + 1) + "s = 1",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends_in_a_verdict(name):
    """What is deep, long, huge or odd is judged, or refused with a reason."""
    found = claims(HOSTILE[name])
    assert len(found) >= len(FRONT.split("$$")) // 2 + 1


def test_what_is_too_long_says_the_limit():
    """A display over the limit is unknown, and the reason names the limit."""
    last = claims(HOSTILE["too long"])[-1]
    assert last.verdict == "unknown"
    assert re.search(str(MAX_LENGTH), last.reason)


@calm
@given(st.binary(max_size=200))
def test_any_bytes_make_a_page_or_an_error(data):
    """A file of any bytes is a page or a clear error, notebook or not."""
    for name in ("page.md", "page.ipynb"):
        decoded = data.decode("utf-8", "replace")
        to_its_end(lambda name=name, text=decoded: parse(text, name), PageError)


def test_a_display_knows_its_place():
    """A position in a display of several rows is found again as a line and a column."""
    display = Display("a\nbc\ndef", "page.md", 10, 4)
    assert [display.place(i) for i in (0, 2, 3, 5)] == [(10, 4), (11, 1), (11, 2), (12, 1)]
