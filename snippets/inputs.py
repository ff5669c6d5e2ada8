"""Checks on what enters a snippet: logits and labels."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def check_logits(o: ArrayLike, *, ndim: int | None = None, name: str = "o") -> Array:
    """Return logits as an array of floats.

    Args:
        o: logits, shape (..., K) with classes on the last axis and K >= 1. Complex logits
            stay complex, since differentiation by a complex step needs them.
        ndim: number of axes required, if it matters: 1 for a sample, 2 for a batch (N, K).
        name: what the error message calls the argument.

    Returns:
        The same numbers, shape (..., K), float64 unless they were complex.

    Raises:
        ValueError: if `o` is not numeric, has no class axis, has the wrong number of axes,
            is empty, or holds a NaN or an infinity. The message names argument and shape.
    """
    o = _as_numbers(o, name)
    if o.ndim == 0:
        raise ValueError(f"{name} must have an axis for classes; got shape {o.shape}")
    if ndim is not None and o.ndim != ndim:
        raise ValueError(f"{name} must be {ndim}-dimensional; got shape {o.shape}")
    if o.size == 0:
        raise ValueError(f"{name} must not be empty; got shape {o.shape}")
    if not np.isfinite(o).all():
        raise ValueError(f"{name} must be finite; got NaN or infinity in shape {o.shape}")
    return o


def check_labels(y: ArrayLike, o: Array, *, name: str = "y") -> Array:
    """Return labels as an array of floats, one probability vector per row of logits.

    Args:
        y: one-hot or soft labels, shape (..., K), the shape of `o`.
        o: the logits they belong to, shape (..., K), already checked.
        name: what the error message calls the argument.

    Returns:
        The same numbers, shape (..., K), float64.

    Raises:
        ValueError: if `y` is not real, differs in shape from `o`, holds a NaN, an infinity
            or a negative entry, or has a row that does not sum to 1. The message names
            argument and shape.
    """
    y = _as_numbers(y, name)
    if np.iscomplexobj(y):
        raise ValueError(f"{name} must be real; got complex numbers in shape {y.shape}")
    if y.shape != o.shape:
        raise ValueError(f"{name} must have the shape {o.shape} of the logits; got shape {y.shape}")
    if not np.isfinite(y).all():
        raise ValueError(f"{name} must be finite; got NaN or infinity in shape {y.shape}")
    if (y < 0).any():
        raise ValueError(f"{name} must not be negative; got {y.min()} in shape {y.shape}")
    total = y.sum(axis=-1)
    # Labels stored in single precision are sums of rounded numbers too.
    if (np.abs(total - 1) > 1e-6).any():
        worst = total.flat[np.abs(total - 1).argmax()]
        raise ValueError(f"{name} must sum to 1 on its last axis; got {worst} in shape {y.shape}")
    return y


def _as_numbers(values: ArrayLike, name: str) -> Array:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array of numbers: {error}") from error
    if array.dtype.kind not in "biufc":
        raise ValueError(f"{name} must hold numbers; got {array.dtype} in shape {array.shape}")
    return array.astype(complex if array.dtype.kind == "c" else float)
