"""Published slips: wrong where they should be, nowhere else, and right once mended."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from snippets.where_it_goes_wrong import (
    all_paths,
    asked,
    case_one,
    case_two,
    case_two_published,
    excess,
    mended,
    one_path,
    slope,
    sum_too_many,
)
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import LARGE, logits, logits_and_label, one_hot

EXACT = {"rtol": 0, "atol": 1e-12}


def plain_softmax(o):
    """Return softmax from exponentials alone, for real and for complex logits (K,)."""
    e = np.exp(o - o.real.max())
    return e / e.sum()


def plain_loss(o, y):
    """Return the loss from exponentials alone, for real and for complex logits (K,)."""
    o = o - o.real.max()
    return -np.sum(y * (o - np.log(np.sum(np.exp(o)))))


def assert_is_gradient(side, o, y):
    """Compare with SciPy's softmax less the label, and with two derivatives of a plain loss."""
    assert_allclose(side, scipy.special.softmax(o) - y, **EXACT)
    assert_allclose(side, complex_step(lambda o: plain_loss(o, y), o), **EXACT)
    assert_allclose(side, central_difference(lambda o: plain_loss(o, y), o), rtol=0, atol=1e-7)


def assert_differ(a, b):
    """Check that each entry of one array is further from its partner than rounding takes it."""
    assert (np.abs(a - b) > 1e-9).all()


@st.composite
def one_hot_samples(draw, spread=3.0):
    """Draw logits (K,), K from 2 to 6, a one-hot label and the true class's place."""
    o = draw(logits(draw(st.integers(2, 6)), spread))
    y = draw(one_hot(o.size))
    return o, y, int(y.argmax())


@given(logits_and_label(max_k=8))
def test_the_question_goes_wrong_once(sample):
    """The first side is the gradient, and the other three agree with one another."""
    left, *rest = asked(*sample)
    assert len(rest) == 3
    assert_is_gradient(left, *sample)
    for side in rest[1:]:
        assert_allclose(side, rest[0], **EXACT)


@given(logits_and_label(max_k=8))
def test_the_question_is_off_by_the_excess(sample):
    """The question's rows exceed the gradient by the weighted p_k less p_i, for any label."""
    o, y = sample
    p = scipy.special.softmax(o)
    left, *rest = asked(o, y)
    for side in rest:
        assert_allclose(side - left, p @ y - p, **EXACT)
    sides = list(excess(o, y))
    assert len(sides) == 2
    for side in sides:
        assert_allclose(side, p @ y - p, **EXACT)


@given(one_hot_samples())
def test_the_question_is_right_at_the_true_class_only(sample):
    """With a one-hot label it agrees at classes as probable as the true one, and at no other."""
    o, y, t = sample
    p = scipy.special.softmax(o)
    left, *rest = asked(o, y)
    same, apart = np.abs(p - p[t]) < 1e-15, np.abs(p - p[t]) > 1e-8
    assert same[t]
    for side in rest:
        assert_allclose(side[same], left[same], **EXACT)
        assert_differ(side[apart], left[apart])


def test_the_question_is_wrong_at_the_worked_example():
    """Three different probabilities leave two components wrong, and their sum off zero."""
    o, y = np.array([2.0, 1.0, 0.1]), np.array([0.0, 1.0, 0.0])
    left, *rest = asked(o, y)
    for side in rest:
        assert_array_equal(np.isclose(side, left), [False, True, False])
        assert abs(side.sum()) > 0.1


@given(logits_and_label(max_k=8))
def test_one_symbol_mends_the_question(sample):
    """With p_i in the sum every side is the gradient."""
    sides = list(mended(*sample))
    assert len(sides) == 5
    for side in sides:
        assert_is_gradient(side, *sample)


@given(one_hot_samples())
def test_one_path_is_right_through_the_true_class_only(sample):
    """With a one-hot label the true output carries the whole gradient and others none."""
    z, y, t = sample
    left, right = one_path(z, y)
    assert left.shape == right.shape == (z.size, z.size)
    others = np.arange(z.size) != t
    for column in left.T:
        assert_is_gradient(column, z, y)
    assert_allclose(right[:, t], left[:, t], **EXACT)
    assert_array_equal(right[:, others], 0)
    assert_differ(left[:, others], 0)


@given(logits_and_label(max_k=6))
def test_one_path_is_a_term_of_the_sum(sample):
    """Added up over the outputs, the single paths are the gradient."""
    z, y = sample
    _, right = one_path(z, y)
    assert_is_gradient(right.sum(axis=1), z, y)


def test_one_path_is_wrong_everywhere_for_a_soft_label():
    """Once every output carries something, no single one carries the whole."""
    left, right = one_path(np.array([2.0, 1.0, 0.1]), np.array([0.5, 0.3, 0.2]))
    assert_differ(left, right)


@given(logits_and_label(max_k=8))
def test_the_slope_in_an_output_needs_no_sum(sample):
    """Without the sum both sides are the derivative of the loss in each output."""
    z, y = sample
    y_hat = scipy.special.softmax(z)
    sides = list(slope(z, y))
    assert len(sides) == 2
    for side in sides:
        expected = complex_step(lambda y_hat: -np.sum(y * np.log(y_hat)), y_hat)
        assert_allclose(side, expected, rtol=1e-12)


@given(logits_and_label(spread=1.0, max_k=6))
def test_the_slope_in_an_output_agrees_with_central_differences(sample):
    """The derivative in each output is what two real evaluations of the loss show."""
    z, y = sample
    y_hat = scipy.special.softmax(z)
    step = 1e-5 * y_hat.min()
    expected = central_difference(lambda y_hat: -np.sum(y * np.log(y_hat)), y_hat, step)
    for side in slope(z, y):
        assert_allclose(side, expected, rtol=1e-6, atol=1e-4)


