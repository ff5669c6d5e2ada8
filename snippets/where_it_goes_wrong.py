"""Lines from published derivations that are false, and the lines that mend them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.cross_entropy import cross_entropy
from snippets.cross_entropy_gradient import divisible_softmax
from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import softmax


# --8<-- [start:asked]
def asked(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the question's chain, shape (K,): the gradient, then three others.

    The last three agree with one another and not with the first. Raises ValueError unless `o` is
    a finite vector, shape (K,), and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p = softmax(o)  # (K,)
    i, k = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(lambda o: cross_entropy(o, y), o)
    yield -(y * (1 - p) + np.where(k != i, -p[k] * y[k], 0).sum(axis=1))
    yield p * y - y + np.where(k != i, p[k] * y[k], 0).sum(axis=1)
    yield np.sum(p * y) - y


# --8<-- [end:asked]


# --8<-- [start:mended]
def mended(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the question's chain with one symbol changed, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p = softmax(o)  # (K,)
    i, k = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(lambda o: cross_entropy(o, y), o)
    yield -(y * (1 - p) + np.where(k != i, -p[i] * y[k], 0).sum(axis=1))
    yield p * y - y + np.where(k != i, p[i] * y[k], 0).sum(axis=1)
    yield p * np.sum(y) - y
    yield p - y


# --8<-- [end:mended]


# --8<-- [start:excess]
def excess(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of what the question's answer has too much of, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p = softmax(o)  # (K,)
    i, k = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield (np.sum(p * y) - y) - (p - y)
    yield np.sum(y[k] * (p[k] - p[i]), axis=1)


# --8<-- [end:excess]


# --8<-- [start:one_path]
def one_path(z: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of the chain rule along a single output, shape (K, K), axes (i, o).

    Raises ValueError unless `z` is a finite vector, shape (K,), with no output too small to
    divide by, and `y` a label of that shape.
    """
    z = check_logits(z, ndim=1, name="z")  # (K,)
    y = check_labels(y, z)  # (K,)
    y_hat = divisible_softmax(z, name="z")  # (K,)
    i, o = np.ogrid[: z.size, : z.size]  # (K, 1), (1, K)
    dL_dz = derivative(lambda z: cross_entropy(z, y), z)  # (K,)
    dL_dy_hat = derivative(lambda y_hat: -np.sum(y * np.log(y_hat)), y_hat)  # (K,)
    yield np.tile(dL_dz[i], (1, z.size))
    yield dL_dy_hat[o] * derivative(softmax, z)[o, i]


# --8<-- [end:one_path]


