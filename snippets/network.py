"""A network with one hidden layer: its forward pass and its gradients, step by step."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import log_softmax, softmax


class Parameters(NamedTuple):
    """Everything a network learns; a gradient has the same four parts and shapes."""

    V: Array  # (M, J)
    c: Array  # (J,)
    W: Array  # (J, K)
    b: Array  # (K,)


# --8<-- [start:forward]
def hidden(x: Array, V: Array, c: Array) -> Array:
    """Return h = tanh(x V + c), shape (J,), or (N, J) for a batch."""
    h: Array = np.tanh(x @ V + c)
    return h


def logits(h: Array, W: Array, b: Array) -> Array:
    """Return z = h W + b, shape (K,), or (N, K) for a batch."""
    return h @ W + b


def loss(z: Array, y: Array) -> Array:
    """Return the cross-entropy of softmax(z) and y, a mean over samples."""
    L: Array = -(y * log_softmax(z)).sum(axis=-1).mean()
    return L


# --8<-- [end:forward]


def check_network(
    x: ArrayLike,
    V: ArrayLike,
    c: ArrayLike,
    W: ArrayLike,
    b: ArrayLike,
    y: ArrayLike,
    *,
    names: tuple[str, str] = ("x", "y"),
) -> tuple[Array, Parameters, Array]:
    """Return inputs, parameters and labels as arrays of floats whose shapes fit together.

    Args:
        x: one sample, shape (M,), or a batch, shape (N, M).
        V: weights into the hidden layer, shape (M, J).
        c: biases of the hidden layer, shape (J,).
        W: weights into the output layer, shape (J, K).
        b: biases of the output layer, shape (K,).
        y: one label, shape (K,), or a batch of them, shape (N, K); rows sum to 1.
        names: what error messages call `x` and `y`.

    Raises:
        ValueError: if an argument is empty, not finite or of a shape that does not fit the
            others, or if a row of `y` is not a probability vector. The message names argument
            and shape.
    """
    x = check_logits(x, name=names[0])
    if x.ndim > 2:
        raise ValueError(f"{names[0]} must have shape (M,) or (N, M); got shape {x.shape}")
    V, W = check_logits(V, ndim=2, name="V"), check_logits(W, ndim=2, name="W")
    c, b = check_logits(c, ndim=1, name="c"), check_logits(b, ndim=1, name="b")
    (M, J), K = V.shape, W.shape[1]
    for name, array, shape in [("c", c, (J,)), ("W", W, (J, K)), ("b", b, (K,))]:
        if array.shape != shape:
            raise ValueError(f"{name} must have shape {shape}; got shape {array.shape}")
    if x.shape[-1] != M:
        raise ValueError(f"{names[0]} must end in {M}, the rows of V; got shape {x.shape}")
    z = logits(hidden(x, V, c), W, b)
    return x, Parameters(V, c, W, b), check_labels(y, z, name=names[1])


# --8<-- [start:output]
def output(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield each side of the gradient in the logits, shape (K,)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    z = logits(hidden(x, V, c), W, b)  # (K,)
    y_hat = softmax(z)  # (K,)
    dyhat_dz = derivative(softmax, z)  # (K, K), axes o, i
    yield derivative(lambda z: loss(z, y), z)
    yield -(y / y_hat) @ dyhat_dz
    yield y_hat - y


# --8<-- [end:output]


# --8<-- [start:weight]
def weight(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield each side of the gradient in the output weights, shape (J, K)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    h = hidden(x, V, c)  # (J,)
    z = logits(h, W, b)  # (K,)
    y_hat = softmax(z)  # (K,)
    dL_dz = derivative(lambda z: loss(z, y), z)  # (K,)
    dz_dW = derivative(lambda W: logits(h, W, b), W)  # (K, J, K), axes k, j, o
    yield derivative(lambda W: loss(logits(h, W, b), y), W)
    yield np.einsum("k,kjo->jo", dL_dz, dz_dW)
    yield np.einsum("k,j,ko->jo", y_hat - y, h, np.eye(z.size))
    yield h[:, np.newaxis] * (y_hat - y)


# --8<-- [end:weight]


# --8<-- [start:bias]
def bias(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield each side of the gradient in the output biases, shape (K,)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    h = hidden(x, V, c)  # (J,)
    z = logits(h, W, b)  # (K,)
    y_hat = softmax(z)  # (K,)
    dL_dz = derivative(lambda z: loss(z, y), z)  # (K,)
    dz_db = derivative(lambda b: logits(h, W, b), b)  # (K, K), axes k, o
    yield derivative(lambda b: loss(logits(h, W, b), y), b)
    yield dL_dz @ dz_db
    yield (y_hat - y) @ np.eye(z.size)
    yield y_hat - y


# --8<-- [end:bias]


# --8<-- [start:activation]
def activation(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield each side of the gradient in the hidden activations, shape (J,)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    h = hidden(x, V, c)  # (J,)
    z = logits(h, W, b)  # (K,)
    y_hat = softmax(z)  # (K,)
    dL_dz = derivative(lambda z: loss(z, y), z)  # (K,)
    dz_dh = derivative(lambda h: logits(h, W, b), h)  # (K, J), axes o, j
    yield derivative(lambda h: loss(logits(h, W, b), y), h)
    yield dL_dz @ dz_dh
    yield W @ (y_hat - y)


# --8<-- [end:activation]


# --8<-- [start:slope]
def slope(x: ArrayLike, V: ArrayLike, c: ArrayLike) -> Iterator[Array]:
    """Yield each side of the slope of tanh, shape (J,)."""
    x, V = check_logits(x, ndim=1, name="x"), check_logits(V, ndim=2, name="V")
    a = x @ V + check_logits(c, ndim=1, name="c")  # (J,)
    h = np.tanh(a)  # (J,)
    yield np.diagonal(derivative(np.tanh, a))
    yield 1 - np.tanh(a) ** 2
    yield 1 - h**2


# --8<-- [end:slope]


# --8<-- [start:preactivation]
def preactivation(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield each side of the gradient in the hidden sums, shape (J,)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    a = x @ V + c  # (J,)
    h = np.tanh(a)  # (J,)
    y_hat = softmax(logits(h, W, b))  # (K,)
    dL_dh = derivative(lambda h: loss(logits(h, W, b), y), h)  # (J,)
    dh_da = np.diagonal(derivative(np.tanh, a))  # (J,), unit j listens to its own sum alone
    yield derivative(lambda a: loss(logits(np.tanh(a), W, b), y), a)
    yield dL_dh * dh_da
    yield (1 - h**2) * (W @ (y_hat - y))


# --8<-- [end:preactivation]


# --8<-- [start:first_weight]
def first_weight(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield each side of the gradient in the hidden weights, shape (M, J)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    a = x @ V + c  # (J,)
    h = np.tanh(a)  # (J,)
    y_hat = softmax(logits(h, W, b))  # (K,)
    dL_da = derivative(lambda a: loss(logits(np.tanh(a), W, b), y), a)  # (J,)
    da_dV = derivative(lambda V: x @ V + c, V)  # (J, M, J), axes i, m, j
    yield derivative(lambda V: loss(logits(hidden(x, V, c), W, b), y), V)
    yield np.einsum("i,imj->mj", dL_da, da_dV)
    yield np.einsum("i,m,ij->mj", dL_da, x, np.eye(a.size))
    yield x[:, np.newaxis] * (1 - h**2) * (W @ (y_hat - y))


# --8<-- [end:first_weight]


# --8<-- [start:first_bias]
def first_bias(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield each side of the gradient in the hidden biases, shape (J,)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    a = x @ V + c  # (J,)
    h = np.tanh(a)  # (J,)
    y_hat = softmax(logits(h, W, b))  # (K,)
    dL_da = derivative(lambda a: loss(logits(np.tanh(a), W, b), y), a)  # (J,)
    da_dc = derivative(lambda c: x @ V + c, c)  # (J, J), axes i, j
    yield derivative(lambda c: loss(logits(hidden(x, V, c), W, b), y), c)
    yield dL_da @ da_dc
    yield (1 - h**2) * (W @ (y_hat - y))


# --8<-- [end:first_bias]


# --8<-- [start:activation_matrix]
def activation_matrix(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield each side of the gradient in the vector h, shape (J,)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    h = hidden(x, V, c)  # (J,)
    y_hat = softmax(logits(h, W, b))  # (K,)
    yield derivative(lambda h: loss(logits(h, W, b), y), h)
    yield W @ derivative(lambda z: loss(z, y), logits(h, W, b))
    yield W @ (y_hat - y)


# --8<-- [end:activation_matrix]


# --8<-- [start:weight_matrix]
def weight_matrix(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield both sides of the gradient in the matrix W, shape (J, K)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    h = hidden(x, V, c)  # (J,)
    y_hat = softmax(logits(h, W, b))  # (K,)
    yield derivative(lambda W: loss(logits(h, W, b), y), W)
    yield np.outer(h, y_hat - y)


# --8<-- [end:weight_matrix]


# --8<-- [start:bias_vector]
def bias_vector(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield both sides of the gradient in the vector b, shape (K,)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    h = hidden(x, V, c)  # (J,)
    y_hat = softmax(logits(h, W, b))  # (K,)
    yield derivative(lambda b: loss(logits(h, W, b), y), b)
    yield y_hat - y


# --8<-- [end:bias_vector]


# --8<-- [start:first_weight_matrix]
def first_weight_matrix(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield each side of the gradient in the matrix V, shape (M, J)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    h = hidden(x, V, c)  # (J,)
    y_hat = softmax(logits(h, W, b))  # (K,)
    dL_da = derivative(lambda a: loss(logits(np.tanh(a), W, b), y), x @ V + c)  # (J,)
    yield derivative(lambda V: loss(logits(hidden(x, V, c), W, b), y), V)
    yield np.outer(x, dL_da)
    yield np.outer(x, (np.ones(h.size) - h * h) * (W @ (y_hat - y)))


# --8<-- [end:first_weight_matrix]


# --8<-- [start:first_bias_vector]
def first_bias_vector(
    x: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, y: ArrayLike
) -> Iterator[Array]:
    """Yield both sides of the gradient in the vector c, shape (J,)."""
    x, (V, c, W, b), y = check_network(x, V, c, W, b, y)
    h = hidden(x, V, c)  # (J,)
    y_hat = softmax(logits(h, W, b))  # (K,)
    yield derivative(lambda c: loss(logits(hidden(x, V, c), W, b), y), c)
    yield (np.ones(h.size) - h * h) * (W @ (y_hat - y))


# --8<-- [end:first_bias_vector]


# --8<-- [start:batch_weight]
def batch_weight(
    X: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, Y: ArrayLike
) -> Iterator[Array]:
    """Yield both sides of the mean loss's gradient in W, shape (J, K)."""
    X = check_logits(X, ndim=2, name="X")
    X, (V, c, W, b), Y = check_network(X, V, c, W, b, Y, names=("X", "Y"))
    H, N = hidden(X, V, c), len(X)  # (N, J)
    Y_hat = softmax(logits(H, W, b))  # (N, K)
    yield derivative(lambda W: loss(logits(H, W, b), Y), W)
    yield 1 / N * np.einsum("nj,no->jo", H, Y_hat - Y)


