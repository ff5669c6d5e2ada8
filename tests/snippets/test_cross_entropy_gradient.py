"""The gradient and its derivations against SciPy, central differences and a complex step."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from snippets.cross_entropy_gradient import (
    any_weights,
    divisible_softmax,
    gradient,
    one_sum,
    through_p,
    two_sums,
    without_softmax,
)
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import LARGE, batches, logits, logits_and_label

CHAINS = {one_sum: 8, two_sums: 8, through_p: 9, without_softmax: 4}
chains = pytest.mark.parametrize("chain", CHAINS)


def plain_loss(o, y):
    """Return the loss from exponentials alone, for real and for complex logits (K,)."""
    o = o - o.real.max()
    return -np.sum(y * (o - np.log(np.sum(np.exp(o)))))


def assert_is_gradient(side, o, y):
    """Compare with SciPy's softmax less the label, and with two derivatives of a plain loss."""
    assert np.shape(side) == o.shape
    assert_allclose(side, scipy.special.softmax(o) - y, rtol=0, atol=1e-12)
    assert_allclose(side, complex_step(lambda o: plain_loss(o, y), o), rtol=0, atol=1e-12)
    assert_allclose(side, central_difference(lambda o: plain_loss(o, y), o), rtol=0, atol=1e-7)


@chains
@given(sample=logits_and_label(max_k=8))
def test_every_side_is_the_gradient(chain, sample):
    """Each side of each derivation is the gradient that three oracles find."""
    o, y = sample
    sides = list(chain(o, y))
    assert len(sides) == CHAINS[chain]
    for side in sides:
        assert_is_gradient(side, o, y)


@chains
@pytest.mark.parametrize("offset", [0.0, 1e6, -1e6])
def test_every_side_holds_for_a_thousand_classes(chain, offset):
    """The derivations agree for K = 1000, with a soft label and far from zero."""
    rng = np.random.default_rng(0)
    o = rng.normal(scale=5, size=LARGE) + offset
    y = rng.dirichlet(np.ones(LARGE))
    for side in chain(o, y):
        assert_allclose(side, scipy.special.softmax(o) - y, rtol=0, atol=1e-12)


@given(logits_and_label())
def test_the_gradient_sums_to_zero(sample):
    """What all classes together gain and lose comes to nothing."""
    assert_allclose(gradient(*sample).sum(), 0, atol=1e-12)


@given(logits_and_label(max_k=8))
def test_the_gradient_to_copy_is_the_gradient(sample):
    """The function readers copy returns what three oracles find."""
    o, y = sample
    assert_is_gradient(gradient(o, y), o, y)


@given(batches())
def test_the_gradient_works_row_by_row(batch):
    """Rows of a batch get the gradients they would get alone."""
    o, y = batch
    alone = [gradient(row, label) for row, label in zip(o, y, strict=True)]
    assert_allclose(gradient(o, y), alone, rtol=0, atol=1e-15)


@given(logits_and_label(spread=1e4))
def test_the_gradient_is_finite_however_far_the_logits_spread(sample):
    """The last row never overflows and never leaves the range from -1 to 1."""
    assert (np.abs(gradient(*sample)) <= 1).all()


@given(logits(max_k=8), st.data())
def test_every_side_with_weights_is_the_gradient(o, data):
    """For weights of any sign and sum, each side is the derivative of the weighted loss."""
    w = np.array(data.draw(st.lists(st.floats(-5, 5), min_size=o.size, max_size=o.size)))
    sides = list(any_weights(o, w))
    assert len(sides) == 3
    for side in sides:
        assert_allclose(side, complex_step(lambda o: plain_loss(o, w), o), rtol=0, atol=1e-11)
        assert_allclose(side, central_difference(lambda o: plain_loss(o, w), o), atol=1e-6)


@given(logits(max_k=8), st.floats(-3, 3))
def test_without_a_sum_of_one_the_last_row_is_off(o, total):
    """With weights of another sum, p - w misses by p times what the sum has above one."""
    w = np.full(o.size, total / o.size)
    p = scipy.special.softmax(o)
    *_, side = any_weights(o, w)
    assert_allclose(side - (p - w), p * (total - 1), rtol=0, atol=1e-12)


