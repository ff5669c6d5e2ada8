"""Two classes: the sigmoid, binary cross-entropy, and the softmax that is the same thing."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from snippets.derivative import derivative
from snippets.inputs import Array, check_logits
from snippets.softmax import softmax


# --8<-- [start:sigmoid]
def sigmoid(z: ArrayLike) -> Array:
    """Return 1 / (1 + exp(-z)), entry by entry.

    Args:
        z: logits, any shape.

    Returns:
        Probabilities, the shape of `z`.

    Raises:
        ValueError: if `z` is empty, not numeric, or not finite.
    """
    z = _check_logit(z)  # (...)
    # Whichever sign z has, only the exponential of a negative number is taken.
    e = np.exp(np.where(z.real < 0, z, -z))  # (...)
    q: Array = np.where(z.real < 0, e, 1) / (1 + e)  # (...)
    return q


# --8<-- [end:sigmoid]


# --8<-- [start:binary_cross_entropy]
def binary_cross_entropy(z: ArrayLike, y: ArrayLike) -> Array:
    """Return L = -y log q - (1 - y) log(1 - q) with q = sigmoid(z), entry by entry, in nats.

    Args:
        z: logits, any shape.
        y: labels from 0 to 1, the shape of `z`.

    Returns:
        The losses, the shape of `z`, none negative.

    Raises:
        ValueError: if `z` or `y` is malformed or their shapes differ.
    """
    z = _check_logit(z)  # (...)
    y = _check_label(y, z)  # (...)
    # log(1 + e^z) without a large exponential; log1p keeps what is small beside 1.
    size = np.where(z.real < 0, -z, z)  # (...)
    L: Array = (z + size) / 2 - y * z + np.log1p(np.exp(-size))  # (...)
    return L


# --8<-- [end:binary_cross_entropy]


# --8<-- [start:binary_gradient]
def binary_gradient(z: ArrayLike, y: ArrayLike) -> Array:
    """Return q - y, the derivative of binary cross-entropy in each logit.

    Args:
        z: logits, any shape.
        y: labels from 0 to 1, the shape of `z`.

    Returns:
        The slopes, the shape of `z`, each from -1 to 1.

    Raises:
        ValueError: if `z` or `y` is malformed or their shapes differ.
    """
    z = _check_logit(z)  # (...)
    y = _check_label(y, z)  # (...)
    dL: Array = sigmoid(z) - y  # (...)
    return dL


# --8<-- [end:binary_gradient]


# --8<-- [start:mirror]
def mirror(z: ArrayLike) -> Iterator[ArrayLike]:
    """Yield each side of the chain from 1 - sigmoid(z) to sigmoid(-z), a scalar.

    Raises ValueError unless `z` is a number from -15 to 15.
    """
    z = _divisible(z)
    yield 1 - sigmoid(z)
    yield (1 + np.exp(-z) - 1) / (1 + np.exp(-z))
    yield np.exp(-z) / (1 + np.exp(-z))
    yield 1 / (np.exp(z) + 1)
    yield sigmoid(-z)


# --8<-- [end:mirror]


# --8<-- [start:slope]
def slope(z: ArrayLike) -> Iterator[ArrayLike]:
    """Yield each side of the chain for the derivative of the sigmoid, a scalar.

    Raises ValueError unless `z` is a number from -15 to 15.
    """
    z = _divisible(z)
    q = sigmoid(z)  # ()
    yield derivative(sigmoid, z)
    yield derivative(lambda z: (1 + np.exp(-z)) ** -1, z)
    yield -((1 + np.exp(-z)) ** -2.0) * derivative(lambda z: np.exp(-z), z)
    yield -((1 + np.exp(-z)) ** -2.0) * (-np.exp(-z))
    yield 1 / (1 + np.exp(-z)) * (np.exp(-z) / (1 + np.exp(-z)))
    yield q * (1 - q)


# --8<-- [end:slope]


# --8<-- [start:lost_in_slope]
def lost_in_slope(z: ArrayLike) -> Iterator[ArrayLike]:
    """Yield each side of the chain that forgets the minus inside the exponential, a scalar.

    The first side is the slope of the sigmoid; the last two have the wrong sign. Raises
    ValueError unless `z` is a number from -15 to 15.
    """
    z = _divisible(z)
    q = sigmoid(z)  # ()
    yield derivative(sigmoid, z)
    yield -((1 + np.exp(-z)) ** -2.0) * np.exp(-z)
    yield -q * (1 - q)


# --8<-- [end:lost_in_slope]


# --8<-- [start:gradient]
def gradient(z: ArrayLike, y: ArrayLike) -> Iterator[ArrayLike]:
    """Yield each side of the chain from the loss to q - y, a scalar.

    Raises ValueError unless `z` is a number from -15 to 15, and `y` one from 0 to 1.
    """
    z = _divisible(z)
    y = _check_label(y, z)  # ()
    q = sigmoid(z)  # ()
    dL_dq = derivative(lambda q: -y * np.log(q) - (1 - y) * np.log(1 - q), q)  # ()
    yield derivative(lambda z: binary_cross_entropy(z, y), z)
    yield dL_dq * derivative(sigmoid, z)
    yield (-y / q + (1 - y) / (1 - q)) * q * (1 - q)
    yield -y * (1 - q) + (1 - y) * q
    yield q - y


# --8<-- [end:gradient]


# --8<-- [start:lost_in_loss]
def lost_in_loss(z: ArrayLike, y: ArrayLike) -> Iterator[ArrayLike]:
    """Yield each side of the chain that forgets the minus inside log(1 - q), a scalar.

    The first side is the gradient; the last three agree with one another and not with it.
    Raises ValueError unless `z` is a number from -15 to 15, and `y` one from 0 to 1.
    """
    z = _divisible(z)
    y = _check_label(y, z)  # ()
    q = sigmoid(z)  # ()
    yield derivative(lambda z: binary_cross_entropy(z, y), z)
    yield (-y / q - (1 - y) / (1 - q)) * q * (1 - q)
    yield -y * (1 - q) - (1 - y) * q
    yield 2 * y * q - y - q


# --8<-- [end:lost_in_loss]


# --8<-- [start:from_logit]
def from_logit(z: ArrayLike, y: ArrayLike) -> Iterator[ArrayLike]:
    """Yield each side of the chain that writes the loss in the logit alone, a scalar.

    Raises ValueError unless `z` is a number from -15 to 15, and `y` one from 0 to 1.
    """
    z = _divisible(z)
    y = _check_label(y, z)  # ()
    q = sigmoid(z)  # ()
    yield -y * np.log(q) - (1 - y) * np.log(sigmoid(-z))
    yield y * np.log(1 + np.exp(-z)) + (1 - y) * np.log(1 + np.exp(z))
    yield y * (np.log(1 + np.exp(z)) - z) + (1 - y) * np.log(1 + np.exp(z))
    yield np.log(1 + np.exp(z)) - y * z
    yield np.maximum(z, 0) - y * z + np.log(1 + np.exp(-np.abs(z)))


# --8<-- [end:from_logit]


# --8<-- [start:difference]
def difference(o: Array) -> Iterator[ArrayLike]:
    """Yield each side of the chain from p_1 of two-class softmax to a sigmoid, a scalar.

    Raises ValueError unless the logits `o` are two finite numbers, shape (2,).
    """
    o = _check_pair(o)  # (2,)
    # The first sides are ratios of exponentials, so the shift cancels and nothing overflows.
    e = np.exp(o - o.max())  # (2,)
    yield softmax(o)[0]
    yield e[0] / (e[0] + e[1])
    yield 1 / (1 + np.exp(-(o[0] - o[1])))
    yield sigmoid(o[0] - o[1])


# --8<-- [end:difference]


# --8<-- [start:opposite]
def opposite(o: Array, y: ArrayLike) -> Iterator[ArrayLike]:
    """Yield each side of the chain from the slope in o_2 to that in o_1, a scalar.

    Raises ValueError unless `o` holds two finite numbers and `y` is a number from 0 to 1.
    """
    o = _check_pair(o)  # (2,)
    y = _check_label(y, o[0])  # ()
    p = softmax(o)  # (2,)

    def loss(o: Array) -> Array:
        return binary_cross_entropy(o[0] - o[1], y)

    yield derivative(loss, o)[1]
    yield p[1] - (1 - y)
    yield -(p[0] - y)
    yield -derivative(loss, o)[0]


# --8<-- [end:opposite]


def _check_logit(z: ArrayLike) -> Array:
    return check_logits(np.atleast_1d(z), name="z").reshape(np.shape(z))


def _check_label(y: ArrayLike, z: Array) -> Array:
    y = np.asarray(y)
    if y.dtype.kind not in "biuf":
        raise ValueError(f"y must hold real numbers; got {y.dtype} in shape {y.shape}")
    if y.shape != np.shape(z):
        raise ValueError(f"y must have the shape {np.shape(z)} of the logits; got shape {y.shape}")
    if not ((y >= 0) & (y <= 1)).all():
        raise ValueError(f"y must lie between 0 and 1; got {y} in shape {y.shape}")
    return y.astype(float)


def _check_pair(o: ArrayLike) -> Array:
    o = check_logits(o, ndim=1)
    if o.shape != (2,):
        raise ValueError(f"o must hold two logits; got shape {o.shape}")
    return o


def _divisible(z: ArrayLike) -> Array:
    z = _check_logit(z)
    # Beyond 15 the rounding of 1 - q would show in the sides that divide by it.
    if z.ndim != 0 or abs(z) > 15:
        raise ValueError(f"z must be one number from -15 to 15; got {z} in shape {z.shape}")
    return z
