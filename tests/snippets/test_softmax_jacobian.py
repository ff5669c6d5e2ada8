"""The Jacobian of softmax: every side of every chain against both oracles."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from numpy.testing import assert_allclose

from snippets.softmax import softmax
from snippets.softmax_jacobian import (
    different,
    kronecker,
    matrix,
    quotient,
    row_sum,
    same,
    softmax_jacobian,
)
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import logits

FULL = {"quotient": (quotient, 3), "kronecker": (kronecker, 4), "matrix": (matrix, 2)}
STEPPERS = [quotient, same, different, kronecker, matrix, row_sum]


def assert_agrees(side, part, o):
    """Hold one side against the same part of the Jacobian by each oracle."""
    assert_allclose(side, part(central_difference(softmax, o)), atol=1e-7)
    assert_allclose(side, part(complex_step(softmax, o)), rtol=1e-9, atol=1e-15)


def off_diagonal(jacobian):
    """Blank the diagonal, which the second case says nothing about."""
    return np.where(np.eye(len(jacobian), dtype=bool), np.nan, jacobian)


@given(logits(max_k=8))
def test_the_jacobian_is_the_derivative(o):
    """The matrix to copy is what both oracles find."""
    assert_agrees(softmax_jacobian(o), lambda jacobian: jacobian, o)


@pytest.mark.parametrize("name", FULL)
@given(o=logits(max_k=8))
def test_every_side_of_a_full_chain_is_the_jacobian(name, o):
    """Each side over all pairs of output and input is the whole Jacobian."""
    stepper, count = FULL[name]
    sides = list(stepper(o))
    assert len(sides) == count
    for side in sides:
        assert_agrees(side, lambda jacobian: jacobian, o)


@given(logits(max_k=8))
def test_every_side_of_the_first_case_is_the_diagonal(o):
    """Each side for an output and its own logit is the diagonal."""
    sides = list(same(o))
    assert len(sides) == 7
    for side in sides:
        assert_agrees(side, np.diag, o)


@given(logits(max_k=8))
def test_every_side_of_the_second_case_is_the_rest(o):
    """Each side for an output and another logit is the rest, and claims no diagonal."""
    sides = list(different(o))
    assert len(sides) == 6
    for side in sides:
        assert_agrees(side, off_diagonal, o)


@given(logits(max_k=8))
def test_every_side_of_the_row_sum_is_zero(o):
    """Each side of the chain that adds up a row is zero for every output."""
    sides = list(row_sum(o))
    assert len(sides) == 4
    for side in sides:
        assert np.shape(side) == o.shape
        assert_allclose(side, 0, atol=1e-12)


@settings(max_examples=3, deadline=None)
@given(logits(k=1000))
def test_a_thousand_classes_agree(o):
    """With a thousand classes the sides of every chain still agree with the complex step."""
    jacobian = complex_step(softmax, o)
    for stepper, part in [
        (quotient, jacobian),
        (same, np.diag(jacobian)),
        (different, off_diagonal(jacobian)),
        (kronecker, jacobian),
        (matrix, jacobian),
        (row_sum, np.zeros(1000)),
    ]:
        for side in stepper(o):
            assert_allclose(side, part, rtol=1e-9, atol=1e-13)


def test_sympy_differentiates_to_the_same_matrix():
    """Computer algebra, given only the definition, finds the same Jacobian exactly."""
    o = sympy.symbols("o1:4", real=True)
    p = sympy.Matrix([sympy.exp(a) / sum(map(sympy.exp, o)) for a in o])
    point = [sympy.Rational(2), sympy.Rational(1), sympy.Rational(1, 10)]
    exact = p.jacobian(o).subs(dict(zip(o, point, strict=True)))
    assert_allclose(softmax_jacobian([2.0, 1.0, 0.1]), np.array(exact.evalf(30), float), rtol=1e-13)


def test_one_class_never_moves():
    """With a single class the only entry is zero."""
    assert softmax_jacobian([5.0]) == 0


@given(logits())
def test_the_jacobian_is_symmetric_with_a_positive_diagonal(o):
    """The matrix equals its transpose; nothing on its diagonal, and no more, is positive."""
    jacobian = softmax_jacobian(o)
    np.testing.assert_array_equal(jacobian, jacobian.T)
    assert (np.diag(jacobian) >= 0).all()
    assert (jacobian - np.diag(np.diag(jacobian)) <= 0).all()


@pytest.mark.parametrize("f", [softmax_jacobian, *STEPPERS], ids=lambda f: f.__name__)
@pytest.mark.parametrize("o", [3.0, [], [[1.0, 2.0]], [np.nan], [np.inf, 0.0]], ids=str)
def test_what_is_not_one_finite_vector_is_refused(f, o):
    """Everything here takes one sample, and names `o` and its shape when refusing."""
    with pytest.raises(ValueError, match=r"^o must .*shape \("):
        list(f(o))
