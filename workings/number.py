"""Kinds of number: floats, exact rationals, and decimals of high precision."""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

DIGITS = 50
# Exponents that 32-bit Python has as well, since the engine runs in browsers too.
CONTEXT = decimal.Context(prec=DIGITS, Emax=10**8, Emin=-(10**8))


@dataclass(frozen=True)
class Kind:
    """A kind of number: how it is made of a rational, and its functions."""

    make: Callable[[Fraction], Any]
    functions: Mapping[str, Callable[..., Any]]


def sign(x: Any) -> int:
    return int(x > 0) - int(x < 0)


def functions(exp: Callable[[Any], Any], log: Callable[[Any], Any], sqrt: Callable[[Any], Any],
              one: Any) -> dict[str, Callable[..., Any]]:  # fmt: skip
    """Every function of the notation, built from four."""

    def tanh(x: Any) -> Any:
        small = exp(-2 * abs(x))
        return (one - small) / (one + small) * sign(x)

    return {
        "exp": exp, "log": log, "sqrt": sqrt, "tanh": tanh, "abs": abs, "max": max, "min": min,
        "sign": lambda x: one * sign(x),
        "expm1": lambda x: exp(x) - one, "log1p": lambda x: log(one + x),
        "log2": lambda x: log(x) / log(one * 2), "log10": lambda x: log(x) / log(one * 10),
        "sinh": lambda x: (exp(x) - exp(-x)) / 2, "cosh": lambda x: (exp(x) + exp(-x)) / 2,
        "sech": lambda x: 2 / (exp(x) + exp(-x)),
        "sigmoid": lambda x: one / (one + exp(-x)),
        "softplus": lambda x: log(one + exp(x)),
        "relu": lambda x: x if x > 0 else x * 0,
    }  # fmt: skip


def series(start: int) -> Callable[[Decimal], Decimal]:
    """Sine (from 1) and cosine (from 0) by their power series, for small arguments."""

    def at(x: Decimal) -> Decimal:
        term = x if start else Decimal(1)
        total, k = term, start
        while abs(term) > Decimal(10) ** -(DIGITS + 5):
            k += 2
            term = -term * x * x / (k * (k - 1))
            total += term
        return total

    return at


DECIMAL_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")
TRIGONOMETRY: dict[str, Callable[[Decimal], Decimal]] = {"sin": series(1), "cos": series(0)}
FLOAT = Kind(float, functions(math.exp, math.log, math.sqrt, 1.0) | {
    "tanh": math.tanh, "sin": math.sin, "cos": math.cos, "tan": math.tan, "expm1": math.expm1,
    "log1p": math.log1p})  # fmt: skip
PRECISE = Kind(
    lambda x: Decimal(x.numerator) / Decimal(x.denominator),
    functions(Decimal.exp, Decimal.ln, Decimal.sqrt, Decimal(1))
    | TRIGONOMETRY
    | {"tan": lambda x: TRIGONOMETRY["sin"](x) / TRIGONOMETRY["cos"](x)},
)
EXACT = Kind(lambda x: x, {"abs": abs, "max": max, "min": min, "sign": sign})
