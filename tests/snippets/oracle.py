"""Two ways to differentiate that share nothing with a derivation."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray


def central_difference(
    f: Callable[..., ArrayLike], x: ArrayLike, step: float = 6e-6
) -> NDArray[np.float64]:
    """Return the derivative of `f` at `x` from two real evaluations a coordinate.

    Args:
        f: function of an array of the shape of `x`.
        x: real point, any shape.
        step: half the distance between the two evaluations. The default, the cube root of
            machine epsilon, balances truncation against rounding where f varies on the scale 1.

    Returns:
        The Jacobian array, shape f(x).shape + x.shape; right to about 1e-9 at best.
    """
    x = np.array(x, dtype=float)
    columns = []
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += step
        below[index] -= step
        # Far from zero the step is rounded, so divide by the distance really walked.
        walked = above[index] - below[index]
        columns.append((np.asarray(f(above)) - np.asarray(f(below))) / walked)
    return _jacobian(columns, x.shape)


def complex_step(f: Callable[..., ArrayLike], x: ArrayLike) -> NDArray[np.float64]:
    """Return the derivative of `f` at `x` from the imaginary part of f(x + ih).

    Nothing is subtracted, so nothing cancels: the result is right to rounding error
    (Squire and Trapp, SIAM Review 40, 1998).

    Args:
        f: function of an array of the shape of `x`, analytic at `x`: it may use
            `exp`, `log`, sums and products, but no `abs`, and maxima of real parts only.
        x: real point, any shape.

    Returns:
        The Jacobian array, shape f(x).shape + x.shape.
    """
    x = np.array(x, dtype=float)
    step = 1e-100
    columns = []
    for index in np.ndindex(x.shape):
        z = x.astype(complex)
        z[index] += 1j * step
        columns.append(np.imag(f(z)) / step)
    return _jacobian(columns, x.shape)


def _jacobian(columns: list[NDArray[np.float64]], shape: tuple[int, ...]) -> NDArray[np.float64]:
    stacked = np.stack(columns, axis=-1)
    return stacked.reshape(stacked.shape[:-1] + shape)
