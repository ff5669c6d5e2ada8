"""Entropy, divergence and their gradients against SciPy, mpmath and differences."""

import mpmath
import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from snippets.divergence import (
    both_ways,
    bound,
    divergence,
    entropy,
    gradient,
    own_entropy,
    reverse,
    reverse_gradient,
    split,
)
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import batches, logits, logits_and_label

CHAINS = [split, bound, gradient, reverse]


@st.composite
def logits_and_positive_label(draw, spread=10.0):
    """Draw logits and a label without zeros, both (K,)."""
    o = draw(logits(spread=spread, max_k=8))
    return o, scipy.special.softmax(draw(logits(o.size, spread=5.0)))


def log_softmax(o):
    """Return log softmax written plainly, for real and for complex logits (K,)."""
    o = o - o.real.max()
    return o - np.log(np.sum(np.exp(o)))


def assert_is_gradient(side, loss, o):
    """Compare with two derivatives of a plainly written loss."""
    assert np.shape(side) == o.shape
    assert_allclose(side, complex_step(loss, o), rtol=0, atol=1e-11)
    assert_allclose(side, central_difference(loss, o), rtol=0, atol=1e-6)


@given(logits_and_label())
def test_entropy_and_divergence_agree_with_scipy(sample):
    """Zeros and one-hot labels included, both are what SciPy computes."""
    o, y = sample
    assert_allclose(entropy(y), scipy.stats.entropy(y), rtol=1e-12, atol=1e-15)
    expected = np.sum(scipy.special.rel_entr(y, scipy.special.softmax(o)))
    assert_allclose(divergence(o, y), expected, rtol=1e-9, atol=1e-12)


@given(logits_and_label(spread=1e4))
def test_the_divergence_is_finite_and_not_negative_however_far_the_logits_spread(sample):
    """Where SciPy's probabilities vanish the divergence stays finite, and above zero."""
    with np.errstate(all="raise", under="ignore"):
        D = divergence(*sample)
    assert -1e-12 <= D < 1e5


@given(batches())
def test_both_work_row_by_row(batch):
    """Rows of a batch get the values they would get alone."""
    o, y = batch
    alone = [divergence(*row) for row in zip(o, y, strict=True)]
    assert_allclose(divergence(o, y), alone, rtol=1e-13, atol=1e-15)
    assert_allclose(entropy(y), [entropy(row) for row in y], rtol=1e-13, atol=1e-15)


def test_a_small_divergence_keeps_its_digits():
    """Two distributions a millionth apart differ by what fifty digits say, not by rounding."""
    o = np.array([2.0, 1.0, 0.1])
    with mpmath.workdps(50):
        y = scipy.special.softmax(o + 1e-3 * np.array([1.0, -1.0, 0.5]))
        e = [mpmath.exp(mpmath.mpf(x)) for x in o]
        shares = [mpmath.mpf(share) for share in y]
        terms = [a * mpmath.log(a * sum(e) / b) for a, b in zip(shares, e, strict=True)]
        exact = float(sum(terms))
    assert 0 < exact < 1e-5
    assert_allclose(divergence(o, y), exact, rtol=0, atol=1e-15)


@given(logits_and_positive_label())
def test_every_side_of_the_split_is_the_divergence(sample):
    """Each side is SciPy's relative entropy."""
    o, y = sample
    sides = list(split(o, y))
    assert len(sides) == 3
    expected = np.sum(scipy.special.rel_entr(y, scipy.special.softmax(o)))
    assert_allclose(sides, expected, rtol=1e-11, atol=1e-11)


@given(logits_and_positive_label())
def test_the_bound_rises_once(sample):
    """The sides before the inequality are minus the divergence, those after it zero."""
    o, y = sample
    first, second, *rest = bound(o, y)
    assert len(rest) == 3
    expected = -np.sum(scipy.special.rel_entr(y, scipy.special.softmax(o)))
    assert_allclose([first, second], expected, rtol=1e-11, atol=1e-11)
    assert_allclose(rest, 0, atol=1e-13)
    assert second <= rest[0] + 1e-13


