"""Softmax inside a network: its gradient as a product with a vector, and attention's from it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.cross_entropy_gradient import divisible_softmax
from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import softmax


# --8<-- [start:backward]
def backward(p: ArrayLike, g: ArrayLike) -> Array:
    """Return p (g - sum_j g_j p_j), the gradient in the scores that softmax was given.

    Args:
        p: what softmax returned, shape (..., K), each row summing to 1.
        g: the gradient in `p`, shape (..., K).

    Returns:
        The gradient in the scores, shape (..., K); each row sums to 0.

    Raises:
        ValueError: if `p` or `g` is empty or not finite, or their shapes differ.
    """
    p, g = check_pair(p, g)
    dL_do: Array = p * (g - (g * p).sum(axis=-1, keepdims=True))  # (..., K)
    return dL_do


# --8<-- [end:backward]


# --8<-- [start:backward_by_jacobian]
def backward_by_jacobian(p: ArrayLike, g: ArrayLike) -> Array:
    """Return the same for one query, shape (K,), by way of the Jacobian.

    Raises:
        ValueError: if `p` or `g` is not a finite vector, or their shapes differ.
    """
    p, g = check_pair(p, g, ndim=1)
    J = np.outer(-p, p)  # (K, K)
    J[np.diag_indices(p.size)] += p
    dL_do: Array = g @ J  # (K,)
    return dL_do


# --8<-- [end:backward_by_jacobian]


# --8<-- [start:attention]
def attention(Q: ArrayLike, K: ArrayLike, V: ArrayLike) -> tuple[Array, Array]:
    """Return the output Z = P V and the weights P = softmax(Q K^T / sqrt(D)).

    Args:
        Q: queries, shape (N, D).
        K: keys, shape (K, D).
        V: values, shape (K, M).

    Returns:
        The output, shape (N, M), and the weights, shape (N, K), each row summing to 1.

    Raises:
        ValueError: if an argument is not a finite matrix, or does not fit the others.
    """
    Q, K, V = check_attention(Q, K, V)
    P = softmax(Q @ K.T / np.sqrt(Q.shape[1]))  # (N, K)
    return P @ V, P


def gradients(Q: ArrayLike, K: ArrayLike, V: ArrayLike, U: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the gradients in queries, keys and values, given the gradient in the output.

    Args:
        Q, K, V: what `attention` was given, shapes (N, D), (K, D) and (K, M).
        U: the gradient in the output, shape (N, M).

    Returns:
        Three gradients, of the shapes of `Q`, `K` and `V`.

    Raises:
        ValueError: if an argument is not a finite matrix, or does not fit the others.
    """
    Q, K, V = check_attention(Q, K, V)
    Z, P = attention(Q, K, V)  # (N, M), (N, K)
    U = check_shape(U, Z.shape, "U")  # (N, M)
    S = backward(P, U @ V.T) / np.sqrt(Q.shape[1])  # (N, K)
    return S @ K, S.T @ Q, P.T @ U


# --8<-- [end:attention]


def check_pair(p: ArrayLike, g: ArrayLike, *, ndim: int | None = None) -> tuple[Array, Array]:
    """Return softmax's outputs and the gradient in them as arrays of floats, of one shape.

    Raises:
        ValueError: if one of them is empty, not finite or of another number of axes than
            `ndim`, or if their shapes differ. The message names argument and shape.
    """
    p = check_logits(p, ndim=ndim, name="p")
    return p, check_shape(g, p.shape, "g")


def check_shape(values: ArrayLike, shape: tuple[int, ...], name: str) -> Array:
    """Return numbers as an array of floats of the shape asked for.

    Raises:
        ValueError: if they are not finite or of another shape. The message names both shapes.
    """
    array = check_logits(values, name=name)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}; got shape {array.shape}")
    return array


def check_attention(Q: ArrayLike, K: ArrayLike, V: ArrayLike) -> tuple[Array, Array, Array]:
    """Return queries, keys and values as matrices of floats whose shapes fit together.

    Raises:
        ValueError: if one of them is not a finite matrix, if keys are not as wide as queries,
            or if there are not as many values as keys. The message names argument and shape.
    """
    Q, K, V = (check_logits(x, ndim=2, name=name) for x, name in [(Q, "Q"), (K, "K"), (V, "V")])
    if K.shape[1] != Q.shape[1]:
        raise ValueError(f"K must have {Q.shape[1]} columns, as Q has; got shape {K.shape}")
    if V.shape[0] != K.shape[0]:
        raise ValueError(f"V must have {K.shape[0]} rows, as K has; got shape {V.shape}")
    return Q, K, V


