"""Sigmoid, binary cross-entropy and softmax of two against SciPy, mpmath and differences."""

import mpmath
import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from snippets.binary import (
    binary_cross_entropy,
    binary_gradient,
    difference,
    from_logit,
    gradient,
    lost_in_loss,
    lost_in_slope,
    mirror,
    opposite,
    sigmoid,
    slope,
)
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import logits

ordinary = st.floats(-15, 15, allow_subnormal=False)
shares = st.floats(0, 1, allow_subnormal=False)
hard = pytest.mark.parametrize("z", [0.0, 1e-300, -1e-8, 36.0, -40.0, 700.0, -745.0, 1e4, -1e4])

SIGMOID_CHAINS = [mirror, slope, lost_in_slope]
LOSS_CHAINS = [gradient, lost_in_loss, from_logit]


def plain_loss(z, y):
    """Return the loss from the definition, for real and for complex logits."""
    q = 1 / (1 + np.exp(-z))
    return -y * np.log(q) - (1 - y) * np.log(1 - q)


@hard
def test_the_sigmoid_is_right_to_the_last_digits_and_never_warns(z):
    """Far out and near zero the sigmoid is what fifty digits give, without a warning."""
    with mpmath.workdps(50), np.errstate(over="raise", invalid="raise"):
        assert_allclose(sigmoid(z), float(1 / (1 + mpmath.exp(-mpmath.mpf(z)))), rtol=1e-15)


@pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
@hard
def test_the_loss_is_right_to_the_last_digits_and_never_warns(z, y):
    """Far out and near zero the loss is what fifty digits give, without a warning."""
    with mpmath.workdps(400), np.errstate(over="raise", invalid="raise"):
        exact = mpmath.log1p(mpmath.exp(z)) - mpmath.mpf(y) * mpmath.mpf(z)
        assert_allclose(binary_cross_entropy(z, y), float(exact), rtol=1e-14, atol=1e-320)


@given(st.lists(ordinary, min_size=1, max_size=6))
def test_the_sigmoid_agrees_with_scipy_on_any_shape(z):
    """Entry by entry the sigmoid is SciPy's, whatever the shape."""
    for shaped in (np.array(z), np.array(z)[None, :], z[0]):
        assert np.shape(sigmoid(shaped)) == np.shape(shaped)
        assert_allclose(sigmoid(shaped), scipy.special.expit(shaped), rtol=1e-15)


@given(ordinary)
def test_every_side_of_the_mirror_is_the_other_probability(z):
    """Each side is the sigmoid of the opposite logit."""
    sides = list(mirror(z))
    assert len(sides) == 5
    for side in sides:
        assert_allclose(side, scipy.special.expit(-z), rtol=0, atol=1e-15)


@given(ordinary)
def test_every_side_of_the_slope_is_the_derivative(z):
    """Each side is the derivative of the sigmoid by two oracles."""
    sides = list(slope(z))
    assert len(sides) == 6
    for side in sides:
        assert_allclose(side, complex_step(lambda z: 1 / (1 + np.exp(-z)), z), atol=1e-15)
        assert_allclose(side, central_difference(scipy.special.expit, z), atol=1e-9)


@given(ordinary, shares)
def test_every_side_of_the_gradient_is_the_derivative(z, y):
    """Each side is the derivative of the loss by two oracles, for any label from 0 to 1."""
    sides = [*gradient(z, y), binary_gradient(z, y)]
    assert len(sides) == 6
    # One rounding of q is this much of what q lacks to 1.
    rounding = 4 * np.finfo(float).eps * (1 + np.exp(abs(z)))
    for side in sides:
        assert_allclose(side, scipy.special.expit(z) - y, rtol=0, atol=rounding)
        assert_allclose(side, complex_step(lambda z: plain_loss(z, y), z), rtol=0, atol=rounding)
        smooth = central_difference(lambda z: np.logaddexp(0, z) - y * z, z)
        assert_allclose(side, smooth, rtol=0, atol=1e-8)


@given(ordinary, shares)
def test_every_side_in_the_logit_is_the_loss(z, y):
    """Each side without the sigmoid is the loss."""
    sides = [*from_logit(z, y), binary_cross_entropy(z, y)]
    assert len(sides) == 6
    for side in sides:
        assert_allclose(side, np.logaddexp(0, z) - y * z, rtol=1e-12, atol=1e-12)


