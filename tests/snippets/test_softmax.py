"""Softmax and its logarithm against SciPy; its chains against themselves and two derivatives."""

import math

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from snippets.derivative import derivative
from snippets.softmax import log_softmax, logarithm, shift, softmax, total
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import batches, logits

STEPPERS = [total, logarithm, lambda o: shift(o, 0.5)]
NAMES = ["total", "logarithm", "shift"]


@given(logits())
def test_softmax_agrees_with_scipy(o):
    """Softmax and its logarithm are SciPy's, on hard logits too."""
    assert_allclose(softmax(o), scipy.special.softmax(o), rtol=1e-12)
    assert_allclose(log_softmax(o), scipy.special.log_softmax(o), rtol=1e-12, atol=1e-12)


@given(batches())
def test_a_batch_is_taken_row_by_row(batch):
    """Each row of a batch gets the softmax it would get alone."""
    o, _ = batch
    assert_allclose(softmax(o), [softmax(row) for row in o], rtol=1e-12)
    assert_allclose(log_softmax(o), [log_softmax(row) for row in o], rtol=1e-12, atol=1e-15)


@given(logits())
def test_outputs_are_probabilities(o):
    """Every output lies above zero and at most at one, and together they are one."""
    p = softmax(o)
    assert (p > 0).all()
    assert (p <= 1).all()
    assert_allclose(p.sum(), 1, rtol=1e-12)


def test_one_class_gets_everything():
    """With a single class the output is exactly one."""
    assert softmax([-3.0]) == 1
    assert log_softmax([-3.0]) == 0


def test_ties_share_alike():
    """Equal logits get exactly equal probabilities."""
    p = softmax([1e6, 1e6, 0.0, 1e6])
    assert p[0] == p[1] == p[3]


def test_distant_logits_neither_overflow_nor_warn():
    """A spread of 20000 gives zeros and a one, and finite logarithms."""
    o = np.array([1e4, 0.0, -1e4])
    assert_allclose(softmax(o), [1, 0, 0])
    assert_allclose(log_softmax(o), [0, -1e4, -2e4])


@given(logits(spread=1e4))
def test_the_logarithm_is_finite_where_softmax_underflows(o):
    """The logarithm stays finite, and is never positive, however far the logits spread."""
    log_p = log_softmax(o)
    assert np.isfinite(log_p).all()
    assert (log_p <= 0).all()


@given(logits(offsets=False), st.floats(-100, 100))
def test_every_side_of_the_shift_chain_agrees(o, c):
    """A shift comes out of softmax row by row, whatever the shift."""
    sides = list(shift(o, c))
    assert len(sides) == 5
    for side in sides:
        assert_allclose(side, scipy.special.softmax(o), rtol=1e-9, atol=1e-300)


@given(logits())
def test_every_side_of_the_sum_is_one(o):
    """Each side of the chain that adds up the outputs is one."""
    sides = list(total(o))
    assert len(sides) == 4
    for side in sides:
        assert_allclose(side, 1, rtol=1e-12)


@given(logits())
def test_every_side_of_the_logarithm_chain_agrees(o):
    """Each side of the logarithm's chain is SciPy's log-softmax."""
    sides = list(logarithm(o))
    assert len(sides) == 4
    for side in sides:
        assert_allclose(side, scipy.special.log_softmax(o), rtol=1e-9, atol=1e-12)


@given(logits(max_k=8))
def test_the_complex_step_is_the_derivative(o):
    """The derivative shown on the pages is the one that both oracles find."""
    for f in (softmax, log_softmax):
        found = derivative(f, o)
        assert found.shape == (o.size, o.size)
        assert_allclose(found, central_difference(f, o), atol=1e-7)
        assert_allclose(found, complex_step(f, o), rtol=1e-12, atol=1e-15)


def test_the_derivative_puts_outputs_first():
    """Of a function from two numbers to three, the derivative has three rows and two columns."""
    a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    for differentiate in (derivative, central_difference, complex_step):
        assert_allclose(differentiate(lambda x: a @ x, [0.3, 0.7]), a, rtol=1e-8)


def test_the_derivative_of_a_matrix_keeps_its_axes():
    """Of a number that depends on a matrix, the derivative has the matrix's shape."""
    x = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    for differentiate in (derivative, central_difference, complex_step):
        assert_allclose(differentiate(lambda x: np.sum(np.exp(x)), x), np.exp(x), rtol=1e-8)


@given(logits(max_k=8))
def test_rows_and_columns_of_the_derivative_sum_to_zero(o):
    """What some outputs gain the others lose, and a shift moves none of them."""
    for differentiate in (central_difference, complex_step):
        found = differentiate(softmax, o)
        assert_allclose(found.sum(axis=0), 0, atol=1e-7)
        assert_allclose(found.sum(axis=1), 0, atol=1e-7)


@pytest.mark.parametrize("f", [softmax, log_softmax])
@pytest.mark.parametrize("o", [3.0, [], [np.nan], [1.0, np.inf]], ids=str)
def test_malformed_logits_are_refused(f, o):
    """Softmax and its logarithm refuse what has no class axis, is empty or is not finite."""
    with pytest.raises(ValueError, match=r"^o must .*shape \("):
        f(o)


@pytest.mark.parametrize("stepper", STEPPERS, ids=NAMES)
@pytest.mark.parametrize("o", [3.0, [], [[1.0, 2.0]], [np.nan]], ids=str)
def test_steppers_refuse_what_is_not_one_finite_vector(stepper, o):
    """A stepper takes one sample and refuses a batch by its shape."""
    with pytest.raises(ValueError, match=r"^o must .*shape \("):
        next(stepper(o))


def test_log_softmax_keeps_its_digits_beside_zero():
    """Where one class has nearly all the probability, its logarithm is still right."""
    found = log_softmax(np.array([40.0, 0.0]))[0]
    assert found == pytest.approx(-math.log1p(math.exp(-40.0)), rel=1e-14, abs=0)