@given(one_hot_samples())
def test_a_sum_too_many_is_right_at_the_true_class_only(sample):
    """With a one-hot label the sum equals the slope in the true output and in no other."""
    z, y, t = sample
    left, right = sum_too_many(z, y)
    others = np.arange(z.size) != t
    assert_allclose(left, -y / scipy.special.softmax(z), rtol=1e-12)
    assert_allclose(right[t], left[t], rtol=1e-12)
    assert_differ(right[others], left[others])


def test_a_sum_too_many_is_wrong_everywhere_for_a_soft_label():
    """Once every class has a share, the sum is none of its terms."""
    left, right = sum_too_many(np.array([2.0, 1.0, 0.1]), np.array([0.5, 0.3, 0.2]))
    assert_differ(left, right)
    assert_allclose(right, left.sum(), rtol=1e-12)


@given(logits_and_label(max_k=8))
def test_all_paths_lead_to_the_gradient(sample):
    """With the sum in the chain rule every side is the gradient."""
    sides = list(all_paths(*sample))
    assert len(sides) == 4
    for side in sides:
        assert_is_gradient(side, *sample)


@given(logits(max_k=8))
def test_case_one_is_the_diagonal(z):
    """Each side of the first case is the diagonal of the Jacobian both oracles find."""
    sides = list(case_one(z))
    assert len(sides) == 6
    for side in sides:
        assert_allclose(side, np.diag(complex_step(plain_softmax, z)), **EXACT)
        assert_allclose(side, np.diag(central_difference(plain_softmax, z)), rtol=0, atol=1e-7)


@given(logits(max_k=8))
def test_case_two_is_the_rest(z):
    """Each side of the mended second case is the Jacobian off its diagonal."""
    sides = list(case_two(z))
    assert len(sides) == 4
    off = ~np.eye(z.size, dtype=bool)
    for side in sides:
        assert np.isnan(np.diag(side)).all()
        assert_allclose(side[off], complex_step(plain_softmax, z)[off], **EXACT)
        assert_allclose(side[off], central_difference(plain_softmax, z)[off], rtol=0, atol=1e-7)


@given(logits(max_k=8, spread=4.0))
def test_case_two_as_published_is_wrong_everywhere(z):
    """Its left side is the own slope of i for each o, positive where the right is negative."""
    left, *rest = case_two_published(z)
    assert len(rest) == 3
    jacobian = complex_step(plain_softmax, z)
    off = ~np.eye(z.size, dtype=bool)
    own = np.repeat(np.diag(jacobian)[:, None], z.size, axis=1)
    assert_allclose(left[off], own[off], **EXACT)
    for side in rest:
        assert np.isnan(np.diag(side)).all()
        assert_allclose(side[off], jacobian.T[off], **EXACT)
        assert (left[off] > 0).all()
        assert (side[off] < 0).all()


@pytest.mark.parametrize("chain", [mended, all_paths])
def test_the_mended_chains_hold_for_a_thousand_classes(chain):
    """The mended chains agree for K = 1000, with a soft label and far from zero."""
    rng = np.random.default_rng(0)
    o, y = rng.normal(scale=5, size=LARGE) + 1e6, rng.dirichlet(np.ones(LARGE))
    for side in chain(o, y):
        assert_allclose(side, scipy.special.softmax(o) - y, **EXACT)


LETTERS = {asked: "o", mended: "o", excess: "o"}
LETTERS |= {one_path: "z", sum_too_many: "z", slope: "z", all_paths: "z"}


@pytest.mark.parametrize("chain", LETTERS)
@pytest.mark.parametrize(
    ("logits", "label", "message"),
    [
        ([1.0, np.nan], [0, 1], r"^{} must be finite.*shape \(2,\)"),
        ([[1.0, 2.0]], [[0, 1]], r"^{} must be 1-dimensional.*shape \(1, 2\)"),
        ([], [], r"^{} must not be empty.*shape \(0,\)"),
        ([1.0, 2.0], [0, 1, 0], r"^y must have the shape \(2,\).*shape \(3,\)"),
        ([1.0, 2.0], [0.5, 0.6], r"^y must sum to 1.*shape \(2,\)"),
        ([1.0, 2.0], [-1, 2], r"^y must not be negative.*shape \(2,\)"),
    ],
)
def test_malformed_samples_are_refused(chain, logits, label, message):
    """The chains refuse malformed logits and labels by name and shape."""
    with pytest.raises(ValueError, match=message.format(LETTERS[chain])):
        list(chain(logits, label))


@pytest.mark.parametrize("chain", [case_one, case_two, case_two_published])
@pytest.mark.parametrize(
    ("z", "message"),
    [
        ([1.0, -np.inf], r"^z must be finite.*shape \(2,\)"),
        ([[1.0, 2.0]], r"^z must be 1-dimensional.*shape \(1, 2\)"),
        ([], r"^z must not be empty.*shape \(0,\)"),
    ],
)
def test_malformed_logits_are_refused(chain, z, message):
    """The two cases refuse malformed logits by name and shape."""
    with pytest.raises(ValueError, match=message):
        list(chain(z))


@pytest.mark.parametrize("chain", [one_path, sum_too_many, slope, all_paths])
def test_a_row_that_divides_by_y_hat_refuses_a_vanishing_one(chain):
    """Where one over an output can't be computed the chain says so, in the page's letter."""
    with pytest.raises(ValueError, match=r"^z must lie closer.*spread of 800 in shape \(2,\)"):
        list(chain([0.0, 800.0], [1.0, 0.0]))
