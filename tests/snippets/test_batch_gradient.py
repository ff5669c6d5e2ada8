"""The batch gradient against SciPy, central differences and a complex step."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from numpy.testing import assert_allclose, assert_array_equal

from snippets.batch_gradient import loss_and_gradient, matrix, mean
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import LARGE, batches

CHAINS = {mean: 4, matrix: 2}


def plain_loss(O, Y):
    """Return the mean loss from exponentials alone, for real and for complex logits (N, K)."""
    losses = []
    for o, y in zip(O, Y, strict=True):
        o = o - o.real.max()
        losses.append(-np.sum(y * (o - np.log(np.sum(np.exp(o))))))
    return sum(losses) / len(losses)


def assert_is_gradient(side, O, Y):
    """Compare with SciPy's softmax less the label, and with two derivatives of a plain loss."""
    assert np.shape(side) == O.shape
    expected = (scipy.special.softmax(O, axis=1) - Y) / O.shape[0]
    assert_allclose(side, expected, rtol=0, atol=1e-12)
    assert_allclose(side, complex_step(lambda O: plain_loss(O, Y), O), rtol=0, atol=1e-12)
    assert_allclose(side, central_difference(lambda O: plain_loss(O, Y), O), rtol=0, atol=1e-7)


@pytest.mark.parametrize("chain", CHAINS)
@given(batch=batches())
def test_every_side_is_the_gradient(chain, batch):
    """Each side of each chain is the gradient of the mean loss that three oracles find."""
    sides = list(chain(*batch))
    assert len(sides) == CHAINS[chain]
    for side in sides:
        assert_is_gradient(side, *batch)


@given(batches())
def test_the_function_to_copy_returns_loss_and_gradient(batch):
    """The function readers copy returns the mean loss and what three oracles find."""
    O, Y = batch
    loss, G = loss_and_gradient(O, Y)
    assert isinstance(loss, float)
    assert_allclose(loss, plain_loss(O, Y), rtol=1e-9, atol=1e-12)
    assert_is_gradient(G, O, Y)


def test_a_thousand_classes_and_large_offsets():
    """Three rows of a thousand classes, each far from zero, get SciPy's loss and gradient."""
    rng = np.random.default_rng(0)
    O = rng.normal(scale=100, size=(3, LARGE)) + np.array([[1e6], [0.0], [-1e6]])
    Y = rng.dirichlet(np.ones(LARGE), size=3)
    loss, G = loss_and_gradient(O, Y)
    expected = -np.sum(Y * scipy.special.log_softmax(O, axis=1)) / 3
    assert_allclose(loss, expected, rtol=1e-12)
    assert_allclose(G, (scipy.special.softmax(O, axis=1) - Y) / 3, rtol=0, atol=1e-15)


@given(batches(spread=1e4))
def test_loss_and_gradient_are_finite_however_far_the_logits_spread(batch):
    """Nothing overflows, and no entry of the gradient exceeds one over N."""
    loss, G = loss_and_gradient(*batch)
    assert np.isfinite(loss)
    assert (np.abs(G) <= 1 / len(G)).all()


@given(batches())
def test_each_row_sums_to_zero(batch):
    """What the classes of one sample gain and lose comes to nothing."""
    _, G = loss_and_gradient(*batch)
    assert_allclose(G.sum(axis=1), 0, atol=1e-12)


def test_rows_keep_to_themselves():
    """A change in one sample's logits leaves the other samples' gradients untouched."""
    O = np.array([[2.0, 1.0, 0.1], [0.3, -1.2, 0.8]])
    Y = np.eye(3)[[1, 2]]
    moved = O + np.array([[0.0], [1.0]]) * np.array([5.0, 0.0, 0.0])
    _, before = loss_and_gradient(O, Y)
    _, after = loss_and_gradient(moved, Y)
    assert_array_equal(after[0], before[0])
    assert not np.isclose(after[1], before[1]).any()


def test_a_batch_repeated_has_half_the_gradient_in_each_row():
    """Twice the same rows leave the mean loss as it is and halve each row's share."""
    O = np.array([[2.0, 1.0, 0.1], [0.3, -1.2, 0.8]])
    Y = np.eye(3)[[1, 2]]
    loss, G = loss_and_gradient(O, Y)
    loss_twice, G_twice = loss_and_gradient(np.tile(O, (2, 1)), np.tile(Y, (2, 1)))
    assert_allclose(loss_twice, loss, rtol=1e-15)
    assert_allclose(G_twice, np.tile(G, (2, 1)) / 2, rtol=1e-15)


@pytest.mark.parametrize("f", [loss_and_gradient, *CHAINS])
@pytest.mark.parametrize(
    ("O", "Y", "message"),
    [
        ([[1.0, np.nan]], [[0, 1]], r"^O must be finite.*shape \(1, 2\)"),
        ([[1.0, np.inf]], [[0, 1]], r"^O must be finite.*shape \(1, 2\)"),
        ([1.0, 2.0], [0, 1], r"^O must be 2-dimensional.*shape \(2,\)"),
        (np.empty((0, 3)), np.empty((0, 3)), r"^O must not be empty.*shape \(0, 3\)"),
        ([[1.0, 2.0]], [[0, 1, 0]], r"^Y must have the shape \(1, 2\).*shape \(1, 3\)"),
        ([[1.0, 2.0], [0, 0]], [[0, 1]], r"^Y must have the shape \(2, 2\).*shape \(1, 2\)"),
        ([[1.0, 2.0], [0, 0]], [[0, 1], [1, 1]], r"^Y must sum to 1.*shape \(2, 2\)"),
        ([[1.0, 2.0]], [[-1, 2]], r"^Y must not be negative.*shape \(1, 2\)"),
        ([[1.0, 2.0]], [[0, np.nan]], r"^Y must be finite.*shape \(1, 2\)"),
    ],
)
def test_malformed_batches_are_refused(f, O, Y, message):
    """Function and chains refuse malformed logits and labels by name and shape."""
    with pytest.raises(ValueError, match=message):
        list(f(O, Y))
