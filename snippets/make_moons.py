"""Two moons, and the network that tells them apart with the derived gradients."""

import numpy as np
from numpy.typing import ArrayLike

from snippets.inputs import Array, check_labels, check_logits
from snippets.network import Parameters, gradients, hidden, logits, loss
from snippets.softmax import softmax


# --8<-- [start:make_moons]
def make_moons(N: int, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return points on two interleaved half circles of radius 1, and which circle each is on.

    Moon 0 is the upper half of the circle around (0, 0); moon 1 is the lower half of the one
    around (1, 1/2). The two hold equally many points, or moon 0 one more.

    Args:
        N: number of points, at least 1.
        noise: standard deviation of the Gaussian noise on each coordinate, not negative.
        rng: where the positions, the noise and the order come from.

    Returns:
        Points X, shape (N, 2), in random order, and one-hot labels Y, shape (N, 2).

    Raises:
        ValueError: if `N` is less than 1 or `noise` is negative or not finite.
    """
    if N < 1:
        raise ValueError(f"N must be at least 1; got {N}")
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be finite and not negative; got {noise}")
    moon = np.arange(N) % 2  # (N,)
    angle = rng.uniform(0, np.pi, size=N)  # (N,)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)  # (N, 2)
    lower = np.array([1, 0.5]) - upper  # (N, 2)
    X = np.where(moon[:, np.newaxis] == 0, upper, lower) + rng.normal(scale=noise, size=(N, 2))
    order = rng.permutation(N)
    return X[order], np.eye(2)[moon[order]]


# --8<-- [end:make_moons]


# --8<-- [start:initial]
def initial(M: int, J: int, K: int, rng: np.random.Generator) -> Parameters:
    """Return starting values: biases 0, weights uniform with variance 2 / (fan-in + fan-out).

    That variance is the one of Glorot and Bengio, "Understanding the difficulty of training
    deep feedforward neural networks", AISTATS 2010: it keeps tanh away from its flat ends.

    Args:
        M, J, K: numbers of inputs, hidden units and outputs.
        rng: where the weights come from.
    """

    def weights(rows: int, columns: int) -> Array:
        bound = np.sqrt(6 / (rows + columns))
        return rng.uniform(-bound, bound, size=(rows, columns))

    return Parameters(V=weights(M, J), c=np.zeros(J), W=weights(J, K), b=np.zeros(K))


# --8<-- [end:initial]


# --8<-- [start:train]
def train(
    parameters: Parameters, X: Array, Y: Array, *, rate: float, steps: int
) -> tuple[Parameters, Array]:
    """Return the parameters after plain gradient descent, and the loss on the way.

    Args:
        parameters: starting values.
        X: samples, shape (N, M).
        Y: labels, shape (N, K).
        rate: how far to walk down the gradient at each step.
        steps: number of steps; every step uses all samples.

    Returns:
        The trained parameters, and the loss before each step and after the last,
        shape (steps + 1,).

    Raises:
        ValueError: if shapes do not fit, a number is not finite, or a label is not on the
            simplex.
    """
    losses = [mean_loss(parameters, X, Y)]
    for _ in range(steps):
        slopes = gradients(X, *parameters, Y)
        parameters = Parameters(
            *(value - rate * slope for value, slope in zip(parameters, slopes, strict=True))
        )
        losses.append(mean_loss(parameters, X, Y))
    return parameters, np.array(losses)


# --8<-- [end:train]


# --8<-- [start:predict]
def predict(parameters: Parameters, X: Array) -> Array:
    """Return the probability of each class, shape (N, K), for samples X, shape (N, M)."""
    V, c, W, b = parameters
    return softmax(logits(hidden(X, V, c), W, b))


def mean_loss(parameters: Parameters, X: Array, Y: Array) -> float:
    """Return the mean cross-entropy over samples X, shape (N, M), with labels Y, shape (N, K)."""
    V, c, W, b = parameters
    return float(loss(logits(hidden(X, V, c), W, b), Y))


def accuracy(parameters: Parameters, X: ArrayLike, Y: ArrayLike) -> float:
    """Return the fraction of samples whose likeliest class is the labelled one.

    Args:
        parameters: a network with M inputs and K outputs.
        X: samples, shape (N, M).
        Y: labels, shape (N, K).

    Raises:
        ValueError: if `X` or `Y` is not finite or not two-dimensional, or if `Y` is not on the
            simplex or not of the shape (N, K).
    """
    p = predict(parameters, check_logits(X, ndim=2, name="X"))  # (N, K)
    Y = check_labels(Y, p, name="Y")  # (N, K)
    return float((p.argmax(axis=1) == Y.argmax(axis=1)).mean())


# --8<-- [end:predict]


# --8<-- [start:gradient_check]
def gradient_check(parameters: Parameters, X: Array, Y: Array) -> dict[str, float]:
    """Return how far the derived gradient is from central differences, for each parameter.

    Args:
        parameters: where to compare the two.
        X: samples, shape (N, M).
        Y: labels, shape (N, K).

    Returns:
        For V, c, W and b: the largest difference between the two gradients, as a fraction of the
        largest entry of the derived one.
    """
    derived = gradients(X, *parameters, Y)
    # The cube root of machine epsilon balances truncation against rounding.
    step = np.cbrt(np.finfo(float).eps)
    errors = {}
    for name, value in parameters._asdict().items():
        measured = np.empty_like(value)
        for index in np.ndindex(value.shape):
            nudge = np.zeros_like(value)
            nudge[index] = step
            above = mean_loss(parameters._replace(**{name: value + nudge}), X, Y)
            below = mean_loss(parameters._replace(**{name: value - nudge}), X, Y)
            measured[index] = (above - below) / (2 * step)
        slope = getattr(derived, name)
        errors[name] = float(np.abs(measured - slope).max() / np.abs(slope).max())
    return errors


# --8<-- [end:gradient_check]
