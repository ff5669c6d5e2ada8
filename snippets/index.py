"""The worked example of the front page."""

from snippets.cross_entropy import cross_entropy
from snippets.derivative import derivative
from snippets.inputs import Array, check_labels, check_logits
from snippets.softmax import softmax


# --8<-- [start:worked_example]
def worked_example(o: Array, y: Array) -> dict[str, Array]:
    """Return the columns of the front page's table, each of shape (K,), headed by their LaTeX.

    The last two come by different roads: one from the formula, one from the slope of the
    loss as each logit is nudged in turn.

    Raises ValueError unless `o` is a finite vector, shape (K,), and `y` a label of that shape.
    """
    o = check_logits(o, ndim=1)  # (K,)
    y = check_labels(y, o)  # (K,)
    p = softmax(o)  # (K,)
    slope = derivative(lambda o: cross_entropy(o, y), o)  # (K,)
    return {
        "o_i": o,
        "p_i": p,
        "y_i": y,
        "p_i - y_i": p - y,
        r"\partial L / \partial o_i": slope,
    }


# --8<-- [end:worked_example]