@given(st.floats(-5, 5))
def test_without_the_minus_of_the_exponent_the_slope_is_turned_round(z):
    """The slipped sides agree with each other and are the opposite of the slope."""
    true, *wrong = lost_in_slope(z)
    assert len(wrong) == 2
    for side in wrong:
        assert_allclose(side, -true, rtol=1e-12)
        assert abs(side - true) > 1e-2


@given(st.floats(-5, 5), st.floats(0, 0.9))
def test_without_the_minus_of_the_logarithm_the_gradient_is_off(z, y):
    """The slipped sides agree with each other and miss by twice the share of the second class."""
    true, *wrong = lost_in_loss(z, y)
    assert len(wrong) == 3
    for side in wrong:
        assert_allclose(side - true, -2 * (1 - y) * scipy.special.expit(z), rtol=0, atol=1e-12)
        assert abs(side - true) > 1e-4


@given(st.floats(-5, 5))
def test_that_slip_hides_from_the_first_class(z):
    """With the label at one every side is the true slope."""
    for side in lost_in_loss(z, 1.0):
        assert_allclose(side, scipy.special.expit(z) - 1, rtol=0, atol=1e-12)


@given(logits(k=2))
def test_every_side_of_softmax_of_two_is_a_sigmoid(o):
    """Each side is the first of SciPy's two probabilities, and the other order is the second."""
    sides = list(difference(o))
    assert len(sides) == 4
    first, second = scipy.special.softmax(o)
    for side in sides:
        assert_allclose(side, first, rtol=1e-12)
    assert_allclose(sigmoid(o[1] - o[0]), second, rtol=1e-12)


@given(logits(k=2), shares)
def test_every_side_of_the_second_slope_is_the_derivative(o, y):
    """Each side is the second entry of the two-class gradient, and the opposite of the first."""

    def loss(o):
        o = o - o.real.max()
        return np.log(np.sum(np.exp(o))) - y * o[0] - (1 - y) * o[1]

    sides = list(opposite(o, y))
    assert len(sides) == 4
    for side in sides:
        assert_allclose([-side, side], complex_step(loss, o), rtol=0, atol=1e-12)
        assert_allclose([-side, side], central_difference(loss, o), rtol=0, atol=1e-7)


@given(ordinary, shares)
def test_the_gradient_of_one_logit_is_that_of_two(z, y):
    """The single slope is the first of the two that softmax of (z, 0) has."""
    p = scipy.special.softmax([z, 0.0])
    assert_allclose(binary_gradient(z, y), p[0] - y, rtol=0, atol=1e-14)


@pytest.mark.parametrize("f", [sigmoid, *SIGMOID_CHAINS])
@pytest.mark.parametrize("z", [np.nan, np.inf, "a"])
def test_a_malformed_logit_is_refused(f, z):
    """A logit that is no finite number is refused by name."""
    with pytest.raises(ValueError, match=r"^z must "):
        list(np.atleast_1d(f(z)) if f is sigmoid else f(z))


@pytest.mark.parametrize("f", SIGMOID_CHAINS)
@pytest.mark.parametrize("z", [16.0, [1.0, 2.0]])
def test_a_chain_takes_one_number_that_it_can_divide_by(f, z):
    """A chain with fractions refuses a logit so large that its rows would lose their digits."""
    with pytest.raises(ValueError, match=r"^z must be one number from -15 to 15"):
        list(f(z))


@pytest.mark.parametrize("f", [*LOSS_CHAINS, binary_cross_entropy, binary_gradient])
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (1.5, r"^y must lie between 0 and 1; got 1.5"),
        (-0.5, r"^y must lie between 0 and 1"),
        (np.nan, r"^y must lie between 0 and 1"),
        ([0.0, 1.0], r"^y must have the shape \(\) of the logits; got shape \(2,\)"),
        (1j, r"^y must hold real numbers; got complex128"),
    ],
)
def test_a_malformed_label_is_refused(f, y, message):
    """A label must be a real number from 0 to 1 in the shape of the logits."""
    with pytest.raises(ValueError, match=message):
        list(
            np.atleast_1d(f(1.0, y)) if f in (binary_cross_entropy, binary_gradient) else f(1.0, y)
        )


@pytest.mark.parametrize("o", [[1.0], [1.0, 2.0, 3.0]])
def test_softmax_of_two_takes_two_logits(o):
    """Any other number of logits is refused with its shape."""
    with pytest.raises(ValueError, match=r"^o must hold two logits; got shape"):
        list(difference(np.array(o)))
    with pytest.raises(ValueError, match=r"^o must hold two logits; got shape"):
        list(opposite(np.array(o), 1.0))