# --8<-- [end:batch_weight]


# --8<-- [start:batch_weight_matrix]
def batch_weight_matrix(
    X: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, Y: ArrayLike
) -> Iterator[Array]:
    """Yield both sides of the mean loss's gradient in W, shape (J, K)."""
    X = check_logits(X, ndim=2, name="X")
    X, (V, c, W, b), Y = check_network(X, V, c, W, b, Y, names=("X", "Y"))
    H, N = hidden(X, V, c), len(X)  # (N, J)
    Y_hat = softmax(logits(H, W, b))  # (N, K)
    yield derivative(lambda W: loss(logits(H, W, b), Y), W)
    yield 1 / N * H.T @ (Y_hat - Y)


# --8<-- [end:batch_weight_matrix]


# --8<-- [start:batch_bias_vector]
def batch_bias_vector(
    X: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, Y: ArrayLike
) -> Iterator[Array]:
    """Yield both sides of the mean loss's gradient in b, shape (K,)."""
    X = check_logits(X, ndim=2, name="X")
    X, (V, c, W, b), Y = check_network(X, V, c, W, b, Y, names=("X", "Y"))
    H, N = hidden(X, V, c), len(X)  # (N, J)
    Y_hat = softmax(logits(H, W, b))  # (N, K)
    yield derivative(lambda b: loss(logits(H, W, b), Y), b)
    yield 1 / N * (Y_hat - Y).T @ np.ones(N)


