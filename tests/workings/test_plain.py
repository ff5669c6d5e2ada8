"""LaTeX as readable text, and what of it must not reach a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workings.plain import plain

PAIRS = [
    (r"\hat{y}", "ŷ"),
    (r"\mathbf{W}", "𝐖"),
    (r"\frac{\partial L}{\partial o_i}", "∂L/∂o_i"),
    (r"\frac{e^{o_j}}{\sum_k e^{o_k}}", "e^(o_j)/(Σ_k e^(o_k))"),
    (r"\frac{a}{2n\sigma^2}", "a/(2nσ²)"),
    (r"\frac{1}{(1 + e^{-x})^2}", "1/(1 + e^(−x))²"),
    (r"- \sum_{k \neq i} -p_k\,y_k", "−Σ_(k≠i) −p_k y_k"),
    (r"\sum_{n=1}^N\ell_n", "Σ_(n=1)^N ℓ_n"),
    (r"y^{(n)}_{j}", "y^(n)_j"),
    (r"w_{j \to o}", "w_(j→o)"),
    (r"p_{t_n}", "p_(t_n)"),
    (r"A^\top B^{-1}", "Aᵀ B⁻¹"),
    (r"\left( 1 - p_i \right)", "(1 − p_i)"),
    (r"\log(p) + \operatorname{diag}(p)", "log(p) + diag(p)"),
    (r"y_j\log p_j", "y_j log p_j"),
    (r"\textcolor{red}{p_k}", "p_k"),
    (r"\underbrace{a + b}_{\text{the sum}} = c", "a + b = c"),
    (r"\begin{cases} 1 & \text{if } i = j \\ 0 & \text{if } i \neq j \end{cases}",
     "{1, if i = j; 0, if i ≠ j }"),
    (r"\lambda \Delta \varsigma", "λ Δ ς"),
    ("Σ y = 1", "Σ y = 1"),
    (r"\unheardof{x}", "\\unheardof x"),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "expected"), PAIRS)
def test_latex_as_text(tex, expected):
    """Each piece of notation has the spelling a reader would give it in plain text."""
    assert plain(tex).replace("{ ", "{") == expected


@pytest.mark.parametrize("tex", ["{", "}", "}}{{", "\\frac{", "{" * 5000, "{" * 900 + "}" * 900])
def test_unbalanced_or_very_deep_latex_stays_as_it_is(tex):
    """What can't be told apart is shown as it was typed."""
    assert plain(tex) == tex


MARKS = ["{", "}", "_", "^", "\\frac", "\\left", "\\right", "\\begin", "\\end", "{cases}", "&",
         "\\\\", "a", " ", "\\text", "\\underbrace", "\\textcolor", "\\sum", "\\hat", "\\mathbf",
         "\\partial", "\\sqrt", "$", "(", ")", "1", "\x1b", "\u202e", "\n"]  # fmt: skip


@given(st.lists(st.sampled_from(MARKS), max_size=30).map("".join))
def test_any_latex_becomes_one_safe_line(tex):
    """Whatever is typed comes out as one line without control characters."""
    found = plain(tex)
    assert not {"\n", "\x1b", "\u202e"} & set(found)