# --8<-- [start:sum_too_many]
def sum_too_many(z: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of the slope in output o as published, shape (K,).

    Raises ValueError unless `z` is a finite vector, shape (K,), with no output too small to
    divide by, and `y` a label of that shape.
    """
    z = check_logits(z, ndim=1, name="z")  # (K,)
    y = check_labels(y, z)  # (K,)
    y_hat = divisible_softmax(z, name="z")  # (K,)
    yield derivative(lambda y_hat: -np.sum(y * np.log(y_hat)), y_hat)
    yield np.full(z.size, -np.sum(1 / y_hat * y))


# --8<-- [end:sum_too_many]


# --8<-- [start:slope]
def slope(z: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of the slope in output o, mended, shape (K,).

    Raises ValueError unless `z` is a finite vector, shape (K,), with no output too small to
    divide by, and `y` a label of that shape.
    """
    z = check_logits(z, ndim=1, name="z")  # (K,)
    y = check_labels(y, z)  # (K,)
    y_hat = divisible_softmax(z, name="z")  # (K,)
    yield derivative(lambda y_hat: -np.sum(y * np.log(y_hat)), y_hat)
    yield -1 / y_hat * y


# --8<-- [end:slope]


# --8<-- [start:all_paths]
def all_paths(z: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain rule along every output, shape (K,).

    Raises ValueError unless `z` is a finite vector, shape (K,), with no output too small to
    divide by, and `y` a label of that shape.
    """
    z = check_logits(z, ndim=1, name="z")  # (K,)
    y = check_labels(y, z)  # (K,)
    y_hat = divisible_softmax(z, name="z")  # (K,)
    i, o = np.ogrid[: z.size, : z.size]  # (K, 1), (1, K)
    dL_dy_hat = derivative(lambda y_hat: -np.sum(y * np.log(y_hat)), y_hat)  # (K,)
    dy_hat = derivative(softmax, z)  # (K, K)
    yield derivative(lambda z: cross_entropy(z, y), z)
    yield np.sum(dL_dy_hat[o] * dy_hat[o, i], axis=1)
    yield -np.sum(1 / y_hat[o] * y[o] * dy_hat[o, i], axis=1)
    yield y_hat - y


# --8<-- [end:all_paths]


# --8<-- [start:case_one]
def case_one(z: Array) -> Iterator[ArrayLike]:
    """Yield each side of the post's first case, i = o, shape (K,).

    Raises ValueError unless `z` is a finite vector, shape (K,).
    """
    z = check_logits(z, ndim=1, name="z")  # (K,)
    # Every side is a ratio of exponentials, so the shift cancels and nothing overflows.
    z = z - z.max()  # (K,)
    e, s, y_hat = np.exp(z), np.sum(np.exp(z)), softmax(z)  # (K,), (), (K,)
    i, o = np.arange(z.size), np.arange(z.size)  # (K,), (K,)
    yield derivative(softmax, z)[o, i]
    yield derivative(softmax, z)[o, o]
    yield derivative(lambda z: np.exp(z) / np.sum(np.exp(z)), z)[o, o]
    yield e / s - e * s**-2.0 * e
    yield e / s * (1 - e / s)
    yield y_hat * (1 - y_hat)


# --8<-- [end:case_one]


# --8<-- [start:case_two_published]
def case_two_published(z: Array) -> Iterator[ArrayLike]:
    """Yield each side of the post's second case as published, shape (K, K), axes (i, o).

    The left side is the slope of output i in its own logit, whatever o is, and the other three
    agree without it. The diagonal belongs to the other case and holds NaN. Raises ValueError
    unless `z` is a finite vector, shape (K,).
    """
    z = check_logits(z, ndim=1, name="z")  # (K,)
    # Every side is a ratio of exponentials, so the shift cancels and nothing overflows.
    z = z - z.max()  # (K,)
    e, s, y_hat = np.exp(z), np.sum(np.exp(z)), softmax(z)  # (K,), (), (K,)
    i, o = np.ogrid[: z.size, : z.size]  # (K, 1), (1, K)
    yield np.where(i != o, derivative(softmax, z)[i, i], np.nan)
    yield np.where(i != o, derivative(lambda z: np.exp(z) / np.sum(np.exp(z)), z)[o, i], np.nan)
    yield np.where(i != o, -e[o] * s**-2.0 * e[i], np.nan)
    yield np.where(i != o, -y_hat[o] * y_hat[i], np.nan)


# --8<-- [end:case_two_published]


# --8<-- [start:case_two]
def case_two(z: Array) -> Iterator[ArrayLike]:
    """Yield each side of the second case, mended, shape (K, K), axes (o, i).

    The diagonal belongs to the other case and holds NaN. Raises ValueError unless `z` is a
    finite vector, shape (K,).
    """
    z = check_logits(z, ndim=1, name="z")  # (K,)
    # Every side is a ratio of exponentials, so the shift cancels and nothing overflows.
    z = z - z.max()  # (K,)
    e, s, y_hat = np.exp(z), np.sum(np.exp(z)), softmax(z)  # (K,), (), (K,)
    o, i = np.ogrid[: z.size, : z.size]  # (K, 1), (1, K)
    yield np.where(i != o, derivative(softmax, z)[o, i], np.nan)
    yield np.where(i != o, derivative(lambda z: np.exp(z) / np.sum(np.exp(z)), z)[o, i], np.nan)
    yield np.where(i != o, -e[o] * s**-2.0 * e[i], np.nan)
    yield np.where(i != o, -y_hat[o] * y_hat[i], np.nan)


# --8<-- [end:case_two]