# --8<-- [end:batch_bias_vector]


# --8<-- [start:batch_first_weight]
def batch_first_weight(
    X: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, Y: ArrayLike
) -> Iterator[Array]:
    """Yield both sides of the mean loss's gradient in V, shape (M, J)."""
    X = check_logits(X, ndim=2, name="X")
    X, (V, c, W, b), Y = check_network(X, V, c, W, b, Y, names=("X", "Y"))
    H, N = hidden(X, V, c), len(X)  # (N, J)
    Y_hat = softmax(logits(H, W, b))  # (N, K)
    G = (1 - H**2) * ((Y_hat - Y) @ W.T)  # (N, J)
    yield derivative(lambda V: loss(logits(hidden(X, V, c), W, b), Y), V)
    yield 1 / N * np.einsum("nm,nj->mj", X, G)


# --8<-- [end:batch_first_weight]


# --8<-- [start:batch_first_weight_matrix]
def batch_first_weight_matrix(
    X: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, Y: ArrayLike
) -> Iterator[Array]:
    """Yield both sides of the mean loss's gradient in V, shape (M, J)."""
    X = check_logits(X, ndim=2, name="X")
    X, (V, c, W, b), Y = check_network(X, V, c, W, b, Y, names=("X", "Y"))
    H, N = hidden(X, V, c), len(X)  # (N, J)
    Y_hat = softmax(logits(H, W, b))  # (N, K)
    G = (1 - H**2) * ((Y_hat - Y) @ W.T)  # (N, J)
    yield derivative(lambda V: loss(logits(hidden(X, V, c), W, b), Y), V)
    yield 1 / N * X.T @ G


