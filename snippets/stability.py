"""Softmax and its kin to the last digits, and the algebra they rest on, side by side."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits

Index = tuple[NDArray[np.intp], NDArray[np.intp]]

# Numbers worked on at a time, few enough to stay in the processor's cache between two passes.
BLOCK = 1 << 16

# Rows of fewer classes count as short.
SHORT = 64


# --8<-- [start:shift]
def shift(m: Array) -> Array:
    """Return the whole number c to take off each row, so that o - c is exact where it matters.

    Taking off m itself rounds o - m, and exp makes that a relative error: up to 512 units in the
    last place where o - m is near -700. A whole number is a multiple of the last bit of every
    o below 2^53, so o - c is exact unless it is larger than o itself. That is ruled out as long
    as c is 0, or m < 0, or c <= 2 (m - 746), since an o below m - 746 counts for nothing beside
    m. From 708 to 784, c has to be larger than that to keep exp(m - c) finite; what it
    rounds there is less than the smallest float.

    Args:
        m: largest logit of each row, shape (N,).

    Returns:
        The shifts, shape (N,), none above m and none below m - 709.
    """
    c: Array = np.floor(np.minimum(m, np.maximum(0, np.maximum(m - 708, 2 * m - 1492))))
    return c


# --8<-- [end:shift]


# --8<-- [start:common_shift]
def common_shift(low: float, high: float) -> float | None:
    """Return a whole number that can be taken off all logits, or None if they are too far apart.

    Between -700 and 640 there is no need to, since exp is a normal number and K of them can be
    added. Elsewhere, o - c is exact as it is no larger than o.

    Args:
        low, high: smallest and largest logit of all rows.
    """
    if low >= -700 and high <= 640:
        return 0.0
    if high - low <= 640:
        return float(np.floor(low) if low > 0 else np.ceil(high))
    return None


# --8<-- [end:common_shift]


# --8<-- [start:exponentials]
def exponentials(o: Array, e: Array, c: float | None) -> None:
    """Write exp(o - c), times a power of two for each row, to `e`.

    Args:
        o: finite logits, shape (N, K).
        e: room for the result, shape (N, K).
        c: one shift for all rows, from `common_shift`, or None to give each row its own.
    """
    if c is not None:
        # Along a short axis exp is slow where the two arrays are laid out in different orders.
        plain = c == 0 and e.flags.c_contiguous
        np.exp(o if plain else np.subtract(o, c, out=e), out=e)
        return
    m = o[largest(o)].real  # (N,)
    c_row = shift(m)  # (N,)
    np.exp(np.subtract(o, c_row[:, np.newaxis], out=e), out=e)
    # A sum of K terms just below the largest float would overflow. What this power of two pushes
    # under the smallest float is lost beside the row's largest term anyway.
    high = m - c_row > 640  # (N,)
    if high.any():
        e *= np.where(high, 2.0**-64, 1.0)[:, np.newaxis]


def largest(o: Array) -> Index:
    """Return the index of the largest logit of each row: rows and columns, each of shape (N,)."""
    return np.arange(len(o)), o.argmax(axis=-1)


# --8<-- [end:exponentials]


# --8<-- [start:total]
def total(e: Array) -> Array:
    """Return the sum of each row, shape (N,), of exponentials, shape (N, K).

    A running sum of K terms is rounded K - 1 times. Whole numbers add up without rounding, so the
    terms are scaled by a power of two that makes their sum a whole number of 61 bits, rounded
    once each, far below the last place of the sum, and added as integers. Of a long row, eight
    terms at a time are added beforehand.
    """
    s: Array
    if np.iscomplexobj(e):
        s = e.sum(axis=-1)
        return s
    N, K = e.shape
    if K >= SHORT:
        width = K // 8
        rest = e[:, 8 * width :]  # (N, K % 8)
        e = e[:, : 8 * width].reshape(N, 8, width).sum(axis=1)  # (N, width)
        e[:, : K % 8] += rest
    power = 61 - np.frexp(e.sum(axis=-1))[1]  # (N,)
    scaled = e * np.ldexp(1.0, np.minimum(power, 1000))[:, np.newaxis]
    # The power of two for a sum near the smallest float is itself too large for a float.
    if (power > 1000).any():
        scaled *= np.ldexp(1.0, np.maximum(power - 1000, 0))[:, np.newaxis]
    whole = np.rint(scaled, out=scaled).astype(np.int64).sum(axis=-1)  # (N,)
    s = np.ldexp(whole.astype(float), -power)
    return s


# --8<-- [end:total]


# --8<-- [start:softmax]
def softmax(o: ArrayLike) -> Array:
    """Return p_j = exp(o_j) / sum_k exp(o_k) along the last axis.

    Args:
        o: logits, shape (..., K).

    Returns:
        Probabilities, shape (..., K), within 4 units in the last place, subnormal ones included.

    Raises:
        ValueError: if `o` has no class axis, is empty, or is not finite.
    """
    rows, c = _rows(o)  # (N, K), ()
    p = np.empty_like(rows)  # (N, K)
    with np.errstate(over="ignore", under="ignore"):
        for block, room in _blocks(rows):
            x = rows[block]
            if x.shape[1] < SHORT:
                e = room  # (n, K)
                exponentials(x, e, c)
                s = total(e)  # (n,)
            else:
                # The sum is rounded, so its largest term keeps out of the way of the others.
                e, at = p[block], largest(x)
                exponentials(x, e, c)
                top = e[at]  # (n,)
                e[at] = 0
                s = top + total(e)  # (n,)
                e[at] = top
            np.divide(e, s[:, np.newaxis], out=p[block])
    return p.reshape(np.shape(o))


# --8<-- [end:softmax]


# --8<-- [start:excess]
def excess(o: Array, e: Array, c: float | None) -> tuple[Array, Array]:
    """Return m = max o and log sum_k exp(o_k - m), two arrays of shape (N,).

    The largest term of the sum is 1. Adding the others to it would round them to the digits of
    1, so they are summed on their own and log1p adds the 1.

    Args:
        o: finite logits, shape (N, K).
        e: room for exponentials, shape (N, K).
        c: one shift for all rows, or None to give each row its own.
    """
    at = largest(o)
    exponentials(o, e, c)
    top = e[at]  # (N,)
    e[at] = 0
    return o[at], np.log1p(total(e) / top)


# --8<-- [end:excess]


# --8<-- [start:logsumexp]
def logsumexp(o: ArrayLike) -> Array:
    """Return log sum_k exp(o_k) along the last axis.

    Args:
        o: logits, shape (..., K).

    Returns:
        An array of shape (...,), within 4 units in the last place plus what rounding the logits
        to float64 does to the result: near 0 it is a difference of larger numbers.

    Raises:
        ValueError: if `o` has no class axis, is empty, or is not finite.
    """
    rows, c = _rows(o)  # (N, K), ()
    lse = np.empty_like(rows[:, 0])  # (N,)
    with np.errstate(over="ignore", under="ignore"):
        for block, e in _blocks(rows):
            m, log_s = excess(rows[block], e, c)
            lse[block] = m + log_s
    return lse.reshape(np.shape(o)[:-1])


# --8<-- [end:logsumexp]


# --8<-- [start:log_softmax]
def log_softmax(o: ArrayLike) -> Array:
    """Return log p_j = o_j - log sum_k exp(o_k) along the last axis.

    Args:
        o: logits, shape (..., K).

    Returns:
        Logarithms of probabilities, shape (..., K), within 4 units in the last place. One below
        the range of float64 is -inf.

    Raises:
        ValueError: if `o` has no class axis, is empty, or is not finite.
    """
    rows, c = _rows(o)  # (N, K), ()
    log_p = np.empty_like(rows)  # (N, K)
    with np.errstate(over="ignore", under="ignore"):
        for block, room in _blocks(rows):
            e = room if rows.shape[1] < SHORT else log_p[block]  # (n, K)
            m, log_s = excess(rows[block], e, c)
            # Neither term is positive, so nothing cancels, whereas o - (m + log_s) may.
            np.subtract(rows[block], m[:, np.newaxis], out=log_p[block])
            log_p[block] -= log_s[:, np.newaxis]
    return log_p.reshape(np.shape(o))


# --8<-- [end:log_softmax]


# --8<-- [start:loss_and_gradient]
def loss_and_gradient(o: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Return L = -sum_k y_k log p_k of each row and its gradient p - y, from one set of exp.

    Args:
        o: real logits, shape (..., K).
        y: one-hot or soft labels, shape (..., K); rows sum to 1.

    Returns:
        The losses, shape (...,), within 4 units in the last place, and the gradients, shape
        (..., K). A gradient is within 4 units in the last place of the larger of the two numbers
        that it is the difference of: p and y, or 1 - y and 1 - p where p is above 1/2.

    Raises:
        ValueError: if `o` or `y` is malformed, not real or not finite, or a row of `y` does not
            sum to 1.
    """
    rows, c = _rows(o)  # (N, K), ()
    if np.iscomplexobj(rows):
        raise ValueError(f"o must be real; got complex numbers in shape {np.shape(o)}")
    labels = check_labels(y, rows.reshape(np.shape(o))).reshape(rows.shape)  # (N, K)
    L, dL = np.empty(len(rows)), np.empty_like(rows)  # (N,), (N, K)
    with np.errstate(over="ignore", under="ignore"):
        for block, room in _blocks(rows):
            x, y_ = rows[block], labels[block]
            e = room if rows.shape[1] < SHORT else dL[block]  # (n, K)
            at = largest(x)
            exponentials(x, e, c)
            m, top, y_top = x[at], e[at], y_[at]  # (n,), (n,), (n,)
            e[at] = 0
            rest = total(e)  # (n,)
            s = top + rest  # (n,)
            g = np.divide(e, s[:, np.newaxis], out=dL[block])  # (n, K)
            g -= y_
            # Near p = 1 the digits of 1 - p are those of the other classes.
            p = top / s  # (n,)
            g[at] = np.where(p > 0.5, (1 - y_top) - rest / s, p - y_top)
            log_p = np.subtract(x, m[:, np.newaxis], out=room)
            log_p -= np.log1p(rest / top)[:, np.newaxis]
            # A logarithm below the range of float64 is -inf, and 0 times that would be NaN.
            if m.max() > 1e290:
                log_p[y_ == 0] = 0
            log_p *= y_
            L[block] = -log_p.sum(axis=-1)
    return L.reshape(np.shape(o)[:-1]), dL.reshape(np.shape(o))


