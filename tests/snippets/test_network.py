"""The network page's steppers and the gradients the notebook trains with."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets import network
from tests.snippets.oracle import central_difference, complex_step

# Each stepper of one sample: how many sides its chain has, and the parameter it is a gradient in.
STEPPERS = {
    network.output: (3, None),
    network.weight: (4, "W"),
    network.bias: (4, "b"),
    network.activation: (3, None),
    network.preactivation: (3, None),
    network.first_weight: (4, "V"),
    network.first_bias: (3, "c"),
    network.activation_matrix: (3, None),
    network.weight_matrix: (2, "W"),
    network.bias_vector: (2, "b"),
    network.first_weight_matrix: (3, "V"),
    network.first_bias_vector: (2, "c"),
}
IN_PARAMETERS = {stepper: name for stepper, (_, name) in STEPPERS.items() if name}
BATCH_STEPPERS = {
    network.batch_weight: "W",
    network.batch_weight_matrix: "W",
    network.batch_bias_vector: "b",
    network.batch_first_weight: "V",
    network.batch_first_weight_matrix: "V",
    network.batch_first_bias_vector: "c",
}


@st.composite
def samples(draw, labels=("one-hot", "soft")):
    """Draw one sample and its network: K = 1, ties and biases of any offset among them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    M, J, K = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 5))
    if draw(st.sampled_from(labels)) == "one-hot":
        y = np.eye(K)[rng.integers(K)]
    else:
        y = rng.dirichlet(np.ones(K))
    tied = draw(st.booleans())
    offset = draw(st.sampled_from([0.0, 0.0, 1e3, -1e3]))
    return {
        "x": rng.normal(size=M),
        "V": rng.normal(size=(M, J)),
        "c": rng.normal(size=J),
        "W": np.ones((J, K)) if tied else rng.normal(size=(J, K)),
        "b": (np.zeros(K) if tied else rng.normal(size=K)) + offset,
        "y": y,
    }


def plain_loss(x, V, c, W, b, y):
    """Write the loss of one sample as sums over scalars, sharing nothing with the snippets."""
    M, J, K = len(x), len(c), len(b)
    a = [sum(x[m] * V[m, j] for m in range(M)) + c[j] for j in range(J)]
    h = [np.sinh(a[j]) / np.cosh(a[j]) for j in range(J)]
    # A bias common to all outputs drops out of the ratio, and would overflow it.
    z = [sum(h[j] * W[j, o] for j in range(J)) + b[o] - b[0].real for o in range(K)]
    total = sum(np.exp(z[k]) for k in range(K))
    return -sum(y[o] * (z[o] - np.log(total)) for o in range(K))


def example():
    return {
        "x": np.array([1.0, -0.5, 2.0, 0.3]),
        "V": np.array([[0.5, -1.0], [1.5, 0.2], [0.1, 0.4], [-0.7, 0.9]]),
        "c": np.array([0.1, -0.2]),
        "W": np.array([[1.0, -0.5, 0.2], [0.3, 0.8, -1.0]]),
        "b": np.array([0.5, 0.0, -0.5]),
        "y": np.array([0.0, 1.0, 0.0]),
    }


@pytest.mark.parametrize("stepper", STEPPERS)
@given(sample=samples())
@settings(deadline=None, max_examples=40)
def test_every_side_of_a_chain_is_the_same_array(stepper, sample):
    """Every yield of a stepper equals the one before it, for any sample and network."""
    sides = list(stepper(**sample))
    assert len(sides) == STEPPERS[stepper][0]
    for before, after in pairwise(sides):
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("stepper", IN_PARAMETERS)
@given(sample=samples())
@settings(deadline=None, max_examples=40)
def test_parameter_gradients_match_two_oracles(stepper, sample):
    """The last side of a parameter's chain is the complex step of a loss written in scalars,
    and its central difference."""
    name = IN_PARAMETERS[stepper]

    def f(value):
        return plain_loss(**{**sample, name: value})

    *_, last = stepper(**sample)
    np.testing.assert_allclose(last, complex_step(f, sample[name]), rtol=1e-9, atol=1e-12)
    # Biases near 1000 leave the step eleven digits of the sixteen.
    np.testing.assert_allclose(last, central_difference(f, sample[name]), rtol=1e-5, atol=1e-6)


