"""Logits and labels: what passes, and what is refused in which words."""

import numpy as np
import pytest
from hypothesis import given

from snippets.inputs import check_labels, check_logits
from tests.snippets.strategies import batches, logits_and_label

LOGITS = np.array([2.0, 1.0, 0.1])


@given(logits_and_label())
def test_a_sample_passes_unchanged(sample):
    """One sample's logits and label come back as the same numbers."""
    o, y = sample
    np.testing.assert_array_equal(check_logits(o, ndim=1), o)
    np.testing.assert_array_equal(check_labels(y, o), y)


@given(batches())
def test_a_batch_passes_unchanged(batch):
    """A batch's logits and labels come back as the same numbers."""
    o, y = batch
    np.testing.assert_array_equal(check_logits(o, ndim=2), o)
    np.testing.assert_array_equal(check_labels(y, o), y)


@pytest.mark.parametrize("values", [[0, 1, 0], [False, True, False], (0.0, 1.0, 0.0)])
def test_numbers_of_any_real_kind_become_float64(values):
    """Lists, tuples, whole numbers and booleans come back as float64 arrays."""
    assert check_logits(values).dtype == np.float64
    assert check_labels(values, LOGITS).dtype == np.float64


def test_the_argument_is_left_alone():
    """Neither check writes into, or hands back, the caller's own array."""
    o, y = LOGITS.copy(), np.array([0.0, 1.0, 0.0])
    check_logits(o)[0] = 9.0
    check_labels(y, o)[0] = 9.0
    np.testing.assert_array_equal(o, LOGITS)
    np.testing.assert_array_equal(y, [0.0, 1.0, 0.0])


def test_complex_logits_stay_complex():
    """A complex step passes through the check of logits."""
    o = LOGITS + 1e-100j
    np.testing.assert_array_equal(check_logits(o), o)


def test_labels_rounded_to_single_precision_pass():
    """A soft label stored in single precision counts as summing to 1."""
    y = np.full(1000, 1 / 1000, dtype=np.float32)
    check_labels(y, np.zeros(1000))


@pytest.mark.parametrize(
    ("o", "ndim", "message"),
    [
        (2.0, None, r"o must have an axis for classes; got shape \(\)"),
        ([[1.0, 2.0]], 1, r"o must be 1-dimensional; got shape \(1, 2\)"),
        ([1.0, 2.0], 2, r"o must be 2-dimensional; got shape \(2,\)"),
        ([], None, r"o must not be empty; got shape \(0,\)"),
        (np.empty((0, 3)), None, r"o must not be empty; got shape \(0, 3\)"),
        ([1.0, np.nan], None, r"o must be finite; got NaN or infinity in shape \(2,\)"),
        ([1.0, np.inf], None, r"o must be finite; got NaN or infinity in shape \(2,\)"),
        ([1.0, -np.inf], None, r"o must be finite; got NaN or infinity in shape \(2,\)"),
        ([complex(1, np.nan)], None, r"o must be finite; got NaN or infinity in shape \(1,\)"),
        ([[1.0, 2.0], [3.0]], None, "o must be a rectangular array of numbers"),
        (["a", "b"], None, r"o must hold numbers; got <U1 in shape \(2,\)"),
        ([None, 1.0], None, r"o must hold numbers; got object in shape \(2,\)"),
    ],
)
def test_malformed_logits_are_refused_by_name_and_shape(o, ndim, message):
    """Malformed logits raise a ValueError that names the argument, the fault and the shape."""
    with pytest.raises(ValueError, match=f"^{message}"):
        check_logits(o, ndim=ndim)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 1], r"y must have the shape \(3,\) of the logits; got shape \(2,\)"),
        (1, r"y must have the shape \(3,\) of the logits; got shape \(\)"),
        ([[0, 1, 0]], r"y must have the shape \(3,\) of the logits; got shape \(1, 3\)"),
        ([0, 1, np.nan], r"y must be finite; got NaN or infinity in shape \(3,\)"),
        ([0, 1, np.inf], r"y must be finite; got NaN or infinity in shape \(3,\)"),
        ([-0.5, 1, 0.5], r"y must not be negative; got -0\.5 in shape \(3,\)"),
        ([0, 0, 0], r"y must sum to 1 on its last axis; got 0\.0 in shape \(3,\)"),
        ([1, 1, 0], r"y must sum to 1 on its last axis; got 2\.0 in shape \(3,\)"),
        ([0.5, 0.5, 1e-5], r"y must sum to 1 on its last axis; got 1\.00001 in shape \(3,\)"),
        ([0, 1j, 0], r"y must be real; got complex numbers in shape \(3,\)"),
        ([[0, 1], [0]], "y must be a rectangular array of numbers"),
        (["0", "1", "0"], r"y must hold numbers; got <U1 in shape \(3,\)"),
    ],
)
def test_malformed_labels_are_refused_by_name_and_shape(y, message):
    """Malformed labels raise a ValueError that names the argument, the fault and the shape."""
    with pytest.raises(ValueError, match=f"^{message}"):
        check_labels(y, LOGITS)


def test_the_worst_row_of_a_batch_is_named():
    """A batch is refused by the row whose sum is furthest from 1."""
    o = np.zeros((3, 2))
    y = np.array([[0.25, 0.25], [0.7, 0.7], [1.0, 0.0]])
    with pytest.raises(ValueError, match=r"y must sum to 1 on its last axis; got 0\.5 in"):
        check_labels(y, o)


def test_the_message_uses_the_name_given():
    """An argument with another name is called by that name."""
    with pytest.raises(ValueError, match=r"^O must not be empty"):
        check_logits([], name="O")
    with pytest.raises(ValueError, match=r"^Y must be finite"):
        check_labels([np.nan], np.zeros(1), name="Y")