# --8<-- [end:loss_and_gradient]


# --8<-- [start:lse]
def lse(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain that takes m = max o out of the logarithm; scalars.

    The second side holds e^m, so it overflows where m is above 709.

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    m = np.max(o)
    yield logsumexp(o)
    yield np.log(np.exp(m) * np.sum(np.exp(o - m)))
    yield m + np.log(np.sum(np.exp(o - m)))


# --8<-- [end:lse]


# --8<-- [start:bounds]
def bounds(o: Array) -> Iterator[ArrayLike]:
    """Yield the lower bound, the log-sum-exp and the upper bound, each a scalar.

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    yield np.max(o)
    yield logsumexp(o)
    yield np.max(o) + np.log(o.size)


# --8<-- [end:bounds]


# --8<-- [start:gradient]
def gradient(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the gradient of log-sum-exp, shape (K,).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    # Every side keeps its value when all logits are shifted, and nothing overflows.
    o = o - o.max()  # (K,)
    e = np.exp(o)  # (K,)
    yield derivative(logsumexp, o)
    yield 1 / np.sum(e) * derivative(lambda o: np.sum(np.exp(o)), o)
    yield e / np.sum(e)
    yield softmax(o)


# --8<-- [end:gradient]


# --8<-- [start:hessian]
def hessian(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the second derivative of log-sum-exp, shape (K, K), axes (i, j).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    p, delta = softmax(o), np.eye(o.size)  # (K,), (K, K)
    i, j = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    # The largest logit becomes 0: the derivatives stay, and small steps keep their digits.
    o = o - o.max()  # (K,)

    def slope(step: float) -> Array:
        nudged = o + step * np.eye(o.size)  # (K, K), row i nudges o_i
        return np.stack([derivative(logsumexp, row) for row in nudged])  # (K, K)

    # Five points cancel the error of a difference up to the fourth power of the step.
    h = 1e-3
    yield (8 * (slope(h) - slope(-h)) - (slope(2 * h) - slope(-2 * h))) / (12 * h)
    yield derivative(softmax, o).T
    yield p[j] * (delta[i, j] - p[i])


# --8<-- [end:hessian]


# --8<-- [start:ratio]
def ratio(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of log p_i measured from a class r, shape (K, K), axes (i, r).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    K = o.size
    # Sides with e^o in them overflow, so all are taken at logits with the same differences.
    o = o - o.max()  # (K,)
    i, r = np.ogrid[:K, :K]  # (K, 1), (1, K)
    apart = np.where(np.eye(K) == 1, -np.inf, o[:, np.newaxis] - o)  # (K, K), axes k, r
    full = np.zeros((K, K))
    yield np.log(softmax(o))[i] + full
    yield o[i] - np.log(np.sum(np.exp(o))) + full
    yield (o[i] - o[r]) - np.log(np.sum(np.exp(o[:, np.newaxis] - o), axis=0))
    yield (o[i] - o[r]) - np.log1p(np.sum(np.exp(apart), axis=0))


# --8<-- [end:ratio]


# --8<-- [start:fused]
def fused(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the loss as log-sum-exp less a dot product; scalars.

    Raises ValueError unless the logits `o` are a finite vector, shape (K,), and the label `y`
    is a probability vector of the same shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    yield loss_and_gradient(o, y)[0]
    yield -np.sum(y * log_softmax(o))
    yield -np.sum(y * (o - logsumexp(o)))
    yield logsumexp(o) * np.sum(y) - np.sum(o * y)
    yield logsumexp(o) - np.sum(o * y)


# --8<-- [end:fused]


# --8<-- [start:fused_gradient]
def fused_gradient(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of the fused loss's gradient, shape (K,).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,), and the label `y`
    is a probability vector of the same shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    yield derivative(lambda o: -np.sum(y * log_softmax(o)), o)
    yield derivative(logsumexp, o) - y
    yield loss_and_gradient(o, y)[1]


# --8<-- [end:fused_gradient]


# --8<-- [start:sensitivity]
def sensitivity(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the relative change of p_j with o_i, shape (K, K), axes (j, i).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    p, delta = softmax(o), np.eye(o.size)  # (K,), (K, K)
    j, i = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    yield derivative(log_softmax, o)
    yield delta[i, j] - p[i]


# --8<-- [end:sensitivity]


def _rows(o: ArrayLike) -> tuple[Array, float | None]:
    """Return checked logits as rows, shape (N, K), and their common shift."""
    # check_logits copies, which takes as long as softmax does; most logits need no copy.
    if not (isinstance(o, np.ndarray) and o.dtype == np.float64 and o.ndim > 0 and o.size > 0):
        o = check_logits(o)
    low, high = float(o.real.min()), float(o.real.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        check_logits(o)
    return o.reshape(-1, o.shape[-1]), common_shift(low, high)


def _blocks(rows: Array) -> Iterator[tuple[slice, Array]]:
    """Yield the slices that cut rows into blocks, and room to work on each, shape (n, K)."""
    N, K = rows.shape
    size = min(N, max(1, BLOCK // K))
    # NumPy is slow along a short axis, so the room for short rows is laid out class by class.
    room = np.empty((size, K), dtype=rows.dtype, order="F" if K < SHORT else "C")
    for start in range(0, N, size):
        yield slice(start, start + size), room[: N - start]
