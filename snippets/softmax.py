"""Softmax and its logarithm, and the chains that state their properties."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.inputs import Array, check_logits


# --8<-- [start:softmax]
def softmax(o: ArrayLike) -> Array:
    """Return p_j = exp(o_j) / sum_k exp(o_k) along the last axis.

    Args:
        o: logits, shape (..., K).

    Returns:
        Probabilities, shape (..., K): none negative, each row summing to 1.

    Raises:
        ValueError: if `o` has no class axis, is empty, or is not finite.
    """
    o = check_logits(o)  # (..., K)
    # The largest exponent becomes 0, so nothing overflows, and the ratio stays the same.
    e = np.exp(o - o.real.max(axis=-1, keepdims=True))  # (..., K)
    p: Array = e / e.sum(axis=-1, keepdims=True)  # (..., K)
    return p


# --8<-- [end:softmax]


# --8<-- [start:log_softmax]
def log_softmax(o: ArrayLike) -> Array:
    """Return log p_j = o_j - log(sum_k exp(o_k)) along the last axis.

    It keeps log p_j finite where p_j itself is too small for a float, and keeps its digits where
    p_j is nearly one: the largest term of the sum is exactly one, so log1p takes the others alone.

    Args:
        o: logits, shape (..., K).

    Returns:
        Logarithms of probabilities, shape (..., K), none positive.

    Raises:
        ValueError: if `o` has no class axis, is empty, or is not finite.
    """
    o = check_logits(o)  # (..., K)
    top = o.real.argmax(axis=-1, keepdims=True)  # (..., 1)
    o = o - np.take_along_axis(o, top, axis=-1)  # (..., K)
    others = np.exp(o)  # (..., K)
    np.put_along_axis(others, top, 0, axis=-1)
    log_p: Array = o - np.log1p(others.sum(axis=-1, keepdims=True))  # (..., K)
    return log_p


# --8<-- [end:log_softmax]


# --8<-- [start:total]
def total(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain from sum_j p_j to 1; every side is a scalar.

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    # Every side holds ratios of exponentials alone, so the shift cancels.
    e = np.exp(o - o.max())  # (K,)
    yield np.sum(softmax(o))
    yield np.sum(e / np.sum(e))
    yield np.sum(e) / np.sum(e)
    yield 1.0


# --8<-- [end:total]


# --8<-- [start:shift]
def shift(o: Array, c: float) -> Iterator[ArrayLike]:
    """Yield each side of the chain that takes a shift `c` out of softmax, shape (K,).

    The exponentials stand as in the formula, so logits above 700 overflow here.

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    yield np.exp(o + c) / np.sum(np.exp(o + c))
    yield np.exp(c) * np.exp(o) / np.sum(np.exp(c) * np.exp(o))
    yield np.exp(c) * np.exp(o) / (np.exp(c) * np.sum(np.exp(o)))
    yield np.exp(o) / np.sum(np.exp(o))
    yield softmax(o)


# --8<-- [end:shift]


# --8<-- [start:logarithm]
def logarithm(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain from log p_j to o_j - log(sum_k exp(o_k)), shape (K,).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    # Each side keeps its value under a shift, and the shift keeps the exponentials small.
    o = o - o.max()  # (K,)
    e = np.exp(o)  # (K,)
    yield np.log(softmax(o))
    yield np.log(e / np.sum(e))
    yield np.log(e) - np.log(np.sum(e))
    yield o - np.log(np.sum(e))


# --8<-- [end:logarithm]
