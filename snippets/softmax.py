"""Softmax and its logarithm."""

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

    It keeps log p_j finite where p_j itself is too small for a float.

    Args:
        o: logits, shape (..., K).

    Returns:
        Logarithms of probabilities, shape (..., K), none positive.

    Raises:
        ValueError: if `o` has no class axis, is empty, or is not finite.
    """
    o = check_logits(o)  # (..., K)
    o = o - o.real.max(axis=-1, keepdims=True)  # (..., K)
    log_p: Array = o - np.log(np.exp(o).sum(axis=-1, keepdims=True))  # (..., K)
    return log_p


# --8<-- [end:log_softmax]