@given(logits_and_label(max_k=8))
def test_weights_that_are_a_label_give_the_gradient(sample):
    """With a label for weights, the weighted chain ends in the gradient."""
    o, y = sample
    *_, side = any_weights(o, y)
    assert_allclose(side, gradient(o, y), rtol=0, atol=1e-12)


@chains
@pytest.mark.parametrize(
    ("o", "y", "message"),
    [
        ([1.0, np.nan], [0, 1], r"^o must be finite.*shape \(2,\)"),
        ([1.0, np.inf], [0, 1], r"^o must be finite.*shape \(2,\)"),
        ([[1.0, 2.0]], [[0, 1]], r"^o must be 1-dimensional.*shape \(1, 2\)"),
        ([], [], r"^o must not be empty.*shape \(0,\)"),
        ([1.0, 2.0], [0, 1, 0], r"^y must have the shape \(2,\).*shape \(3,\)"),
        ([1.0, 2.0], [0.5, 0.6], r"^y must sum to 1.*shape \(2,\)"),
        ([1.0, 2.0], [-1, 2], r"^y must not be negative.*shape \(2,\)"),
        ([1.0, 2.0], [0, np.nan], r"^y must be finite.*shape \(2,\)"),
    ],
)
def test_malformed_samples_are_refused(chain, o, y, message):
    """The derivations refuse malformed logits and labels by name and shape."""
    with pytest.raises(ValueError, match=message):
        list(chain(o, y))


@pytest.mark.parametrize(
    ("o", "y", "message"),
    [
        ([[1.0, np.nan]], [[0, 1]], r"^o must be finite.*shape \(1, 2\)"),
        (1.0, 1.0, r"^o must have an axis.*shape \(\)"),
        ([[1.0, 2.0]], [0, 1], r"^y must have the shape \(1, 2\).*shape \(2,\)"),
        ([[1.0, 2.0]], [[1, 1]], r"^y must sum to 1.*shape \(1, 2\)"),
    ],
)
def test_the_gradient_refuses_malformed_batches(o, y, message):
    """The function readers copy refuses malformed arguments by name and shape."""
    with pytest.raises(ValueError, match=message):
        gradient(o, y)


@pytest.mark.parametrize(
    ("o", "w", "message"),
    [
        ([1.0, 2.0], [1.0], r"^w must have the shape \(2,\).*shape \(1,\)"),
        ([1.0, 2.0], [1.0, np.nan], r"^w must be finite.*shape \(2,\)"),
        ([np.nan, 2.0], [1.0, 1.0], r"^o must be finite.*shape \(2,\)"),
    ],
)
def test_malformed_weights_are_refused(o, w, message):
    """The weighted chain refuses malformed weights by name and shape."""
    with pytest.raises(ValueError, match=message):
        list(any_weights(o, w))


@pytest.mark.parametrize("chain", [one_sum, two_sums, through_p])
def test_a_row_that_divides_by_p_refuses_a_vanishing_p(chain):
    """Where 1 / p can't be computed the chain says so instead of yielding NaN."""
    with pytest.raises(ValueError, match=r"^o must lie closer.*spread of 800 in shape \(2,\)"):
        list(chain([0.0, 800.0], [1.0, 0.0]))


@pytest.mark.parametrize("spread", [100.0, 200.0])
@pytest.mark.parametrize("chain", CHAINS)
def test_every_side_holds_up_to_that_point(chain, spread):
    """The smallest probability that is let through still gives the right gradient."""
    o, y = np.array([spread, 0.0, spread]), np.array([0.25, 0.5, 0.25])
    for side in chain(o, y):
        assert_allclose(side, scipy.special.softmax(o) - y, rtol=0, atol=1e-12)


def test_the_refusal_uses_the_name_it_is_given():
    """A page with another letter for the logits reads that letter in the message."""
    with pytest.raises(ValueError, match=r"^z must lie closer"):
        divisible_softmax(np.array([0.0, 800.0]), name="z")
