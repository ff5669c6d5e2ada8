"""The Jacobian of softmax, both cases line by line, and its compact forms."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.derivative import derivative
from snippets.inputs import Array, check_logits
from snippets.softmax import softmax


# --8<-- [start:jacobian]
def softmax_jacobian(o: ArrayLike) -> Array:
    """Return J = diag(p) - p p^T, where J_ji is the derivative of p_j by o_i.

    Args:
        o: logits, shape (K,).

    Returns:
        The Jacobian, shape (K, K): outputs down, inputs across; symmetric.

    Raises:
        ValueError: if `o` is not a vector of finite numbers.
    """
    o = check_logits(o, ndim=1)  # (K,)
    p = softmax(o)  # (K,)
    return np.diag(p) - np.outer(p, p)  # (K, K)


# --8<-- [end:jacobian]


# --8<-- [start:quotient]
def quotient(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the quotient rule on p_j = e^{o_j} / s, shape (K, K), axes (j, i).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    # Every side is a ratio of exponentials, so the shift cancels and nothing overflows.
    o = o - o.max()  # (K,)
    j, _ = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    e, s = np.exp(o), np.sum(np.exp(o))  # (K,), ()
    de = derivative(np.exp, o)  # (K, K)
    ds = derivative(lambda o: np.sum(np.exp(o)), o)  # (K,)
    yield derivative(softmax, o)
    yield derivative(lambda o: np.exp(o) / np.sum(np.exp(o)), o)
    yield (de * s - e[j] * ds) / s**2


# --8<-- [end:quotient]


# --8<-- [start:same]
def same(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the case i = j, shape (K,).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    # Every side is a ratio of exponentials, so the shift cancels and nothing overflows.
    o = o - o.max()  # (K,)
    e, s, p = np.exp(o), np.sum(np.exp(o)), softmax(o)  # (K,), (), (K,)
    i = j = np.arange(o.size)  # (K,)
    yield derivative(softmax, o)[j, i]
    yield derivative(softmax, o)[j, j]
    yield derivative(lambda o: np.exp(o) / np.sum(np.exp(o)), o)[j, j]
    yield (e[j] * s - e[j] * e[j]) / s**2
    yield e[j] / s - e[j] * s**-2.0 * e[j]
    yield e[j] / s * (1 - e[j] / s)
    yield p[j] * (1 - p[j])


# --8<-- [end:same]


# --8<-- [start:different]
def different(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the case i != j, shape (K, K), axes (j, i).

    The diagonal belongs to the other case and holds NaN.

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    # Every side is a ratio of exponentials, so the shift cancels and nothing overflows.
    o = o - o.max()  # (K,)
    e, s, p = np.exp(o), np.sum(np.exp(o)), softmax(o)  # (K,), (), (K,)
    j, i = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)

    def apart(side: Array) -> Array:
        return np.where(i != j, side, np.nan)

    yield apart(derivative(softmax, o))
    yield apart(derivative(lambda o: np.exp(o) / np.sum(np.exp(o)), o))
    yield apart((0 * s - e[j] * e[i]) / s**2)
    yield apart(-e[j] * s**-2.0 * e[i])
    yield apart(-(e[j] / s) * (e[i] / s))
    yield apart(-p[j] * p[i])


# --8<-- [end:different]


# --8<-- [start:kronecker]
def kronecker(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain to p_j (delta_ij - p_i), shape (K, K), axes (j, i).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    p, delta = softmax(o), np.eye(o.size)  # (K,), (K, K)
    j, i = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(softmax, o)
    yield np.where(i == j, p[j] * (1 - p[i]), -p[j] * p[i])
    yield p[j] * delta[i, j] - p[j] * p[i]
    yield p[j] * (delta[i, j] - p[i])


# --8<-- [end:kronecker]


# --8<-- [start:matrix]
def matrix(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of J = diag(p) - p p^T, shape (K, K).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    p = softmax(check_logits(o, ndim=1))  # (K,)
    yield derivative(softmax, o)
    yield np.diag(p) - p[:, None] @ p[None, :]


# --8<-- [end:matrix]


# --8<-- [start:row_sum]
def row_sum(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that sums row j of the Jacobian to 0, shape (K,).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    p, delta = softmax(o), np.eye(o.size)  # (K,), (K, K)
    j, i = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield np.sum(derivative(softmax, o), axis=1)
    yield np.sum(p[j] * (delta[i, j] - p[i]), axis=1)
    yield p - p * np.sum(p)
    yield np.zeros(o.size)


# --8<-- [end:row_sum]
