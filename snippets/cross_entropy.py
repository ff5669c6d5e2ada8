"""Cross-entropy of a label against softmax, for one sample and for a batch."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import log_softmax, softmax


# --8<-- [start:cross_entropy]
def cross_entropy(o: ArrayLike, y: ArrayLike) -> Array:
    """Return L = -sum_k y_k log p_k along the last axis, in nats.

    Args:
        o: logits, shape (..., K).
        y: one-hot or soft labels, shape (..., K).

    Returns:
        The loss of each row, shape (...), none negative.

    Raises:
        ValueError: if `o` or `y` is malformed, or a row of `y` does not sum to 1.
    """
    o = check_logits(o)  # (..., K)
    y = check_labels(y, o)  # (..., K)
    L: Array = -np.sum(y * log_softmax(o), axis=-1)  # (...)
    return L


# --8<-- [end:cross_entropy]


# --8<-- [start:mean_cross_entropy]
def mean_cross_entropy(o: ArrayLike, y: ArrayLike) -> float:
    """Return the mean of the losses of N samples, in nats.

    Args:
        o: logits, shape (N, K).
        y: one-hot or soft labels, shape (N, K).

    Raises:
        ValueError: if `o` or `y` is malformed, or a row of `y` does not sum to 1.
    """
    o = check_logits(o, ndim=2)  # (N, K)
    return float(np.mean(cross_entropy(o, y)))


# --8<-- [end:mean_cross_entropy]


# --8<-- [start:log_derivative]
def log_derivative(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain for the derivative of log p_k by o_i, shape (K, K), axes (k, i).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    p, delta = softmax(o), np.eye(o.size)  # (K,), (K, K)
    dp = derivative(softmax, o)  # (K, K)
    k, i = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(log_softmax, o)
    yield 1 / p[k] * dp[k, i]
    yield 1 / p[k] * p[k] * (delta[k, i] - p[i])
    yield delta[k, i] - p[i]


# --8<-- [end:log_derivative]


# --8<-- [start:from_logits]
def from_logits(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that writes the loss in the logits alone, a scalar.

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    # A shift of the logits moves both terms alike, since the label sums to 1.
    o = o - o.max()  # (K,)
    log_s = np.log(np.sum(np.exp(o)))  # ()
    yield cross_entropy(o, y)
    yield -np.sum(y * log_softmax(o))
    yield -np.sum(y * (o - log_s))
    yield np.sum(y) * log_s - np.sum(y * o)
    yield log_s - np.sum(y * o)


# --8<-- [end:from_logits]


# --8<-- [start:mean]
def mean(O: Array, Y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain for the mean loss of N samples, a scalar.

    Raises ValueError unless `O` is a finite matrix, shape (N, K), and `Y` holds a label a row.
    """
    O = check_logits(O, ndim=2, name="O")  # (N, K)
    Y = check_labels(Y, O, name="Y")  # (N, K)
    N = len(O)
    yield mean_cross_entropy(O, Y)
    yield 1 / N * np.sum(cross_entropy(O, Y))
    yield -1 / N * np.sum(Y * log_softmax(O))


# --8<-- [end:mean]