@given(sample=samples())
@settings(deadline=None, max_examples=40)
def test_gradients_in_defined_symbols_match_two_oracles(sample):
    """The gradients in the logits, the activations and the hidden sums are what a bias, or an
    extra output-layer input, would see."""
    x, (V, c, W, b), y = network.check_network(**sample)
    a = x @ V + c
    h = np.tanh(a)

    def of_logits(z):
        return plain_loss(x, V, c, np.zeros_like(W), z, y)

    def of_activations(h):
        z = [sum(h[j] * W[j, o] for j in range(len(h))) + b[o] - b[0] for o in range(len(b))]
        return of_logits(np.array(z))

    def of_sums(a):
        return plain_loss(np.ones(1), np.zeros((1, len(a))), a, W, b, y)

    for stepper, f, at in [
        (network.output, of_logits, h @ W + b),
        (network.activation, of_activations, h),
        (network.preactivation, of_sums, a),
    ]:
        *_, last = stepper(**sample)
        np.testing.assert_allclose(last, complex_step(f, at), rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(last, central_difference(f, at), rtol=1e-5, atol=1e-6)


def random_batch(rng, N, M, J, K):
    X, Y = rng.normal(size=(N, M)), rng.dirichlet(np.ones(K), size=N)
    shapes = (M, J), (J,), (J, K), (K,)
    return X, network.Parameters(*(rng.normal(size=shape) for shape in shapes)), Y


def test_batch_gradient_is_the_mean_of_the_samples_gradients():
    """The batch gradient is the mean over samples of the steppers' last sides."""
    X, parameters, Y = random_batch(np.random.default_rng(3), N=7, M=2, J=4, K=3)
    batch = network.gradients(X, *parameters, Y)
    for stepper, name in IN_PARAMETERS.items():
        alone = [list(stepper(x, *parameters, y))[-1] for x, y in zip(X, Y, strict=True)]
        np.testing.assert_allclose(getattr(batch, name), np.mean(alone, axis=0), rtol=1e-12)


@pytest.mark.parametrize("stepper", BATCH_STEPPERS)
@pytest.mark.parametrize("N", [1, 5])
def test_both_sides_of_a_batch_chain_match_the_batch_gradient_and_an_oracle(stepper, N):
    """Both yields of a batch stepper equal the gradient that training uses, and the central
    difference of a loss written in scalars."""
    X, parameters, Y = random_batch(np.random.default_rng(8), N=N, M=4, J=2, K=3)
    name = BATCH_STEPPERS[stepper]

    def mean_loss(value):
        replaced = parameters._replace(**{name: value})
        return sum(plain_loss(x, *replaced, y) for x, y in zip(X, Y, strict=True)) / N

    before, after = stepper(X, *parameters, Y)
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-13)
    batch = network.gradients(X, *parameters, Y)
    np.testing.assert_allclose(after, getattr(batch, name), rtol=1e-12, atol=1e-14)
    at = getattr(parameters, name)
    np.testing.assert_allclose(after, central_difference(mean_loss, at), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(after, complex_step(mean_loss, at), rtol=1e-9, atol=1e-13)


@given(sample=samples())
def test_slope_of_tanh_agrees_with_its_oracles(sample):
    """The slope of tanh from its value is its complex step and its central difference."""
    sides = list(network.slope(sample["x"], sample["V"], sample["c"]))
    a = sample["x"] @ sample["V"] + sample["c"]
    assert len(sides) == 3
    for side in sides:
        np.testing.assert_allclose(side, np.diagonal(complex_step(np.tanh, a)), atol=1e-14)
        np.testing.assert_allclose(side, np.diagonal(central_difference(np.tanh, a)), atol=1e-8)


@pytest.mark.parametrize("K", [1, 1000])
def test_batch_gradient_matches_central_differences_at_the_extremes_of_K(K):
    """The batch gradient holds for one class and for a thousand."""
    rng = np.random.default_rng(4)
    X, Y = rng.normal(size=(5, 3)), np.eye(K)[rng.integers(K, size=5)]
    parameters = network.Parameters(
        rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(2, K)), rng.normal(size=K)
    )
    batch = network.gradients(X, *parameters, Y)
    for name in ("V", "c"):

        def mean_loss(value, name=name):
            V, c, W, b = parameters._replace(**{name: value})
            return network.loss(network.logits(network.hidden(X, V, c), W, b), Y)

        expected = central_difference(mean_loss, getattr(parameters, name))
        np.testing.assert_allclose(getattr(batch, name), expected, rtol=1e-7, atol=1e-9)


def test_loss_matches_a_loss_written_in_scalars():
    """The loss of one sample is the seed formula worked out number by number."""
    sample = example()
    x, (V, c, W, b), y = network.check_network(**sample)
    L = network.loss(network.logits(network.hidden(x, V, c), W, b), y)
    assert math.isclose(L, plain_loss(**sample), rel_tol=1e-12)


def test_a_transposed_weight_matrix_gives_other_numbers():
    """With as many hidden units as outputs nothing but the numbers shows a missing transpose."""
    rng = np.random.default_rng(5)
    h, W, error = rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=3)
    assert not np.allclose(W @ error, W.T @ error)
    assert not np.allclose(np.outer(h, error), np.outer(error, h))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x", [1.0, 2.0], r"x must end in 4, the rows of V; got shape \(2,\)"),
        ("x", [1.0, np.nan, 0.0, 0.0], r"x must be finite.*\(4,\)"),
        ("x", np.zeros((1, 1, 4)), r"x must have shape \(M,\) or \(N, M\); got shape \(1, 1, 4\)"),
        ("V", [1.0], r"V must be 2-dimensional; got shape \(1,\)"),
        ("c", [0.0, 0.0, 0.0], r"c must have shape \(2,\); got shape \(3,\)"),
        ("W", np.zeros((3, 2)), r"W must have shape \(2, 2\); got shape \(3, 2\)"),
        ("b", [0.0], r"b must have shape \(3,\); got shape \(1,\)"),
        ("b", [0.0, np.inf, 0.0], r"b must be finite.*\(3,\)"),
        ("y", [1.0, 0.0], r"y must have the shape \(3,\) of the logits; got shape \(2,\)"),
        ("y", [1.0, 1.0, 0.0], r"y must sum to 1.*\(3,\)"),
    ],
)
def test_what_does_not_fit_is_named_with_its_shape(name, value, message):
    """An argument that does not fit raises an error that gives its name and its shape."""
    for stepper in STEPPERS:
        with pytest.raises(ValueError, match=message):
            next(stepper(**{**example(), name: value}))


def test_batch_gradient_wants_a_batch():
    """The batch gradient names its own arguments when they do not fit."""
    _, *parameters, _ = example().values()
    with pytest.raises(ValueError, match=r"X must be 2-dimensional; got shape \(4,\)"):
        network.gradients(np.ones(4), *parameters, np.eye(3)[0])
    with pytest.raises(ValueError, match=r"Y must have the shape \(1, 3\).*got shape \(3,\)"):
        network.gradients(np.ones((1, 4)), *parameters, np.eye(3)[0])
