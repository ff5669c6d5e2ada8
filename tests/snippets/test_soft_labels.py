"""Smoothed labels, distillation and labels of any sum against SciPy and differences."""

import numpy as np
import pytest
import scipy.optimize
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from snippets.soft_labels import (
    any_sum,
    cooling,
    distillation,
    distilled,
    fused,
    smooth,
    smoothed,
    temperatures,
    tempered,
    total,
    weighted_gradient,
)
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import batches, logits, logits_and_label, soft_labels

shares = st.floats(0, 1, allow_subnormal=False)
warm = st.floats(0.5, 50, allow_subnormal=False)


def log_softmax(o):
    """Return log softmax written plainly, for real and for complex logits (K,)."""
    o = o - o.real.max()
    return o - np.log(np.sum(np.exp(o)))


def tempered_softmax(o, T):
    """Return SciPy's softmax of logits divided by T, shifted before any digit is lost, (K,)."""
    return scipy.special.softmax((o - o.max()) / T)


@st.composite
def pairs_of_logits(draw, spread=10.0):
    """Draw the logits of a student and of a teacher, both (K,)."""
    o = draw(logits(spread=spread, max_k=8))
    return o, draw(logits(o.size, spread=spread))


@st.composite
def logits_and_weights(draw):
    """Draw logits and weights of any sign and sum, both (K,)."""
    o = draw(logits(max_k=8))
    return o, np.array(draw(st.lists(st.floats(-5, 5), min_size=o.size, max_size=o.size)))


def assert_is_gradient(side, loss, o):
    """Compare with two derivatives of a plainly written loss."""
    assert np.shape(side) == o.shape
    assert_allclose(side, complex_step(loss, o), rtol=0, atol=1e-11)
    assert_allclose(side, central_difference(loss, o), rtol=0, atol=1e-6)


@given(soft_labels(5), shares)
def test_a_smoothed_label_is_a_label_between_the_old_one_and_the_uniform(y, epsilon):
    """Every entry lies between the old entry and one over K, and they sum to one."""
    s = smooth(y, epsilon)
    assert_allclose(s.sum(), 1, rtol=1e-15 * 5)
    assert (s >= np.minimum(y, 0.2) - 1e-15).all()
    assert (s <= np.maximum(y, 0.2) + 1e-15).all()
    assert_allclose(smooth(y, 0.0), y, rtol=1e-15)
    assert_allclose(smooth(y, 1.0), 0.2, rtol=1e-15)


@given(soft_labels(4), shares)
def test_every_side_of_the_total_is_one(y, epsilon):
    """Each side of the sum of a smoothed label is one."""
    sides = list(total(y, epsilon))
    assert len(sides) == 4
    assert_allclose(sides, 1, rtol=1e-14)


@given(logits_and_label(max_k=8), shares)
def test_every_side_is_the_gradient_with_a_smoothed_label(sample, epsilon):
    """Each side is the derivative of the two cross-entropies mixed, by two oracles."""
    o, y = sample

    def loss(o):
        log_p = log_softmax(o)
        return -(1 - epsilon) * np.sum(y * log_p) - epsilon * np.mean(log_p)

    sides = list(smoothed(o, y, epsilon))
    assert len(sides) == 6
    for side in sides:
        assert_is_gradient(side, loss, o)


@given(logits_and_label(max_k=8))
def test_spreading_the_share_over_the_other_classes_alone_is_another_label(sample):
    """The variant that leaves out the true class differs as soon as there are two classes."""
    o, y = sample
    *_, gradient, _ = smoothed(o, y, 0.5)
    others = 0.5 * y + 0.5 * (1 - y) / max(o.size - 1, 1)
    wrong = scipy.special.softmax(o) - others
    expected = np.abs(others - smooth(y, 0.5)).max()
    assert_allclose(np.abs(wrong - gradient).max(), expected, rtol=0, atol=1e-12)
    if o.size > 1 and (y == 1).any():
        assert expected > 0.01


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 6), st.floats(0.05, 0.9))
def test_the_smoothed_loss_comes_to_rest_at_the_stated_gap(k, epsilon):
    """A general minimiser ends where the true logit leads by log(1 + K (1 - eps) / eps)."""
    s = smooth(np.eye(k)[0], epsilon)
    found = scipy.optimize.minimize(
        lambda o: -np.sum(s * log_softmax(o)),
        np.zeros(k),
        jac=lambda o: scipy.special.softmax(o) - s,
        options={"gtol": 1e-10},
    )
    assert_allclose(found.x[0] - found.x[1:], np.log1p(k * (1 - epsilon) / epsilon), atol=1e-6)


