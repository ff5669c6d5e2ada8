"""Softmax and cross-entropy by differentials, and a layer's derivatives in three layouts."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.cross_entropy import cross_entropy
from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import log_softmax, softmax


# --8<-- [start:differential]
def differential(f: Callable[..., ArrayLike], *changes: tuple[Array, Array]) -> Array:
    """Return the part of a function's change that is proportional to its inputs' changes.

    Like `derivative`, it takes a complex step, but one along the changes: the imaginary part of
    f(x + ih dx) over h.

    Args:
        f: function of as many arrays as there are changes, made of smooth pieces, and able to
            take complex numbers.
        changes: each input with its own change, two arrays of one shape.

    Returns:
        The differential, of the shape of what `f` returns.
    """
    h = 1e-100
    df: Array = np.imag(f(*(x + 1j * h * dx for x, dx in changes))) / h
    return df


# --8<-- [end:differential]


def check_change(dx: ArrayLike, x: Array, name: str) -> Array:
    """Return the change of an input as an array of floats of the input's shape.

    Raises:
        ValueError: if the change is not finite or differs in shape from the input. The message
            names argument and shape.
    """
    dx = check_logits(dx, name=name)
    if dx.shape != x.shape:
        raise ValueError(f"{name} must have the shape {x.shape} of what it changes; got {dx.shape}")
    return dx


# --8<-- [start:denominator]
def denominator(o: Array, do: Array) -> Iterator[ArrayLike]:
    """Yield each side of the differential of softmax's denominator; every side is a scalar.

    The exponentials stand as in the formula, so logits above 700 overflow here.

    Raises ValueError unless `o` and `do` are finite vectors of one shape, (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    do = check_change(do, o, "do")  # (K,)
    yield differential(lambda o: np.exp(o) @ np.ones(o.size), (o, do))
    yield (np.exp(o) * do) @ np.ones(o.size)
    yield np.exp(o) @ do


# --8<-- [end:denominator]


# --8<-- [start:jacobian]
def jacobian(o: Array, do: Array) -> Iterator[ArrayLike]:
    """Yield each side of the differential of softmax, shape (K,).

    Raises ValueError unless `o` and `do` are finite vectors of one shape, (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    do = check_change(do, o, "do")  # (K,)
    # Every side is a ratio of exponentials, so the shift cancels and nothing overflows.
    o = o - o.max()  # (K,)
    e, s, p = np.exp(o), np.sum(np.exp(o)), softmax(o)  # (K,), (), (K,)
    ds = differential(lambda o: np.sum(np.exp(o)), (o, do))  # ()
    yield differential(softmax, (o, do))
    yield 1 / s * e * do - 1 / s**2 * e * ds
    yield 1 / s * e * do - 1 / s**2 * np.outer(e, e) @ do
    yield p * do - np.outer(p, p) @ do
    yield (np.diag(p) - np.outer(p, p)) @ do


# --8<-- [end:jacobian]


# --8<-- [start:logarithm]
def logarithm(o: Array, do: Array) -> Iterator[ArrayLike]:
    """Yield each side of the differential of log-softmax, shape (K,).

    Raises ValueError unless `o` and `do` are finite vectors of one shape, (K,).
    """
    o = check_logits(o, ndim=1)  # (K,)
    do = check_change(do, o, "do")  # (K,)
    # Each side keeps its value under a shift, and the shift keeps the exponentials small.
    o = o - o.max()  # (K,)
    s, p, one = np.sum(np.exp(o)), softmax(o), np.ones(o.size)  # (), (K,), (K,)
    ds = differential(lambda o: np.sum(np.exp(o)), (o, do))  # ()
    yield differential(log_softmax, (o, do))
    yield do - 1 / s * one * ds
    yield do - np.outer(one, p) @ do
    yield (np.eye(o.size) - np.outer(one, p)) @ do


# --8<-- [end:logarithm]


# --8<-- [start:loss]
def loss(o: Array, y: Array, do: Array) -> Iterator[ArrayLike]:
    """Yield each side of the differential of the loss; every side is a scalar.

    Raises ValueError unless `o` and `do` are finite vectors of one shape, (K,), and `y` is a
    label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y, do = check_labels(y, o), check_change(do, o, "do")  # (K,), (K,)
    p, one = softmax(o), np.ones(o.size)  # (K,), (K,)
    yield differential(lambda o: cross_entropy(o, y), (o, do))
    yield -y @ differential(log_softmax, (o, do))
    yield -y @ (np.eye(o.size) - np.outer(one, p)) @ do
    yield ((y @ one) * p - y) @ do
    yield (p - y) @ do


# --8<-- [end:loss]


# --8<-- [start:gradient]
def gradient(o: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of the gradient in the vector of logits, shape (K,).

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    yield derivative(lambda o: cross_entropy(o, y), o)
    yield softmax(o) - y


# --8<-- [end:gradient]


def check_layer(
    h: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    """Return a layer's input, weights, biases and label as arrays of floats that fit together.

    Raises:
        ValueError: if `h`, shape (J,), `W`, shape (J, K), or `b`, shape (K,), is not finite or
            does not fit the others, or if `y` is no label of shape (K,). The message names
            argument and shape.
    """
    h, W = check_logits(h, ndim=1, name="h"), check_logits(W, ndim=2, name="W")
    b = check_logits(b, ndim=1, name="b")
    if W.shape != (h.size, b.size):
        raise ValueError(f"W must have shape {(h.size, b.size)}; got shape {W.shape}")
    return h, W, b, check_labels(y, b)


# --8<-- [start:layer]
def layer(
    h: Array,
    W: Array,
    b: Array,
    y: Array,
    dh: Array,
    dW: Array,
    db: Array,
) -> Iterator[ArrayLike]:
    """Yield each side of the differential of the loss of a layer; every side is a scalar.

    Raises ValueError unless `h`, shape (J,), `W`, shape (J, K), `b`, shape (K,), and a change of
    each are finite, and `y` is a label, shape (K,).
    """
    h, W, b, y = check_layer(h, W, b, y)
    dh, dW, db = check_change(dh, h, "dh"), check_change(dW, W, "dW"), check_change(db, b, "db")
    changes = (h, dh), (W, dW), (b, db)
    r = softmax(W.T @ h + b) - y  # (K,)
    yield differential(lambda h, W, b: cross_entropy(W.T @ h + b, y), *changes)
    yield r @ differential(lambda h, W, b: W.T @ h + b, *changes)
    yield r @ dW.T @ h + r @ W.T @ dh + r @ db
    yield np.sum(np.outer(h, r) * dW) + (W @ r) @ dh + r @ db


# --8<-- [end:layer]


# --8<-- [start:batch]
def batch(O: Array, Y: Array, dO: Array) -> Iterator[ArrayLike]:
    """Yield each side of the differential of a batch's mean loss; every side is a scalar.

    Raises ValueError unless `O` and `dO` are finite matrices of one shape, (N, K), and the rows
    of `Y`, of that shape, are labels.
    """
    O = check_logits(O, ndim=2, name="O")  # (N, K)
    Y, dO = check_labels(Y, O, name="Y"), check_change(dO, O, "dO")  # (N, K), (N, K)
    P, N = softmax(O), len(O)  # (N, K), ()
    yield differential(lambda O: np.mean(cross_entropy(O, Y)), (O, dO))
    yield 1 / N * np.sum((P - Y) * dO)
    yield 1 / N * np.trace((P - Y).T @ dO)


# --8<-- [end:batch]


# --8<-- [start:numerator]
def numerator(h: Array, W: Array, b: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of a layer's derivative in numerator layout, shape (K, J).

    Raises ValueError as `check_layer` does.
    """
    h, W, b, _ = check_layer(h, W, b, y)
    yield derivative(lambda h: W.T @ h + b, h)
    yield W.T


# --8<-- [end:numerator]


# --8<-- [start:denominator_layout]
def denominator_layout(h: Array, W: Array, b: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield each side of a layer's derivative in denominator layout, shape (J, K).

    Raises ValueError as `check_layer` does.
    """
    h, W, b, _ = check_layer(h, W, b, y)
    A = derivative(lambda h: W.T @ h + b, h)  # (K, J)
    yield np.array([[A[k, j] for k in range(b.size)] for j in range(h.size)])
    yield W
    yield A.T


# --8<-- [end:denominator_layout]


# --8<-- [start:chains]
def numerator_chain(h: Array, W: Array, b: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of the chain rule in numerator layout, shape (J,).

    Raises ValueError as `check_layer` does.
    """
    h, W, b, y = check_layer(h, W, b, y)
    A = derivative(lambda h: W.T @ h + b, h)  # (K, J)
    dL_dz = derivative(lambda z: cross_entropy(z, y), W.T @ h + b)  # (K,)
    yield derivative(lambda h: cross_entropy(W.T @ h + b, y), h)
    yield dL_dz @ A


def denominator_chain(h: Array, W: Array, b: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of the chain rule in denominator layout, shape (J,).

    Raises ValueError as `check_layer` does.
    """
    h, W, b, y = check_layer(h, W, b, y)
    B = derivative(lambda h: W.T @ h + b, h).T  # (J, K)
    dL_dz = derivative(lambda z: cross_entropy(z, y), W.T @ h + b)  # (K,)
    yield derivative(lambda h: cross_entropy(W.T @ h + b, y), h)
    yield B @ dL_dz


def mixed_chain(h: Array, W: Array, b: Array, y: Array) -> Iterator[ArrayLike]:
    """Yield both sides of the chain rule in the mixed layout, shape (J,).

    Raises ValueError as `check_layer` does.
    """
    h, W, b, y = check_layer(h, W, b, y)
    A = derivative(lambda h: W.T @ h + b, h)  # (K, J)
    dL_dz = derivative(lambda z: cross_entropy(z, y), W.T @ h + b)  # (K,)
    yield derivative(lambda h: cross_entropy(W.T @ h + b, y), h)
    yield A.T @ dL_dz


# --8<-- [end:chains]