@given(logits_and_positive_label())
def test_every_side_is_the_gradient_of_the_divergence(sample):
    """Each side is the derivative by two oracles."""
    o, y = sample
    sides = list(gradient(o, y))
    assert len(sides) == 4
    for side in sides:
        assert_is_gradient(side, lambda o: np.sum(y * (np.log(y) - log_softmax(o))), o)


@given(logits_and_positive_label())
def test_every_side_is_the_gradient_of_the_reverse_divergence(sample):
    """Each side, and the function to copy, is the derivative by two oracles."""
    o, y = sample
    sides = [*reverse(o, y), reverse_gradient(o, y)]
    assert len(sides) == 6

    def loss(o):
        return np.sum(np.exp(log_softmax(o)) * (log_softmax(o) - np.log(y)))

    for side in sides:
        assert_is_gradient(side, loss, o)
        assert_allclose(np.sum(side), 0, atol=1e-11)


@given(logits(spread=10, max_k=8))
def test_every_side_is_the_gradient_of_the_entropy_of_the_output(o):
    """Each side is the derivative by two oracles."""
    sides = list(own_entropy(o))
    assert len(sides) == 3
    for side in sides:
        assert_is_gradient(side, lambda o: -np.sum(np.exp(log_softmax(o)) * log_softmax(o)), o)


@given(logits(spread=10, max_k=8))
def test_against_a_uniform_label_the_reverse_gradient_is_that_of_minus_the_entropy(o):
    """With all shares equal the two gradients are opposites."""
    uniform = np.full(o.size, 1 / o.size)
    *_, last = own_entropy(o)
    assert_allclose(reverse_gradient(o, uniform), -last, rtol=0, atol=1e-13)


def test_the_two_directions_have_different_gradients():
    """Taking one divergence for the other is a mistake that shows."""
    o, y = np.array([2.0, 1.0, 0.1]), np.array([0.1, 0.2, 0.7])
    *_, forward = gradient(o, y)
    assert np.abs(forward - reverse_gradient(o, y)).max() > 0.1


@given(logits_and_positive_label())
def test_the_table_shows_both_gradients(sample):
    """The columns are the label, the probabilities and the gradients of both directions."""
    o, y = sample
    label, p, forward, backward = both_ways(o, y).values()
    assert_allclose(label, y)
    assert_allclose(p, scipy.special.softmax(o), rtol=1e-12)
    assert_allclose(forward, next(gradient(o, y)), rtol=0, atol=1e-11)
    assert_allclose(backward, next(reverse(o, y)), rtol=0, atol=1e-11)


def test_a_class_given_up_gets_almost_no_slope_backwards():
    """Where p is tiny the reverse gradient is tiny, and the forward one calls for the share."""
    o, y = np.array([0.0, 0.0, -40.0]), np.array([0.1, 0.1, 0.8])
    assert abs(reverse_gradient(o, y)[2]) < 1e-14
    assert list(gradient(o, y))[-1][2] < -0.79


@pytest.mark.parametrize("f", [*CHAINS, reverse_gradient, both_ways])
@pytest.mark.parametrize(
    ("o", "y", "message"),
    [
        ([1.0, np.nan], [0.5, 0.5], r"^o must be finite.*shape \(2,\)"),
        ([1.0, 2.0], [0.5, 0.25, 0.25], r"^y must have the shape \(2,\).*shape \(3,\)"),
        ([1.0, 2.0], [0.5, 0.6], r"^y must sum to 1.*shape \(2,\)"),
        ([1.0, 2.0], [0.0, 1.0], r"^y must not hold a 0.*shape \(2,\)"),
    ],
)
def test_malformed_samples_and_zeros_are_refused(f, o, y, message):
    """What takes the logarithm of a label refuses a zero in it, and any malformed sample."""
    with pytest.raises(ValueError, match=message):
        list(f(o, y))


@pytest.mark.parametrize("f", [lambda y: entropy(y), lambda y: divergence([1.0, 2.0], y)])
@pytest.mark.parametrize(
    ("y", "message"),
    [([0.5, 0.6], r"^y must sum to 1"), ([-1, 2], r"^y must not be negative")],
)
def test_a_malformed_label_is_refused(f, y, message):
    """Entropy and divergence are of distributions alone."""
    with pytest.raises(ValueError, match=message):
        f(y)