@given(logits(spread=10, max_k=6), warm)
def test_every_side_at_a_temperature_is_the_derivative(o, T):
    """Each side is the derivative of the logarithm of the tempered softmax by two oracles."""
    sides = list(tempered(o, T))
    assert len(sides) == 4
    o = o - o.max()
    for side in sides:
        assert np.shape(side) == (o.size, o.size)
        assert_allclose(side, complex_step(lambda o: log_softmax(o / T), o), rtol=0, atol=1e-11)
        exact = central_difference(lambda o: log_softmax(o / T), o)
        assert_allclose(side, exact, rtol=0, atol=1e-6)


@given(pairs_of_logits(), warm)
def test_every_side_of_the_distilled_gradient_is_the_derivative(sample, T):
    """Each side is the derivative of the student's loss by two oracles."""
    o, u = sample
    r = tempered_softmax(u, T)
    sides = list(distilled(o, u, T))
    assert len(sides) == 5
    o = o - o.max()
    for side in sides:
        assert_is_gradient(side, lambda o: -np.sum(r * log_softmax(o / T)), o)


@given(pairs_of_logits(), warm)
def test_the_distillation_to_copy_is_the_loss_and_its_gradient(sample, T):
    """The loss is T squared times a cross-entropy, and the gradient its derivative."""
    o, u = sample
    r = tempered_softmax(u, T)
    loss, gradient = distillation(o, u, T)
    o = o - o.max()
    assert_allclose(loss, -(T**2) * np.sum(r * log_softmax(o / T)), rtol=1e-12)
    assert_allclose(gradient / T**2, list(distilled(o, u, T))[-1], rtol=1e-12, atol=1e-15)


@given(pairs_of_logits(spread=3), st.floats(2, 20))
def test_without_the_one_over_t_the_gradient_is_off_by_that_factor(sample, T):
    """The variant q - r is T times the derivative, so it disagrees wherever that isn't zero."""
    o, u = sample
    wrong = tempered_softmax(o, T) - tempered_softmax(u, T)
    true, *_ = distilled(o, u, T)
    assert_allclose(wrong, T * true, rtol=0, atol=1e-12)
    if np.abs(true).max() > 1e-6:
        assert np.abs(wrong - true).max() > 1e-6


@given(pairs_of_logits(spread=3))
def test_at_a_high_temperature_the_gradient_matches_logits(sample):
    """T (q - r) comes within a few over T of the difference of the centred logits over K."""
    o, u = sample
    o, u = o - o.mean(), u - u.mean()
    limit = (o - u) / o.size
    for T in (1e3, 1e4):
        assert_allclose(distillation(o, u, T)[1], limit, rtol=0, atol=40 / T)


@given(pairs_of_logits(spread=3))
def test_the_table_of_temperatures_ends_in_the_limit(sample):
    """The columns are the gradients at the temperatures in their headings, then the limit."""
    o, u = sample
    *columns, limit = temperatures(o, u).values()
    for T, column in zip((1, 4, 20, 100), columns, strict=True):
        expected = T * (tempered_softmax(o, T) - tempered_softmax(u, T))
        assert_allclose(column, expected, rtol=0, atol=1e-12)
    assert_allclose(limit, ((o - o.mean()) - (u - u.mean())) / o.size, rtol=0, atol=1e-9)


@given(logits(spread=10, max_k=8, offsets=False), st.floats(-3, 3))
def test_every_side_of_the_derivative_by_one_over_t_agrees(o, beta):
    """Each side is how the probabilities move with the inverse temperature."""
    sides = list(cooling(o, beta))
    assert len(sides) == 3
    for side in sides:
        exact = complex_step(lambda b: np.exp(log_softmax(b * o)), beta)
        assert_allclose(side, exact, rtol=0, atol=1e-11)
        rough = central_difference(lambda b: scipy.special.softmax(b * o), beta)
        assert_allclose(side, rough, rtol=0, atol=1e-6)