# --8<-- [end:batch_first_weight_matrix]


# --8<-- [start:batch_first_bias_vector]
def batch_first_bias_vector(
    X: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, Y: ArrayLike
) -> Iterator[Array]:
    """Yield both sides of the mean loss's gradient in c, shape (J,)."""
    X = check_logits(X, ndim=2, name="X")
    X, (V, c, W, b), Y = check_network(X, V, c, W, b, Y, names=("X", "Y"))
    H, N = hidden(X, V, c), len(X)  # (N, J)
    Y_hat = softmax(logits(H, W, b))  # (N, K)
    G = (1 - H**2) * ((Y_hat - Y) @ W.T)  # (N, J)
    yield derivative(lambda c: loss(logits(hidden(X, V, c), W, b), Y), c)
    yield 1 / N * G.T @ np.ones(N)


# --8<-- [end:batch_first_bias_vector]


# --8<-- [start:gradients]
def gradients(
    X: ArrayLike, V: ArrayLike, c: ArrayLike, W: ArrayLike, b: ArrayLike, Y: ArrayLike
) -> Parameters:
    """Return the gradient of the mean loss of a batch in every parameter.

    Args:
        X: samples, shape (N, M).
        V, c: weights (M, J) and biases (J,) of the hidden layer.
        W, b: weights (J, K) and biases (K,) of the output layer.
        Y: labels, shape (N, K), each row summing to 1.

    Returns:
        The gradients, in the shapes of V, c, W and b.

    Raises:
        ValueError: if shapes do not fit, a number is not finite, or a label is not on the
            simplex.
    """
    X = check_logits(X, ndim=2, name="X")
    X, (V, c, W, b), Y = check_network(X, V, c, W, b, Y, names=("X", "Y"))
    N = len(X)
    H = hidden(X, V, c)  # (N, J)
    R = (softmax(logits(H, W, b)) - Y) / N  # (N, K)
    G = (1 - H**2) * (R @ W.T)  # (N, J)
    return Parameters(V=X.T @ G, c=G.sum(axis=0), W=H.T @ R, b=R.sum(axis=0))


# --8<-- [end:gradients]
