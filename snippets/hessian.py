"""The Hessian of cross-entropy in the logits: its quadratic form, its null space, Newton's step."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.cross_entropy import cross_entropy
from snippets.cross_entropy_gradient import divisible_softmax
from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import softmax


# --8<-- [start:hessian]
def hessian(o: ArrayLike) -> Array:
    """Return H = diag(p) - p p^T, the second derivatives of the cross-entropy loss.

    The label isn't asked for: any one that sums to 1 gives the same matrix.

    Args:
        o: logits, shape (K,).

    Returns:
        The Hessian, shape (K, K): symmetric, positive semidefinite, each row summing to 0.

    Raises:
        ValueError: if `o` is not a vector of finite numbers.
    """
    p = softmax(check_logits(o, ndim=1))  # (K,)
    return np.diag(p) - np.outer(p, p)  # (K, K)


# --8<-- [end:hessian]


# --8<-- [start:hessian_vector]
def hessian_vector(o: ArrayLike, v: ArrayLike) -> Array:
    """Return H v without building H: p * (v - p . v), along the last axis.

    Args:
        o: logits, shape (..., K).
        v: directions, shape (..., K).

    Returns:
        The products, shape (..., K), each summing to 0 over the classes.

    Raises:
        ValueError: if `o` or `v` is malformed or their shapes differ.
    """
    o = check_logits(o)  # (..., K)
    v = _check_direction(v, o)  # (..., K)
    p = softmax(o)  # (..., K)
    Hv: Array = p * (v - np.sum(p * v, axis=-1, keepdims=True))  # (..., K)
    return Hv


# --8<-- [end:hessian_vector]


# --8<-- [start:newton_step]
def newton_step(o: ArrayLike, y: ArrayLike, damping: float) -> Array:
    """Return the damped Newton step: the r that solves (H + damping I) r = y - p.

    H is diagonal less one outer product, so no matrix is built and none is solved.

    Args:
        o: logits, shape (..., K).
        y: one-hot or soft labels, shape (..., K).
        damping: what is added to the diagonal, above 0.

    Returns:
        The step to add to the logits, shape (..., K), summing to 0 over the classes.

    Raises:
        ValueError: if `o` or `y` is malformed, a row of `y` does not sum to 1, or `damping` is
            not a finite number above 0.
    """
    o = check_logits(o)  # (..., K)
    y = check_labels(y, o)  # (..., K)
    if not 0 < damping < np.inf:
        raise ValueError(f"damping must be a finite number above 0; got {damping}")
    p = softmax(o)  # (..., K)
    g = 1 / (p + damping)  # (..., K)
    mu = np.sum(g * (y - p), axis=-1, keepdims=True) / np.sum(g * p, axis=-1, keepdims=True)
    r: Array = g * (y - p - mu * p)  # (..., K)
    return r


# --8<-- [end:newton_step]


# --8<-- [start:second_derivative]
def second_derivative(f: Callable[[Array], ArrayLike], x: ArrayLike) -> Array:
    """Return every second partial derivative of a scalar `f` at `x`, with no formula for them.

    The mean of f(z) / z^2 over a circle is the coefficient of the square in f's power series
    (Lyness and Moler, "Numerical differentiation of analytic functions", SIAM Journal on
    Numerical Analysis 4, 1967). Along e_i + e_j it holds the mixed derivative as well.

    Args:
        f: function of a complex vector, shape (K,), analytic while imaginary parts stay below 1.
        x: real point, shape (K,).

    Returns:
        The Hessian, shape (K, K).
    """
    x = np.asarray(x, dtype=float)  # (K,)
    circle = 0.5 * np.exp(2j * np.pi * np.arange(32) / 32)

    def along(v: Array) -> float:
        return float(2 * np.mean([f(x + z * v) / z**2 for z in circle]).real)

    e = np.eye(x.size)  # (K, K)
    straight = [along(v) for v in e]
    return np.array(
        [
            [
                straight[i] if i == j else (along(e[i] + e[j]) - straight[i] - straight[j]) / 2
                for j in range(x.size)
            ]
            for i in range(x.size)
        ]
    )


# --8<-- [end:second_derivative]


# --8<-- [start:second]
def second(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain for the second derivatives, shape (K, K), axes (i, j).

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    # The loss is blind to a shift of the logits, and rounds best where they are small.
    o = o - o.max()  # (K,)
    p, delta = softmax(o), np.eye(o.size)  # (K,), (K, K)
    i, j = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield second_derivative(lambda o: cross_entropy(o, y), o)
    yield derivative(lambda o: softmax(o) - y, o).T
    yield derivative(softmax, o).T
    yield p[j] * (delta[i, j] - p[i])


# --8<-- [end:second]


# --8<-- [start:matrix]
def matrix(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of H = diag(p) - p p^T, shape (K, K).

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    # The loss is blind to a shift of the logits, and rounds best where they are small.
    o = o - o.max()  # (K,)
    p = softmax(o)  # (K,)
    yield second_derivative(lambda o: cross_entropy(o, y), o)
    yield np.diag(p) - p[:, None] @ p[None, :]


# --8<-- [end:matrix]


# --8<-- [start:variance]
def variance(o: Array, v: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain from v^T H v to a variance, a scalar, and then 0.

    Raises ValueError unless `o` and `v` are finite vectors of one shape, (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    v = _check_direction(v, o)  # (K,)
    p, H = softmax(o), derivative(softmax, o)  # (K,), (K, K)
    i, j = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield v @ H @ v
    yield np.sum(v[i] * H * v[j])
    yield np.sum(p * v**2) - np.sum(p * v) ** 2
    yield np.sum(p * (v - np.sum(p * v)) ** 2)
    yield 0.0


# --8<-- [end:variance]


# --8<-- [start:pairs]
def pairs(o: Array, v: Array) -> Iterator[ArrayLike]:
    """Yield both sides of v^T H v as a sum over pairs of classes, a scalar.

    Raises ValueError unless `o` and `v` are finite vectors of one shape, (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    v = _check_direction(v, o)  # (K,)
    p, H = softmax(o), derivative(softmax, o)  # (K,), (K, K)
    i, j = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield v @ H @ v
    yield 1 / 2 * np.sum(p[i] * p[j] * (v[i] - v[j]) ** 2)


# --8<-- [end:pairs]


# --8<-- [start:null]
def null(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that sums row i of H to 0, shape (K,).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    p, delta = softmax(o), np.eye(o.size)  # (K,), (K, K)
    i, j = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield np.sum(derivative(softmax, o), axis=1)
    yield np.sum(p[j] * (delta[i, j] - p[i]), axis=1)
    yield p - p * np.sum(p)
    yield np.zeros(o.size)


# --8<-- [end:null]


# --8<-- [start:row]
def row(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that bounds the absolute sum of row i of H, shape (K,).

    The last side is the bound, one half; the others agree. Raises ValueError unless the logits
    `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    p, H = softmax(o), derivative(softmax, o)  # (K,), (K, K)
    i, j = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield np.sum(np.abs(H), axis=1)
    yield p * (1 - p) + np.where(j != i, p[i] * p[j], 0).sum(axis=1)
    yield 2 * p * (1 - p)
    yield 1 / 2 - 2 * (1 / 2 - p) ** 2
    yield np.full(o.size, 1 / 2)


# --8<-- [end:row]


# --8<-- [start:newton]
def newton(o: Array, y: Array, c: float) -> Iterator[ArrayLike]:
    """Yield each side of the chain that puts s = y / p + c into H s = y - p, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), with no p_k too small to divide
    by, and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p, H = divisible_softmax(o), derivative(softmax, o)  # (K,), (K, K)
    s = y / p + c  # (K,)
    yield np.sum(H * s, axis=1)
    yield p * (s - np.sum(p * s))
    yield p * (y / p - np.sum(y))
    yield y - p


# --8<-- [end:newton]


# --8<-- [start:steps]
def steps(o: Array, y: Array) -> dict[str, Array]:
    """Return three Newton steps beside the gradient's own, each of shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), with no p_k too small to divide
    by, and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p, H = divisible_softmax(o), hessian(o)  # (K,), (K, K)
    held = np.zeros(o.size)  # (K,)
    held[1:] = np.linalg.solve(H[1:, 1:], (y - p)[1:])
    return {
        r"\mathbf{y} - \mathbf{p}": y - p,
        r"\text{shortest}": y / p - np.mean(y / p),
        r"\text{logit 1 held}": held,
        r"\text{damped}, \lambda = 0.1": newton_step(o, y, damping=0.1),
    }


# --8<-- [end:steps]


def _check_direction(v: ArrayLike, o: Array) -> Array:
    v = check_logits(v, name="v")
    if v.shape != o.shape:
        raise ValueError(f"v must have the shape {o.shape} of the logits; got shape {v.shape}")
    return v