@given(logits_and_weights())
def test_every_side_with_any_sum_is_the_gradient(sample):
    """Each side is the derivative of the weighted loss by two oracles, and sums to zero."""
    o, w = sample
    sides = [*any_sum(o, w), weighted_gradient(o, w)]
    assert len(sides) == 4
    for side in sides:
        assert_is_gradient(side, lambda o: -np.sum(w * log_softmax(o)), o)
        assert_allclose(np.sum(side), 0, atol=1e-11)


def test_a_masked_sample_has_no_gradient():
    """All weights zero leave nothing, where p - w would push on."""
    np.testing.assert_array_equal(weighted_gradient([2.0, 1.0, 0.1], [0, 0, 0]), np.zeros(3))


@given(batches(), st.floats(-3, 3))
def test_the_weighted_gradient_works_row_by_row(batch, c):
    """Rows of a batch get c times the gradient of their label."""
    o, y = batch
    expected = c * (scipy.special.softmax(o, axis=1) - y)
    assert_allclose(weighted_gradient(o, c * y), expected, rtol=0, atol=1e-12)


@given(logits_and_weights())
def test_every_side_of_the_fused_sum_is_what_the_weights_lack_to_one(sample):
    """Each side is one minus the sum of the weights."""
    o, w = sample
    sides = list(fused(o, w))
    assert len(sides) == 3
    assert_allclose(sides, 1 - w.sum(), rtol=0, atol=1e-11)


@given(logits_and_weights())
def test_the_fused_gradient_is_another_unless_the_weights_sum_to_one(sample):
    """p - w misses the weighted gradient by p times what the sum has above one."""
    o, w = sample
    p = scipy.special.softmax(o)
    miss = weighted_gradient(o, w) - (p - w)
    assert_allclose(miss, p * (w.sum() - 1), rtol=0, atol=1e-11)


@pytest.mark.parametrize("f", [any_sum, fused, weighted_gradient, temperatures])
@pytest.mark.parametrize(
    ("o", "w", "message"),
    [
        ([1.0, 2.0], [1.0], r"^[wu] must have the shape \(2,\).*shape \(1,\)"),
        ([1.0, 2.0], [1.0, np.nan], r"^[wu] must be finite.*shape \(2,\)"),
        ([np.nan, 2.0], [1.0, 1.0], r"^o must be finite.*shape \(2,\)"),
    ],
)
def test_malformed_weights_and_teachers_are_refused(f, o, w, message):
    """Whatever stands beside the logits must be finite and have their shape."""
    with pytest.raises(ValueError, match=message):
        list(f(o, w))


@pytest.mark.parametrize("T", [0.0, -1.0, np.nan, np.inf])
def test_a_temperature_must_be_positive(T):
    """A temperature of zero or less divides by nothing sensible."""
    message = r"^T must be a finite number above 0"
    with pytest.raises(ValueError, match=message):
        distillation([1.0, 2.0], [0.0, 1.0], T)
    with pytest.raises(ValueError, match=message):
        list(distilled([1.0, 2.0], [0.0, 1.0], T))
    with pytest.raises(ValueError, match=message):
        list(tempered([1.0, 2.0], T))


@pytest.mark.parametrize("epsilon", [-0.1, 1.1, np.nan])
def test_a_share_must_be_a_share(epsilon):
    """A share outside zero to one would leave negative entries in the label."""
    for made in (smooth, total):
        with pytest.raises(ValueError, match=r"^epsilon must lie between 0 and 1"):
            list(made([0, 1], epsilon))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0.5, 0.6], r"^y must sum to 1"),
        ([-1, 2], r"^y must not be negative"),
        ([], r"^y must not"),
    ],
)
def test_a_malformed_label_is_refused(y, message):
    """Only a label can be smoothed."""
    with pytest.raises(ValueError, match=message):
        smooth(y, 0.1)
