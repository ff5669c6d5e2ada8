"""TeX to SVG."""

import re

import pytest

from workings.mathjax import MathError, render, with_outlines


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{\partial L}{\partial o_i} = p_i - y_i",
        r"\begin{align} a &= b \\ &= c \end{align}",
        r"\begin{cases} 1 & \text{if } i = j \\ 0 & \text{otherwise} \end{cases}",
        r"\operatorname{diag}(\mathbf{p}) - \mathbf{p}\mathbf{p}^\top",
        r"\textcolor{red}{p_k} \overset{*}{=} \underbrace{x}_{=1} \boxed{y} \cancel{z}",
        r"\boldsymbol{\delta} \triangleq \mathbb{R} \tag{1}",
    ],
)
@pytest.mark.parametrize("display", [True, False])
def test_draws_and_speaks(tex: str, display: bool) -> None:
    """What authors write comes out as a drawing, and as MathML to be read aloud."""
    formula = render(tex, display)
    assert formula.svg.startswith("<svg ")
    assert 'aria-hidden="true"' in formula.svg
    assert formula.mathml.startswith("<math ")
    assert formula.width > 0


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        (r"\nosuchmacro{x}", r"Undefined control sequence \\nosuchmacro"),
        (r"\frac{1", "Missing close brace"),
        (r"\begin{align} x", r"\\begin{align}.*\\end{align}|Missing \\end"),
        (r"\left( x", r"\\left|\\right"),
        ("x_1_2", "subscript"),
    ],
)
def test_refuses(tex: str, message: str) -> None:
    """TeX that MathJax can't read raises its message, and draws no error into the page."""
    with pytest.raises(MathError, match=message):
        render(tex)


def test_goes_on_after_an_error() -> None:
    """A formula that fails leaves the process fit for the next one."""
    with pytest.raises(MathError):
        render(r"\brokenonce")
    assert render("z_9").width > 0


@pytest.mark.parametrize("tex", [r"\newcommand{\mine}{x} \mine", r"\def\mine{x} \mine"])
def test_refuses_to_define(tex: str) -> None:
    """A formula can't define a macro, which would change the ones drawn after it."""
    with pytest.raises(MathError, match="Undefined control sequence"):
        render(tex)


@pytest.mark.parametrize("tex", [r"a = b \\ = c", r"a &= b \\ &= c"])
def test_rows_without_an_environment(tex: str) -> None:
    """A display with rows is drawn in rows, even where no environment says so."""
    height = re.compile(r"; height: ([\d.]+)ex")
    one, two = height.search(render("a = b", True).svg), height.search(render(tex, True).svg)
    assert one
    assert two
    assert float(two[1]) > 2 * float(one[1])


def test_rows_inside_an_environment_stay_as_they_are() -> None:
    """Rows in an environment, or in braces, aren't wrapped once more."""
    tex = r"x = \begin{cases} a & b \\ c & d \end{cases}"
    assert render(tex, True).mathml.count("<mtable") == 1


def test_outlines_are_shared() -> None:
    """A page holds each glyph's outline once, however often and deep its formulas use it."""
    page = with_outlines("".join(render(tex).svg for tex in ("x", "x + x", r"\frac{x}{x}")))
    used = set(re.findall(r'href="#([^"]+)"', page))
    held = re.findall(r'<path id="([^"]+)"', page)
    assert sorted(used) == sorted(held)
    assert with_outlines(page) == page


def test_no_formula_no_outlines() -> None:
    """A page without a formula is left as it is."""
    assert with_outlines("<p>words</p>") == "<p>words</p>"
