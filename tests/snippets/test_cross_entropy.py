"""Cross-entropy against SciPy; its chains against themselves and two derivatives."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from numpy.testing import assert_allclose

from snippets.cross_entropy import (
    cross_entropy,
    from_logits,
    log_derivative,
    mean,
    mean_cross_entropy,
)
from snippets.softmax import log_softmax
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import batches, logits, logits_and_label


def scipy_loss(o, y):
    """Return the loss by SciPy's own log-softmax and product."""
    return -(y * scipy.special.log_softmax(o, axis=-1)).sum(axis=-1)


@given(logits_and_label())
def test_the_loss_agrees_with_scipy(sample):
    """The loss of a sample is the one SciPy's log-softmax gives."""
    o, y = sample
    assert_allclose(cross_entropy(o, y), scipy_loss(o, y), rtol=1e-9, atol=1e-12)


@given(logits_and_label())
def test_the_loss_is_entropy_plus_divergence(sample):
    """The loss is the label's entropy plus its divergence from softmax, by SciPy's functions."""
    o, y = sample
    p = scipy.special.softmax(o)
    expected = scipy.special.entr(y).sum() + scipy.special.rel_entr(y, p).sum()
    assert_allclose(cross_entropy(o, y), expected, rtol=1e-9, atol=1e-12)


@given(logits_and_label(spread=1e4))
def test_the_loss_is_finite_and_never_negative(sample):
    """However far the logits spread, the loss is a finite number from zero up."""
    loss = cross_entropy(*sample)
    assert np.isfinite(loss)
    assert loss >= 0


@pytest.mark.parametrize("t", range(3))
def test_a_one_hot_label_picks_one_logarithm(t):
    """With a one-hot label the loss is minus the log-probability of the true class."""
    o = np.array([2.0, 1.0, 0.1])
    assert cross_entropy(o, np.eye(3)[t]) == -log_softmax(o)[t]


@given(batches())
def test_a_batch_is_the_mean_of_its_samples(batch):
    """The loss of a batch is the mean of its samples' losses."""
    o, y = batch
    losses = [cross_entropy(row, label) for row, label in zip(o, y, strict=True)]
    assert_allclose(cross_entropy(o, y), losses, rtol=1e-9, atol=1e-12)
    assert_allclose(mean_cross_entropy(o, y), np.mean(losses), rtol=1e-9, atol=1e-12)


@given(logits_and_label())
def test_every_side_in_the_logits_is_the_loss(sample):
    """Each side of the chain that leaves only logits is the loss."""
    o, y = sample
    sides = list(from_logits(o, y))
    assert len(sides) == 5
    for side in sides:
        assert_allclose(side, scipy_loss(o, y), rtol=1e-9, atol=1e-9)


@given(logits(max_k=8))
def test_every_side_of_the_logarithm_is_its_derivative(o):
    """Each side for the derivative of log p is what both oracles find."""
    sides = list(log_derivative(o))
    assert len(sides) == 4
    for side in sides:
        assert_allclose(side, central_difference(log_softmax, o), atol=1e-7)
        assert_allclose(side, complex_step(log_softmax, o), rtol=1e-9, atol=1e-12)


@given(batches())
def test_every_side_of_the_mean_is_the_batch_loss(batch):
    """Each side of the chain for N samples is the mean of SciPy's losses."""
    o, y = batch
    sides = list(mean(o, y))
    assert len(sides) == 3
    for side in sides:
        assert_allclose(side, scipy_loss(o, y).mean(), rtol=1e-9, atol=1e-9)


@given(logits_and_label(max_k=8))
def test_the_loss_can_be_differentiated_both_ways(sample):
    """The loss takes a complex step, and the slopes agree with central differences."""
    o, y = sample

    def loss(o):
        return cross_entropy(o, y)

    assert_allclose(complex_step(loss, o), central_difference(loss, o), atol=1e-7)


@pytest.mark.parametrize("f", [cross_entropy, lambda o, y: list(from_logits(o, y))])
@pytest.mark.parametrize(
    ("o", "y", "message"),
    [
        ([1.0, np.nan], [0, 1], r"^o must be finite.*shape \(2,\)"),
        ([], [], r"^o must not be empty.*shape \(0,\)"),
        ([1.0, 2.0], [0, 1, 0], r"^y must have the shape \(2,\).*shape \(3,\)"),
        ([1.0, 2.0], [0.5, 0.6], r"^y must sum to 1.*shape \(2,\)"),
        ([1.0, 2.0], [-1, 2], r"^y must not be negative.*shape \(2,\)"),
        ([1.0, 2.0], [0, np.nan], r"^y must be finite.*shape \(2,\)"),
    ],
)
def test_malformed_samples_are_refused(f, o, y, message):
    """The loss and its chain refuse malformed logits and labels by name and shape."""
    with pytest.raises(ValueError, match=message):
        f(o, y)


@pytest.mark.parametrize(("f", "o"), [(mean_cross_entropy, "o"), (lambda *a: list(mean(*a)), "O")])
def test_a_batch_needs_two_axes(f, o):
    """The loss of a batch refuses a single sample."""
    with pytest.raises(ValueError, match=rf"^{o} must be 2-dimensional; got shape \(2,\)"):
        f([1.0, 2.0], [0, 1])


@pytest.mark.parametrize("o", [3.0, [], [[1.0, 2.0]], [np.nan]], ids=str)
def test_the_logarithm_chain_refuses_what_is_not_one_finite_vector(o):
    """The chain for the derivative of log p takes one sample."""
    with pytest.raises(ValueError, match=r"^o must .*shape \("):
        list(log_derivative(o))