def check_query(o: ArrayLike, V: ArrayLike, t: ArrayLike) -> tuple[Array, Array, Array]:
    """Return scores, values and target of one query as arrays of floats that fit together.

    Raises:
        ValueError: if one of them is not finite or does not fit the others. The message names
            argument and shape.
    """
    o, V = check_logits(o, ndim=1), check_logits(V, ndim=2, name="V")
    if V.shape[0] != o.size:
        raise ValueError(f"V must have {o.size} rows, one for each score; got shape {V.shape}")
    return o, V, check_shape(t, V.shape[1:], "t")


def half_square(z: Array, t: Array) -> Array:
    """Return half the squared distance of outputs `z` from targets `t`, added up over all."""
    L: Array = ((z - t) ** 2).sum() / 2
    return L


# --8<-- [start:upstream]
def upstream(o: ArrayLike, V: ArrayLike, t: ArrayLike) -> Iterator[Array]:
    """Yield each side of the gradient that comes down to the weights, shape (K,).

    Raises ValueError unless the scores `o`, shape (K,), the values `V`, shape (K, M), and the
    target `t`, shape (M,), are finite and fit together.
    """
    o, V, t = check_query(o, V, t)
    p = softmax(o)  # (K,)
    z = p @ V  # (M,)
    dL_dz = derivative(lambda z: half_square(z, t), z)  # (M,)
    dz_dp = derivative(lambda p: p @ V, p)  # (M, K)
    yield derivative(lambda p: half_square(p @ V, t), p)
    yield dL_dz @ dz_dp
    yield V @ (z - t)


# --8<-- [end:upstream]


# --8<-- [start:through]
def through(o: ArrayLike, V: ArrayLike, t: ArrayLike) -> Iterator[Array]:
    """Yield each side of the gradient in the scores, shape (K,).

    Raises ValueError unless the scores `o`, shape (K,), the values `V`, shape (K, M), and the
    target `t`, shape (M,), are finite and fit together.
    """
    o, V, t = check_query(o, V, t)
    p, delta = softmax(o), np.eye(o.size)  # (K,), (K, K)
    g = derivative(lambda p: half_square(p @ V, t), p)  # (K,)
    i, j = np.ogrid[: o.size, : o.size]  # (K, 1), (1, K)
    dp_do = derivative(softmax, o)  # (K, K)
    yield derivative(lambda o: half_square(softmax(o) @ V, t), o)
    yield np.sum(g[j] * dp_do[j, i], axis=1)
    yield np.sum(g[j] * p[j] * (delta[i, j] - p[i]), axis=1)
    yield g * p - p * np.sum(g * p)
    yield p * (g - np.sum(g * p))


# --8<-- [end:through]


# --8<-- [start:product]
def product(o: ArrayLike, V: ArrayLike, t: ArrayLike) -> Iterator[Array]:
    """Yield each side of the gradient in the vector of scores, shape (K,).

    Raises ValueError unless the scores `o`, shape (K,), the values `V`, shape (K, M), and the
    target `t`, shape (M,), are finite and fit together.
    """
    o, V, t = check_query(o, V, t)
    p = softmax(o)  # (K,)
    g = derivative(lambda p: half_square(p @ V, t), p)  # (K,)
    J = derivative(softmax, o)  # (K, K)
    yield derivative(lambda o: half_square(softmax(o) @ V, t), o)
    yield J.T @ g
    yield (np.diag(p) - np.outer(p, p)) @ g
    yield p * g - p * (p @ g)
    yield p * (g - (g @ p) * np.ones(o.size))


# --8<-- [end:product]


