"""The front page's worked example."""

from hypothesis import given
from numpy.testing import assert_allclose, assert_array_equal

from snippets.cross_entropy import cross_entropy
from snippets.index import worked_example
from tests.snippets.oracle import central_difference
from tests.snippets.strategies import logits_and_label


@given(logits_and_label(max_k=8))
def test_formula_and_slope_agree(sample):
    """The last two columns agree with each other and with central differences of the loss."""
    o, y = sample
    columns = worked_example(o, y)
    formula, slope = columns["p_i - y_i"], columns[r"\partial L / \partial o_i"]
    assert_allclose(formula, slope, rtol=1e-9, atol=1e-12)
    assert_allclose(formula, central_difference(lambda o: cross_entropy(o, y), o), atol=1e-7)
    assert_array_equal(columns["o_i"], o)
    assert_array_equal(columns["y_i"], y)
