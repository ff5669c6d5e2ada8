"""Exact derivatives, held against mpmath's numerical ones at fifty digits."""

import mpmath
import pytest

from tests.values import value
from workings.derivative import RULES
from workings.notation import ELEMENTWISE

FUNCTIONS = {
    "exp": mpmath.exp, "log": mpmath.log, "sqrt": mpmath.sqrt, "tanh": mpmath.tanh,
    "sinh": mpmath.sinh, "cosh": mpmath.cosh, "sin": mpmath.sin, "cos": mpmath.cos,
    "tan": mpmath.tan, "sech": mpmath.sech, "abs": abs, "sign": mpmath.sign,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "relu": lambda x: max(x, 0), "expm1": mpmath.expm1, "log1p": mpmath.log1p,
    "log2": lambda x: mpmath.log(x, 2), "log10": mpmath.log10,
}  # fmt: skip


def written(name):
    return f"\\operatorname{{{name}}}" if name not in ("log2", "log10") else f"\\log_{{{name[3:]}}}"


def test_every_function_of_one_value_has_a_rule():
    """What the notation knows, the table differentiates, and the table here holds it to."""
    assert set(RULES) >= ELEMENTWISE
    assert set(FUNCTIONS) == ELEMENTWISE


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_rule(name):
    """Each rule of the table gives the slope of its function, at the value of s."""
    found, v = value(rf"\frac{{\partial}}{{\partial s}} {written(name)}(s)")
    with mpmath.workdps(50):
        slope = mpmath.diff(FUNCTIONS[name], mpmath.mpf(v.s))
    assert float(found) == pytest.approx(float(slope), rel=1e-12, abs=1e-14)


BY_S = [
    ("s^3", lambda s: s**3),
    ("s^s", lambda s: s**s),
    ("2^s", lambda s: mpmath.mpf(2) ** s),
    (r"\frac{s}{1 + s^2}", lambda s: s / (1 + s**2)),
    (r"\frac{1}{s}", lambda s: 1 / s),
    ("s (s + 1) (s + 2)", lambda s: s * (s + 1) * (s + 2)),
    (r"\log(1 + e^{-s})", lambda s: mpmath.log(1 + mpmath.exp(-s))),
    (r"\sin(s^2) \cos s", lambda s: mpmath.sin(s**2) * mpmath.cos(s)),
    (r"\sigma(s)^2", lambda s: (1 + mpmath.exp(-s)) ** -2),
    (r"\sqrt{1 + s^2}", lambda s: mpmath.sqrt(1 + s**2)),
    (r"\prod_{k=1}^{K} (s + k + 0 o_k)", lambda s: (s + 1) * (s + 2) * (s + 3)),
    (r"\max(s, s^2)", lambda s: max(s, s**2)),
    (r"e^{e^s}", lambda s: mpmath.exp(mpmath.exp(s))),
]


@pytest.mark.parametrize(("tex", "function"), [pytest.param(*row, id=row[0]) for row in BY_S])
@pytest.mark.parametrize("order", [1, 2])
def test_a_derivative(tex, function, order):
    """First and second derivatives of what is put together of the rules."""
    power = f"^{order}" if order > 1 else ""
    found, v = value(rf"\frac{{\partial{power}}}{{\partial s{power}}} \left( {tex} \right)")
    with mpmath.workdps(50):
        slope = mpmath.diff(function, mpmath.mpf(v.s), order)
    assert float(found) == pytest.approx(float(slope), rel=1e-12, abs=1e-14)


def test_a_defined_symbol_is_held_as_the_variable():
    """By a defined symbol, a derivative does not look below it: p is free of o there."""
    found, v = value(r"\frac{\partial L}{\partial p_i} + 0 y_i")
    assert found == pytest.approx(-v.y / v.p)
    below, _ = value(r"\frac{\partial o_j}{\partial p_i} + 0 y_i y_j")
    assert not below.any()
