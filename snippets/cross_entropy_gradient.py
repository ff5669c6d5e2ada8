"""The gradient of cross-entropy in the logits, and four ways to derive it line by line."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.cross_entropy import cross_entropy
from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import log_softmax, softmax


# --8<-- [start:gradient]
def gradient(o: ArrayLike, y: ArrayLike) -> Array:
    """Return p - y, the derivative of -sum_k y_k log p_k in each logit.

    Args:
        o: logits, shape (..., K).
        y: one-hot or soft labels, shape (..., K).

    Returns:
        The gradient of each row's own loss, shape (..., K); it sums to 0 over the classes.

    Raises:
        ValueError: if `o` or `y` is malformed, or a row of `y` does not sum to 1.
    """
    o = check_logits(o)  # (..., K)
    y = check_labels(y, o)  # (..., K)
    dL: Array = softmax(o) - y  # (..., K)
    return dL


# --8<-- [end:gradient]


def divisible_softmax(o: Array, *, name: str = "o") -> Array:
    """Return softmax, having made sure that 1 / p_k can be computed.

    Args:
        o: logits, shape (K,), already checked.
        name: what the error message calls the argument.

    Returns:
        Probabilities, shape (K,), none below 1e-90.

    Raises:
        ValueError: if the logits lie so far apart that a probability is smaller than that.
    """
    p = softmax(o)  # (K,)
    # The complex step of 1e-100 stands for a derivative only while it is far smaller than p.
    if p.min() < 1e-90:
        raise ValueError(
            f"{name} must lie closer together for 1 / p to be computed; "
            f"got a spread of {np.ptp(o):.4g} in shape {o.shape}"
        )
    return p


# --8<-- [start:one_sum]
def one_sum(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that starts from one sum over the classes, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), with no p_k too small to divide
    by, and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p = divisible_softmax(o)  # (K,)
    i, k = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    dlog_p = derivative(log_softmax, o)  # (K, K)
    dp = derivative(softmax, o)  # (K, K)
    other = y[k] * (1 / p[k]) * (-p[k] * p[i])  # (K, K)
    yield derivative(lambda o: cross_entropy(o, y), o)
    yield -np.sum(y[k] * dlog_p[k, i], axis=1)
    yield -np.sum(y[k] * (1 / p[k]) * dp[k, i], axis=1)
    yield -y * (1 - p) - np.where(k != i, other, 0).sum(axis=1)
    yield -y * (1 - p) + np.where(k != i, y[k] * p[i], 0).sum(axis=1)
    yield -y + y * p + np.where(k != i, y[k] * p[i], 0).sum(axis=1)
    yield p * np.sum(y) - y
    yield p - y


# --8<-- [end:one_sum]


# --8<-- [start:two_sums]
def two_sums(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that splits the sum at once, j = i and j != i, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), with no p_j too small to divide
    by, and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p = divisible_softmax(o)  # (K,)
    i, j = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    slope = y[j] * derivative(log_softmax, o)[j, i]  # (K, K)
    ratio = y[j] * (1 / p[j]) * derivative(softmax, o)[j, i]  # (K, K)
    other = y[j] * (1 / p[j]) * (-p[j] * p[i])  # (K, K)
    yield derivative(lambda o: cross_entropy(o, y), o)
    yield -np.diag(slope) - np.where(j != i, slope, 0).sum(axis=1)
    yield -np.diag(ratio) - np.where(j != i, ratio, 0).sum(axis=1)
    yield -y * (1 / p) * p * (1 - p) - np.where(j != i, other, 0).sum(axis=1)
    yield -y * (1 - p) - np.where(j != i, other, 0).sum(axis=1)
    yield -y + (y * p + np.where(j != i, y[j] * p[i], 0).sum(axis=1))
    yield p * np.sum(y) - y
    yield p - y


# --8<-- [end:two_sums]


# --8<-- [start:through_p]
def through_p(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that goes through every probability, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), with no p_k too small to divide
    by, and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p = divisible_softmax(o)  # (K,)
    i, k = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    dL_dp = derivative(lambda p: -np.sum(y * np.log(p)), p)  # (K,)
    dp = derivative(softmax, o)  # (K, K)
    other = 1 / p[k] * y[k] * (-p[k] * p[i])  # (K, K)
    yield derivative(lambda o: cross_entropy(o, y), o)
    yield np.sum(dL_dp[k] * dp[k, i], axis=1)
    yield -np.sum(1 / p[k] * y[k] * dp[k, i], axis=1)
    yield -1 / p * y * p * (1 - p) - np.where(k != i, other, 0).sum(axis=1)
    yield -y * (1 - p) + np.where(k != i, y[k] * p[i], 0).sum(axis=1)
    yield y * p - y + np.where(k != i, y[k] * p[i], 0).sum(axis=1)
    yield -y + np.sum(y[k] * p[i], axis=1)
    yield p * np.sum(y) - y
    yield p - y


# --8<-- [end:through_p]


# --8<-- [start:any_weights]
def any_weights(o: Array, w: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain for weights that need not sum to 1, shape (K,).

    Raises ValueError unless `o` and `w` are finite vectors of one shape, (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    w = check_logits(w, ndim=1, name="w")  # (K,)
    if w.shape != o.shape:
        raise ValueError(f"w must have the shape {o.shape} of the logits; got shape {w.shape}")
    p = softmax(o)  # (K,)
    i, k = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(lambda o: -np.sum(w * log_softmax(o)), o)
    yield -w + w * p + np.where(k != i, w[k] * p[i], 0).sum(axis=1)
    yield p * np.sum(w) - w


# --8<-- [end:any_weights]


# --8<-- [start:without_softmax]
def without_softmax(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that differentiates log-sum-exp in softmax's place, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    # The loss is blind to a shift of the logits, since the label sums to 1.
    o = o - o.max()  # (K,)
    yield derivative(lambda o: cross_entropy(o, y), o)
    yield derivative(lambda o: np.log(np.sum(np.exp(o))) - np.sum(y * o), o)
    yield np.exp(o) / np.sum(np.exp(o)) - y
    yield softmax(o) - y


# --8<-- [end:without_softmax]
