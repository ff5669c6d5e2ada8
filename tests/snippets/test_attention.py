"""Softmax inside a network: every side of every chain, and the functions to copy."""

import math
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from snippets import attention
from snippets.softmax import softmax
from snippets.softmax_jacobian import softmax_jacobian
from tests.snippets.oracle import central_difference, complex_step
from tests.snippets.strategies import logits, logits_and_label

# Each stepper with the number of sides of its chain.
QUERY = {attention.upstream: 3, attention.through: 5, attention.product: 5}
SCORES = {attention.through: 5, attention.product: 5}
MATRICES = {"V": attention.values, "Q": attention.queries, "K": attention.keys}
BATCH = {
    attention.rows: 2,
    attention.rows_matrix: 2,
    attention.values: 2,
    attention.weights: 2,
    attention.queries: 2,
    attention.keys: 2,
}


@st.composite
def single_queries(draw):
    """Draw scores, values and a target: one key, ties and scores of any offset among them."""
    o = draw(logits(max_k=8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    M = draw(st.integers(1, 4))
    V = np.ones((o.size, M)) if draw(st.booleans()) else rng.normal(size=(o.size, M))
    return {"o": o, "V": V, "t": rng.normal(size=M)}


@st.composite
def layers(draw):
    """Draw queries, keys, values and targets of any sizes from one up."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    N, K, D, M = (draw(st.integers(1, 4)) for _ in range(4))
    scale = draw(st.sampled_from([0.0, 1.0, 5.0]))
    shapes = {"Q": (N, D), "K": (K, D), "V": (K, M), "T": (N, M)}
    return {name: scale * rng.normal(size=shape) for name, shape in shapes.items()}


def plain_loss(Q, K, V, T):
    """Write attention and its loss as sums over scalars, sharing nothing with the snippets."""
    total = 0
    for q, t in zip(Q, T, strict=True):
        o = [sum(a * b for a, b in zip(q, k, strict=True)) / math.sqrt(len(q)) for k in K]
        # Any common shift cancels; this one keeps the exponentials small.
        top = max(np.real(o))
        e = [np.exp(score - top) for score in o]
        for m, target in enumerate(t):
            z = sum(weight * V[k, m] for k, weight in enumerate(e)) / sum(e)
            total += (z - target) ** 2 / 2
    return total


def plain_query_loss(o, V, t):
    """The loss of one query, given its scores."""
    return plain_loss(np.ones((1, 1)), np.reshape(o, (-1, 1)), V, np.reshape(t, (1, -1)))


def example():
    return {
        "Q": np.array([[1.0, -0.5, 0.3, 2.0], [0.2, 1.0, -1.0, 0.4]]),
        "K": np.array([[1.0, 0.5, 0.0, 1.5], [0.0, 1.0, -1.0, 0.5], [0.4, -0.3, 0.8, 0.0]]),
        "V": np.arange(15.0).reshape(3, 5),
        "T": np.ones((2, 5)),
    }


@pytest.mark.parametrize("stepper", QUERY)
@settings(deadline=None)
@given(query=single_queries())
def test_every_side_of_a_query_chain_is_the_same_vector(stepper, query):
    """Every yield of a stepper for one query equals the one before it."""
    sides = list(stepper(**query))
    assert len(sides) == QUERY[stepper]
    for before, after in pairwise(sides):
        assert np.shape(after) == query["o"].shape
        assert_allclose(after, before, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("stepper", SCORES)
@settings(deadline=None)
@given(query=single_queries())
def test_the_gradient_in_the_scores_matches_two_oracles(stepper, query):
    """The last side is the complex step, and the central difference, of a loss in scalars."""
    query["o"] = query["o"] - query["o"].max()

    def f(o):
        return plain_query_loss(o, query["V"], query["t"])

    *_, last = stepper(**query)
    assert_allclose(last, complex_step(f, query["o"]), rtol=1e-9, atol=1e-12)
    assert_allclose(last, central_difference(f, query["o"]), rtol=1e-6, atol=1e-7)


@settings(deadline=None)
@given(query=single_queries())
def test_what_comes_down_matches_a_central_difference(query):
    """The gradient in the weights is what nudging a weight does to the loss."""
    *_, last = attention.upstream(**query)

    def f(p):
        return np.sum((p @ query["V"] - query["t"]) ** 2) / 2

    assert_allclose(last, central_difference(f, softmax(query["o"])), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("stepper", BATCH)
@given(layer=layers())
@settings(deadline=None, max_examples=40)
def test_both_sides_of_a_layer_chain_are_the_same_matrix(stepper, layer):
    """Both yields of a stepper for many queries agree."""
    before, after = stepper(**layer)
    assert np.shape(before) == np.shape(after)
    assert_allclose(after, before, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", MATRICES)
@given(layer=layers())
@settings(deadline=None, max_examples=40)
def test_gradients_of_a_layer_match_two_oracles(name, layer):
    """The last side in queries, keys and values is what two oracles make of a loss in scalars."""

    def f(value):
        return plain_loss(**{**layer, name: value})

    *_, last = MATRICES[name](**layer)
    assert_allclose(last, complex_step(f, layer[name]), rtol=1e-8, atol=1e-11)
    assert_allclose(last, central_difference(f, layer[name]), rtol=1e-4, atol=1e-5)


@given(layer=layers())
@settings(deadline=None, max_examples=40)
def test_the_layer_to_copy_goes_forward_and_back(layer):
    """The function to copy gives SciPy's weights, and the gradients of the page's loss."""
    Q, K, V, T = layer.values()
    Z, P = attention.attention(Q, K, V)
    assert_allclose(P, scipy.special.softmax(Q @ K.T / math.sqrt(Q.shape[1]), axis=1), rtol=1e-12)
    assert_allclose(((Z - T) ** 2).sum() / 2, plain_loss(Q, K, V, T), rtol=1e-10, atol=1e-12)
    found = attention.gradients(Q, K, V, Z - T)
    for name, gradient in zip("QKV", found, strict=True):

        def f(value, name=name):
            return plain_loss(**{**layer, name: value})

        assert_allclose(gradient, complex_step(f, layer[name]), rtol=1e-8, atol=1e-11)


@settings(deadline=None)
@given(sample=logits_and_label(max_k=8))
def test_the_last_layer_is_a_special_case(sample):
    """Every side for a cross-entropy above is the familiar subtraction."""
    o, y = sample
    sides = list(attention.last_layer(o, y))
    assert len(sides) == 3
    for side in sides:
        assert_allclose(side, scipy.special.softmax(o) - y, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("K", [1, 2, 7, 1000])
def test_the_product_is_the_transposed_jacobian_times_the_gradient(K):
    """The function to copy does what the Jacobian would, for one key and for a thousand."""
    rng = np.random.default_rng(K)
    o, g = 3 * rng.normal(size=K), rng.normal(size=K)
    p = softmax(o)
    expected = softmax_jacobian(o).T @ g
    assert_allclose(attention.backward(p, g), expected, rtol=1e-9, atol=1e-14)
    assert_allclose(attention.backward_by_jacobian(p, g), expected, rtol=1e-9, atol=1e-14)


@settings(deadline=None)
@given(logits(max_k=8), st.floats(-1e3, 1e3))
def test_a_gradient_with_equal_entries_moves_nothing(o, c):
    """A shift of the gradient from above changes nothing, and the slopes sum to zero."""
    p, g = softmax(o), np.sin(o)
    assert_allclose(attention.backward(p, np.full(o.size, c)), 0, atol=1e-12)
    slopes = attention.backward(p, g)
    assert_allclose(attention.backward(p, g + c), slopes, atol=1e-12)
    assert_allclose(slopes.sum(), 0, atol=1e-14)


def test_rows_keep_to_themselves():
    """On a batch the function to copy works row by row."""
    rng = np.random.default_rng(6)
    P, G = softmax(rng.normal(size=(5, 2, 3))), rng.normal(size=(5, 2, 3))
    found = attention.backward(P, G)
    for n in np.ndindex(5, 2):
        assert_allclose(found[n], attention.backward(P[n], G[n]), rtol=1e-15)


def test_the_product_needs_no_square_array():
    """The product holds a few vectors at a time, where the Jacobian holds a matrix."""
    p, g = softmax(np.arange(500.0) / 500), np.ones(500)

    def peak(way):
        way(p, g)
        tracemalloc.start()
        way(p, g)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(attention.backward) < 10 * p.nbytes
    assert peak(attention.backward_by_jacobian) > 500 * p.nbytes


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda p, g: p * (g - g.mean()), id="a mean without weights"),
        pytest.param(lambda p, g: p * g - p.sum() * (g @ p), id="the factor p_i summed away"),
        pytest.param(lambda p, g: p * (1 - p) * g, id="the diagonal alone"),
        pytest.param(lambda p, g: p * (g + g @ p), id="a sign"),
    ],
)
def test_a_slip_gives_other_numbers(wrong):
    """Each popular slip differs from the gradient by far more than rounding."""
    p, g = softmax([2.0, 1.0, 0.1]), np.array([2.0, -0.5, 1.0])
    assert np.abs(wrong(p, g) - attention.backward(p, g)).max() > 0.01


def test_a_transposed_layer_gives_other_numbers():
    """With square matrices nothing but the numbers shows a missing transpose."""
    Q, K, V, T = np.random.default_rng(9).normal(size=(4, 3, 3))
    Z, P = attention.attention(Q, K, V)
    dQ, dK, dV = attention.gradients(Q, K, V, Z - T)
    S = attention.backward(P, (Z - T) @ V.T) / math.sqrt(3)
    assert not np.allclose(S.T @ K, dQ)
    assert not np.allclose(S @ Q, dK)
    assert not np.allclose(P @ (Z - T), dV)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Q", [1.0], r"Q must be 2-dimensional; got shape \(1,\)"),
        ("K", np.ones((3, 3)), r"K must have 4 columns, as Q has; got shape \(3, 3\)"),
        ("V", np.ones((2, 5)), r"V must have 3 rows, as K has; got shape \(2, 5\)"),
        ("V", np.full((3, 5), np.nan), r"V must be finite.*\(3, 5\)"),
        ("T", np.ones((2, 4)), r"T must have shape \(2, 5\); got shape \(2, 4\)"),
    ],
)
def test_what_does_not_fit_a_layer_is_named_with_its_shape(name, value, message):
    """A matrix that does not fit raises an error that gives its name and its shape."""
    for stepper in BATCH:
        with pytest.raises(ValueError, match=f"^{message}"):
            next(stepper(**{**example(), name: value}))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("o", [[1.0]], r"o must be 1-dimensional; got shape \(1, 1\)"),
        ("o", [1.0, np.inf], r"o must be finite.*\(2,\)"),
        ("V", np.ones((3, 2)), r"V must have 2 rows, one for each score; got shape \(3, 2\)"),
        ("t", [1.0], r"t must have shape \(2,\); got shape \(1,\)"),
    ],
)
def test_what_does_not_fit_a_query_is_named_with_its_shape(name, value, message):
    """An argument for one query that does not fit raises an error with its name and shape."""
    fitting = {"o": [0.0, 1.0], "V": np.ones((2, 2)), "t": [1.0, 0.0]}
    for stepper in QUERY:
        with pytest.raises(ValueError, match=f"^{message}"):
            next(stepper(**{**fitting, name: value}))


def test_what_does_not_fit_the_functions_to_copy_is_named():
    """The functions to copy name an argument that does not fit, and its shape."""
    with pytest.raises(ValueError, match=r"^g must have shape \(2,\); got shape \(3,\)"):
        attention.backward([0.5, 0.5], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"^p must be 1-dimensional; got shape \(1, 2\)"):
        attention.backward_by_jacobian([[0.5, 0.5]], [[1.0, 2.0]])
    Q, K, V, _ = example().values()
    with pytest.raises(ValueError, match=r"^U must have shape \(2, 5\); got shape \(5, 2\)"):
        attention.gradients(Q, K, V, np.ones((5, 2)))
    with pytest.raises(ValueError, match=r"^y must sum to 1"):
        next(attention.last_layer([0.0, 0.0], [1.0, 1.0]))
    with pytest.raises(ValueError, match=r"^o must lie closer together for 1 / p"):
        next(attention.last_layer([0.0, 999.0], [1.0, 0.0]))
