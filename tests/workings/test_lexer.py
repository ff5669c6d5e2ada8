"""LaTeX in, tokens out: what is kept, what is presentation, and the limits."""

import pytest

from workings.lexer import MAX_LENGTH, holds_relation, lex
from workings.token import Unreadable

TOKENS = [
    ("s a", "s a"),
    ("2.5 s", "2.5 s"),
    (".5s", ".5 s"),
    (r"\alpha\beta", r"\alpha \beta"),
    ("p_k", "p _ k"),
    ("p_{k}", "p _ { k }"),
    ("{s}", "s"),
    (r"\left( s \right)", "( s )"),
    (r"\bigl( s \bigr)", "( s )"),
    (r"s \, a \; s \! a", "s a s a"),
    (r"\textcolor{red}{s}", "s"),
    (r"{\color{red} s}", "s"),
    (r"\boxed{s} \tag{1} \label{eq}", "s"),
    (r"\cancel{s}", "s"),
    (r"\underbrace{s}_{x}", "s"),
    (r"\hat y", r"\hat{y}"),
    (r"\hat{y}", r"\hat{y}"),
    (r"\mathbf x", r"\mathbf{x}"),
    (r"\boldsymbol{x}", r"\mathbf{x}"),
    (r"\bm{x}", r"\mathbf{x}"),
    (r"{\bf x}", r"\mathbf{x}"),
    (r"\mathrm{softmax}", "softmax"),
    (r"\operatorname{diag}", "diag"),
    (r"\text{loss}", "loss"),
    ("exp log", "exp log"),
    (r"\exp\log", "exp log"),
    ("loss", "l o s s"),
    (r"\frac12", r"\frac { 1 } { 2 }"),
    (r"\frac{1}{2}", r"\frac { 1 } { 2 }"),
    (r"\sqrt s", r"\sqrt { s }"),
    ("s−a", "s - a"),
    ("s·a", r"s \cdot a"),
    ("∂L", r"\partial L"),
    ("f''", "f ''"),
    ("s % said so\n a", "s a"),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "expected"), [pytest.param(*row, id=row[0]) for row in TOKENS])
def test_the_tokens(tex, expected):
    """Each spelling comes down to one normal form, and presentation to nothing."""
    assert " ".join(token.text for token in lex(tex)) == expected


def test_a_declared_word_is_one_token():
    """Letters in a row are letters, unless the page declares the word they spell."""
    assert [token.text for token in lex("loss s", frozenset({"loss"}))] == ["loss", "s"]


@pytest.mark.parametrize(
    "tex", [r"\frac{\partial L}{\partial o_i} = p_i", r"s \textcolor{red}{+ a}"]
)
def test_a_token_knows_its_place(tex):
    """A token points at the source it was read from."""
    for token in lex(tex):
        assert tex[token.at : token.end].strip() or token.text in "{}"


REFUSED = [
    ("{", "never closed", 0),
    ("s + {a", "never closed", 4),
    ("s}", "closes nothing", 1),
    (r"\frac{1}", "lacks its argument", 0),
    (r"s \hat", "lacks its argument", 2),
    (r"\begin{picture}", "environment picture", 0),
    (r"\hat{ab}", "more than one letter", 0),
    ("{" * 100, "nested deeper than", 60),
]


@pytest.mark.parametrize(("tex", "says", "at"), REFUSED)
def test_a_refusal(tex, says, at):
    """What is no LaTeX is refused at the place where it goes wrong."""
    with pytest.raises(Unreadable, match=says) as caught:
        lex(tex)
    assert caught.value.at == at


def test_the_limit_on_length():
    """A display at the limit is read; one character more is refused."""
    assert len(lex("s+" * (MAX_LENGTH // 2))) == MAX_LENGTH
    with pytest.raises(Unreadable, match=str(MAX_LENGTH)):
        lex("s+" * (MAX_LENGTH // 2) + "s")


RELATIONS = [
    ("s = a", True),
    (r"s \neq a", True),
    (r"s \leq a", True),
    (r"\sum_{k=1}^K o_k", False),
    (r"\mathbb{1}_{i=j}", False),
    ("p_i - y_i", False),
    (r"\frac{s}{a}", False),
]


@pytest.mark.parametrize(("tex", "expected"), RELATIONS)
def test_what_holds_a_relation(tex, expected):
    """A relation counts at the top level only: not below a sum, not in an index."""
    assert holds_relation(tex) is expected
