"""The derivative of a snippet, taken without a formula for it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from snippets.inputs import Array


# --8<-- [start:derivative]
def derivative(f: Callable[[Array], ArrayLike], x: ArrayLike) -> Array:
    """Return every partial derivative of `f` at `x`, by a complex step.

    f(x + ih) = f(x) + ih f'(x) - ..., so the imaginary part over h is the derivative; nothing is
    subtracted, so h can be tiny and the result is right to rounding error (Squire and Trapp,
    "Using complex variables to estimate derivatives of real functions", SIAM Review 40, 1998).

    Args:
        f: function of an array of the shape of `x`, made of smooth pieces such as exp, log,
            sums and products, and able to take complex numbers.
        x: real point, any shape.

    Returns:
        The partial derivatives, shape f(x).shape + x.shape: outputs first, inputs last.
    """
    x = np.asarray(x, dtype=float)
    h = 1e-100
    columns = []
    for index in np.ndindex(x.shape):
        nudge = np.zeros(x.shape)
        nudge[index] = h
        columns.append(np.imag(f(x + 1j * nudge)) / h)  # f(x).shape
    outputs = np.shape(columns[0])
    return np.stack(columns, axis=-1).reshape(outputs + x.shape)


# --8<-- [end:derivative]
