"""The gradient of the mean loss over a batch, row by row and as one matrix."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.cross_entropy import cross_entropy
from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import log_softmax, softmax


# --8<-- [start:loss_and_gradient]
def loss_and_gradient(O: ArrayLike, Y: ArrayLike) -> tuple[float, Array]:
    """Return the mean cross-entropy of a batch and its derivative in every logit.

    Args:
        O: logits, shape (N, K).
        Y: one-hot or soft labels, shape (N, K).

    Returns:
        The loss in nats, and its gradient (P - Y) / N, shape (N, K).

    Raises:
        ValueError: if `O` or `Y` is malformed, or a row of `Y` does not sum to 1.
    """
    O = check_logits(O, ndim=2, name="O")  # (N, K)
    Y = check_labels(Y, O, name="Y")  # (N, K)
    N = len(O)
    log_P = log_softmax(O)  # (N, K)
    L = float(-np.sum(Y * log_P) / N)
    G: Array = (np.exp(log_P) - Y) / N  # (N, K)
    return L, G


# --8<-- [end:loss_and_gradient]


# --8<-- [start:mean]
def mean(O: Array, Y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain from the mean loss to its gradient, shape (N, K), axes (m, i).

    Raises ValueError unless `O` is a finite matrix, shape (N, K), and `Y` holds a label a row.
    """
    O = check_logits(O, ndim=2, name="O")  # (N, K)
    Y = check_labels(Y, O, name="Y")  # (N, K)
    N = len(O)
    m = np.arange(N)  # (N,)
    p, y = softmax(O), Y  # (N, K), (N, K)
    dell = derivative(lambda O: cross_entropy(O, Y), O)  # (N, N, K): n, m, i
    yield derivative(lambda O: np.mean(cross_entropy(O, Y)), O)
    yield 1 / N * np.sum(dell, axis=0)
    yield 1 / N * dell[m, m]
    yield 1 / N * (p - y)


# --8<-- [end:mean]


# --8<-- [start:matrix]
def matrix(O: Array, Y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of the gradient as one matrix, shape (N, K).

    Raises ValueError unless `O` is a finite matrix, shape (N, K), and `Y` holds a label a row.
    """
    O = check_logits(O, ndim=2, name="O")  # (N, K)
    Y = check_labels(Y, O, name="Y")  # (N, K)
    N, P = len(O), softmax(O)  # (), (N, K)
    yield derivative(lambda O: np.mean(cross_entropy(O, Y)), O)
    yield 1 / N * (P - Y)


# --8<-- [end:matrix]
