"""Labels that aren't one-hot: smoothing, distillation, and weights that don't sum to one."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.cross_entropy import cross_entropy
from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import log_softmax, softmax


# --8<-- [start:smooth]
def smooth(y: ArrayLike, epsilon: float) -> Array:
    """Return s = (1 - epsilon) y + epsilon / K: labels with a share spread over all classes.

    Args:
        y: one-hot or soft labels, shape (..., K).
        epsilon: the share to spread, from 0 to 1.

    Returns:
        Smoothed labels, shape (..., K), each row summing to 1.

    Raises:
        ValueError: if `y` is malformed, a row does not sum to 1, or `epsilon` is out of range.
    """
    y = check_logits(y, name="y")  # (..., K)
    y = check_labels(y, y)  # (..., K)
    _check_share(epsilon, "epsilon")
    s: Array = (1 - epsilon) * y + epsilon / y.shape[-1]  # (..., K)
    return s


# --8<-- [end:smooth]


# --8<-- [start:distillation]
def distillation(o: ArrayLike, u: ArrayLike, T: float) -> tuple[Array, Array]:
    """Return T^2 D and its gradient, D the cross-entropy of a teacher and a student, both at T.

    Args:
        o: the student's logits, shape (..., K).
        u: the teacher's logits, shape (..., K), held constant.
        T: temperature, above 0.

    Returns:
        The losses, shape (...), in nats, and their gradients T (q - r) in `o`, shape (..., K).

    Raises:
        ValueError: if `o` or `u` is malformed, their shapes differ, or `T` is not a finite
            number above 0.
    """
    o = check_logits(o)  # (..., K)
    u = _check_beside(u, o, "u")  # (..., K)
    _check_temperature(T)
    # Shifted before the division, logits with a large offset keep the digits of their differences.
    r = softmax((u - u.max(axis=-1, keepdims=True)) / T)  # (..., K)
    log_q = log_softmax((o - o.max(axis=-1, keepdims=True)) / T)  # (..., K)
    D = -np.sum(r * log_q, axis=-1)  # (...)
    return T**2 * D, T * (np.exp(log_q) - r)


# --8<-- [end:distillation]


# --8<-- [start:weighted_gradient]
def weighted_gradient(o: ArrayLike, w: ArrayLike) -> Array:
    """Return p sum_k w_k - w, the derivative of -sum_k w_k log p_k in each logit.

    Args:
        o: logits, shape (..., K).
        w: weights of any sign and any sum, shape (..., K).

    Returns:
        The gradient of each row's own loss, shape (..., K); it sums to 0 over the classes.

    Raises:
        ValueError: if `o` or `w` is malformed or their shapes differ.
    """
    o = check_logits(o)  # (..., K)
    w = _check_beside(w, o, "w")  # (..., K)
    dM: Array = softmax(o) * w.sum(axis=-1, keepdims=True) - w  # (..., K)
    return dM


# --8<-- [end:weighted_gradient]


# --8<-- [start:total]
def total(y: Array, epsilon: float) -> Iterator[ArrayLike]:
    """Yield each side of the chain that sums a smoothed label to 1, a scalar.

    Raises ValueError unless `y` is a label, shape (K,), and `epsilon` lies between 0 and 1.
    """
    s = smooth(y, epsilon)  # (K,)
    K = s.size
    yield np.sum(s)
    yield (1 - epsilon) * np.sum(y) + np.sum(np.full(K, epsilon / K))
    yield (1 - epsilon) + epsilon
    yield 1.0


# --8<-- [end:total]


# --8<-- [start:smoothed]
def smoothed(o: Array, y: Array, epsilon: float) -> Iterator[ArrayLike]:
    """Yield each side of the chain for the gradient with a smoothed label, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), `y` a label of that shape, and
    `epsilon` lies between 0 and 1.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p, s, delta = softmax(o), smooth(y, epsilon), np.eye(o.size)  # (K,), (K,), (K, K)
    k, i = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(lambda o: cross_entropy(o, s), o)
    yield -np.sum(s[k] * derivative(log_softmax, o), axis=0)
    yield -np.sum(s[k] * (delta[k, i] - p[i]), axis=0)
    yield p * np.sum(s) - s
    yield p - s
    yield (1 - epsilon) * (p - y) + epsilon * (p - 1 / o.size)


# --8<-- [end:smoothed]