# --8<-- [start:last_layer]
def last_layer(o: ArrayLike, y: ArrayLike) -> Iterator[Array]:
    """Yield each side of the case in which the loss is cross-entropy, shape (K,).

    Raises ValueError unless the logits `o` are a finite vector, shape (K,), with no p_j too
    small to divide by, and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p = divisible_softmax(o)  # (K,)
    yield p * (-y / p - np.sum(-y / p * p))
    yield -y + p * np.sum(y)
    yield p - y


# --8<-- [end:last_layer]


def check_all(
    Q: ArrayLike, K: ArrayLike, V: ArrayLike, T: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    """Return queries, keys, values and targets as matrices of floats that fit together.

    Raises:
        ValueError: if one of them is not a finite matrix or does not fit the others. The
            message names argument and shape.
    """
    Q, K, V = check_attention(Q, K, V)
    return Q, K, V, check_shape(T, (Q.shape[0], V.shape[1]), "T")


def scores(Q: Array, K: Array) -> Array:
    """Return O = Q K^T / sqrt(D), shape (N, K)."""
    O: Array = Q @ K.T / np.sqrt(Q.shape[1])
    return O


# --8<-- [start:rows]
def rows(Q: ArrayLike, K: ArrayLike, V: ArrayLike, T: ArrayLike) -> Iterator[Array]:
    """Yield both sides of the gradient in the scores of all queries, shape (N, K).

    Raises ValueError unless `Q`, `K`, `V` and `T` are finite matrices that fit together.
    """
    Q, K, V, T = check_all(Q, K, V, T)
    O = scores(Q, K)  # (N, K)
    P = softmax(O)  # (N, K)
    G = derivative(lambda P: half_square(P @ V, T), P)  # (N, K)
    n, i = np.ogrid[: O.shape[0], : O.shape[1]]  # (N, 1), (1, K)
    yield derivative(lambda O: half_square(softmax(O) @ V, T), O)
    yield P[n, i] * (G[n, i] - np.einsum("nj,nj->n", G, P)[n])


# --8<-- [end:rows]


# --8<-- [start:rows_matrix]
def rows_matrix(Q: ArrayLike, K: ArrayLike, V: ArrayLike, T: ArrayLike) -> Iterator[Array]:
    """Yield both sides of the gradient in the matrix of scores, shape (N, K).

    Raises ValueError unless `Q`, `K`, `V` and `T` are finite matrices that fit together.
    """
    Q, K, V, T = check_all(Q, K, V, T)
    O = scores(Q, K)  # (N, K)
    P = softmax(O)  # (N, K)
    G = derivative(lambda P: half_square(P @ V, T), P)  # (N, K)
    one = np.ones((len(V), 1))  # (K, 1)
    yield derivative(lambda O: half_square(softmax(O) @ V, T), O)
    yield P * (G - (P * G) @ one @ one.T)


# --8<-- [end:rows_matrix]


# --8<-- [start:values]
def values(Q: ArrayLike, K: ArrayLike, V: ArrayLike, T: ArrayLike) -> Iterator[Array]:
    """Yield both sides of the gradient in the values, shape (K, M).

    Raises ValueError unless `Q`, `K`, `V` and `T` are finite matrices that fit together.
    """
    Q, K, V, T = check_all(Q, K, V, T)
    P = softmax(scores(Q, K))  # (N, K)
    U = derivative(lambda Z: half_square(Z, T), P @ V)  # (N, M)
    yield derivative(lambda V: half_square(P @ V, T), V)
    yield P.T @ U


# --8<-- [end:values]


# --8<-- [start:weights]
def weights(Q: ArrayLike, K: ArrayLike, V: ArrayLike, T: ArrayLike) -> Iterator[Array]:
    """Yield both sides of the gradient in the weights, shape (N, K).

    Raises ValueError unless `Q`, `K`, `V` and `T` are finite matrices that fit together.
    """
    Q, K, V, T = check_all(Q, K, V, T)
    P = softmax(scores(Q, K))  # (N, K)
    U = derivative(lambda Z: half_square(Z, T), P @ V)  # (N, M)
    yield derivative(lambda P: half_square(P @ V, T), P)
    yield U @ V.T


# --8<-- [end:weights]


# --8<-- [start:queries]
def queries(Q: ArrayLike, K: ArrayLike, V: ArrayLike, T: ArrayLike) -> Iterator[Array]:
    """Yield both sides of the gradient in the queries, shape (N, D).

    Raises ValueError unless `Q`, `K`, `V` and `T` are finite matrices that fit together.
    """
    Q, K, V, T = check_all(Q, K, V, T)
    S = derivative(lambda O: half_square(softmax(O) @ V, T), scores(Q, K))  # (N, K)
    yield derivative(lambda Q: half_square(softmax(scores(Q, K)) @ V, T), Q)
    yield 1 / np.sqrt(Q.shape[1]) * S @ K


# --8<-- [end:queries]


# --8<-- [start:keys]
def keys(Q: ArrayLike, K: ArrayLike, V: ArrayLike, T: ArrayLike) -> Iterator[Array]:
    """Yield both sides of the gradient in the keys, shape (K, D).

    Raises ValueError unless `Q`, `K`, `V` and `T` are finite matrices that fit together.
    """
    Q, K, V, T = check_all(Q, K, V, T)
    S = derivative(lambda O: half_square(softmax(O) @ V, T), scores(Q, K))  # (N, K)
    yield derivative(lambda K: half_square(softmax(scores(Q, K)) @ V, T), K)
    yield 1 / np.sqrt(Q.shape[1]) * S.T @ Q


# --8<-- [end:keys]
