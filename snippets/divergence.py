"""Entropy, cross-entropy and the Kullback-Leibler divergence, and their gradients in the logits."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.cross_entropy import cross_entropy
from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import log_softmax, softmax


# --8<-- [start:entropy]
def entropy(y: ArrayLike) -> Array:
    """Return H = -sum_k y_k log y_k along the last axis, in nats, with 0 log 0 read as 0.

    Args:
        y: one-hot or soft labels, shape (..., K).

    Returns:
        The entropy of each row, shape (...), from 0 to log K.

    Raises:
        ValueError: if `y` is malformed or a row does not sum to 1.
    """
    y = check_logits(y, name="y")  # (..., K)
    y = check_labels(y, y)  # (..., K)
    H: Array = -np.sum(y * np.log(np.where(y > 0, y, 1)), axis=-1)  # (...)
    return H


# --8<-- [end:entropy]


# --8<-- [start:divergence]
def divergence(o: ArrayLike, y: ArrayLike) -> Array:
    """Return D = sum_k y_k log(y_k / p_k) along the last axis, in nats, 0 log 0 read as 0.

    Args:
        o: logits of p, shape (..., K).
        y: one-hot or soft labels, shape (..., K).

    Returns:
        The divergence of each row, shape (...): 0 where p is y, otherwise above 0 up to rounding.

    Raises:
        ValueError: if `o` or `y` is malformed, or a row of `y` does not sum to 1.
    """
    o = check_logits(o)  # (..., K)
    y = check_labels(y, o)  # (..., K)
    # The difference of the logarithms comes first, so that D is small where they are close.
    D: Array = np.sum(y * (np.log(np.where(y > 0, y, 1)) - log_softmax(o)), axis=-1)  # (...)
    return D


# --8<-- [end:divergence]


# --8<-- [start:reverse_gradient]
def reverse_gradient(o: ArrayLike, y: ArrayLike) -> Array:
    """Return p (log(p / y) - R), the derivative of R = sum_k p_k log(p_k / y_k) in each logit.

    Args:
        o: logits of p, shape (..., K).
        y: soft labels without zeros, shape (..., K).

    Returns:
        The gradient of each row's own divergence, shape (..., K); it sums to 0 over the classes.

    Raises:
        ValueError: if `o` or `y` is malformed, a row of `y` does not sum to 1, or `y` holds a 0.
    """
    o = check_logits(o)  # (..., K)
    y = _check_positive(y, o)  # (..., K)
    p, ratio = softmax(o), log_softmax(o) - np.log(y)  # (..., K), (..., K)
    dR: Array = p * (ratio - np.sum(p * ratio, axis=-1, keepdims=True))  # (..., K)
    return dR


# --8<-- [end:reverse_gradient]


# --8<-- [start:split]
def split(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that splits the divergence in two, a scalar.

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape
    without zeros.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = _check_positive(y, o)  # (K,)
    log_p = log_softmax(o)  # (K,)
    yield np.sum(y * (np.log(y) - log_p))
    yield np.sum(y * np.log(y)) - np.sum(y * log_p)
    yield cross_entropy(o, y) - entropy(y)


# --8<-- [end:split]


# --8<-- [start:bound]
def bound(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain from -D, the negative divergence, up to 0, a scalar.

    The first two sides agree, and so do the last three; between them stands an inequality.

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape
    without zeros.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = _check_positive(y, o)  # (K,)
    p = softmax(o)  # (K,)
    yield -divergence(o, y)
    yield np.sum(y * (log_softmax(o) - np.log(y)))
    yield np.sum(y * (p / y - 1))
    yield np.sum(p) - np.sum(y)
    yield 0.0


# --8<-- [end:bound]


# --8<-- [start:gradient]
def gradient(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain for the gradient of the divergence, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape
    without zeros.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = _check_positive(y, o)  # (K,)
    dL = derivative(lambda o: cross_entropy(o, y), o)  # (K,)
    yield derivative(lambda o: np.sum(y * (np.log(y) - log_softmax(o))), o)
    yield dL - derivative(lambda o: entropy(y), o)
    yield dL
    yield softmax(o) - y


# --8<-- [end:gradient]


# --8<-- [start:reverse]
def reverse(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain for the gradient of the reverse divergence, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape
    without zeros.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = _check_positive(y, o)  # (K,)
    p, ratio = softmax(o), log_softmax(o) - np.log(y)  # (K,), (K,)
    dp, delta = derivative(softmax, o), np.eye(o.size)  # (K, K), (K, K)
    k, i = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    R = np.sum(p * ratio)  # ()
    yield derivative(lambda o: np.sum(softmax(o) * (log_softmax(o) - np.log(y))), o)
    yield np.sum(dp[k, i] * (ratio[k] + 1), axis=0)
    yield np.sum(p[k] * (delta[k, i] - p[i]) * (ratio[k] + 1), axis=0)
    yield p * (ratio + 1) - p * np.sum(p * (ratio + 1))
    yield p * (ratio - R)


# --8<-- [end:reverse]


# --8<-- [start:own_entropy]
def own_entropy(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain for the gradient of the entropy of p, shape (K,).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    p, log_p = softmax(o), log_softmax(o)  # (K,), (K,)
    E = -np.sum(p * log_p)  # ()
    yield derivative(lambda o: -np.sum(softmax(o) * log_softmax(o)), o)
    yield -np.sum(derivative(softmax, o) * (log_p[:, None] + 1), axis=0)
    yield -p * (log_p + E)


# --8<-- [end:own_entropy]


# --8<-- [start:both_ways]
def both_ways(o: Array, y: Array) -> dict[str, Array]:
    """Return the gradients of the divergence in both directions, each of shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape
    without zeros.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = _check_positive(y, o)  # (K,)
    p = softmax(o)  # (K,)
    return {
        "y": y,
        "p": p,
        r"\nabla_{\mathbf{o}} D": p - y,
        r"\nabla_{\mathbf{o}} R": reverse_gradient(o, y),
    }


# --8<-- [end:both_ways]


def _check_positive(y: ArrayLike, o: Array) -> Array:
    y = check_labels(y, o)
    if (y == 0).any():
        raise ValueError(f"y must not hold a 0, whose logarithm is taken; got shape {y.shape}")
    return y