# --8<-- [start:tempered]
def tempered(o: Array, T: float) -> Iterator[ArrayLike]:
    """Yield each side of the chain for log q_k by o_i at temperature T, shape (K, K), axes (k, i).

    Raises ValueError unless `o` is a finite vector, shape (K,), and `T` a number above 0.
    """
    o = check_logits(o, ndim=1)  # (K,)
    _check_temperature(T)
    # A shift changes no side, and small exponentials don't overflow.
    o = o - o.max()  # (K,)
    q, delta = softmax(o / T), np.eye(o.size)  # (K,), (K, K)
    k, i = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(lambda o: log_softmax(o / T), o)
    yield derivative(lambda o: o / T - np.log(np.sum(np.exp(o / T))), o)
    yield delta[k, i] / T - 1 / T * np.exp(o[i] / T) / np.sum(np.exp(o / T))
    yield 1 / T * (delta[k, i] - q[i])


# --8<-- [end:tempered]


# --8<-- [start:distilled]
def distilled(o: Array, u: Array, T: float) -> Iterator[ArrayLike]:
    """Yield each side of the chain for the gradient of the distillation loss, shape (K,).

    Raises ValueError unless `o` and `u` are finite vectors of one shape, (K,), and `T` a number
    above 0.
    """
    o = check_logits(o, ndim=1)  # (K,)
    u = _check_beside(u, o, "u")  # (K,)
    _check_temperature(T)
    # Shifted before the division, logits with a large offset keep the digits of their differences.
    o, u = o - o.max(), u - u.max()  # (K,), (K,)
    q, r, delta = softmax(o / T), softmax(u / T), np.eye(o.size)  # (K,), (K,), (K, K)
    k, i = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(lambda o: -np.sum(r * log_softmax(o / T)), o)
    yield -np.sum(r[k] * derivative(lambda o: log_softmax(o / T), o), axis=0)
    yield -1 / T * np.sum(r[k] * (delta[k, i] - q[i]), axis=0)
    yield 1 / T * (q * np.sum(r) - r)
    yield 1 / T * (q - r)


# --8<-- [end:distilled]


# --8<-- [start:cooling]
def cooling(o: Array, beta: float) -> Iterator[ArrayLike]:
    """Yield each side of the chain for the derivative of softmax by 1 / T, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    b, delta = softmax(beta * o), np.eye(o.size)  # (K,), (K, K)
    j, k = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(lambda beta: softmax(beta * o), beta)
    yield np.sum(b[j] * (delta[j, k] - b[k]) * o[k], axis=1)
    yield b * (o - np.sum(b * o))


# --8<-- [end:cooling]


# --8<-- [start:temperatures]
def temperatures(o: Array, u: Array) -> dict[str, Array]:
    """Return T (q - r) at rising temperatures and its limit, each of shape (K,).

    Raises ValueError unless `o` and `u` are finite vectors of one shape, (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    u = _check_beside(u, o, "u")  # (K,)
    shown = {f"T = {T}": distillation(o, u, T)[1] for T in (1, 4, 20, 100)}
    return shown | {r"\text{limit}": ((o - o.mean()) - (u - u.mean())) / o.size}


# --8<-- [end:temperatures]


# --8<-- [start:any_sum]
def any_sum(o: Array, w: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain from the weighted loss to its gradient, shape (K,).

    Raises ValueError unless `o` and `w` are finite vectors of one shape, (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    w = _check_beside(w, o, "w")  # (K,)
    p, delta = softmax(o), np.eye(o.size)  # (K,), (K, K)
    k, i = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(lambda o: -np.sum(w * log_softmax(o)), o)
    yield -np.sum(w[k] * (delta[k, i] - p[i]), axis=0)
    yield p * np.sum(w) - w


# --8<-- [end:any_sum]


# --8<-- [start:fused]
def fused(o: Array, w: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that sums the gradient of LSE(o) - w . o, a scalar.

    Raises ValueError unless `o` and `w` are finite vectors of one shape, (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    w = _check_beside(w, o, "w")  # (K,)
    p = softmax(o)  # (K,)
    # The shift adds a constant to the loss, which no slope sees.
    o = o - o.max()  # (K,)
    yield np.sum(derivative(lambda o: np.log(np.sum(np.exp(o))) - np.sum(w * o), o))
    yield np.sum(p - w)
    yield 1 - np.sum(w)


# --8<-- [end:fused]


def _check_beside(values: ArrayLike, o: Array, name: str) -> Array:
    values = check_logits(values, name=name)
    if values.shape != o.shape:
        raise ValueError(
            f"{name} must have the shape {o.shape} of the logits; got shape {values.shape}"
        )
    return values


def _check_share(share: float, name: str) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"{name} must lie between 0 and 1; got {share}")


def _check_temperature(T: float) -> None:
    if not 0 < T < np.inf:
        raise ValueError(f"T must be a finite number above 0; got {T}")
